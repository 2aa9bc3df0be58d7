// § 2.4  What optimizers remember

import Tensors

/// What an optimizer remembers of every parameter, such as a velocity, and how many steps it has made. § 2.4
///
/// With it each rule is its formula for one parameter θ, the gradient g and what is remembered.
public struct Memory<State: Sendable>: Sendable {
  /// The number of steps made.
  public private(set) var steps = 0
  private var states: [State] = []
  private var shapes: [Shape] = []
  private let start: @Sendable (Tensor) -> State

  /// A memory that holds `start(θ)` of a parameter before its first step.
  public init(startingWith start: @escaping @Sendable (_ θ: Tensor) -> State) { self.start = start }

  /// One step: applies a rule to every parameter θ, its gradient g and what is remembered of it.
  ///
  /// The rule also gets the number t of the step, counted from 1. The model must have the same parameters each time.
  public mutating func step<M: Parameterized>(
    _ model: inout M, along gradient: M,
    rule: (_ θ: inout Tensor, _ g: Tensor, _ state: inout State, _ t: Int) -> Void
  ) {
    let (parameters, gradients) = (model.parameters, gradient.parameters)
    let shapes = parameters.map(\.shape)
    require(
      gradients.map(\.shape) == shapes,
      "cannot update parameters \(shapes) along a gradient \(gradients.map(\.shape))")
    if steps == 0 { (self.shapes, states) = (shapes, parameters.map(start)) }
    require(
      self.shapes == shapes, "cannot continue on parameters \(shapes): what is remembered belongs to \(self.shapes)")
    steps += 1
    var position = 0
    model.forEachParameter { θ in
      rule(&θ, gradients[position], &states[position], steps)
      position += 1
    }
  }
}

/// Zeros of a parameter's shape and scalar type: where memories start.
@Sendable func zeros(like θ: Tensor) -> Tensor { Tensor.zeros(θ.shape, scalarType: θ.scalarType) }
