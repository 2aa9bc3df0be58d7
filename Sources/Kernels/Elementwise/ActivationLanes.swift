// Activation functions and their derivatives on whole vectors. In `Float`, values are accurate to 3 ulp (GELU to 6, its
// tanh form to 264), derivatives to 3 units in the last place of 1. Each is written with few exponentials and
// divisions: these, not memory, determine the speed.

/// y[i] = f(x[i]) in a range of positions in arrays of one type.
func activate(
  _ f: Activation, _ type: ScalarType, _ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, _ range: Range<Int>
) {
  switch type {
  case .float: f.run(Forward<SIMD16<Float>>(x: x, y: y, range: range))
  case .double: f.run(Forward<SIMD8<Double>>(x: x, y: y, range: range))
  }
}

/// dx[i] = g[i] · f′(x[i]) in a range of positions, from f(x) or from x.
func pullBack(
  _ f: Activation, _ type: ScalarType, _ g: UnsafeRawPointer, at kept: UnsafeRawPointer, keepsValue: Bool,
  into dx: UnsafeMutableRawPointer, _ range: Range<Int>
) {
  switch type {
  case .float: f.run(Backward<SIMD16<Float>>(g: g, kept: kept, keepsValue: keepsValue, dx: dx, range: range))
  case .double: f.run(Backward<SIMD8<Double>>(g: g, kept: kept, keepsValue: keepsValue, dx: dx, range: range))
  }
}

/// A loop that applies an activation function, compiled once for each: since the type is known, it contains no branch.
private protocol ActivationLoop {
  func callAsFunction(_ f: some LaneActivation)
}

extension Activation {
  /// Runs the loop compiled for this function.
  fileprivate func run(_ loop: some ActivationLoop) {
    switch self {
    case .identity: loop(Identity())
    case .relu: loop(ReLU())
    case .sigmoid: loop(Logistic())
    case .tanh: loop(Tanh())
    case .silu: loop(SiLU())
    case .gelu: loop(GELU())
    case .geluByTanh: loop(GELUByTanh())
    case .step: loop(Step())
    case .square: loop(Square())
    case .leakyReLU(let slope): loop(LeakyReLU(slope: slope))
    }
  }
}

private struct Forward<V: KernelLanes>: ActivationLoop {
  let x: UnsafeRawPointer
  let y: UnsafeMutableRawPointer
  let range: Range<Int>

  func callAsFunction(_ f: some LaneActivation) {
    loop(V.self, f, x.assumingMemoryBound(to: V.Scalar.self), y.assumingMemoryBound(to: V.Scalar.self), range)
  }
}

private struct Backward<V: KernelLanes>: ActivationLoop {
  let g, kept: UnsafeRawPointer
  let keepsValue: Bool
  let dx: UnsafeMutableRawPointer
  let range: Range<Int>

  func callAsFunction(_ f: some LaneActivation) {
    let (g, kept) = (g.assumingMemoryBound(to: V.Scalar.self), kept.assumingMemoryBound(to: V.Scalar.self))
    let dx = dx.assumingMemoryBound(to: V.Scalar.self)
    let places = stride(from: range.lowerBound, to: range.upperBound, by: V.scalarCount)
    if keepsValue {
      for i in places {
        (V(at: g + i) * f.derivative(fromValue: V(at: kept + i))).store(to: dx + i, atMost: range.upperBound - i)
      }
    } else {
      for i in places {
        (V(at: g + i) * f.derivative(at: V(at: kept + i))).store(to: dx + i, atMost: range.upperBound - i)
      }
    }
  }
}

/// An activation function as a type, with its derivative.
private protocol LaneActivation: VectorFunction {
  /// f′(x); at a kink the left derivative.
  func derivative<V: KernelLanes>(at x: V) -> V
  /// f′(x) from y = f(x), for a function with `derivativeFollowsFromValue`.
  func derivative<V: KernelLanes>(fromValue y: V) -> V
}

extension LaneActivation {
  /// The default, valid where f(x) has the sign of x and f′ depends on nothing else.
  @inline(__always)
  func derivative<V: KernelLanes>(fromValue y: V) -> V { derivative(at: y) }
}

private struct Identity: LaneActivation {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { x }
  @inline(__always)
  func derivative<V: KernelLanes>(at x: V) -> V { V.one }
}

private struct ReLU: LaneActivation {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.choose(x .< V.zero, V.zero, x) }
  @inline(__always)
  func derivative<V: KernelLanes>(at x: V) -> V { V.choose(x .<= V.zero, V.zero, V.one) }
}

private struct Step: LaneActivation {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.choose(V.zero .< x, V.one, V.zero) }
  @inline(__always)
  func derivative<V: KernelLanes>(at x: V) -> V { V.zero }
}

private struct Square: LaneActivation {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { x * x }
  @inline(__always)
  func derivative<V: KernelLanes>(at x: V) -> V { x * 2 }
}

