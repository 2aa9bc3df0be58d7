import CNN
import Figures
import Running
import Tensors
import Training

/// § 4.2: the operation drawn, its size, its three forms, and the value of kernels made by hand.
public let section4_2 = Exercise(.section, "4.2", "Convolution: forms, sizes, kernels", seconds: 4, quick: 1, full: 60)
{
  run in
  run.show(operationFigure(), as: "operation")
  run.show(patchesDiagram(), as: "patches")
  run.show(sizeTable(sizesOfSamePadding()), as: "sizes")
  let forms = compareForms(random: run.random)
  run.show(
    Table(
      "Three forms of one convolution, and its gradients: largest differences", columns: ["quantity", "difference"],
      rows: forms.map { [.text($0.name), .scientific($0.gap, digits: 2)] }), as: "forms")
  run.show(
    Table(
      "Laws of a product: largest violation", columns: ["law", "(4.1)", "kernel turned"],
      rows: compareLaws(random: run.random).map {
        [.text($0.law), .scientific($0.correlation, digits: 2), .scientific($0.convolution, digits: 2)]
      }), as: "laws")
  run.show(overlapFigure(), as: "overlaps")

  let noise = measureNoise(side: run.choose(quick: 64, standard: 512, full: 2_048), random: run.random)
  run.show(
    Table(
      "White noise of variance 1 under a kernel", columns: ["kernel", "sum", "sum of squares", "measured variance"],
      rows: noise.map {
        [
          .text($0.kernel.rawValue), .number($0.sum, decimals: 2), .number($0.squares, decimals: 6),
          .number($0.variance, decimals: 4),
        ]
      }), as: "noise")
  run.show(kernelFigure(), as: "kernels")

  let results = compareFeatures(
    sizes: run.choose(quick: [100], standard: [50, 200, 1_000], full: [50, 200, 1_000, 5_000]),
    seeds: run.choose(quick: 1, standard: 3, full: 10), firstSeed: run.options.seed
  ) { label, size in
    let steps = run.choose(quick: 60, standard: 600, full: 2_000)
    return run.reporting(TrainingPlan(steps: steps, examples: size, batchSize: 50), label)
  }
  run.show(featureTable(results), as: "features")
  for result in results { run.card("\(result.kind.rawValue), \(result.examples) examples", result.mean) }
}

/// Output sizes with ⌊k/2⌋ zeros on every side.
public struct SamePaddingResult: Sendable {
  /// The kernel's size.
  public let kernel: Int
  /// The output of 32 numbers with ⌊k/2⌋ zeros on both sides, with strides 1 and 2.
  public let stride1, stride2: Int
  /// Zeros before and after that give 32 numbers with stride 1, and 16 with stride 2.
  public let before1, after1, before2, after2: Int
}

/// Example 4.4 for kernels from 1 to 7.
public func sizesOfSamePadding() -> [SamePaddingResult] {
  (1...7).map { k in
    let (one, two) = (samePadding(32, kernel: k), samePadding(32, kernel: k, stride: 2))
    return SamePaddingResult(
      kernel: k, stride1: outputSize(32, kernel: k, padding: k / 2),
      stride2: outputSize(32, kernel: k, stride: 2, padding: k / 2),
      before1: one.before, after1: one.after, before2: two.before, after2: two.after)
  }
}

/// Differences between the literal sums and the fast convolution: (4.3), the product of patches, and the three
/// gradients.
public func compareForms(random: RandomSource) -> [(name: String, gap: Double)] {
  func normal(_ shape: Shape) -> Tensor { random.normal(shape, scalarType: .double) }
  let (x, K, b) = (normal([3, 17, 13]), normal([5, 3, 3, 2]), normal([5]))
  let (batch, square) = (normal([2, 3, 17, 13]), normal([5, 3, 3, 3]))
  let δ = normal([5, 15, 12])
  let fast = { (x: Tensor, K: Tensor, b: Tensor) in convolution(x.expanded(axis: 0), K, bias: b).squeezed(axis: 0) }
  let gradients = MultichannelGradients(δ, image: x, filters: K)
  func gap(_ name: String, _ a: Tensor, _ b: Tensor) -> (name: String, gap: Double) {
    (name, (a - b).abs().max().item)
  }
  return [
    gap("Y, (4.3) as four sums", multichannelConvolution(x, filters: K, bias: b), fast(x, K, b)),
    gap(
      "Y, patches, stride 2, padding 1", convolutionByPatches(batch, filters: square, bias: b, stride: 2, padding: 1),
      convolution(batch, square, bias: b, stride: 2, padding: 1)),
    gap("∂L/∂X", gradients.image, gradient(at: x) { (fast($0, K, b) * δ).sum() }),
    gap("∂L/∂K", gradients.filters, gradient(at: K) { (fast(x, $0, b) * δ).sum() }),
    gap("∂L/∂b", gradients.bias, gradient(at: b) { (fast(x, K, $0) * δ).sum() }),
  ]
}

/// A law of products, and its violation by (4.1) and by the convolution with a turned kernel.
public struct LawResult: Sendable {
  /// The law.
  public let law: String
  /// The largest violation of (4.1), and of the mathematical convolution.
  public let correlation, convolution: Double
}

/// Commutativity and associativity, with (4.1) extended by zeros so that both sides have the same size.
public func compareLaws(random: RandomSource) -> [LawResult] {
  let kernels = (0..<3).map { _ in random.normal([3, 3], scalarType: .double) }
  let (a, b, c) = (kernels[0], kernels[1], kernels[2])
  let flip = { (x: Tensor, k: Tensor) in fullConvolution(x, turned(k)) }
  func gap(_ x: Tensor, _ y: Tensor) -> Double { (x - y).abs().max().item }
  return [
    LawResult(
      law: "a ∗ b = b ∗ a", correlation: gap(flip(a, b), flip(b, a)),
      convolution: gap(fullConvolution(a, b), fullConvolution(b, a))),
    LawResult(
      law: "(a ∗ b) ∗ c = a ∗ (b ∗ c)", correlation: gap(flip(flip(a, b), c), flip(a, flip(b, c))),
      convolution: gap(
        fullConvolution(fullConvolution(a, b), c), fullConvolution(a, fullConvolution(b, c)))),
  ]
}

private func sizeTable(_ results: [SamePaddingResult]) -> Table {
  Table(
    "32 numbers: p = ⌊k/2⌋ on both sides, and the padding that keeps the size",
    columns: ["k", "p", "output, s = 1", "before + after", "output, s = 2", "for 16: before + after"],
    rows: results.map { r in
      [
        .integer(r.kernel), .integer(r.kernel / 2), .integer(r.stride1), .text("\(r.before1) + \(r.after1)"),
        .integer(r.stride2), .text("\(r.before2) + \(r.after2)"),
      ]
    })
}
