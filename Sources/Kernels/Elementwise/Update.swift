// Optimizer steps that read and write each number once.

/// The constants of an Adam step, including the bias corrections: see `updateAdam`.
public struct AdamConstants: Sendable {
  /// β₁, β₂, ε and the learning rate.
  public var beta1, beta2, epsilon, learningRate: Double
  /// 1 − β₁ᵗ and 1 − β₂ᵗ for step t.
  public var correction1, correction2: Double
  /// The weight decay λ.
  public var weightDecay: Double

  /// The constants of one step.
  public init(
    beta1: Double, beta2: Double, epsilon: Double, learningRate: Double, correction1: Double, correction2: Double,
    weightDecay: Double = 0
  ) {
    (self.beta1, self.beta2, self.epsilon, self.learningRate) = (beta1, beta2, epsilon, learningRate)
    (self.correction1, self.correction2, self.weightDecay) = (correction1, correction2, weightDecay)
  }
}

/// One step of Adam, in place, for `count` parameters θ with gradient g and moments m and v:
/// m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², θ ← (1 − η λ) θ − η (m / c₁) / (√(v / c₂) + ε).
///
/// Where v overflows θ becomes NaN: divided by an infinite v it would stop changing, and nobody would notice.
public func updateAdam(
  _ theta: Buffer, gradient: Region, m: Buffer, v: Buffer, constants: AdamConstants, count: Int
) {
  parallelChunks(of: count, atLeast: numbersWorthAThread) { range in
    switch theta.scalarType {
    case .float: adam(SIMD16<Float>.self, theta, gradient, m, v, constants, range)
    case .double: adam(SIMD8<Double>.self, theta, gradient, m, v, constants, range)
    }
  }
}

/// One step of gradient descent, in place, for `count` parameters: θ ← θ − η g.
public func updateGradientDescent(_ theta: Buffer, gradient: Region, learningRate: Double, count: Int) {
  parallelChunks(of: count, atLeast: numbersWorthAThread) { range in
    switch theta.scalarType {
    case .float: descend(SIMD16<Float>.self, theta, gradient, learningRate, range)
    case .double: descend(SIMD8<Double>.self, theta, gradient, learningRate, range)
    }
  }
}

private func adam<V: KernelLanes>(
  _: V.Type, _ theta: Buffer, _ gradient: Region, _ m: Buffer, _ v: Buffer, _ c: AdamConstants, _ range: Range<Int>
) {
  let (theta, g) = (theta.pointer(V.Scalar.self), gradient.pointer(V.Scalar.self))
  let (m, v) = (m.pointer(V.Scalar.self), v.pointer(V.Scalar.self))
  let (b1, b2) = (V(repeating: V.Scalar(c.beta1)), V(repeating: V.Scalar(c.beta2)))
  let (rest1, rest2) = (V(repeating: V.Scalar(1 - c.beta1)), V(repeating: V.Scalar(1 - c.beta2)))
  // η (m / c₁) / (√(v / c₂) + ε) = (η √c₂ / c₁) m / (√v + ε √c₂): one division and one root per number.
  let root = c.correction2.squareRoot()
  let rate = V(repeating: V.Scalar(c.learningRate * root / c.correction1))
  let epsilon = V(repeating: V.Scalar(c.epsilon * root))
  let kept = V(repeating: V.Scalar(1 - c.learningRate * c.weightDecay))
  for i in stride(from: range.lowerBound, to: range.upperBound, by: V.scalarCount) {
    let g = V(at: g + i)
    let newM = (rest1 * g).addingProduct(b1, V(at: m + i))
    let newV = (rest2 * g * g).addingProduct(b2, V(at: v + i))
    let step = (rate * newM / (newV.squareRoot() + epsilon)).addingProduct(newV, V.zero)  // NaN if v is infinite
    let newTheta = kept * V(at: theta + i) - step
    let count = range.upperBound - i
    newM.store(to: m + i, atMost: count)
    newV.store(to: v + i, atMost: count)
    newTheta.store(to: theta + i, atMost: count)
  }
}

private func descend<V: KernelLanes>(
  _: V.Type, _ theta: Buffer, _ gradient: Region, _ learningRate: Double, _ range: Range<Int>
) {
  let (theta, g) = (theta.pointer(V.Scalar.self), gradient.pointer(V.Scalar.self))
  let rate = V(repeating: V.Scalar(-learningRate))
  for i in stride(from: range.lowerBound, to: range.upperBound, by: V.scalarCount) {
    V(at: theta + i).addingProduct(rate, V(at: g + i)).store(to: theta + i, atMost: range.upperBound - i)
  }
}
