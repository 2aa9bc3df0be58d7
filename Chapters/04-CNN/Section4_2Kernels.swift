import CNN
import DataSets
import Figures
import Foundations
import Tensors
import Training

/// § 4.2.4: the operation with numbers, and how its first output is computed.
func operationFigure() -> Panels {
  let X = Tensor(
    [[0, 0, 1, 2, 2], [0, 0, 1, 2, 2], [0, 1, 2, 2, 2], [1, 2, 2, 2, 2], [2, 2, 2, 2, 2]], scalarType: .double)
  let K = FixedKernel.sobelX.kernel(.double)
  let Y = crossCorrelation(X, K)
  let window = X.sliced(0..<3, axis: 0).sliced(0..<3, axis: 1)
  func map(_ title: String, _ values: Tensor, _ colors: ColorMap, _ range: ClosedRange<Double>) -> HeatMap {
    HeatMap(
      title, values: (0..<values.shape[0]).map { values[$0].scalars }, format: "%.0f", colors: colors, range: range)
  }
  return Panels(
    "(4.1): the kernel lies on a window, products are added", columns: 3,
    [
      map("Image X, 5×5", X, .sequential, 0...2), map("Kernel K, 3×3", K, .diverging, -2...2),
      map("X ∗ K, 3×3", Y, .diverging, -8...8), map("First window", window, .sequential, 0...2),
      map("Window ⊙ K", window * K + 0, .diverging, -2...2),
      map("Sum", Y.sliced(0..<1, axis: 0).sliced(0..<1, axis: 1), .diverging, -8...8),
    ])
}

/// § 4.2.4: (4.3) as data flow, with the shapes of the program.
public func patchesDiagram() -> Diagram {
  let (X, K, b) = (Tensor.zeros([1, 3, 32, 32]), Tensor.zeros([64, 3, 3, 3]), Tensor.zeros([64]))
  let columns = patches(X, kernel: 3, padding: 1)
  let rows = K.flattened(from: 1)
  let product = matmul(rows, columns)
  let Y = convolutionByPatches(X, filters: K, bias: b, padding: 1)
  return Diagram(
    "A convolution as a matrix product", quantities: ["shape"],
    nodes: [
      .init("filters K", lines: ["\(K.shape)"]), .init("images X", lines: ["\(X.shape)"]),
      .init("bias b", lines: ["\(b.shape)"]), .init("rows: filters", lines: ["\(rows.shape)"], inputs: [0]),
      .init("columns: windows", lines: ["\(columns.shape)"], inputs: [1]),
      .init("product", lines: ["\(product.shape)"], inputs: [3, 4]),
      .init("Y", lines: ["\(Y.shape)"], inputs: [5, 2]),
    ])
}

/// How often a transposed convolution of stride 2 writes to each pixel: unevenly unless the stride divides the kernel's
/// size.
func overlapFigure() -> Panels {
  func map(_ k: Int) -> HeatMap {
    let counts = overlaps(side: 3, kernel: k, stride: 2)
    return HeatMap(
      "Kernel \(k)×\(k)", values: (0..<counts.shape[0]).map { counts[$0].scalars }, format: "%.0f", range: 0...4)
  }
  return Panels("3×3 pixels, transposed, stride 2: how many kernels meet", [map(2), map(3), map(4)])
}

/// How many k × k kernels of a transposed convolution meet on each pixel of its output. [H'×W']
public func overlaps(side n: Int, kernel k: Int, stride s: Int) -> Tensor {
  transposedConvolutionByKernels(
    Tensor.ones([1, n, n]), filters: Tensor.ones([1, 1, k, k]), stride: (s, s), padding: (0, 0)
  ).squeezed(axis: 0)
}

/// The effect of a kernel on noise.
public struct NoiseResult: Sendable {
  /// The kernel.
  public let kernel: FixedKernel
  /// The sum of its numbers and of their squares: the factors for a constant image and for the variance of noise.
  public let sum, squares: Double
  /// The measured variance.
  public let variance: Double
}

/// White noise of variance 1 under every kernel.
public func measureNoise(side n: Int, random: RandomSource) -> [NoiseResult] {
  let noise = random.normal([1, 1, n, n])
  return FixedKernel.allCases.map { kernel in
    let K = kernel.kernel(.double)
    let y = convolution(noise, kernel.kernel().reshaped([1, 1, 3, 3]))
    return NoiseResult(
      kernel: kernel, sum: K.sum().item, squares: K.squared().sum().item, variance: y.squared().mean().item)
  }
}

/// A digit, a piece of clothing and a shape under every kernel; zero slopes are grey.
func kernelFigure() -> Panels {
  let random = RandomSource(seed: 4)
  let shape = LabeledImages.drawnShapes(count: 10, from: random).images[1..<2].mean(axes: [1], keepsAxes: true)
  let images = [
    LabeledImages.drawnDigits(count: 10, from: random).images[0..<1],
    LabeledImages.drawnClothes(count: 10, from: random).images[3..<4], shape,
  ]
  func shown(_ image: Tensor, _ kernel: FixedKernel) -> Tensor {
    let y = kernel(image)
    switch kernel {
    case .identity, .gaussian, .sharpening: return y
    case .sobelX, .sobelY, .laplacian: return 0.5 + 0.5 * y / y.abs().max()
    }
  }
  func slope(_ image: Tensor) -> Tensor {
    let size = (FixedKernel.sobelX(image).squared() + FixedKernel.sobelY(image).squared()).squareRoot()
    return size / size.max()
  }
  let rows = images.flatMap { image in FixedKernel.allCases.map { shown(image, $0) } + [slope(image)] }
  let names = FixedKernel.allCases.map(\.rawValue) + ["Sobel, both"]
  return Panels(
    "",
    [
      ImageGrid(
        "Kernels made by hand",
        images: rows.map { Pixels(width: $0.shape[3], height: $0.shape[2], values: $0.scalars) },
        columns: names.count, captions: images.flatMap { _ in names })
    ])
}

