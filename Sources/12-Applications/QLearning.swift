// § 12.10  Agents: Q-learning

import Messages
import Tensors
import Training

/// Q-learning with a table: q(s, a) ← q(s, a) + α (r + γ max_a′ q(s′, a′) − q(s, a)) after every move. § 12.10
///
/// It samples what value iteration averages: it knows neither P nor R, and learns q* from the moves of any policy that
/// keeps trying everything. Watkins (1989). Groudiev's class notes, 8.2.5, use the name for an approximation of q by a
/// function; that is a deep Q-network.
public struct QLearning: TrainingState, Sendable {
  /// q(s, a), row by row. A terminal state keeps 0: nothing follows it.
  public private(set) var table: [Double]
  /// The numbers of updates of the entries.
  private var updates: [Int]
  /// The share α of the difference by which an entry moves at first, and the updates after which it has halved:
  /// αₙ = α/(1 + n/h). If moves are certain, α may stay the same; otherwise it must fall, or the table keeps the noise
  /// of the last moves.
  public let rate, halving: Double
  /// The share ε of random moves; the others are greedy.
  public let exploration: Double
  private let world: MarkovDecisionProcess

  /// An agent that has learned nothing yet.
  public init(in world: MarkovDecisionProcess, rate: Double, halving: Double = .infinity, exploration: Double) {
    require(
      rate > 0 && rate <= 1 && halving > 0 && (0...1).contains(exploration),
      "cannot learn at the rate \(rate), halved after \(halving) updates, with a share \(exploration) of random moves: "
        + "use 0 < α ≤ 1, h > 0 and 0 ≤ ε ≤ 1")
    updates = [Int](repeating: 0, count: world.states * world.actions)
    table = [Double](repeating: 0, count: world.states * world.actions)
    (self.rate, self.halving, self.exploration, self.world) = (rate, halving, exploration, world)
  }

  /// The table and the numbers of updates.
  public static var kept: [PartialKeyPath<QLearning>] { [\.table, \.updates] }

  /// q. [S×A]
  public var actionValues: Tensor { Tensor(table, shape: [world.states, world.actions], scalarType: .double) }

  /// An ε-greedy move.
  public func move(in s: Int, using random: RandomSource) -> Int {
    if random.uniform() < exploration { return random.integer(below: world.actions) }
    return (0..<world.actions).reduce(0) { table[s * world.actions + $1] > table[s * world.actions + $0] ? $1 : $0 }
  }

  /// Learns from one move: moves q(s, a) towards r + γ max_a′ q(s′, a′). Returns the difference before the move.
  @discardableResult
  public mutating func learn(_ s: Int, _ a: Int, reward r: Double, next: Int) -> Double {
    let A = world.actions
    let best = world.terminals.contains(next) ? 0 : table[next * A..<(next + 1) * A].max() ?? 0
    let difference = r + world.discount * best - table[s * A + a]
    table[s * A + a] += rate / (1 + Double(updates[s * A + a]) / halving) * difference
    updates[s * A + a] += 1
    return difference
  }

  /// Plays an episode from the state s and learns from every move. Returns its length.
  @discardableResult
  public mutating func episode(from s: Int, limit: Int = 10_000, using random: RandomSource) -> Int {
    var (s, steps) = (s, 0)
    while !world.terminals.contains(s) && steps < limit {
      let a = move(in: s, using: random)
      let next = world.successor(of: s, by: a, using: random)
      learn(s, a, reward: world.reward(of: a, in: s), next: next)
      (s, steps) = (next, steps + 1)
    }
    return steps
  }

  /// The largest error |q(s, a) − q*(s, a)|.
  public func error(against optimal: Tensor) -> Double { (actionValues - optimal).abs().max().item }

  /// Plays the plan's number of episodes from random states. Returns the largest error after each epoch.
  public mutating func train(plan: TrainingPlan, episodes: Int, optimal: Tensor, random: RandomSource) -> [Double] {
    let (order, moves) = (random.split(), random.split())
    let open = (0..<world.states).filter { !world.terminals.contains($0) }
    let history = Training.train(&self, examples: episodes, plan: plan, random: order) {
      (agent, step) throws(Breakdown) in
      let steps = agent.episode(from: open[moves.integer(below: open.count)], using: moves)
      step.measure("steps", Double(steps))
    } evaluate: { agent, _ in
      ["error": agent.error(against: optimal)]
    }
    return history.epochs.map { $0.metrics["error"] ?? .nan }
  }
}
