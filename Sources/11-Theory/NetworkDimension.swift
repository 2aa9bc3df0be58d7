// § 11.2  The VC dimension of networks

import Foundations
import Messages
import Tensors

/// The VC dimension of ReLU networks with W weights in L layers, up to a constant: W L log W. Theorem 11.6
///
/// Some networks reach a constant times W L log(W/L). Bartlett, Harvey, Liaw and Mehrabian (2019).
public struct NetworkDimensionBound: Sendable {
  /// W and L.
  public let weights, layers: Int

  /// The bound for networks of this size.
  public init(weights W: Int, layers L: Int) {
    require(W > 1 && L > 0, "cannot bound the VC dimension of \(W) weights in \(L) layers: W > 1 and L > 0 are needed")
    (weights, layers) = (W, L)
  }

  /// W L log W, without the constant of O(·). (11.3)
  public var value: Double { Double(weights * layers) * naturalLogarithm(Double(weights)) }

  /// √(W L log W / m), without constants: the form of the bound on R − R̂_S from m examples. § 11.2, warning
  public func gap(examples m: Int) -> Double { (value / Double(m)).squareRoot() }

  /// log₂ of the number of regions C(W, d)^L in the proof sketch of Theorem 11.6, for inputs of d numbers.
  ///
  /// It does not bound the VC dimension. The regions divide the space of inputs for fixed weights, but labellings come
  /// from changing the weights: what must be counted are the sign patterns of m outputs as functions of the weights.
  public func sketchedDimension(inputs d: Int) -> Double {
    Double(layers) * naturalLogarithm(binomial(weights, d)) / naturalLogarithm(2)
  }
}

/// One hidden layer of w ReLU units on the line, f(x) = c₀ + Σⱼ cⱼ relu(x − xⱼ), that takes any values at w + 1 points.
/// Theorem 11.6
///
/// At x₀ < … < x_w the matrix of 1, relu(x − x₀), …, relu(x − x_{w−1}) is triangular with a positive diagonal, so
/// the system for c has a solution for any labels: W = 3w + 1 weights shatter w + 1 points.
public struct ShatteringNetwork: Sendable {
  /// The points xⱼ, ascending. [w + 1]
  public let points: Tensor
  private let matrix: Tensor

  /// The network with w hidden units for w + 1 equally spaced points of [0, 1].
  public init(hidden w: Int) {
    require(w > 0, "cannot shatter points with \(w) hidden units: at least one is needed")
    points = .linear(from: 0, to: 1, count: w + 1, scalarType: .double)
    let units = relu(points.expanded(axis: 1) - points[0..<w])
    matrix = .concatenated([.ones([w + 1, 1], scalarType: .double), units], axis: 1)
  }

  /// The number of hidden units w.
  public var hidden: Int { points.count - 1 }
  /// The number of weights, 3w + 1: w of the inputs, w + 1 biases and w of the outputs.
  public var weights: Int { 3 * hidden + 1 }

  /// c₀ and the hidden layer for these values at the points. [w + 1] → f(x₀), …, f(x_w) = y up to rounding
  public func network(for y: Tensor) throws(LinearAlgebraError) -> (bias: Double, hidden: ShallowNetwork) {
    let c = try LinearAlgebra.solve(matrix, y)
    let layer = ShallowNetwork(
      w: .ones([hidden, 1], scalarType: .double), b: -points[0..<hidden], c: c[1..<hidden + 1], σ: .relu)
    return (c.scalars[0], layer)
  }

  /// The outputs of the network for these values at its points, by running it. [w + 1] → [w + 1]
  public func outputs(for y: Tensor) throws(LinearAlgebraError) -> Tensor {
    let f = try network(for: y)
    return f.bias + f.hidden(points.expanded(axis: 1))
  }
}