/// The features by which strokes are classified.
public struct FeatureResult: Sendable {
  /// The input of an MLP.
  public enum Kind: String, CaseIterable, Sendable {
    case pixels = "raw pixels"
    case fixed = "kernels made by hand"
    case learned = "kernels learned"
  }

  /// The input of the MLP, and the number of training examples.
  public let kind: Kind, examples: Int
  /// The number of learned parameters.
  public let parameters: Int
  /// The test accuracy for every seed.
  public let accuracies: [Double]
  /// Their mean.
  public var mean: Double { accuracies.reduce(0, +) / Double(accuracies.count) }
}

/// Images of 16 × 16 with one short stroke at a random place, darker or lighter than the background, with noise.
///
/// Class 0 is within 35 degrees of upright, class 1 within 35 degrees of level. [N×1×16×16]
public func strokeImages(count N: Int, noise: Double = 0.1, random: RandomSource) -> LabeledImages {
  func draw(_ range: Range<Double>) -> Tensor { random.uniform([N, 1, 1, 1], in: range) }
  let labels = (0..<N).map { _ in random.integer(below: 2) }
  let φ = draw(-35..<35) * (Double.pi / 180) + Tensor(labels.map { Double($0) * .pi / 2 }, shape: [N, 1, 1, 1])
  let (x, y) = (Tensor.range(0..<16) - draw(4..<11), Tensor.range(0..<16).reshaped([16, 1]) - draw(4..<11))
  let (along, across) = (φ.cos() * y + φ.sin() * x, φ.cos() * x - φ.sin() * y)  // [N×1×16×16]
  let stroke = (2 * (3 - along.abs())).sigmoid() * (-across.squared()).exp()
  let sign = 2 * random.bernoulli([N, 1, 1, 1], probability: 0.5) - 1
  let images = draw(0.4..<0.6) + sign * draw(0.3..<0.5) * stroke
  return LabeledImages(images: images + random.normal(images.shape, standardDeviation: noise), labels: labels)
}

/// Trains an MLP of 32 hidden units on pixels, on features made by hand, and on kernels that are learned with it.
public func compareFeatures(
  sizes: [Int], seeds: Int, firstSeed: UInt64, plan: (_ label: String, _ size: Int) -> TrainingPlan
) -> [FeatureResult] {
  FeatureResult.Kind.allCases.flatMap { kind in
    sizes.map { size in
      let runs = (0..<UInt64(seeds)).map { offset in
        let random = RandomSource(seed: firstSeed + offset)
        let test = strokeImages(count: 2_000, random: random)
        let train = strokeImages(count: size, random: random)
        return trainOnStrokes(
          kind, train, test, plan: plan("\(kind.rawValue), \(size) examples", size), random: random)
      }
      return FeatureResult(
        kind: kind, examples: size, parameters: runs[0].parameters, accuracies: runs.map(\.accuracy))
    }
  }
}

private func trainOnStrokes(
  _ kind: FeatureResult.Kind, _ train: LabeledImages, _ test: LabeledImages, plan: TrainingPlan,
  random: RandomSource
) -> (parameters: Int, accuracy: Double) {
  func trained<M: Module<Tensor, Tensor>>(_ start: M, _ input: (Tensor) -> Tensor) -> (Int, Double) {
    var (model, optimizer) = (start, Adam(learningRate: 3e-3))
    let examples = Examples(input(train.images), labels: train.labels)
    fit(&model, with: &optimizer, to: examples, plan: plan, random: random)
    return (model.parameterCount, accuracy(model(input(test.images)), labels: test.labels))
  }
  switch kind {
  case .pixels: return trained(MLP([256, 32, 2], random: random)) { 2 * ($0.flattened(from: 1) - 0.5) }
  case .fixed: return trained(MLP([32, 32, 2], random: random)) { fixedFeatures($0) }
  case .learned:
    return trained(LearnedFeatures(side: 16, hidden: 32, classes: 2, random: random)) { 2 * ($0 - 0.5) }
  }
}

func featureTable(_ results: [FeatureResult]) -> Table {
  let sizes = results.filter { $0.kind == .pixels }.map(\.examples)
  return Table(
    "Upright or level? Test accuracy by number of training images",
    columns: ["what the MLP sees", "parameters"] + sizes.map(String.init),
    rows: FeatureResult.Kind.allCases.map { kind in
      let row = results.filter { $0.kind == kind }
      return [.text(kind.rawValue), .integer(row[0].parameters)] + row.map { .number($0.mean, decimals: 3) }
    })
}
