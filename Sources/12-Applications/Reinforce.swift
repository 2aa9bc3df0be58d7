// § 12.10  Agents: policy gradients

import Foundations
import Messages
import Tensors
import Training
import Transformer

/// A policy of the parameters θ: π(a | s) = softmax(θ(s, ·))_a. θ: [S×A]
public func softmaxPolicy(_ θ: Tensor) -> Policy { Policy(θ.converted(to: .double).softmax()) }

extension MarkovDecisionProcess {
  /// The gradient of J(θ) = v_π(s₀) for the policy softmax(θ), by the policy gradient theorem: ∂J/∂θ(s, a) =
  /// d(s) π(a | s) (q_π(s, a) − v_π(s)). § 12.10 θ: [S×A] → [S×A]
  ///
  /// d(s) are the expected discounted visits. Sutton, McAllester, Singh and Mansour (2000)
  public func policyGradient(at θ: Tensor, from s0: Int) throws(LinearAlgebraError) -> Tensor {
    let π = softmaxPolicy(θ)
    let (v, d) = (try values(of: π), try visits(from: s0, under: π))
    return d.expanded(axis: 1) * π.probabilities * (actionValues(ahead: v) - v.expanded(axis: 1))
  }

  /// REINFORCE's estimate of the same gradient from one episode: Σₜ γᵗ (Gₜ − b(Sₜ)) ∇ ln π(Aₜ | Sₜ). [S×A]
  ///
  /// A baseline b that depends on the state only leaves the mean unchanged, because Σ_a ∇π(a | s) = 0. b: [S]
  public func estimatedGradient(from episode: Episode, under π: Policy, baseline b: Tensor? = nil) -> Tensor {
    let G = discountedReturns(of: episode.rewards, discount: discount)
    var weight = 1.0
    let weights = G.indices.map { t in
      defer { weight *= discount }
      return weight * (G[t] - (b?[episode.states[t]].item ?? 0))
    }
    let visited = Array(episode.states.dropLast())
    let slopes =
      Tensor.oneHot(episode.actions, classes: actions, scalarType: .double)
      - π.probabilities.gathered(visited)  // ∇ ln softmax(θ)_a = 1_a − π
    return (Tensor(weights, scalarType: .double).expanded(axis: 1) * slopes)
      .scatterAdded(visited, axis: 0, length: states)
  }
}

// MARK: - A cart and a pole

/// The settings of REINFORCE for the cart and the pole.
public struct ReinforceSettings: Sendable {
  /// The units of the hidden layer of the policy and of the baseline.
  public var hidden = 64
  /// The learning rates of Adam.
  public var policyRate = 1e-2, baselineRate = 1e-2
  /// The episodes of an update, and the discount factor γ.
  public var episodes = 16, discount = 0.99
  /// Whether v(s) is subtracted from the returns.
  public var hasBaseline = true

  /// The settings with a baseline.
  public init() {}
}

/// An agent that learns to balance a pole by REINFORCE, with a second network as the baseline. § 12.10
///
/// An update plays episodes, and moves the policy along Σₜ (Gₜ − v(Sₜ)) ∇ ln π(Aₜ | Sₜ). Williams (1992)
public struct ReinforceAgent: TrainingState, Sendable {
  /// The logits of π(a | s). [N×4] → [N×2]
  public var policy: MLP
  /// v(s), in units of the largest possible return. [N×4] → [N×1]
  public var baseline: MLP
  var policyOptimizer, baselineOptimizer: Adam
  private let settings: ReinforceSettings
  private let world = CartPole()

  /// An agent that has learned nothing.
  public init(_ settings: ReinforceSettings = ReinforceSettings(), random: RandomSource) {
    self.settings = settings
    policy = MLP([CartPole.stateSize, settings.hidden, CartPole.actions], activation: .tanh, random: random)
    baseline = MLP([CartPole.stateSize, settings.hidden, 1], activation: .tanh, random: random)
    policyOptimizer = Adam(learningRate: settings.policyRate)
    baselineOptimizer = Adam(learningRate: settings.baselineRate)
  }

  /// Both networks with their optimizers.
  public static var kept: [PartialKeyPath<ReinforceAgent>] {
    [\.policy, \.baseline, \.policyOptimizer, \.baselineOptimizer]
  }

  /// v(s) = E[Gₜ | Sₜ = s] as the baseline estimates it. [N×4] → [N]
  func value(of states: Tensor) -> Tensor { baseline(states).squeezed(axis: 1) * largestReturn }

  /// 1/(1 − γ), or the length of an episode for γ = 1.
  private var largestReturn: Double { settings.discount < 1 ? 1 / (1 - settings.discount) : Double(world.limit) }

