// § 4.4  What classical networks cost, counted without building them

import Messages
import Tensors

/// One layer of a network on paper.
public struct SketchedLayer: Sendable {
  /// Its name.
  public let name: String
  /// Its output for one image: channels, height and width.
  public let shape: Shape
  /// The number of its parameters, including those of a normalization after it.
  public let parameters: Int
  /// Its multiplications for one image: C_out H′ W′ C_in/groups k² for a convolution.
  public let multiplications: Int
  /// Whether it is next to the main path, as a projection is.
  public let isShortcut: Bool
}

/// A network on paper: its layers in order, with shapes and costs. § 4.4
public struct NetworkSketch: Sendable {
  /// The network's name.
  public let name: String
  /// The shape of an image.
  public let input: Shape
  /// The layers.
  public private(set) var layers: [SketchedLayer] = []
  private var shape: Shape

  /// A network without layers for images of this shape. [C×H×W]
  public init(_ name: String, input: Shape) {
    require(input.rank == 3, "cannot sketch a network for \(input): channels, height and width are needed")
    (self.name, self.input, shape) = (name, input, input)
  }

  /// The number of parameters.
  public var parameters: Int { layers.reduce(0) { $0 + $1.parameters } }
  /// The number of multiplications for one image.
  public var multiplications: Int { layers.reduce(0) { $0 + $1.multiplications } }
  /// The number of outputs of all layers for one image: what training keeps if normalization and ReLU work in place.
  public var activations: Int { layers.reduce(0) { $0 + $1.shape.count } }
  /// The layers that have parameters on the main path: 5, 8, 16, 18 and 50 for the networks of § 4.4.
  public var depth: Int { layers.filter { $0.parameters > 0 && !$0.isShortcut }.count }

  /// Adds a convolution, with sizes by (4.2).
  public mutating func convolve(
    _ outputs: Int, kernel k: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1, isNormalized: Bool = false
  ) {
    append(outputs, k, stride, padding, groups, isNormalized, from: shape)
  }

  /// Adds a 1×1 convolution with normalization from an earlier shape to the present one.
  public mutating func project(from earlier: Shape, stride: Int) {
    append(shape[0], 1, stride, 0, 1, true, from: earlier, isShortcut: true)
  }

  /// Adds the maximum over k × k windows, with sizes by (4.2).
  public mutating func pool(_ k: Int, stride: Int? = nil, padding: Int = 0) {
    let side = { outputSize($0, kernel: k, stride: stride ?? k, padding: padding) }
    append("maximum \(k)×\(k)", [shape[0], side(shape[1]), side(shape[2])])
  }

  /// Adds the mean of every map. (4.6)
  public mutating func average() { append("mean", [shape[0], 1, 1]) }

  /// Adds a linear layer that sees all numbers.
  public mutating func connect(_ outputs: Int) {
    let n = shape.count
    append("linear", [outputs, 1, 1], parameters: outputs * (n + 1), multiplications: outputs * n)
  }

  /// Adds a residual block: these convolutions, the stride at one of them, and a projection where shapes change.
  public mutating func addBlock(_ convolutions: [(outputs: Int, kernel: Int)], stride: Int, at place: Int) {
    let start = shape
    for (number, layer) in convolutions.enumerated() {
      convolve(
        layer.outputs, kernel: layer.kernel, stride: number == place ? stride : 1, padding: layer.kernel / 2,
        isNormalized: true)
    }
    if start != shape { project(from: start, stride: stride) }
  }

  private mutating func append(
    _ outputs: Int, _ k: Int, _ stride: Int, _ padding: Int, _ groups: Int, _ isNormalized: Bool, from start: Shape,
    isShortcut: Bool = false
  ) {
    let side = { outputSize($0, kernel: k, stride: stride, padding: padding) }
    let result: Shape = [outputs, side(start[1]), side(start[2])]
    let weights = outputs * start[0] / groups * k * k
    append(
      isShortcut ? "projection" : "convolution \(k)×\(k)", result,
      parameters: weights + (isNormalized ? 2 : 1) * outputs, multiplications: weights * result[1] * result[2],
      isShortcut: isShortcut)
  }

  private mutating func append(
    _ name: String, _ result: Shape, parameters: Int = 0, multiplications: Int = 0, isShortcut: Bool = false
  ) {
    layers.append(
      SketchedLayer(
        name: name, shape: result, parameters: parameters, multiplications: multiplications, isShortcut: isShortcut))
    shape = result
  }
}
