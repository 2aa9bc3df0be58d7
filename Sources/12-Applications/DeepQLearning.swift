// § 12.10  Agents: deep Q-learning

import Foundations
import Messages
import Tensors
import Training

/// The targets of Q-learning, y = r + γ max_a′ q(s′, a′), and y = r where s′ is terminal, treated as constants. § 12.10
///
/// `following` has the values q(s′, ·) by the target network, [B×A]; `continues` is 0 for terminal s′, [B]. If
/// `choosing` is given, q(s′, a′) is taken at the action that these other values prefer: double Q-learning, which does
/// not overestimate a maximum of noisy values. Van Hasselt, Guez and Silver (2016) → [B]
public func learningTargets(
  rewards r: Tensor, following q: Tensor, continues: Tensor, discount γ: Double, choosing: Tensor? = nil
) -> Tensor {
  let best = choosing.map { q.picked($0.argmax(axis: 1)) } ?? q.max(axes: [1])
  return (r + γ * continues * best).stopGradient
}

/// The mean Huber loss of the differences δ = q(s, a) − y: ½ δ² for |δ| ≤ 1 and |δ| − ½ beyond. § 12.10
///
/// Its derivative is δ clipped to [−1, 1], so that one wrong target cannot move the network far. q: [B×A], y: [B] → []
public func temporalDifferenceLoss(_ q: Tensor, actions: [Int], targets y: Tensor) -> Tensor {
  let δ = q.picked(actions) - y
  let inside = δ.clamped(to: -1...1)
  return (inside * (δ - 0.5 * inside)).mean()
}

/// The settings of a deep Q-network. Mnih et al. (2015)
public struct DeepQSettings: Sendable {
  /// The units of the two hidden layers.
  public var hidden = 64
  /// The learning rate of Adam, the size of a batch and the discount factor γ.
  public var learningRate = 1e-3, batchSize = 64, discount = 0.99
  /// The share ε of random moves falls linearly from 1 to `exploration` over the first `explorationSteps` moves.
  public var exploration = 0.05, explorationSteps = 3_000
  /// The moves made before learning begins.
  public var warmUp = 500
  /// The network is copied into the target network after this number of moves; 0 for no target network: the network
  /// that learns sets its own targets.
  public var targetPeriod = 100
  /// The size of the memory; 0 for none: every batch is the newest moves.
  public var memory = 15_000
  /// Whether the network that learns chooses the action whose value the target network gives.
  public var isDouble = false
  /// Whether the loss is the Huber loss, as in the paper, or the mean squared difference.
  public var clipsDifferences = true

  /// The settings of the full method.
  public init() {}

  /// ε at a step, from 1.
  public func exploration(at step: Int) -> Double {
    1 - (1 - exploration) * min(1, Double(step) / Double(explorationSteps))
  }
}

/// An agent that learns to balance a pole by a deep Q-network. A training step is one push. § 12.10
public struct DeepQAgent: TrainingState, Sendable {
  /// q_θ: a row of values, one per action, for every state. [N×4] → [N×2]
  public var network: MLP
  /// The copy of the network that gives the targets.
  public var target: MLP
  var optimizer: Adam
  var memory: ReplayMemory
  var state: Tensor
  var pushes = 0
  private let settings: DeepQSettings
  private let world = CartPole()

  /// An agent that has learned nothing, at a start.
  public init(_ settings: DeepQSettings = DeepQSettings(), random: RandomSource) {
    self.settings = settings
    network = MLP([CartPole.stateSize, settings.hidden, settings.hidden, CartPole.actions], random: random)
    target = network
    optimizer = Adam(learningRate: settings.learningRate)
    memory = ReplayMemory(capacity: max(settings.memory, settings.batchSize), width: CartPole.stateSize)
    state = world.starts(1, using: random)
  }

  /// Everything that learning and playing change.
  public static var kept: [PartialKeyPath<DeepQAgent>] {
    [\.network, \.target, \.optimizer, \.memory, \.state, \.pushes]
  }

  /// The greedy actions of the network. [N×4] → N actions
  public func greedyActions(_ states: Tensor) -> [Int] { network(states.converted(to: .float)).argmax(axis: 1) }

