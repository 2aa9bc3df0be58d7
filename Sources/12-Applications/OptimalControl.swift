// § 12.10  Agents: Bellman's equation, value iteration and policy iteration

import Messages
import Tensors

extension MarkovDecisionProcess {
  /// Bellman's optimality operator, (T q)(s, a) = E_s′[r + γ max_a′ q(s′, a′) | s, a]. Its fixed point is q*. § 12.10
  ///
  /// For γ < 1 it is a contraction: ‖T q − T q′‖∞ ≤ γ ‖q − q′‖∞. Groudiev, class notes, Property 8.1. [S×A] → [S×A]
  public func backedUp(_ q: Tensor) -> Tensor { actionValues(ahead: q.max(axes: [1])) }

  /// The same for values of states, v(s) ← max_a E_s′[r + γ v(s′) | s, a]. Its fixed point is v*. [S] → [S]
  public func backedUp(values v: Tensor) -> Tensor { actionValues(ahead: v).max(axes: [1]) }

  /// Value iteration, qᵢ₊₁ = T qᵢ from q₀ = 0, until no number changes by more than the tolerance. Bellman (1957)
  public func valueIteration(tolerance: Double = 0, limit: Int = 10_000) -> IteratedValues {
    IteratedValues(from: .zeros(rewards.shape, scalarType: .double), tolerance, limit) { backedUp($0) }
  }

  /// Value iteration on values of states, from v₀ = 0.
  public func stateValueIteration(tolerance: Double = 0, limit: Int = 10_000) -> IteratedValues {
    IteratedValues(from: .zeros([states], scalarType: .double), tolerance, limit) { backedUp(values: $0) }
  }

  /// Policy iteration: evaluates the policy exactly, makes it greedy, and repeats until no action is better than the
  /// policy's own. Returns all policies, the best one last. Howard (1960)
  ///
  /// An action replaces the policy's own only if it is better by more than rounding, so the iteration always ends.
  public func policyIteration(from π: Policy) throws(LinearAlgebraError) -> [Policy] {
    var policies = [π]
    while let last = policies.last {
      let v = try values(of: last)
      let q = actionValues(ahead: v)
      let isBetter = (q.max(axes: [1]) - v).scalars.map { $0 > 1e-10 }
      if !isBetter.contains(true) { break }
      let kept = q + 1e-10 * last.probabilities  // the policy's own action wins a tie
      policies.append(.greedy(kept))
    }
    return policies
  }

  /// All optimal actions of every state: those with q(s, a) within the tolerance of the largest. q: [S×A]
  public func bestActions(_ q: Tensor, tolerance: Double = 1e-9) -> [[Int]] {
    let best = q.max(axes: [1], keepsAxes: true)
    let isBest = (q - best).scalars.map { $0 >= -tolerance }
    return (0..<states).map { s in (0..<actions).filter { isBest[s * actions + $0] } }
  }
}

/// The result of repeating an operator: the last values, and how much each sweep changed them. § 12.10
public struct IteratedValues: Sendable {
  /// The last values.
  public let values: Tensor
  /// ‖qᵢ₊₁ − qᵢ‖∞ of every sweep that changed something.
  public let changes: [Double]
  /// The number of sweeps that changed something.
  public var sweeps: Int { changes.count }

  init(from start: Tensor, _ tolerance: Double, _ limit: Int, _ sweep: (Tensor) -> Tensor) {
    var (values, changes) = (start, [Double]())
    while changes.count < limit {
      let next = sweep(values)
      let change = (next - values).abs().max().item
      values = next
      if change <= tolerance { break }
      changes.append(change)
    }
    (self.values, self.changes) = (values, changes)
  }
}

// MARK: - A fixed number of steps

extension MarkovDecisionProcess {
  /// The best values with k = 0 … T steps left, by v_k = max_a (R + γ P v_k₋₁) from v₀ = 0, and the best action for
  /// every k ≥ 1 and state. Backward induction, Bellman (1957)
  ///
  /// With a fixed number of steps the best action depends on how many are left.
  public func bestValues(steps T: Int) -> (values: [Tensor], actions: [[Int]]) {
    var (values, actions) = ([Tensor.zeros([states], scalarType: .double)], [[Int]]())
    for _ in 0..<T {
      let q = actionValues(ahead: values[values.count - 1])
      values.append(q.max(axes: [1]))
      actions.append(q.argmax(axis: 1))
    }
    return (values, actions)
  }

  /// The value of a stationary policy over T steps: its expected return in every state. [S]
  public func values(of π: Policy, steps T: Int) -> Tensor {
    (0..<T).reduce(.zeros([states], scalarType: .double)) { v, _ in
      (π.probabilities * actionValues(ahead: v)).sum(axes: [1])
    }
  }

  /// Two states and three steps, in which no stationary policy is optimal. § 12.10
  ///
  /// In the market one can wait, for a reward of 1, or fetch the goods, for nothing. With the goods there is one thing
  /// to do: sell them for 3 and be in the market again. Over three steps the best is to wait once and to fetch and sell
  /// once, for 4: two different actions in the same state. A rule that always waits earns 3, as does one that always
  /// fetches; a rule that waits with probability p earns 3 + 2p − 3p² + p³, at most 3 + 2/√27 ≈ 3.385.
  public static let market = MarkovDecisionProcess(
    transitions: Tensor([1, 0, 0, 1, 1, 0, 1, 0], shape: [2, 2, 2], scalarType: .double),
    rewards: Tensor([[1, 0], [3, 3]], scalarType: .double), discount: 1)
}
