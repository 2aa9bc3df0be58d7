// § 12.10  Agents: policies

import Messages
import Tensors

/// A stationary policy π(a | s) = P(Aₜ = a | Sₜ = s): a distribution of actions for every state. § 12.10
///
/// A deterministic policy a = π(s) is the case in which every row has a single 1.
public struct Policy: Sendable {
  /// π(a | s); every row sums to 1. [S×A]
  public let probabilities: Tensor
  private let rows: [[Double]]

  /// The policy with these rows. [S×A]
  public init(_ π: Tensor) {
    require(π.rank == 2, "cannot make a policy of a tensor \(π.shape): a row for every state is needed")
    probabilities = π.converted(to: .double)
    let (A, numbers) = (π.shape[1], probabilities.scalars)
    rows = (0..<π.shape[0]).map { Array(numbers[$0 * A..<($0 + 1) * A]) }
    for (s, row) in rows.enumerated() {
      require(
        row.allSatisfy { $0 >= 0 } && abs(row.reduce(0, +) - 1) < 1e-9,
        "cannot act in state \(s) by probabilities \(row): they must not be negative, and must sum to 1")
    }
  }

  /// The deterministic policy with the action π(s) in every state s, of A actions.
  public init(actions: [Int], of A: Int) { self.init(.oneHot(actions, classes: A, scalarType: .double)) }

  /// The policy that takes every action with the same probability.
  public static func uniform(states S: Int, actions A: Int) -> Policy {
    Policy(Tensor(repeating: 1 / Double(A), [S, A], scalarType: .double))
  }

  /// The deterministic policy that takes in every state an action with the largest q(s, a), the first of several. [S×A]
  public static func greedy(_ q: Tensor) -> Policy { Policy(actions: q.argmax(axis: 1), of: q.shape[1]) }

  /// The actions argmax_a π(a | s).
  public var actions: [Int] { probabilities.argmax(axis: 1) }

  /// An action, drawn from π(· | s).
  public func action(in s: Int, using random: RandomSource) -> Int { random.categorical(rows[s]) }
}

extension MarkovDecisionProcess {
  /// The mean reward of a policy, r_π(s) = Σ_a π(a | s) R(s, a). [S]
  public func rewards(under π: Policy) -> Tensor { (π.probabilities * rewards).sum(axes: [1]) }

  /// The Markov chain that a policy makes of the process, P_π(s′ | s) = Σ_a π(a | s) P(s′ | s, a). [S×S]
  public func chain(under π: Policy) -> Tensor {
    (π.probabilities.expanded(axis: 2) * transitions).sum(axes: [1])
  }

  /// The value function v_π(s) = E_π[Gₜ | Sₜ = s]: the solution of (I − γ P_π) v = r_π, with 0 in terminal states. [S]
  ///
  /// Throws if γ = 1 and the policy never ends from some state, because the return is then infinite or undefined.
  public func values(of π: Policy) throws(LinearAlgebraError) -> Tensor {
    try LinearAlgebra.solve(undiscountedRest(of: π), rewards(under: π))
  }

  /// The expected discounted numbers of visits d(s) = E[Σₜ γᵗ 1(Sₜ = s)] of an episode from s₀; 0 for terminal
  /// states. [S]
  public func visits(from s0: Int, under π: Policy) throws(LinearAlgebraError) -> Tensor {
    let start = Tensor.oneHot([s0], classes: states, scalarType: .double).squeezed(axis: 0)
    return try LinearAlgebra.solve(undiscountedRest(of: π).transposed, start) * open
  }

  /// I − γ P_π between states that are not terminal, and I for the others.
  private func undiscountedRest(of π: Policy) -> Tensor {
    .identity(states, scalarType: .double) - discount * chain(under: π) * open.expanded(axis: 0)
      * open.expanded(axis: 1)
  }

  /// 0 for terminal states and 1 for all others. [S]
  private var open: Tensor {
    Tensor((0..<states).map { terminals.contains($0) ? 0 : 1 }, scalarType: .double)
  }

  /// One step ahead of a value function: q(s, a) = R(s, a) + γ Σ_s′ P(s′ | s, a) v(s′). [S] → [S×A]
  ///
  /// With v = v_π it is the action-value function q_π(s, a) = E_π[Gₜ | Sₜ = s, Aₜ = a], and v_π(s) = Σ_a π(a | s)
  /// q_π(s, a).
  public func actionValues(ahead v: Tensor) -> Tensor { rewards + discount * (transitions * v).sum(axes: [2]) }
}
