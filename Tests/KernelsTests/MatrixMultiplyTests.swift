import Kernels
import Testing

/// A product with the memory layout of its operands.
private struct Product {
  var m = 1
  var n = 1
  var k = 1
  var type = ScalarType.float
  var transposedA = false
  var transposedB = false
  /// The distance between neighbours in a row (or column, if transposed): 1 for matrices in one piece.
  var spacing = 1
  var batches = 1
  var epilogue = MatrixEpilogue()

  typealias Multiply = @Sendable (MatrixOperand, MatrixOperand, Buffer, Int, Int, Int, MatrixEpilogue) -> Void

  /// The result of each way to multiply the same operands.
  func results(_ ways: Multiply...) -> [[Double]] {
    let (a, b) = (operand(m, k, transposedA, seed: 1), operand(k, n, transposedB, seed: 2))
    return ways.map { multiply in
      let c = Buffer(type, count: batches * m * n, repeating: .nan)
      multiply(a, b, c, m, n, k, epilogue)
      return c.values
    }
  }

  private func operand(_ rows: Int, _ columns: Int, _ transposed: Bool, seed: UInt64) -> MatrixOperand {
    var numbers = Numbers(seed: seed)
    let length = (transposed ? rows : columns) * spacing + 1
    let size = (transposed ? columns : rows) * length
    return MatrixOperand(
      Buffer(numbers.array(batches * size + 3, type), type), offsets: (0..<batches).map { 3 + $0 * size },
      rowStride: transposed ? spacing : length, columnStride: transposed ? length : spacing)
  }

  static let fast: Multiply = { a, b, c, m, n, k, epilogue in
    multiplyMatrices(a, b, into: c, m: m, n: n, k: k, then: epilogue)
  }

  static let defined: Multiply = { a, b, c, m, n, k, epilogue in
    multiplyMatricesDefinition(a, b, into: c, m: m, n: n, k: k, then: epilogue)
  }

  static func fast(threads: Int) -> Multiply {
    { a, b, c, m, n, k, f in ThreadLimit.$current.withValue(threads) { fast(a, b, c, m, n, k, f) } }
  }

  /// A sum of k products below 1 is rounded at most k times.
  var tolerance: Double { Double(k + 1) * type.epsilon }
  var isRight: Bool {
    let both = results(Self.fast, Self.defined)
    return agree(both[0], both[1], tolerance)
  }
}

/// All four transpositions in both types.
private let forms: [Product] = [ScalarType.float, .double].flatMap { type in
  [(false, false), (true, false), (false, true), (true, true)].map {
    Product(type: type, transposedA: $0, transposedB: $1)
  }
}

@Suite("The matrix product")
struct MatrixMultiplyTests {
  @Test("it agrees with its definition on awkward sizes", arguments: forms.indices)
  func awkward(_ form: Int) {
    for m in [1, 2, 5, 13, 25] {
      for n in [1, 3, 16, 33, 67] {
        for k in [0, 1, 2, 17, 97] {
          var product = forms[form]
          (product.m, product.n, product.k) = (m, n, k)
          #expect(product.isRight, "[\(m)×\(k)] by [\(k)×\(n)]: \(product)")
        }
      }
    }
  }

  @Test(
    "it agrees with its definition for tall, wide and deep matrices and for several blocks",
    arguments: forms.indices)
  func large(_ form: Int) {
    for (m, n, k) in [
      (301, 7, 11), (5, 801, 9), (7, 6, 1201), (13, 17, 517), (61, 431, 5), (1, 300, 20), (40, 300, 1100),
      (300, 70, 1100),
    ] {
      var product = forms[form]
      (product.m, product.n, product.k) = (m, n, k)
      #expect(product.isRight, "[\(m)×\(k)] by [\(k)×\(n)]: \(product)")
    }
  }

  @Test("it reads operands with gaps in both directions", arguments: forms.indices)
  func strided(_ form: Int) {
    for (m, n, k) in [(3, 5, 7), (29, 37, 41), (1, 50, 20), (50, 1, 20), (20, 40, 0)] {
      var product = forms[form]
      (product.m, product.n, product.k, product.spacing) = (m, n, k, 3)
      #expect(product.isRight, "[\(m)×\(k)] by [\(k)×\(n)]: \(product)")
    }
  }

  @Test("every matrix of a batch is multiplied by its counterpart", arguments: [1, 2, 9])
  func batch(_ batches: Int) {
    for form in forms {
      for (m, n, k) in [(2, 3, 4), (14, 35, 40)] {
        var product = form
        (product.m, product.n, product.k, product.batches) = (m, n, k, batches)
        #expect(product.isRight, "\(product)")
      }
    }
  }

  @Test(
    "a bias and an activation function are applied after the sum, in every form of the product",
    arguments: [.identity, .relu, .gelu, .tanh, .leakyReLU(slope: 0.1)] as [Activation], [true, false])
  func epilogue(_ f: Activation, hasBias: Bool) {
    for form in forms {
      for (m, n, k, batches) in [
        (3, 5, 7, 1), (1, 50, 20, 1), (50, 1, 20, 1), (29, 37, 41, 1), (5, 7, 0, 1), (61, 431, 1100, 1),
        (300, 70, 600, 1), (14, 35, 40, 9),
      ] {
        var numbers = Numbers(seed: 5)
        let bias = Buffer(numbers.array(n + 2, form.type), form.type)
        var product = form
        (product.m, product.n, product.k, product.batches) = (m, n, k, batches)
        product.epilogue = MatrixEpilogue(bias: hasBias ? Region(bias, offset: 2) : nil, activation: f)
        #expect(product.isRight, "f([\(m)×\(k)] by [\(k)×\(n)] + bias): \(product)")
      }
    }
  }

