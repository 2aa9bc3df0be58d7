import Foundation

// Activation functions and their derivatives on whole vectors. In `Float` values are right to 3 ulp (GELU to 6), derivatives to 3
// units in the last place of 1. Each is written for few exponentials and divisions: these, not memory, set the speed.

/// An activation function as a type: unlike a closure, it is inlined wherever it is used.
protocol LaneActivation: Sendable {
  /// f(x)
  func value<V: KernelLanes>(_ x: V) -> V
  /// f′(x); at a kink that from the left.
  func derivative<V: KernelLanes>(at x: V) -> V
  /// f′(x) from y = f(x), of a function with `derivativeFollowsFromValue`.
  func derivative<V: KernelLanes>(fromValue y: V) -> V
  /// Whether the derivative is better stored than computed twice.
  var isCostly: Bool { get }
}

extension LaneActivation {
  /// What holds where f(x) has the sign of x, and f′ depends on nothing else.
  @inline(__always)
  func derivative<V: KernelLanes>(fromValue y: V) -> V { derivative(at: y) }
  @inline(__always)
  var isCostly: Bool { true }
}

/// A loop that applies an activation function, to be compiled for each of them: with `some LaneActivation` known, no choice is left inside.
protocol ActivationLoop {
  func run(_ f: some LaneActivation)
}

extension ActivationFunction {
  /// Runs the loop that was compiled for this function.
  func specialize(_ loop: some ActivationLoop) {
    switch self {
    case .identity: loop.run(Identity())
    case .relu: loop.run(ReLU())
    case .sigmoid: loop.run(Sigmoid())
    case .tanh: loop.run(Tanh())
    case .silu: loop.run(SiLU())
    case .gelu: loop.run(GELU())
    case .leakyReLU(let slope): loop.run(LeakyReLU(slope: slope))
    }
  }
}

private struct Identity: LaneActivation {
  @inline(__always)
  var isCostly: Bool { false }
  @inline(__always)
  func value<V: KernelLanes>(_ x: V) -> V { x }
  @inline(__always)
  func derivative<V: KernelLanes>(at x: V) -> V { V.one }
}

private struct ReLU: LaneActivation {
  @inline(__always)
  var isCostly: Bool { false }
  @inline(__always)
  func value<V: KernelLanes>(_ x: V) -> V { V.choose(x .< V.zero, V.zero, x) }
  @inline(__always)
  func derivative<V: KernelLanes>(at x: V) -> V { V.choose(x .<= V.zero, V.zero, V.one) }
}

private struct LeakyReLU: LaneActivation {
  let slope: Double
  @inline(__always)
  var isCostly: Bool { false }
  @inline(__always)
  func value<V: KernelLanes>(_ x: V) -> V { V.choose(x .<= V.zero, x * V(repeating: V.Scalar(slope)), x) }
  @inline(__always)
  func derivative<V: KernelLanes>(at x: V) -> V { V.choose(x .<= V.zero, V(repeating: V.Scalar(slope)), V.one) }
}

/// σ′(x) = e / (1 + e)² with e = e^−|x|
private struct Sigmoid: LaneActivation {
  @inline(__always)
  func value<V: KernelLanes>(_ x: V) -> V { V.sigmoid(x) }
  @inline(__always)
  func derivative<V: KernelLanes>(at x: V) -> V {
    let e = V.exp(-x.magnitude)
    let sum = e + V.one
    return e / (sum * sum)
  }
  @inline(__always)
  func derivative<V: KernelLanes>(fromValue y: V) -> V { y * (V.one - y) }
}

/// tanh′ x = 4 σ′(2x)
private struct Tanh: LaneActivation {
  @inline(__always)
  func value<V: KernelLanes>(_ x: V) -> V { V.tanh(x) }
  @inline(__always)
  func derivative<V: KernelLanes>(at x: V) -> V { Sigmoid().derivative(at: x * 2) * 4 }
  @inline(__always)
  func derivative<V: KernelLanes>(fromValue y: V) -> V { V.one - y * y }
}

/// The derivative is σ(x) (1 + x σ(−x)).
private struct SiLU: LaneActivation {
  @inline(__always)
  func value<V: KernelLanes>(_ x: V) -> V {
    let e = V.exp(-x.magnitude)
    return x * V.choose(x .< V.zero, e, V.one) / (e + V.one)
  }
  @inline(__always)
  func derivative<V: KernelLanes>(at x: V) -> V {
    let e = V.exp(-x.magnitude)
    let larger = V.one / (e + V.one)
    let smaller = e * larger
    let isNegative = x .< V.zero
    let sigmoid = V.choose(isNegative, smaller, larger)
    return sigmoid.addingProduct(sigmoid * x, V.choose(isNegative, larger, smaller))
  }
}

/// The derivative is Φ(x) + x φ(x). In `Double`, which derivatives are only checked in, the C library does.
private struct GELU: LaneActivation {
  @inline(__always)
  func value<V: KernelLanes>(_ x: V) -> V {
    if V.Scalar.scalarType == .double { return x.eachLane { ActivationFunction.gelu($0) } }
    let size = x.magnitude.limited(from: 0, to: 15)  // from here on Φ(−x) rounds to 0
    return V.choose(x .< V.zero, V.zero, x) - bell(size) * (size * millsRatio(size))
  }

  @inline(__always)
  func derivative<V: KernelLanes>(at x: V) -> V {
    if V.Scalar.scalarType == .double { return x.eachLane { ActivationFunction.gelu.derivative(at: $0) } }
    let size = x.magnitude.limited(from: 0, to: 15)
    let tail = bell(size) * (size * 0.3989422804014327 - millsRatio(size))  // |x| φ(x) − Φ(−|x|)
    return V.choose(x .< V.zero, -tail, tail + V.one)
  }

  /// e^(−x²/2), with what the rounded square missed.
  @inline(__always)
  private func bell<V: KernelLanes>(_ x: V) -> V {
    let square = x * x
    let missed = (-square).addingProduct(x, x)
    let e = V.exp(square * -0.5)
    return e.addingProduct(e, missed * -0.5)
  }

  /// Φ(−x) / e^(−x²/2) for 0 ≤ x ≤ 15: u P(2u − 1) with u = 1 / (1 + 0.34 x), P fitted by least squares reweighted until the
  /// largest relative error was smallest: 2⁻²⁵.
  @inline(__always)
  private func millsRatio<V: KernelLanes>(_ x: V) -> V {
    let u = V.one / V.one.addingProduct(x, V(repeating: 0.34))
    let sum = V.series(
      u + (u - V.one), terms: 9,
      [
        0.2471393246728424, 0.17053247308858338, 0.07448599054725538, 0.013498719431724118, -0.0042172451133434315,
        -0.002114249267944949, 0.0005038076275644535, 0.00027227649796663267, -0.00010108042541484769,
      ])
    return u * sum
  }
}