  /// Plays episodes, and makes one step for the baseline and one for the policy. Measures the mean length.
  mutating func update(_ step: TrainingStep, using random: RandomSource) throws(Breakdown) {
    let played = PlayedPushes(settings.episodes, in: world, policy: policy, using: random)
    let (s, G) = (played.states, returns(of: played))
    let v = settings.hasBaseline ? value(of: s) : .zeros(G.shape)
    step.measure("length", Double(played.count) / Double(settings.episodes))
    if settings.hasBaseline {
      let scaled = (G / largestReturn).expanded(axis: 1)
      try step.descend(&baseline, with: &baselineOptimizer, player: "baseline") { baseline in
        meanSquaredError(baseline(s), scaled)
      }
    }
    try step.descend(&policy, with: &policyOptimizer, player: "policy") { policy in
      let logs = policy(s).logSoftmax().picked(played.actions)
      return policyGradientLoss(logProbabilities: logs, reference: logs, rewards: G - v, beta: 0, baseline: 0)
    }
  }

  /// Gₜ of all pushes. An episode that was cut off goes on with v(s), or with nothing if there is no baseline.
  private func returns(of played: PlayedPushes) -> Tensor {
    var G = [Double](repeating: 0, count: played.count)
    for (places, last) in zip(played.places, played.cutOff) {
      let rest = settings.hasBaseline ? last.map { value(of: $0.expanded(axis: 0)).item } ?? 0 : 0
      let rewards = [Double](repeating: 1, count: places.count)
      for (place, value) in zip(places, discountedReturns(of: rewards, discount: settings.discount, last: rest)) {
        G[place] = value
      }
    }
    return Tensor(G)
  }

  /// The mean number of pushes of episodes from these starts, by the most probable actions. [N×4]
  public func greedyLength(from starts: Tensor) -> Double {
    let lengths = world.lengths(from: starts) { policy($0.converted(to: .float)).argmax(axis: 1) }
    return Double(lengths.reduce(0, +)) / Double(lengths.count)
  }
}

/// The pushes of several episodes, played side by side by a policy. § 12.10
struct PlayedPushes {
  /// The states, in the order of their times. [N×4]
  let states: Tensor
  /// The actions.
  let actions: [Int]
  /// The places of each episode's pushes among all, in order.
  private(set) var places: [[Int]]
  /// The state after the last push of each episode that was cut off, or nil. [4]
  private(set) var cutOff: [Tensor?]

  /// The number of pushes.
  var count: Int { actions.count }

  init(_ episodes: Int, in world: CartPole, policy: MLP, using random: RandomSource) {
    var (places, cutOff) = ([[Int]](repeating: [], count: episodes), [Tensor?](repeating: nil, count: episodes))
    var (s, open) = (world.starts(episodes, using: random), Array(0..<episodes))
    var (states, actions) = ([Tensor](), [Int]())
    while !open.isEmpty {
      let now = s.converted(to: .float)
      let shares = policy(now).softmax().scalars
      let chosen = open.indices.map { random.uniform() < shares[2 * $0 + 1] ? 1 : 0 }
      for (offset, episode) in open.enumerated() { places[episode].append(actions.count + offset) }
      states.append(now)
      actions += chosen
      s = world.pushed(s, chosen)
      let hasFailed = world.hasFailed(s)
      let isCut = states.count == world.limit
      for (offset, episode) in open.enumerated() where isCut && !hasFailed[offset] {
        cutOff[episode] = s[offset].converted(to: .float)
      }
      let rest = isCut ? [] : open.indices.filter { !hasFailed[$0] }
      if rest.count < open.count { (s, open) = (s.gathered(rest), rest.map { open[$0] }) }
    }
    (self.states, self.actions) = (.concatenated(states, axis: 0), actions)
    (self.places, self.cutOff) = (places, cutOff)
  }
}

/// What a training by REINFORCE measured in every update. § 12.10
public struct ReinforceRun: Sendable {
  /// The agent at the end.
  public let agent: ReinforceAgent
  /// The mean number of pushes of the episodes of every update.
  public let lengths: [Double]
  /// The mean number of pushes of greedy episodes from new starts, at the end.
  public let greedyLength: Double

  /// Trains an agent for the plan's number of updates.
  public init(_ settings: ReinforceSettings, plan: TrainingPlan, random: RandomSource) {
    var agent = ReinforceAgent(settings, random: random)
    let (order, moves, starts) = (random.split(), random.split(), random.split())
    let history = train(&agent, examples: 1, plan: plan, random: order) { (agent, step) throws(Breakdown) in
      try agent.update(step, using: moves)
    }
    self.agent = agent
    lengths = history.epochs.map { $0.metrics["length"] ?? .nan }
    greedyLength = agent.greedyLength(from: CartPole().starts(20, using: starts))
  }
}
