import Attention
import DataSets
import Figures
import Foundation
import Foundations
import Messages
import Running
import Tensors
import Training
import Transformer

/// § 7.10: a language model that learns from preferences: comparisons, a reward, and a policy that is rewarded and kept
/// near the language model. The best policy is known exactly.
public let section7_10c = Exercise(.section, "7.10c", "Learning from preferences", seconds: 15) { run in
  let sizes = PreferenceSizes(run.options.budget)
  let world = PreferenceWorld(sizes, random: run.random.split(), report: run.progress("language model"))
  run.say("\(world.answers.count) answers of \(world.length) letters after \"a\"\n")
  let learned = [100, 1_000, 10_000].filter { $0 <= sizes.comparisons }.map { count in
    world.learnReward(
      comparisons: count, steps: sizes.rewardSteps, random: RandomSource(seed: run.options.seed + UInt64(count)),
      report: run.progress("reward from \(count) comparisons"))
  }
  run.show(rewardTable(learned), as: "reward")
  guard let best = learned.last else { return }
  let policies = [2, 1, 0.5, 0.25].map { β in
    world.learnPolicy(
      rewards: best.rewards, beta: β, steps: sizes.policySteps, random: RandomSource(seed: run.options.seed),
      report: run.progress("policy, β = \(β)"))
  }
  run.show(policyTable(policies), as: "policy")
  run.show(
    Panels("Every answer: trained policy π against the best, π*", [1, 3].map { policyFigure(policies[$0]) }),
    as: "policy")
  run.card("Kendall's τ of the learned reward", best.correlation)
  run.card("KL from the best policy, β = 1", policies[1].distance)
  run.parameters = world.model.parameterCount
}

/// How much is learned.
public struct PreferenceSizes: Sendable {
  /// The steps of the language model, of a reward and of a policy, and the comparisons.
  public var modelSteps, rewardSteps, policySteps, comparisons: Int

  /// The sizes of a budget.
  public init(_ budget: Budget) {
    modelSteps = budget.choose(quick: 20, standard: 500, full: 1_000)
    rewardSteps = budget.choose(quick: 10, standard: 600, full: 2_000)
    policySteps = budget.choose(quick: 5, standard: 600, full: 3_000)
    comparisons = budget.choose(quick: 1_000, standard: 10_000, full: 10_000)
  }
}

/// A reward that was learned from comparisons.
public struct LearnedReward: Sendable {
  /// How many comparisons were seen.
  public let comparisons: Int
  /// How often the noisy judges agreed with the true reward.
  public let agreement: Double
  /// Kendall's τ between learned and true rewards over all answers, a quarter of which was never compared.
  public let correlation: Double
  /// The learned rewards, with mean 0 under the language model.
  public let rewards: Tensor
}

/// A policy that was trained, beside the best one.
public struct LearnedPolicy: Sendable {
  /// β.
  public let beta: Double
  /// The mean learned reward and the mean true reward, before and after.
  public let reward, trueReward: (before: Double, after: Double)
  /// KL(π ‖ π_ref), J(π), its upper bound β ln Z, and KL(π ‖ π*).
  public let penalty, value, bound, distance: Double
  /// ln π and ln π* of every answer.
  public let logProbabilities, best: [Double]
}

/// A toy language of four letters, a language model of it, all answers of four letters after "a", and what people like.
public struct PreferenceWorld: Sendable {
  /// The number of letters of an answer.
  public let length = 4
  /// All answers.
  public let answers: [[Int]]
  /// What people like: every new letter counts 1, and a letter that is repeated at once costs 1.
  public let trueRewards: [Double]
  /// The language model.
  public let model: GPT
  /// ln π_ref of all answers.
  public let reference: Tensor

  /// The world, with a language model that is trained on texts of a Markov chain.
  public init(
    _ sizes: PreferenceSizes, random: RandomSource, report: (@Sendable (TrainingProgress) -> Void)? = nil
  ) {
    let (V, T) = (4, 4)
    answers = allSequences(of: V, length: T)
    trueRewards = answers.map { answer in
      Double(Set(answer).count) - Double(zip(answer, answer.dropFirst()).count { $0 == $1 })
    }
    // The letter after i is i with probability 0.4, the next one with 0.3.
    var text = [0]
    for _ in 0..<20_000 { text.append((text[text.count - 1] + random.categorical([0.4, 0.3, 0.2, 0.1])) % V) }
    let start = GPT(symbols: V, context: T + 1, width: 32, heads: 2, blocks: 1, random: random.split())
    var plan = SequencePlan(steps: sizes.modelSteps, batch: 32, learningRate: 3e-3, warmup: sizes.modelSteps / 10)
    plan.report = report
    model = start.trained(on: text, by: plan, random: random.split()).model
    reference = model.logProbabilities(of: answers, after: [0]).converted(to: .double)
  }

