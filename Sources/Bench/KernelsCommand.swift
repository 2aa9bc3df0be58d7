import Figures
import Kernels
import Tensors

/// A kernel at one size, and its amount of arithmetic or memory.
private struct Measurement {
  let name: String
  /// The number of floating-point operations or bytes.
  let amount: Double
  let unit: String
  let body: () -> Void
}

extension Bench {
  /// Prints the speed of the kernels with one thread and with all: products in GFLOP/s, memory-bound kernels in GB/s.
  static func printKernels(_ words: [String]) {
    let counts = ThreadLimit.current == 1 ? [1] : [1, ThreadLimit.current]
    let all = products + fewRows + queries + convolutions + passes
    if let word = words.first(where: { word in !all.contains { $0.name.contains(word) } }) {
      fail("no kernel has '\(word)' in its name")
    }
    let measurements = all.filter { measurement in
      words.isEmpty || words.contains { measurement.name.contains($0) }
    }
    let rows: [[Table.Cell]] = measurements.map { measurement in
      tell("\(measurement.name)\n")
      let speeds = counts.map { count in
        ThreadLimit.$current.withValue(count) {
          measurement.amount / Stopwatch.milliseconds(seconds: 0.3, measurement.body) * 1e-6
        }
      }
      let numbers = speeds.map { Table.Cell.number($0, decimals: 1) }
      return [.text(measurement.name)] + numbers + [.text(measurement.unit)]
    }
    let columns = ["kernel"] + counts.map { $0 == 1 ? "1 thread" : "\($0) threads" } + ["unit"]
    print(Table("Kernels", columns: columns, rows: rows).text, terminator: "")
  }

  private static var products: [Measurement] {
    [(256, 256, 256), (512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048), (128, 256, 784), (2048, 512, 128)]
      .flatMap(
        product)
  }

  /// A product of m×k and k×n, plain and with either operand transposed.
  private static func product(_ m: Int, _ n: Int, _ k: Int) -> [Measurement] {
    let forms: [(String, Tensor, Tensor)] = [
      ("A B", numbers([m, k]), numbers([k, n])), ("A Bᵀ", numbers([m, k]), numbers([n, k]).transposed),
      ("Aᵀ B", numbers([k, m]).transposed, numbers([k, n])),
    ]
    return forms.map { form, a, b in
      Measurement(name: "\(form), \(m)×\(n)×\(k)", amount: 2 * Double(m * n * k), unit: "GFLOP/s") { _ = matmul(a, b) }
    }
  }

  /// Products of few rows with weights that come from memory; the amount is what is read of them.
  private static var fewRows: [Measurement] {
    [1, 2, 4, 8].flatMap { m in
      [(768, 768), (3072, 768), (768, 3072), (50_257, 768)].flatMap { n, k in
        let (x, weights) = (numbers([m, k]), fromMemory([n, k]))
        let bytes = 4 * Double(weights.count * n * k)
        return [
          Measurement(name: "x Wᵀ, \(m)×\(n)×\(k) from memory", amount: bytes, unit: "GB/s") {
            for w in weights { _ = matmul(x, w.transposed) }
          },
          Measurement(name: "x W, \(m)×\(n)×\(k) from memory", amount: bytes, unit: "GB/s") {
            for w in weights { _ = matmul(x, w.reshaped([k, n])) }
          },
        ]
      }
    }
  }

  /// Few queries for each of 12 heads, over keys and values from memory.
  private static var queries: [Measurement] {
    [(1, 128), (1, 512), (1, 1024), (4, 512), (8, 512)].map { n, m in
      let (q, caches) = (numbers([12, n, 64]), fromMemory([2, 12, m, 64]))
      let bytes = 4 * Double(caches.count * 2 * 12 * m * 64)
      return Measurement(name: "\(n) of \(m) keys from memory, 12 heads of 64", amount: bytes, unit: "GB/s") {
        for cache in caches { _ = scaledDotProductAttention(q, cache[0], cache[1], isCausal: true) }
      }
    }
  }

  /// As many tensors of this shape as make 256 MB, more than any cache holds.
  private static func fromMemory(_ shape: Shape) -> [Tensor] {
    (0..<pool.count / shape.count).map {
      pool[$0 * shape.count..<($0 + 1) * shape.count].reshaped(shape)
    }
  }

  private static let pool = Tensor.ones([64 << 20])

  private static var convolutions: [Measurement] {
    [(3, 64, 32), (64, 64, 32), (128, 128, 16), (256, 256, 8)].flatMap { inputs, outputs, side in
      let (x, w) = (numbers([32, inputs, side, side]), numbers([outputs, inputs, 3, 3]))
      let amount = 2 * Double(32 * inputs * outputs * 9 * side * side)
      let name = "3×3, \(inputs) → \(outputs), \(side)², batch 32"
      return [
        Measurement(name: "convolution \(name)", amount: amount, unit: "GFLOP/s") { _ = convolution(x, w, padding: 1) },
        Measurement(name: "with both gradients \(name)", amount: 3 * amount, unit: "GFLOP/s") {
          _ = gradient(at: [x, w]) { convolution($0[0], $0[1], padding: 1).sum() }
        },
      ]
    }
  }

  private static var passes: [Measurement] {
    let x = numbers([2048, 512])
    let bytes = 4 * Double(x.count)
    let functions: [(String, Double, () -> Tensor)] = [
      ("x + x", 3, { x + x }), ("exp", 2, { x.exp() }), ("tanh", 2, { x.tanh() }), ("sigmoid", 2, { x.sigmoid() }),
      ("erf", 2, { x.erf() }), ("log", 2, { x.squared().log() }), ("sum", 1, { x.sum() }),
      ("GELU", 2, { x.activated(by: .gelu) }), ("softmax of rows", 2, { x.softmax() }),
      ("layer norm", 2, { layerNormalized(x, scale: .ones([512]), shift: .zeros([512])) }),
    ]
    return functions.map { name, passes, body in
      Measurement(name: "\(name), 2048×512", amount: passes * bytes, unit: "GB/s") { _ = body() }
    }
  }

  private static func numbers(_ shape: Shape) -> Tensor { RandomSource(seed: 1).uniform(shape, in: -1..<1) }
}