  @Test("few rows agree with the definition, whether columns or rows of B are contiguous", arguments: forms.indices)
  func fewRows(_ form: Int) {
    for m in 1...9 {
      // Several tasks of columns, pieces of 512 columns, and ends that are no whole vectors.
      for (n, k) in [(801, 129), (1300, 67), (3, 2051), (67, 515)] {
        var product = forms[form]
        (product.m, product.n, product.k) = (m, n, k)
        #expect(product.isRight, "[\(m)×\(k)] by [\(k)×\(n)]: \(product)")
      }
    }
  }

  @Test("each of few rows is the same, bit for bit, as without the others", arguments: forms.indices)
  func rowsAlone(_ form: Int) {
    let (n, k) = (801, 131)
    let few = forms[form].transposedB ? 8 : 4
    var numbers = Numbers(seed: 6)
    let type = forms[form].type
    let a = Buffer(numbers.array(8 * k, type), type)
    let b = Buffer(numbers.array(k * n, type), type)
    func rows(_ rows: Range<Int>) -> [Double] {
      let c = Buffer(type, count: rows.count * n)
      let left =
        forms[form].transposedA
        ? MatrixOperand(a, offsets: [rows.lowerBound], rowStride: 1, columnStride: 8)
        : MatrixOperand(a, offsets: [rows.lowerBound * k], rowStride: k, columnStride: 1)
      let right =
        forms[form].transposedB
        ? MatrixOperand(b, offsets: [0], rowStride: 1, columnStride: k)
        : MatrixOperand(b, offsets: [0], rowStride: n, columnStride: 1)
      multiplyMatrices(left, right, into: c, m: rows.count, n: n, k: k)
      return c.values
    }
    #expect(rows(0..<few) == (0..<few).flatMap { rows($0..<$0 + 1) })
  }

  @Test("a sum over nothing is zero")
  func empty() {
    #expect(Product(m: 20, n: 40, k: 0).results(Product.fast) == [[Double](repeating: 0, count: 800)])
  }

  @Test("the identity leaves a matrix unchanged", arguments: [1, 12, 33, 130])
  func identity(_ n: Int) {
    let one = Buffer((0..<n * n).map { $0 / n == $0 % n ? 1 : 0 }, .float)
    var numbers = Numbers(seed: 3)
    let x = numbers.array(n * n, .float)
    let c = Buffer(.float, count: n * n)
    let (a, b) = (square(one, n), square(Buffer(x, .float), n))
    multiplyMatrices(a, b, into: c, m: n, n: n, k: n)
    #expect(c.values == x)
    multiplyMatrices(b, a, into: c, m: n, n: n, k: n)
    #expect(c.values == x)
  }

  @Test("a stride of zero repeats a number: the product with a constant matrix has the sums of the rows")
  func broadcast() {
    let (m, n, k) = (40, 50, 60)
    let x = (0..<m * k).map { Float($0 % 7) }
    let a = MatrixOperand(Buffer(x), offsets: [0], rowStride: k, columnStride: 1)
    let half = MatrixOperand(Buffer([Float(0.5)]), offsets: [0], rowStride: 0, columnStride: 0)
    let c = Buffer(.float, count: m * n)
    multiplyMatrices(a, half, into: c, m: m, n: n, k: k)
    for i in 0..<m {
      let sum = x[i * k..<(i + 1) * k].reduce(0, +)
      #expect(c.floats(from: i * n, count: n) == [Float](repeating: sum / 2, count: n))
    }
  }

  @Test("a batch that repeats an offset uses that matrix again", arguments: [0, 7 * 20, 7 * 20 + 1])
  func repeated(_ distance: Int) {
    var numbers = Numbers(seed: 4)
    let (m, n, k, batches) = (7, 33, 20, 10)
    let a = MatrixOperand(
      Buffer(numbers.array(batches * 141, .float), .float), offsets: (0..<batches).map { $0 * distance }, rowStride: k,
      columnStride: 1)
    let b = MatrixOperand(
      Buffer(numbers.array(k * n, .float), .float), offsets: Array(repeating: 0, count: batches), rowStride: n,
      columnStride: 1)
    let (fast, defined) = (Buffer(.float, count: batches * m * n), Buffer(.float, count: batches * m * n))
    multiplyMatrices(a, b, into: fast, m: m, n: n, k: k)
    multiplyMatricesDefinition(a, b, into: defined, m: m, n: n, k: k)
    #expect(agree(fast.values, defined.values, Double(k) * ScalarType.float.epsilon))
  }

  @Test("the result is bit for bit the same for any number of threads", arguments: forms.indices)
  func threads(_ form: Int) {
    for (m, n, k, batches) in [
      (130, 100, 600, 1), (1, 3000, 300, 1), (4, 600, 440, 1), (8, 900, 700, 1), (2000, 1, 600, 1), (24, 40, 96, 13),
    ] {
      var product = forms[form]
      (product.m, product.n, product.k, product.batches) = (m, n, k, batches)
      let results = product.results(Product.fast(threads: 1), Product.fast(threads: 2), Product.fast(threads: 5))
      #expect(results[0] == results[1] && results[1] == results[2], "\(product)")
    }
  }

  private func square(_ buffer: Buffer, _ n: Int) -> MatrixOperand {
    MatrixOperand(buffer, offsets: [0], rowStride: n, columnStride: 1)
  }
}
