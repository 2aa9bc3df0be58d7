import Foundations
import Tensors
import Training

/// One training step of a model, with the name that the rival uses too.
public struct Step: Sendable {
  /// The name in tables and on the command line.
  public let name: String
  /// A short description of the step.
  public let what: String
  /// The layers with products, to count the arithmetic of a step.
  let layers: [Layer]
  /// Makes the model and its data, `scale` times as many examples as usual, and returns the step.
  public let make: @Sendable (_ scale: Int) -> Workload

  init(_ name: String, _ what: String, _ layers: [Layer], _ make: @escaping @Sendable (Int) -> Workload) {
    (self.name, self.what, self.layers, self.make) = (name, what, layers, make)
  }

  /// The floating-point operations of a step: two for each multiplication and addition.
  public var operations: Double { 2 * layers.reduce(0) { $0 + Double($1.multiplications * $1.passes) } }

  /// All steps, in the order of the book.
  public static let all = perceptrons + images + sequences + transformers + generators
}

/// A model with its data, ready to be trained.
public struct Workload {
  /// The number of the model's parameters.
  public let parameters: Int
  /// Makes one step.
  public let run: () -> Void

  init(parameters: Int, _ run: @escaping () -> Void) { (self.parameters, self.run) = (parameters, run) }
}

/// A layer with a product, and its number of passes: forward, the gradient of its weights, the gradient of its input.
struct Layer: Sendable {
  let multiplications: Int
  var passes = 3

  /// A product of `rows` vectors with a matrix.
  static func dense(_ rows: Int, _ inputs: Int, _ outputs: Int) -> Layer {
    Layer(multiplications: rows * inputs * outputs)
  }

  /// A convolution with square kernels on square maps, counted at its outputs.
  static func convolution(_ images: Int, _ inputs: Int, _ outputs: Int, kernel: Int, side: Int) -> Layer {
    Layer(multiplications: images * inputs * outputs * kernel * kernel * side * side)
  }

  /// The layer with a different number of passes: 1 for forward only, 2 without the gradient of its input.
  func passes(_ count: Int) -> Layer { Layer(multiplications: multiplications, passes: count) }
}

/// One step of training: the gradient of the loss, and the optimizer's update.
func descend<M: Model, O: Optimizer>(_ model: inout M, _ optimizer: inout O, _ loss: (M) -> Tensor) {
  let (_, gradient) = valueWithGradient(at: model, of: loss)
  optimizer.update(&model, along: gradient)
}

/// Class labels 0 to `classes` − 1 in turn.
func labels(_ count: Int, classes: Int) -> [Int] { (0..<count).map { $0 % classes } }
