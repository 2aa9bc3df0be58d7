import Kernels
import Testing

@Suite("Attention")
struct AttentionTests {
  /// Batch, queries, keys, depth, width.
  static let sizes = [
    (1, 1, 1, 1, 1), (2, 3, 5, 2, 3), (1, 31, 33, 7, 9), (2, 33, 31, 16, 17), (1, 64, 129, 8, 33), (1, 7, 300, 5, 2),
    (3, 0, 4, 2, 2), (2, 3, 0, 2, 2), (0, 3, 3, 2, 2), (1, 5, 4, 3, 0), (1, 300, 9, 4, 4),
    (13, 1, 301, 64, 64), (3, 4, 130, 20, 35), (1, 8, 1025, 64, 48), (1, 9, 1025, 64, 48),
  ]

  enum Masking: CaseIterable { case none, causal, added, both }

  /// Operands with random numbers, rows `gap` further apart than they are long.
  private func operands(
    _ size: (Int, Int, Int, Int, Int), _ masking: Masking, _ type: ScalarType, gap: Int = 0, transposed: Bool = false
  ) -> AttentionOperands {
    var numbers = Numbers(seed: 21)
    let (batch, n, m, d, e) = size
    func matrices(_ rows: Int, _ columns: Int, _ change: (Double) -> Double = { 2 * $0 }) -> MatrixOperand {
      let (stride, length) = transposed ? (rows + gap, columns) : (columns + gap, rows)
      let buffer = Buffer(numbers.array(batch * stride * length + 1, type).map(change), type)
      return MatrixOperand(
        buffer, offsets: (0..<batch).map { $0 * stride * length + 1 }, rowStride: transposed ? 1 : stride,
        columnStride: transposed ? stride : 1)
    }
    let mask = [.added, .both].contains(masking) ? matrices(n, m) { $0 < -0.3 ? -.infinity : $0 } : nil
    return AttentionOperands(
      q: matrices(n, d), k: matrices(m, d), v: matrices(m, e), mask: mask, queries: n, keys: m, depth: d, width: e,
      isCausal: [.causal, .both].contains(masking))
  }

  private typealias Kernel = (AttentionOperands, MatrixOperand, AttentionStatistics) -> Void

  /// What a kernel gives: Y, the largest scores and the sums of exponentials.
  private func run(
    _ kernel: Kernel, _ x: AttentionOperands, _ type: ScalarType
  ) -> (y: [Double], largest: [Double], sums: [Double]) {
    let batch = x.q.offsets.count
    let y = Buffer(type, count: batch * x.queries * x.width, repeating: 7)
    let statistics = AttentionStatistics(type, count: batch * x.queries)
    let offsets = (0..<batch).map { $0 * x.queries * x.width }
    kernel(x, MatrixOperand(y, offsets: offsets, rowStride: x.width, columnStride: 1), statistics)
    return (y.values, statistics.largest.values, statistics.sums.values)
  }

  @Test(
    "tiles, and few queries without them, agree with the definition", arguments: Masking.allCases,
    [ScalarType.float, .double])
  func agrees(masking: Masking, type: ScalarType) {
    for size in Self.sizes {
      for (gap, transposed) in [(0, false), (3, false), (1, true)] {
        let x = operands(size, masking, type, gap: gap, transposed: transposed)
        let (fast, slow) = (
          run({ attend($0, into: $1, statistics: $2) }, x, type),
          run({ attendDefinition($0, into: $1, statistics: $2) }, x, type)
        )
        let plain = run({ x, y, _ in attend(x, into: y) }, x, type).y
        #expect(agree(fast.y, slow.y, 32 * type.epsilon), "\(size), \(gap), \(transposed)")
        #expect(agree(plain, slow.y, 32 * type.epsilon), "\(size), \(gap), \(transposed), without statistics")
        #expect(agree(fast.largest, slow.largest, 32 * type.epsilon), "\(size), \(gap), \(transposed)")
        #expect(agree(fast.sums, slow.sums, 32 * type.epsilon), "\(size), \(gap), \(transposed)")
      }
    }
  }

