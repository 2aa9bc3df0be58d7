// § 2.4  What optimizers remember

import Messages
import Tensors

/// What can be remembered of a parameter: a tensor like it, or several.
public protocol Remembered: Codable, Sendable {
  /// What is remembered of a parameter θ before its first step.
  init(like θ: Tensor)
}

extension Tensor: Remembered {
  /// Zeros of a parameter's shape and scalar type: where memories start.
  public init(like θ: Tensor) { self = Tensor.zeros(θ.shape, scalarType: θ.scalarType) }
}

/// What an optimizer remembers of every parameter, such as a velocity, and how many steps it has made. § 2.4
///
/// With it each rule is its formula for one parameter θ, the gradient g and what is remembered.
public struct Memory<State: Remembered>: Codable, Sendable {
  /// The number of steps made.
  public private(set) var steps = 0
  private var states: [State] = []
  private var shapes: [[Int]] = []

  /// A memory of parameters that have not moved yet.
  public init() {}

  /// One step: applies a rule to every parameter θ, its gradient g and what is remembered of it.
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
      "cannot continue on parameters \(shapes.map(Shape.init)): what is remembered belongs to \(self.shapes.map(Shape.init))"
    )
    steps += 1
    var position = 0
    model.forEachParameter { θ in
      rule(&θ, gradients[position], &states[position], steps)
      position += 1
    }
  }
}
