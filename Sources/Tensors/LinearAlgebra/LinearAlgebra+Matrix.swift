/// The matrix type used by the algorithms of linear algebra: `Double`, row by row.
///
/// The algorithms are written as operations on whole rows, whose elements are adjacent in memory.
struct Matrix {
  let rows, columns: Int
  private(set) var scalars: [Double]

  init(rows: Int, columns: Int, _ scalars: [Double]) {
    (self.rows, self.columns, self.scalars) = (rows, columns, scalars)
  }

  init(zeros rows: Int, _ columns: Int) {
    self.init(rows: rows, columns: columns, [Double](repeating: 0, count: rows * columns))
  }

  init(identity n: Int, columns: Int? = nil) {
    self.init(zeros: n, columns ?? n)
    for i in 0..<min(n, self.columns) { self[i, i] = 1 }
  }

  subscript(row: Int, column: Int) -> Double {
    get { scalars[row * columns + column] }
    set { scalars[row * columns + column] = newValue }
  }

  func row(_ i: Int) -> [Double] { Array(scalars[i * columns..<(i + 1) * columns]) }

  /// The elements of a column, starting at a row.
  func column(_ j: Int, from first: Int = 0) -> [Double] { (first..<rows).map { self[$0, j] } }

  var largestMagnitude: Double { scalars.reduce(0) { max($0, $1.magnitude) } }

  var transposed: Matrix {
    var result = Matrix(zeros: columns, rows)
    for i in 0..<rows { for j in 0..<columns { result[j, i] = self[i, j] } }
    return result
  }

  /// The matrix divided by a number, which may be so small that its reciprocal is infinite; division by 0 is replaced
  /// by division by 1.
  func divided(by divisor: Double) -> Matrix {
    Matrix(rows: rows, columns: columns, scalars.map { $0 / (divisor == 0 ? 1 : divisor) })
  }

  /// The rows at these positions, in this order.
  func selectingRows(_ positions: [Int]) -> Matrix {
    Matrix(rows: positions.count, columns: columns, positions.flatMap { row($0) })
  }

  static func * (a: Matrix, b: Matrix) -> Matrix {
    var result = Matrix(zeros: a.rows, b.columns)
    for i in 0..<a.rows { for k in 0..<a.columns { result.addRow(k, of: b, times: a[i, k], to: i) } }
    return result
  }
}

// MARK: - Operations on rows

extension Matrix {
  mutating func swapRows(_ i: Int, _ j: Int) {
    if i == j { return }
    for column in 0..<columns { scalars.swapAt(i * columns + column, j * columns + column) }
  }

  mutating func swapColumns(_ i: Int, _ j: Int) {
    if i == j { return }
    for row in 0..<rows { scalars.swapAt(row * columns + i, row * columns + j) }
  }

  mutating func scaleRow(_ i: Int, by factor: Double) {
    for place in i * columns..<(i + 1) * columns { scalars[place] *= factor }
  }

  /// rowₜ ← rowₜ + factor · rowₛ, starting at a column.
  mutating func addRow(_ source: Int, times factor: Double, to target: Int, from column: Int = 0) {
    let (s, t) = (source * columns, target * columns)
    for j in column..<columns { scalars[t + j] += factor * scalars[s + j] }
  }

  /// rowₜ ← rowₜ + factor · rowₛ, with rowₛ from another matrix with the same number of columns.
  mutating func addRow(_ source: Int, of other: Matrix, times factor: Double, to target: Int) {
    let (s, t) = (source * columns, target * columns)
    for j in 0..<columns { scalars[t + j] += factor * other.scalars[s + j] }
  }

  /// rowₚ ← c rowₚ − s row_q and row_q ← s rowₚ + c row_q: a rotation.
  mutating func rotateRows(_ p: Int, _ q: Int, _ c: Double, _ s: Double) {
    let (p, q) = (p * columns, q * columns)
    for j in 0..<columns {
      let (x, y) = (scalars[p + j], scalars[q + j])
      scalars[p + j] = c * x - s * y
      scalars[q + j] = s * x + c * y
    }
  }

  /// ‖rowₚ‖², ‖row_q‖² and rowₚ · row_q.
  func products(_ p: Int, _ q: Int) -> (pp: Double, qq: Double, pq: Double) {
    let (p, q) = (p * columns, q * columns)
    var (pp, qq, pq) = (0.0, 0.0, 0.0)
    for j in 0..<columns {
      let (x, y) = (scalars[p + j], scalars[q + j])
      pp += x * x
      qq += y * y
      pq += x * y
    }
    return (pp, qq, pq)
  }

  /// The scalar product of two rows over their first `count` elements.
  func dot(_ p: Int, _ q: Int, count: Int) -> Double {
    let (p, q) = (p * columns, q * columns)
    var sum = 0.0
    for j in 0..<count { sum += scalars[p + j] * scalars[q + j] }
    return sum
  }
}
