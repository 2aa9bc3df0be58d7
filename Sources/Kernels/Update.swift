// Optimizer steps that read and write each number once.

/// The constants of an Adam step, bias corrections worked out: see `updateAdam`.
public struct AdamConstants: Sendable {
  /// β₁, β₂, ε and the learning rate.
  public var beta1, beta2, epsilon, learningRate: Double
  /// 1 − β₁ᵗ and 1 − β₂ᵗ for step t.
  public var correction1, correction2: Double

  /// The constants of one step.
  public init(
    beta1: Double, beta2: Double, epsilon: Double, learningRate: Double, correction1: Double, correction2: Double
  ) {
    (self.beta1, self.beta2, self.epsilon, self.learningRate) = (beta1, beta2, epsilon, learningRate)
    (self.correction1, self.correction2) = (correction1, correction2)
  }
}

/// One step of Adam, in place, for `count` parameters θ with gradient g and moments m and v:
/// m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², θ ← θ − η (m / c₁) / (√(v / c₂) + ε).
public func updateAdam(
  _ theta: Buffer, gradient: Region, m: Buffer, v: Buffer, constants: AdamConstants, count: Int
) {
  switch theta.scalarType {
  case .float: adamDefinition(Float.self, theta, gradient, m, v, constants, count)
  case .double: adamDefinition(Double.self, theta, gradient, m, v, constants, count)
  }
}

private func adamDefinition<T: KernelScalar>(
  _: T.Type, _ theta: Buffer, _ gradient: Region, _ m: Buffer, _ v: Buffer, _ c: AdamConstants, _ count: Int
) {
  let (theta, g) = (theta.pointer(T.self), gradient.pointer(T.self))
  let (m, v) = (m.pointer(T.self), v.pointer(T.self))
  let (b1, b2, e) = (T(c.beta1), T(c.beta2), T(c.epsilon))
  let (rate, c1, c2) = (T(c.learningRate), T(c.correction1), T(c.correction2))
  for i in 0..<count {
    m[i] = b1 * m[i] + (1 - b1) * g[i]
    v[i] = b2 * v[i] + (1 - b2) * g[i] * g[i]
    theta[i] -= rate * (m[i] / c1) / ((v[i] / c2).squareRoot() + e)
  }
}