private struct LeakyReLU: LaneActivation {
  let slope: Double
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.choose(x .<= V.zero, x * V(repeating: V.Scalar(slope)), x) }
  @inline(__always)
  func derivative<V: KernelLanes>(at x: V) -> V { V.choose(x .<= V.zero, V(repeating: V.Scalar(slope)), V.one) }
}

/// σ′(x) = e / (1 + e)² with e = e^−|x|
private struct Logistic: LaneActivation {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.sigmoid(x) }
  @inline(__always)
  func derivative<V: KernelLanes>(at x: V) -> V {
    let e = V.decay(x)
    let sum = e + V.one
    return e / (sum * sum)
  }
  @inline(__always)
  func derivative<V: KernelLanes>(fromValue y: V) -> V { y * (V.one - y) }
}

/// tanh′ x = 4 σ′(2x)
private struct Tanh: LaneActivation {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.tanh(x) }
  @inline(__always)
  func derivative<V: KernelLanes>(at x: V) -> V { Logistic().derivative(at: x * 2) * 4 }
  @inline(__always)
  func derivative<V: KernelLanes>(fromValue y: V) -> V { V.one - y * y }
}

/// x σ(x) = x / (1 + e) with e = e⁻ˣ; the derivative is σ(x) (1 + x σ(−x)), where σ(−x) = e σ(x).
///
/// Where e overflows it is infinite: large negative numbers give −0, and −∞ gives −∞ · 0.
private struct SiLU: LaneActivation {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V {
    let e = V.inverseExponential(x.exponentLimited)
    return x / (V.one + V.choose(x .< V(repeating: V.exponentLimits.lower), V(repeating: .infinity), e))
  }

  @inline(__always)
  func derivative<V: KernelLanes>(at x: V) -> V {
    let x = x.exponentLimited  // beyond, the derivative is 0 or 1, but x e is not small
    let e = V.inverseExponential(x)
    let sigmoid = V.one / (V.one + e)
    return sigmoid.addingProduct(sigmoid * x, e * sigmoid)
  }
}

/// The derivative is Φ(x) + x φ(x). `Double`, which only serves to check derivatives, uses the C library.
private struct GELU: LaneActivation {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V {
    if V.Scalar.scalarType == .double { return x.eachLane { Activation.gelu($0) } }
    // Beyond this, Φ(−x) is not a normal number and counts as 0.
    let most = V(repeating: 13.2)
    let size = x.magnitude.limited(from: 0, to: 13.2)
    let tail = V.choose(x.magnitude .<= most, V.bell(size) * (size * millsRatio(size)), V.zero)
    return tail.negated.addingProduct(x, V.choose(x .< V.zero, V.zero, V.one))  // −∞ · 0 is NaN
  }

  @inline(__always)
  func derivative<V: KernelLanes>(at x: V) -> V {
    if V.Scalar.scalarType == .double { return x.eachLane { Activation.gelu.derivative(at: $0) } }
    let size = x.magnitude.limited(from: 0, to: 13.2)
    let tail = V.bell(size) * (size * 0.3989422804014327 - millsRatio(size))  // |x| φ(x) − Φ(−|x|)
    return V.choose(x .< V.zero, V.zero - tail, V.one + tail)
  }

  /// Φ(−x) / e^(−x²/2) for 0 ≤ x ≤ 15: u P(2u − 1) with u = 1 / (1 + 0.34 x). P is fitted by least squares, reweighted
  /// until the largest relative error was smallest: 2⁻²⁵.
  @inline(__always)
  private func millsRatio<V: KernelLanes>(_ x: V) -> V {
    let u = V.one / V.one.addingProduct(x, V(repeating: 0.34))
    let sum = V.series(
      V(repeating: -1).addingProduct(u, V(repeating: 2)), terms: 9,
      [
        0.2471393246728424, 0.17053247308858338, 0.07448599054725538, 0.013498719431724118, -0.0042172451133434315,
        -0.002114249267944949, 0.0005038076275644535, 0.00027227649796663267, -0.00010108042541484769,
      ])
    return u * sum
  }
}

/// x/2 · (1 + tanh u) = x σ(2u) with 2u = x (a + b x²), and the derivative σ(2u) + x σ(2u) σ(−2u) (a + 3b x²).
private struct GELUByTanh: LaneActivation {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V {
    x * V.sigmoid(x * (x * x * V(repeating: V.Scalar(TanhForm.factors.b)) + V(repeating: V.Scalar(TanhForm.factors.a))))
  }

  @inline(__always)
  func derivative<V: KernelLanes>(at x: V) -> V {
    let x = x.limited(from: -30, to: 30)  // beyond, the derivative is 0 or 1, but x³ may overflow
    let cubic = x * x * V(repeating: V.Scalar(TanhForm.factors.b))
    let linear = V(repeating: V.Scalar(TanhForm.factors.a))
    let (exponent, slope) = (x * (linear + cubic), linear + cubic * 3)
    let sigmoid = V.sigmoid(exponent)
    return sigmoid + x * sigmoid * V.sigmoid(exponent.negated) * slope
  }
}
