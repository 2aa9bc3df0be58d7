// § 2.4  The memory of optimizers

import Messages
import Tensors

/// The memory of one parameter: a tensor like it, or several.
public protocol Remembered: Codable, Sendable {
  /// The memory of a parameter θ before its first step.
  init(like θ: Tensor)
}

extension Tensor: Remembered {
  /// Zeros of a parameter's shape and scalar type: where memories start.
  public init(like θ: Tensor) { self = Tensor.zeros(θ.shape, scalarType: θ.scalarType) }
}

/// An optimizer's memory of every parameter, such as a velocity, and the number of its steps. § 2.4
///
/// With it each rule is a formula for one parameter θ, its gradient g and its memory.
public struct Memory<State: Remembered>: Codable, Sendable {
  /// The number of steps taken.
  public private(set) var steps = 0
  private var states: [State] = []
  private var shapes: [[Int]] = []

  /// A memory of parameters that have not moved yet.
  public init() {}

  /// One step: applies a rule to every parameter θ, its gradient g and its memory.
  ///
  /// The rule also gets the number t of the step, counted from 1. The model must have the same parameters each time.
  public mutating func step<M: Parameterized>(
    _ model: inout M, along gradient: M,
    rule: (_ θ: inout Tensor, _ g: Tensor, _ state: inout State, _ t: Int) -> Void
  ) {
    let (parameters, gradients) = (model.parameters, gradient.parameters)
    let shapes = parameters.map(\.shape.lengths)
    require(
      gradients.map(\.shape.lengths) == shapes,
      "cannot update parameters \(shapes.map(Shape.init)) along a gradient \(gradients.map(\.shape))")
    if steps == 0 { (self.shapes, states) = (shapes, parameters.map(State.init)) }
    require(
      self.shapes == shapes,
      "cannot continue with parameters \(shapes.map(Shape.init)): "
        + "the optimizer's memory belongs to \(self.shapes.map(Shape.init))"
    )
    steps += 1
    var position = 0
    model.forEachParameter { θ in
      rule(&θ, gradients[position], &states[position], steps)
      position += 1
    }
  }
}
