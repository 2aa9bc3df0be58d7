import Attention
import Checking
import Foundations
import Tensors
import Testing
import Transformer
import ch07

@Suite("§ 7.10  Learning from preferences")
struct PreferenceLearningTests {
  private let random = RandomSource(seed: 6)

  @Test("§ 7.10: Bradley–Terry's probabilities of both orders sum to 1, and only differences of rewards count")
  func probabilities() {
    let (a, b) = (spread([9]), spread([9], offset: 20))
    let p = BradleyTerry.probability(a, over: b)
    expectClose(p + BradleyTerry.probability(b, over: a), .ones([9], scalarType: .double), tolerance: 1e-15)
    expectClose(BradleyTerry.probability(a + 3, over: b + 3), p, tolerance: 1e-14)
    expectClose(BradleyTerry.loss(better: a, worse: b), -p.log().mean(), tolerance: 1e-14)
  }

  @Test("§ 7.10: rewards of ten answers are recovered from noisy comparisons: their order, and their differences")
  func recovery() {
    let truth = (0..<10).map { Double($0) / 3 }
    let comparisons = Comparisons(20_000, by: truth, random: random)
    #expect(comparisons.agreement(with: truth) < 0.85)  // the judges often err
    var rewards = Tensor.zeros([10], scalarType: .double)
    for _ in 0..<300 {
      let slope = gradient(at: rewards) {
        BradleyTerry.loss(better: $0.gathered(comparisons.better), worse: $0.gathered(comparisons.worse))
      }
      rewards = rewards - 10 * slope
    }
    #expect(kendallCorrelation(rewards.scalars, truth) == 1)
    let shifted = rewards - rewards.mean() + 1.5
    expectClose(shifted, Tensor(truth, scalarType: .double), tolerance: 0.15, scale: 1)
  }

  @Test("§ 7.10: J(π) = β ln Z − β KL(π ‖ π*), so no policy exceeds β ln Z and π* reaches it")
  func optimum() {
    let (reference, r) = (spread([20]).logSoftmax(), 2 * spread([20], offset: 30))
    for β in [0.2, 1, 5] {
      let best = optimalPolicy(reference: reference, rewards: r, beta: β)
      expectClose(best.policy.exp().sum(), Tensor(1, scalarType: .double), tolerance: 1e-14)
      func J(_ π: Tensor) -> Double {
        regularizedReward(logProbabilities: π, reference: reference, rewards: r, beta: β).item
      }
      #expect(abs(J(best.policy) - best.value) < 1e-13)
      for offset in [50, 90] {
        let π = (3 * spread([20], offset: offset)).logSoftmax()
        let divergence = (π.exp() * (π - best.policy)).sum().item
        #expect(abs(J(π) - (best.value - β * divergence)) < 1e-13 && divergence > 0)
      }
    }
  }

  @Test("§ 7.10: the expectation of REINFORCE's gradient is the gradient of J, whatever the baseline")
  func unbiased() {
    let (reference, r, β) = (spread([6]).logSoftmax(), spread([6], offset: 30), 0.7)
    let scores = spread([6], offset: 60)
    let exact = gradient(at: scores) {
      regularizedReward(logProbabilities: $0.logSoftmax(), reference: reference, rewards: r, beta: β)
    }
    let p = scores.softmax().scalars
    for baseline in [0, 0.3, -4] {
      let terms = (0..<6).map { y in
        -p[y]
          * gradient(at: scores) { scores in
            policyGradientLoss(
              logProbabilities: scores.logSoftmax().gathered([y]), reference: reference.gathered([y]),
              rewards: r.gathered([y]), beta: β, baseline: baseline)
          }
      }
      expectClose(terms.dropFirst().reduce(terms[0], +), exact, tolerance: 1e-13, scale: 1, "\(baseline)")
    }
    // Of two answers each is compared with the other.
    let both = gradient(at: scores) {
      policyGradientLoss(
        logProbabilities: $0.logSoftmax().gathered([1, 4]), reference: reference.gathered([1, 4]),
        rewards: r.gathered([1, 4]), beta: β)
    }
    #expect(both.abs().max().item > 0.01)
  }

  @Test("(7.14): the probabilities of all answers sum to 1, and drawn answers follow them")
  func answers() {
    let model = GPT(symbols: 3, context: 4, width: 8, heads: 2, blocks: 1, random: random)
    let all = allSequences(of: 3, length: 3)
    let p = model.mapParameters { 8 * $0 }.logProbabilities(of: all, after: [1]).converted(to: .double).exp()
    #expect(abs(p.sum().item - 1) < 1e-5 && p.max().item > 0.06)
    let drawn = model.mapParameters { 8 * $0 }.draw(6_000, length: 3, after: [1], using: random)
    let counts = drawn.reduce(into: [Double](repeating: 0, count: 27)) { $0[$1.reduce(0) { 3 * $0 + $1 }] += 1 }
    for (share, probability) in zip(counts.map { $0 / 6_000 }, p.scalars) {
      #expect(abs(share - probability) < 4.5 * (probability * (1 - probability) / 6_000).squareRoot())
    }
  }

  @Test("§ 7.10: a rewarded language model comes near the best policy, and stays below its bound")
  func policy() {
    var sizes = PreferenceSizes(.standard)
    sizes.modelSteps = 100
    let world = PreferenceWorld(sizes, random: RandomSource(seed: 1))
    let truth = Tensor(world.trueRewards, scalarType: .double)
    let learned = world.learnPolicy(rewards: truth, beta: 1, steps: 300, random: RandomSource(seed: 1))
    #expect(learned.value <= learned.bound && learned.distance < 0.03)
    #expect(learned.reward.after > learned.reward.before + 0.5)
    #expect(abs(learned.value - (learned.bound - learned.distance)) < 1e-4)
  }

  @Test("§ 7.10: rewards of answers that were never compared are ordered rightly, the better the more comparisons")
  func reward() {
    var sizes = PreferenceSizes(.quick)
    sizes.modelSteps = 1
    let world = PreferenceWorld(sizes, random: RandomSource(seed: 1))
    func correlation(_ count: Int) -> Double {
      world.learnReward(comparisons: count, steps: 150, random: RandomSource(seed: 1)).correlation
    }
    let (few, many) = (correlation(100), correlation(5_000))
    #expect(many > 0.9 && few < many)
  }
}
