// § 5.3  Backpropagation through time

import Messages
import Tensors

/// The order of the Jacobians in the product of (5.4).
public enum JacobianOrder: CaseIterable, Sendable {
  /// ∂hₜ/∂hₜ₋₁ ⋯ ∂hₖ₊₁/∂hₖ: the latest step leftmost, as in the chain rule.
  case latestFirst
  /// ∂hₖ₊₁/∂hₖ ⋯ ∂hₜ/∂hₜ₋₁, the order of the indices in ∏ from j = k + 1 to t. It is wrong, because matrices do not
  /// commute.
  case earliestFirst
}

/// One pass of a recurrent network over one sequence, with the parts of its gradient. Theorem 5.3
///
/// Werbos (1990).
public struct BackpropagationThroughTime: Sendable {
  /// The network.
  public let network: RecurrentNetwork
  /// h₀, h₁, …, h_T. [d_h] each
  public let states: [Tensor]
  /// ∂Lₜ/∂hₜ = W_hyᵀ ∂Lₜ/∂yₜ for t = 1, …, T. [d_h] each
  public let stateGradients: [Tensor]

  /// The pass over x [T×d] from h₀ = 0, with L = Σₜ Lₜ(yₜ) (5.3) given by its derivatives ∂Lₜ/∂yₜ, t counted from 0.
  public init(_ network: RecurrentNetwork, _ x: Tensor, outputGradient: (_ t: Int, _ y: Tensor) -> Tensor) {
    require(x.rank == 2, "cannot run backpropagation through time on \(x.shape): one sequence [T×d] is needed")
    let h = network.states(x.expanded(axis: 0)).map { $0[0] }
    self.network = network
    states = [Tensor.zeros([network.hidden], scalarType: x.scalarType)] + h
    stateGradients = h.enumerated().map { t, h in
      matmul(network.outputWeight.transposed, outputGradient(t, network.output(h.expanded(axis: 0))[0]))
    }
  }

  /// The number T of steps.
  public var time: Int { stateGradients.count }

  /// tanh′(zₜ) = 1 − hₜ². [d_h]
  private func slope(_ t: Int) -> Tensor { 1 - states[t].squared() }

  /// ∂hⱼ/∂hⱼ₋₁ = diag(tanh′(zⱼ)) W_hh for j = 1, …, T. § 5.3.1 [d_h×d_h]
  public func jacobian(_ j: Int) -> Tensor { slope(j).expanded(axis: 1) * network.recurrentWeight }

  /// ∂L/∂W_hh as a double sum over t and k ≤ t. Theorem 5.3, (5.4)
  ///
  /// Σₜ Σₖ ∂Lₜ/∂hₜ (∏ⱼ ∂hⱼ/∂hⱼ₋₁) ∂⁺hₖ/∂W_hh, where ∂⁺ is the immediate derivative, with hₖ₋₁ held constant: aᵀ
  /// ∂⁺hₖ/∂W_hh = (diag(tanh′(zₖ)) a) hₖ₋₁ᵀ. It takes O(T²) vector–Jacobian products.
  public func doubleSum(order: JacobianOrder = .latestFirst) -> Tensor {
    var sum = Tensor.zeros(network.recurrentWeight.shape, scalarType: network.recurrentWeight.scalarType)
    for t in 1...time {
      for k in 1...t {
        let factors = (k + 1..<t + 1).map(jacobian)
        let product = (order == .latestFirst ? factors.reversed() : factors)
          .reduce(Tensor.identity(network.hidden, scalarType: sum.scalarType)) { matmul($0, $1) }
        let a = matmul(product.transposed, stateGradients[t - 1])
        sum += outer(slope(k) * a, states[k - 1])
      }
    }
    return sum
  }

  /// The same gradient in O(T) products: δₖ = ∂Lₖ/∂hₖ + (∂hₖ₊₁/∂hₖ)ᵀ δₖ₊₁, ∂L/∂W_hh = Σₖ (tanh′(zₖ) ⊙ δₖ) hₖ₋₁ᵀ.
  /// § 5.3.1
  public func backwardRecursion() -> Tensor {
    var sum = Tensor.zeros(network.recurrentWeight.shape, scalarType: network.recurrentWeight.scalarType)
    var δ = Tensor.zeros([network.hidden], scalarType: sum.scalarType)
    for k in (1...time).reversed() {
      δ = stateGradients[k - 1] + (k < time ? matmul(jacobian(k + 1).transposed, δ) : δ)
      sum += outer(slope(k) * δ, states[k - 1])
    }
    return sum
  }
}

/// a bᵀ.
private func outer(_ a: Tensor, _ b: Tensor) -> Tensor { a.expanded(axis: 1) * b.expanded(axis: 0) }

/// The recurrence hₜ = tanh(w hₜ₋₁ + xₜ) of one unit with Lₜ = ½ (hₜ − targetₜ)², where every derivative is a number.
///
/// It compares (5.5) as printed with the corrected equation.
public struct ScalarRecurrence: Sendable {
  /// h₀, …, h_T, from h₀ = 0.
  public let states: [Double]
  /// dhₜ/dw along all paths, for t = 0, …, T: dhₜ/dw = tanh′(zₜ) (hₜ₋₁ + w dhₜ₋₁/dw).
  public let sensitivities: [Double]
  private let weight: Double
  private let targets: [Double]

  /// The recurrence over x, with a target for every step.
  public init(weight w: Double, inputs x: [Double], targets: [Double]) {
    require(
      x.count == targets.count,
      "cannot compare \(x.count) states with \(targets.count) targets: one for each step is needed")
    var (h, s) = ([0.0], [0.0])
    for t in x.indices {
      let next = Tensor(w * h[t] + x[t], scalarType: .double).tanh().item
      s.append((1 - next * next) * (h[t] + w * s[t]))
      h.append(next)
    }
    (states, sensitivities, weight, self.targets) = (h, s, w, targets)
  }

  /// ∂Lₜ/∂hₜ.
  private func error(_ t: Int) -> Double { states[t] - targets[t - 1] }
  /// tanh′(zₜ).
  private func slope(_ t: Int) -> Double { 1 - states[t] * states[t] }

  /// dLₜ/dw.
  public func lossGradient(_ t: Int) -> Double { error(t) * sensitivities[t] }

  /// The right-hand side of (5.5) with its last factor corrected to dhₜ₋₁/dw and ∂hₜ/∂w read as the immediate
  /// derivative.
  public func corrected(_ t: Int) -> Double {
    error(t) * slope(t) * states[t - 1] + error(t) * slope(t) * weight * sensitivities[t - 1]
  }

  /// The right-hand side of (5.5) as printed, with the last factor ∂Lₜ₋₁/∂w, and ∂hₜ/∂w read as the immediate
  /// derivative or as the one along all paths.
  public func printed(_ t: Int, immediate: Bool) -> Double {
    let first = immediate ? slope(t) * states[t - 1] : sensitivities[t]
    return error(t) * first + error(t) * slope(t) * weight * (t > 1 ? lossGradient(t - 1) : 0)
  }
}
