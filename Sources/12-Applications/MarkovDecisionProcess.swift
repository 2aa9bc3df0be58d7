// § 12.10  Agents: Markov decision processes, returns and episodes

import Messages
import Tensors

/// A Markov decision process (S, A, R, P, γ) with finitely many states and actions. § 12.10
///
/// In the state s the agent takes an action a, receives a reward with mean R(s, a), and reaches the state s′ with the
/// probability P(s′ | s, a). Both depend only on s and a, not on what happened before: the Markov property. An episode
/// ends in a terminal state. Groudiev, class notes, 8.2.1
public struct MarkovDecisionProcess: Sendable {
  /// P(s′ | s, a). [S×A×S]
  public let transitions: Tensor
  /// R(s, a) = E[Rₜ₊₁ | Sₜ = s, Aₜ = a]. [S×A]
  public let rewards: Tensor
  /// The discount factor γ.
  public let discount: Double
  /// The terminal states. From them every action leads back to the same state, without a reward.
  public let terminals: Set<Int>
  /// The states that can follow s and a, with their probabilities, by s A + a.
  let successors: [[(state: Int, probability: Double)]]
  private let rewardTable: [Double]

  /// A process in `Double`. P: [S×A×S], R: [S×A]
  public init(transitions P: Tensor, rewards R: Tensor, discount γ: Double, terminals: Set<Int> = []) {
    require(
      P.rank == 3 && P.shape[0] == P.shape[2] && R.shape == [P.shape[0], P.shape[1]],
      "cannot make a decision process of transitions \(P.shape) and rewards \(R.shape): [S×A×S] and [S×A] are needed")
    require((0...1).contains(γ), "cannot discount by \(γ): a number from 0 to 1 is needed")
    let (S, A) = (P.shape[0], P.shape[1])
    let inside = Tensor((0..<S).map { terminals.contains($0) ? 0 : 1 }, shape: [S, 1, 1], scalarType: .double)
    let stays = Tensor.identity(S, scalarType: .double).reshaped([S, 1, S])
    transitions = inside * P.converted(to: .double) + (1 - inside) * stays  // [S×A×S]
    rewards = inside.squeezed(axis: 2) * R.converted(to: .double)  // [S×A]
    (discount, self.terminals) = (γ, terminals)
    rewardTable = rewards.scalars
    let numbers = transitions.scalars
    successors = (0..<S * A).map { place in
      let row = numbers[place * S..<(place + 1) * S]
      let sum = row.reduce(0, +)
      require(
        row.allSatisfy { $0 >= 0 } && abs(sum - 1) < 1e-9,
        "cannot use the transitions from state \(place / A) by action \(place % A): they sum to \(sum), not to 1")
      return row.enumerated().filter { $0.element > 0 }.map { ($0.offset, $0.element) }
    }
  }

  /// The number of states S.
  public var states: Int { rewards.shape[0] }
  /// The number of actions A.
  public var actions: Int { rewards.shape[1] }

  /// R(s, a).
  public func reward(of a: Int, in s: Int) -> Double { rewardTable[s * actions + a] }

  /// A next state, drawn from P(· | s, a).
  public func successor(of s: Int, by a: Int, using random: RandomSource) -> Int {
    let possible = successors[s * actions + a]
    return possible.count == 1 ? possible[0].state : possible[random.categorical(possible.map(\.probability))].state
  }

  /// An episode under a policy π(a | s), from the state s to a terminal state or to the limit of steps.
  public func episode(from s: Int, under π: Policy, limit: Int = .max, using random: RandomSource) -> Episode {
    var episode = Episode(states: [s], actions: [], rewards: [])
    var s = s
    while !terminals.contains(s) && episode.actions.count < limit {
      let a = π.action(in: s, using: random)
      episode.rewards.append(reward(of: a, in: s))
      s = successor(of: s, by: a, using: random)
      episode.actions.append(a)
      episode.states.append(s)
    }
    return episode
  }
}

/// The states S₀ … S_T of an episode, its actions A₀ … A_T₋₁ and its rewards R₁ … R_T. § 12.10
public struct Episode: Equatable, Sendable {
  /// S₀ … S_T.
  public var states: [Int]
  /// A₀ … A_T₋₁.
  public var actions: [Int]
  /// R₁ … R_T: the reward at index t follows the action at index t.
  public var rewards: [Double]
}

/// The discounted returns Gₜ = Rₜ₊₁ + γ Rₜ₊₂ + … + γᵀ⁻ᵗ⁻¹ R_T = Σₖ γᵏ⁻ᵗ⁻¹ Rₖ over k from t + 1 to T, for t = 0 … T − 1,
/// from the rewards R₁ … R_T. § 12.10
///
/// They are computed backwards by Gₜ = Rₜ₊₁ + γ Gₜ₊₁. G_T is 0 after a terminal state. If the episode was only cut
/// off, the rewards that would have followed are estimated by G_T = v(S_T).
public func discountedReturns(of rewards: [Double], discount γ: Double, last: Double = 0) -> [Double] {
  var (G, returns) = (last, rewards)
  for t in rewards.indices.reversed() {
    G = rewards[t] + γ * G
    returns[t] = G
  }
  return returns
}
