import CNN
import Figures
import Running
import Tensors

/// § 4.1: the parameters that a convolution saves, and measures of locality, sharing and equivariance.
public let section4_1 = Exercise(.section, "4.1", "Locality, equivariance, shared filters", seconds: 1) { run in
  run.show(
    Table(
      "Parameters of one layer", columns: ["layer", "weights", "with biases"],
      rows: layerCosts.map { [.text($0.name), .integer($0.weights), .integer($0.parameters)] }), as: "parameters")
  run.show(matrixFigure(random: run.random), as: "matrix")
  let results = measureShifts(side: run.choose(quick: 8, standard: 16, full: 32), random: run.random)
  run.show(
    Table(
      "A circular shift by (2, 4) before or after", columns: ["map", "equivariance gap", "invariance gap"],
      rows: results.map { result in
        [
          .text(result.name), result.equivariance.map { .scientific($0, digits: 2) } ?? "–",
          .scientific(result.invariance, digits: 2),
        ]
      }), as: "shifts")
  for result in results.prefix(2) { run.card("equivariance gap, " + result.name, result.equivariance ?? .nan) }
}

/// The parameters of one layer.
public struct LayerCost: Sendable {
  /// The layer.
  public let name: String
  /// Its weights.
  public let weights: Int
  /// Its weights and biases.
  public let parameters: Int
}

/// Remark 4.2, and a dense layer from a 256 × 256 colour image to one of the same size.
public let layerCosts: [LayerCost] = {
  func dense(_ name: String, _ inputs: Int, _ outputs: Int) -> LayerCost {
    LayerCost(
      name: name, weights: denseParameters(inputs: inputs, outputs: outputs, hasBias: false),
      parameters: denseParameters(inputs: inputs, outputs: outputs))
  }
  let image = 256 * 256 * 3
  return [
    dense("dense, 224×224×3 to 1000", 224 * 224 * 3, 1000),
    LayerCost(
      name: "64 filters of 3×3 for 3 channels",
      weights: convolutionParameters(inputs: 3, outputs: 64, kernel: (3, 3), hasBias: false),
      parameters: convolutionParameters(inputs: 3, outputs: 64, kernel: (3, 3))),
    dense("dense, 256×256×3 to 256×256×3", image, image),
  ]
}()

/// How far a map is from equivariance and from invariance to a shift.
public struct ShiftResult: Sendable {
  /// The map.
  public let name: String
  /// The equivariance gap; nil if the output is no image.
  public let equivariance: Double?
  /// The invariance gap.
  public let invariance: Double
}

/// Shifts an image of noise by 2 down and 4 to the right, before and after maps with different symmetries.
public func measureShifts(side n: Int, random: RandomSource) -> [ShiftResult] {
  let shift = (down: 2, right: 4)
  let x = random.normal([1, 1, n, n], scalarType: .double)
  let K = random.normal([1, 1, 3, 3], scalarType: .double)
  func measure(_ name: String, scale: Int = 1, isImage: Bool = true, _ f: (Tensor) -> Tensor) -> ShiftResult {
    ShiftResult(
      name: name, equivariance: isImage ? equivarianceGap(f, at: x, shift: shift, scale: scale) : nil,
      invariance: invarianceGap(f, at: x, shift: shift))
  }
  let borders = [PaddingMode.circular, .zero, .nearest, .reflect, .random].map { mode in
    measure("convolution, border \(mode.rawValue)") { convolution(padded($0, by: 1, mode: mode, random: random), K) }
  }
  let ring = { (x: Tensor) in convolution(padded(x, by: 1, mode: .circular), K) }
  let dense = random.normal([n * n, n * n], standardDeviation: 1 / Double(n), scalarType: .double)
  let biasMap = random.normal([n, n], scalarType: .double)
  return borders + [
    measure("circular, one bias") { ring($0) + 0.5 },
    measure("circular, a bias for every pixel") { ring($0) + biasMap },
    measure("circular, then ReLU") { maximum(0, ring($0)) },
    measure("circular, stride 2", scale: 2) { ring($0).sliced(0..<n, axis: 2, by: 2).sliced(0..<n, axis: 3, by: 2) },
    measure("circular, ReLU, global mean", isImage: false) { globalAveragePooling(maximum(0, ring($0))) },
    measure("dense layer") { matmul(dense, $0.reshaped([n * n, 1])).reshaped([1, 1, n, n]) },
  ]
}

/// The matrix of a 3 × 3 convolution of a 6 × 6 image, and one of a dense layer.
func matrixFigure(random: RandomSource) -> Panels {
  let K = Tensor([3, -1, 2, -3, 4, 1, -2, 2.5, -4], shape: [1, 1, 3, 3], scalarType: .double)
  let sparse = matrix(of: { convolution($0, K, padding: 1) }, inputs: [1, 1, 6, 6])
  let dense = random.normal([36, 36], scalarType: .double)
  func map(_ title: String, _ M: Tensor) -> HeatMap {
    HeatMap(
      title, rowTitle: "output pixel", columnTitle: "input pixel", values: (0..<36).map { M[$0].scalars }, format: nil,
      colors: .diverging)
  }
  return Panels(
    "A layer from 6×6 to 6×6 pixels as a matrix",
    [map("Dense: 1,296 weights", dense), map("Convolution: 9 weights, each at 36 places or less", sparse)])
}