  /// The mean number of pushes of greedy episodes from these starts. [N×4]
  public func greedyLength(from starts: Tensor) -> Double {
    let lengths = world.lengths(from: starts) { greedyActions($0) }
    return Double(lengths.reduce(0, +)) / Double(lengths.count)
  }

  /// The mean of max_a q(s, a) over these states. [N×4]
  ///
  /// A reward of 1 for every push is worth at most 1/(1 − γ), which is 100 for γ = 0.99.
  public func value(of states: Tensor) -> Double { network(states.converted(to: .float)).max(axes: [1]).mean().item }

  /// Makes one push, and learns from a batch of moves.
  mutating func step(_ step: TrainingStep, using random: RandomSource) throws(Breakdown) {
    move(at: step.number, using: random)
    guard step.number > settings.warmUp else { return }
    let batch =
      settings.memory > 0
      ? memory.drawn(settings.batchSize, using: random) : memory.newest(settings.batchSize)
    let y = learningTargets(
      rewards: batch.rewards, following: settings.targetPeriod > 0 ? target(batch.following) : network(batch.following),
      continues: batch.continues, discount: settings.discount,
      choosing: settings.isDouble ? network(batch.following) : nil)
    let settings = settings
    try step.descend(&network, with: &optimizer) { network in
      let q = network(batch.states)
      return settings.clipsDifferences
        ? temporalDifferenceLoss(q, actions: batch.actions, targets: y)
        : meanSquaredError(q.picked(batch.actions), y)
    }
    if settings.targetPeriod > 0 && step.number.isMultiple(of: settings.targetPeriod) { target = network }
  }

  /// Pushes the cart by an ε-greedy action, and remembers the move.
  private mutating func move(at step: Int, using random: RandomSource) {
    let isRandom = random.uniform() < settings.exploration(at: step)
    let action = isRandom ? random.integer(below: CartPole.actions) : greedyActions(state)[0]
    let next = world.pushed(state, [action])
    let hasFailed = world.hasFailed(next)[0]
    memory.add(
      state: state.converted(to: .float).floats, action: action, reward: 1,
      next: next.converted(to: .float).floats, isLast: hasFailed)
    pushes += 1
    if hasFailed || pushes == world.limit {
      (state, pushes) = (world.starts(1, using: random), 0)
    } else {
      state = next
    }
  }
}

/// What a training of a deep Q-network measured after every epoch. § 12.10
public struct DeepQRun: Sendable {
  /// The agent at the end.
  public let agent: DeepQAgent
  /// The numbers of pushes made so far.
  public let steps: [Double]
  /// The mean number of pushes of greedy episodes.
  public let lengths: [Double]
  /// The mean value at the starts.
  public let values: [Double]

  /// Trains an agent for the plan's epochs of `pushes` pushes each, and plays `episodes` greedy episodes after each.
  public init(
    _ settings: DeepQSettings, plan: TrainingPlan, pushes: Int = 500, episodes: Int = 10, random: RandomSource
  ) {
    var agent = DeepQAgent(settings, random: random)
    let (order, moves) = (random.split(), random.split())
    let starts = CartPole().starts(episodes, using: random)
    let history = train(&agent, examples: pushes, plan: plan, random: order) { (agent, step) throws(Breakdown) in
      try agent.step(step, using: moves)
    } evaluate: { agent, _ in
      ["length": agent.greedyLength(from: starts), "value": agent.value(of: starts)]
    }
    self.agent = agent
    steps = history.epochs.map { Double($0.number * pushes) }
    lengths = history.epochs.map { $0.metrics["length"] ?? .nan }
    values = history.epochs.map { $0.metrics["value"] ?? .nan }
  }

  /// The mean length over the whole training.
  public var meanLength: Double { lengths.reduce(0, +) / Double(lengths.count) }

  /// The least of the lengths after the first third of the training.
  public var worstLength: Double { lengths.dropFirst(lengths.count / 3).min() ?? .nan }

  /// The mean length over the last third of the training.
  public var lateLength: Double {
    let late = lengths.suffix(max(1, lengths.count / 3))
    return late.reduce(0, +) / Double(late.count)
  }
}