  @Test("scores far apart neither overflow nor lose the largest", arguments: [ScalarType.float, .double])
  func stable(type: ScalarType) {
    // Ascending scores raise the maximum with every block of keys.
    let (n, m) = (3, 400)
    let q = Buffer(type, count: n, repeating: 1)
    let k = Buffer((0..<m).map { Double($0) * 7 - 900 }, type)
    let v = Buffer((0..<m).map { Double($0) }, type)
    func column(_ buffer: Buffer) -> MatrixOperand {
      MatrixOperand(buffer, offsets: [0], rowStride: 1, columnStride: 1)
    }
    let x = AttentionOperands(
      q: column(q), k: column(k), v: column(v), mask: nil, queries: n, keys: m, depth: 1, width: 1, isCausal: false)
    let result = run({ attend($0, into: $1, statistics: $2) }, x, type)
    let plain = run({ x, y, _ in attend(x, into: y) }, x, type).y
    #expect((result.y + plain).allSatisfy { abs($0 - 399) < 0.01 })
    #expect(result.largest.allSatisfy { $0 == 1893 } && result.sums.allSatisfy { $0 >= 1 && $0 < 1.001 })
  }

  @Test("NaN in a query reaches its row, in a key every row that sees it", arguments: [ScalarType.float, .double])
  func nan(type: ScalarType) {
    for (spoilsKey, isCausal) in [(false, false), (true, false), (true, true)] {
      let x = operands((1, 40, 40, 3, 2), isCausal ? .causal : .none, type)
      let target = spoilsKey ? x.k : x.q
      target.buffer[target.offsets[0] + 35 * target.rowStride] = .nan
      let y = run({ attend($0, into: $1, statistics: $2) }, x, type).y
      for i in 0..<40 {
        #expect(y[2 * i].isNaN == (spoilsKey ? !isCausal || i >= 35 : i == 35), "row \(i)")
      }
    }
  }

  @Test("NaN in a key reaches those of few queries that see it", arguments: [ScalarType.float, .double])
  func nanOfFew(type: ScalarType) {
    let x = operands((1, 4, 40, 3, 2), .causal, type)
    x.k.buffer[x.k.offsets[0] + 37 * x.k.rowStride] = .nan
    let y = run({ x, y, _ in attend(x, into: y) }, x, type).y
    #expect((0..<4).map { y[2 * $0].isNaN } == [false, true, true, true])
  }

  @Test("bit for bit the same with any number of threads", arguments: Masking.allCases)
  func threads(masking: Masking) {
    for size in [(9, 70, 90, 16, 24), (1, 700, 140, 16, 8), (12, 1, 400, 64, 64)] {
      let x = operands(size, masking, .float)
      let results = [1, 2, 3].map { threads in
        ThreadLimit.$current.withValue(threads) { derivatives(x).flatMap { $0 }.map(\.bitPattern) }
      }
      #expect(results[0] == results[1] && results[0] == results[2])
    }
  }

  /// Y without and with statistics, dQ, dK and dV for a cotangent with its own numbers.
  private func derivatives(_ x: AttentionOperands) -> [[Float]] {
    let batch = x.q.offsets.count
    func matrices(_ rows: Int, _ columns: Int, _ value: Double) -> MatrixOperand {
      MatrixOperand(
        Buffer(.float, count: batch * rows * columns, repeating: value),
        offsets: (0..<batch).map { $0 * rows * columns }, rowStride: columns, columnStride: 1)
    }
    let statistics = AttentionStatistics(.float, count: batch * x.queries)
    let (y, g) = (matrices(x.queries, x.width, 0), matrices(x.queries, x.width, 0.5))
    let results = [matrices(x.queries, x.depth, 0), matrices(x.keys, x.depth, 0), matrices(x.keys, x.width, 0)]
    attend(x, into: y)
    let plain = y.buffer.floats(count: y.buffer.count)
    attend(x, into: y, statistics: statistics)
    attendBackward(x, g: g, y: y, statistics: statistics, dq: results[0], dk: results[1], dv: results[2])
    return [plain] + ([y] + results).map { $0.buffer.floats(count: $0.buffer.count) }
  }
}