  /// An answer as the input of a reward network: one number for each place and letter.
  private var features: Tensor {
    Tensor.oneHot(answers.flatMap { $0 }, classes: 4).reshaped([answers.count, 4 * length])
  }

  /// Learns a reward from comparisons of three quarters of the answers.
  public func learnReward(
    comparisons count: Int, steps: Int, random: RandomSource, report: (@Sendable (TrainingProgress) -> Void)? = nil
  ) -> LearnedReward {
    let compared = Array(random.permutation(answers.count).prefix(answers.count * 3 / 4))
    let comparisons = Comparisons(count, by: trueRewards, among: compared, random: random.split())
    let (x, start) = (features, MLP([4 * length, 32, 1], activation: .gelu, random: random.split()))
    var plan = SequencePlan(steps: steps, learningRate: 1e-2)
    (plan.weightDecay, plan.report) = (0.3, report)
    let network = start.trained(by: plan, random: random.split()) { network in
      let r = network(x)
      return BradleyTerry.loss(better: r.gathered(comparisons.better), worse: r.gathered(comparisons.worse))
    }.model
    let rewards = network(x).reshaped([answers.count]).converted(to: .double)
    return LearnedReward(
      comparisons: count, agreement: comparisons.agreement(with: trueRewards),
      correlation: kendallCorrelation(rewards.scalars, trueRewards),
      rewards: rewards - (reference.exp() * rewards).sum() / reference.exp().sum())
  }

  /// Trains the language model by REINFORCE on rewards, with a penalty for leaving what it was.
  public func learnPolicy(
    rewards: Tensor, beta β: Double, steps: Int, random: RandomSource,
    report: (@Sendable (TrainingProgress) -> Void)? = nil
  ) -> LearnedPolicy {
    let draws = random.split()
    let (r, before) = (rewards.converted(to: .float), reference.converted(to: .float))
    var plan = SequencePlan(steps: steps, learningRate: 3e-3, warmup: steps / 10)
    plan.report = report
    let policy = model.trained(by: plan, random: random.split()) { policy in
      let drawn = policy.stoppingGradients.draw(128, length: length, after: [0], using: draws)
      let places = drawn.map { $0.reduce(0) { 4 * $0 + $1 } }  // their numbers among all answers
      return policyGradientLoss(
        logProbabilities: policy.logProbabilities(of: drawn, after: [0]), reference: before.gathered(places),
        rewards: r.gathered(places), beta: β)
    }.model
    let π = policy.logProbabilities(of: answers, after: [0]).converted(to: .double)
    let best = optimalPolicy(reference: reference, rewards: rewards, beta: β)
    let truth = Tensor(trueRewards, scalarType: .double)
    func mean(_ r: Tensor) -> (Double, Double) { ((reference.exp() * r).sum().item, (π.exp() * r).sum().item) }
    return LearnedPolicy(
      beta: β, reward: mean(rewards), trueReward: mean(truth),
      penalty: (π.exp() * (π - reference)).sum().item,
      value: regularizedReward(logProbabilities: π, reference: reference, rewards: rewards, beta: β).item,
      bound: best.value, distance: (π.exp() * (π - best.policy)).sum().item, logProbabilities: π.scalars,
      best: best.policy.scalars)
  }
}

extension Parameterized {
  /// The same model as a constant.
  fileprivate var stoppingGradients: Self { mapParameters(\.stopGradient) }
}

private func rewardTable(_ rewards: [LearnedReward]) -> Table {
  Table(
    "Rewards learned from noisy comparisons", columns: ["comparisons", "judges agree with the truth", "Kendall's τ"],
    rows: rewards.map {
      [.integer($0.comparisons), .number($0.agreement, decimals: 3), .number($0.correlation, decimals: 3)]
    })
}

private func policyTable(_ policies: [LearnedPolicy]) -> Table {
  Table(
    "REINFORCE with a penalty of β KL(π ‖ π_ref), and the best policy",
    columns: ["β", "reward", "true reward", "KL(π ‖ π_ref)", "J(π)", "β ln Z", "KL(π ‖ π*)"],
    rows: policies.map {
      [
        .number($0.beta, decimals: 2), .number($0.reward.after, decimals: 3), .number($0.trueReward.after, decimals: 3),
        .number($0.penalty, decimals: 3), .number($0.value, decimals: 3), .number($0.bound, decimals: 3),
        .number($0.distance, decimals: 4),
      ]
    })
}

private func policyFigure(_ policy: LearnedPolicy) -> ScatterPlot {
  let (best, trained) = (policy.best.map { exp($0) }, policy.logProbabilities.map { exp($0) })
  let ends = [best.min() ?? 0, best.max() ?? 1]
  return ScatterPlot(
    "β = \(policy.beta)", x: Axis("π*", .logarithmic), y: Axis("π", .logarithmic),
    groups: [Series("answers", x: best, trained, style: .points), Series("π = π*", x: ends, ends)])
}
