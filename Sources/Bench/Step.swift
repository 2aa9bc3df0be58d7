import Backprop
import Foundations
import Tensors
import Training

/// One step of a model, with the name that the rival uses too: a training step, or a call of the model alone.
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
  public static let all = perceptrons + images + sequences + transformers + generators + applications
}

/// A model with its data, ready to be trained.
public struct Workload {
  /// The number of the model's parameters.
  public let parameters: Int
  /// Makes one step and returns the loss before it; nil if the step only calls the model.
  public let run: () -> Double?

  init(parameters: Int, _ run: @escaping () -> Double?) { (self.parameters, self.run) = (parameters, run) }
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

/// One step of training: the gradient of the loss, clipped if `clip` is given, and the optimizer's update. Returns the
/// loss before the step.
func descend<M: Model, O: Optimizer>(
  _ model: inout M, _ optimizer: inout O, clip: Double? = nil, _ loss: (M) -> Tensor
) -> Double {
  let (value, gradient) = valueWithGradient(at: model, of: loss)
  optimizer.update(&model, along: clip.map { gradient.clipped(norm: $0) } ?? gradient)
  return value.item
}

/// Calls a model without training; there is no loss.
func called<R>(_ model: () -> R) -> Double? {
  _ = model()
  return nil
}

/// Class labels 0 to `classes` − 1 in turn.
func labels(_ count: Int, classes: Int) -> [Int] { (0..<count).map { $0 % classes } }
