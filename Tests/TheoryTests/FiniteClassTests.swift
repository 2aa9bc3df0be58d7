import Checking
import Foundations
import Tensors
import Testing
import Theory
import ch11

@Suite("§ 11.1  Learning from a finite class")
struct FiniteClassTests {
  private let world = ThresholdWorld()

  @Test(
    "(11.1), Definition 11.1: with m_H(ε, δ) examples R(h_S) > min R + ε on at most a share δ of samples, not with 20"
  )
  func learnable() {
    #expect(world.bound.examples(for: 0.1) == 1_299)
    let random = RandomSource(seed: 1)
    for ε in [0.1, 0.2] {
      let m = world.bound.examples(for: ε)
      #expect(world.measured(examples: m, trials: 4_000, random: random).failureShare(ε: ε) <= world.δ)
    }
    #expect(world.measured(examples: 20, trials: 4_000, random: random).failureShare(ε: 0.1) > world.δ)
  }

  @Test("Definition 11.1: the number of examples is enough for every distribution, here for 30 random ones")
  func everyDistribution() {
    let random = RandomSource(seed: 2)
    let bound = FiniteClassBound(count: 33, δ: 0.1)
    for _ in 0..<30 {
      let p = random.uniform([32, 2], scalarType: .double)
      let found = RiskMinimization(
        over: world.thresholds(), on: FiniteDistribution(p / p.sum()), examples: bound.examples(for: 0.2), trials: 100,
        random: random)
      #expect(found.failureShare(ε: 0.2) <= 0.1)
    }
  }

  @Test("Definition 11.1: a class whose infimum no rule reaches has risks that tend to 0 and none that is 0")
  func infimum() {
    #expect((1...40).allSatisfy { OpenThreshold.risk(-1 / Double(1 << $0)) > 0 })
    #expect(OpenThreshold.risk(-0x1p-40) < 1e-12)
    #expect((0...20).allSatisfy { OpenThreshold.risk(Double($0) / 20) >= 0.5 })
    // The formula is the share of mistakes of 1 if x > t on labels 1 if x ≥ 0.
    let random = RandomSource(seed: 3)
    for t in [-0.8, -0.1, 0, 0.5] {
      let mistakes = (0..<100_000).filter { _ in
        let x = random.bernoulli(0.5) ? 0 : random.uniform(in: -1..<1)
        return (x > t) != (x >= 0)
      }
      #expect(abs(Double(mistakes.count) / 100_000 - OpenThreshold.risk(t)) < 0.006)
    }
  }

  @Test("Theorem 11.2, (11.2): violated on a share ≤ δ of samples for the 0–1 loss, by h_S and by all rules at once")
  func bound() {
    for m in [5, 20, 100] {
      let found = world.measured(examples: m, trials: 4_000, random: RandomSource(seed: 4))
      let gap = world.bound.gap(examples: m)
      #expect(found.violationShare(gap: gap) <= world.δ)
      #expect(Double(found.largestGaps.filter { $0 > gap }.count) / 4_000 <= world.δ)
      #expect(zip(found.risks, found.empiricalRisks).map { $0 - $1 }.max() ?? 0 <= found.largestGaps.max() ?? 0)
    }
  }

  @Test("Theorem 11.2: with a loss of 10 the printed bound fails on more than 0.4 of the samples; times 10 it holds")
  func largeLoss() {
    let found = world.measured(examples: 20, trials: 4_000, loss: 10, random: RandomSource(seed: 5))
    #expect(found.violationShare(gap: world.bound.gap(examples: 20)) > 0.4)
    #expect(found.violationShare(gap: world.bound.gap(examples: 20, lossRange: 10)) <= world.δ)
  }

  @Test(
    "Theorem 11.2: for one rule with fair labels the share of violations is the binomial tail that Hoeffding bounds")
  func oneRule() {
    let D = FiniteDistribution(chanceOfOne: [0.5])
    let H = FiniteClass([[0]], labels: 2)
    let m = 20
    let gap = FiniteClassBound(count: 1, δ: 0.1).gap(examples: m)
    let tail = (0...m).filter { 0.5 - Double($0) / 20 > gap }.reduce(0) { $0 + binomial(m, $1) } / 1_048_576
    let found = RiskMinimization(over: H, on: D, examples: m, trials: 40_000, random: RandomSource(seed: 6))
    #expect(tail > 0.02 && tail < 0.1)
    #expect(abs(found.violationShare(gap: gap) - tail) < 0.005)
  }

  @Test(
    "Remark 11.3: for 235,146 weights of 32 bits and 60,000 examples the bound is 6.6; it needs 2.6 million to be 1")
  func network() {
    #expect(MLP.parameterCount(widths: [784, 256, 128, 10]) == 235_146)
    #expect(abs(remark11_3.gap(examples: 60_000) - 6.593) < 0.001)
    #expect(remark11_3.gap(examples: 2_600_000) > 1 && remark11_3.gap(examples: 2_620_000) < 1)
  }

  @Test(
    "§ 11.1: risks are expectations: the mean of empirical risks over many samples is the true risk, for every rule")
  func unbiased() {
    let (H, D) = (world.thresholds(), world.distribution)
    let R̂ = H.empiricalRisks(D.samples(of: 50, trials: 20_000, random: RandomSource(seed: 7)))
    #expect((R̂.mean(axes: [0]) - H.risks(under: D)).abs().max().item < 0.003)
  }

  @Test("a table that is no distribution stops with a message")
  func table() async {
    await expectMessage(
      #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = FiniteDistribution(Tensor([[0.5, 0.6]], scalarType: .double))
      }, "cannot use a table [1×2] as a distribution")
  }
}

@Suite("§ 11.1.1  The Bayes rule and the excess risk")
struct BayesRuleTests {
  @Test(
    "§ 11.1.1: none of all 81 rules of a table has a lower risk than the Bayes rule, for the 0–1 loss and for another")
  func bayes() {
    let rules = FiniteClass.all(inputs: 4, labels: 3)
    #expect(rules.count == 81)
    let asymmetric = { (predicted: Int, y: Int) -> Double in predicted == y ? 0 : predicted < y ? 5 : 1 }
    let bayes = [jointTable.bayesRule(), jointTable.bayesRule(loss: asymmetric)]
    #expect(bayes[0] != bayes[1])
    for (h, H) in zip(bayes, [FiniteClass(rules, labels: 3), FiniteClass(rules, labels: 3, loss: asymmetric)]) {
      let risks = H.risks(under: jointTable).scalars
      let place = rules.firstIndex(of: h) ?? 0
      #expect(risks.allSatisfy { $0 >= risks[place] - 1e-15 })
    }
    let smallest = FiniteClass(rules, labels: 3).risks(under: jointTable).min().item
    #expect(abs(smallest - jointTable.bayesRisk) < 1e-15 && abs(smallest - 0.49) < 1e-15)
  }

  @Test("§ 11.1.1: one x with two labels: no rule errs less than 1 − max p, nor less than a sample's rarer label")
  func twoLabels() {
    let D = FiniteDistribution(chanceOfOne: [0.7])
    #expect(abs(D.bayesRisk - 0.3) < 1e-15)
    #expect(FiniteClass([[0], [1]], labels: 2).risks(under: D).scalars.allSatisfy { $0 >= 0.3 - 1e-15 })
    let sample = D.sample(of: 100, random: RandomSource(seed: 1))
    let errors = FiniteClass([[0], [1]], labels: 2).losses(on: sample).values.mean(axes: [1])
    let rarer = Double(min(sample.filter { $0 == 0 }.count, sample.filter { $0 == 1 }.count)) / 100
    #expect(rarer > 0.1 && abs(errors.min().item - rarer) < 1e-12)
  }

  @Test("§ 11.1.1: for all 33 thresholds the excess risk is the sum of estimation and approximation, both at least 0")
  func excess() {
    let world = ThresholdWorld()
    let risks = world.thresholds().risks(under: world.distribution).scalars
    for risk in risks {
      let parts = world.excess(of: risk)
      #expect(parts.estimation >= 0 && abs(parts.approximation - 0.075) < 1e-12)
      #expect(abs(parts.total - (risk - world.distribution.bayesRisk)) < 1e-15)
    }
    #expect(risks.min().map { abs($0 - 0.2125) < 1e-12 } ?? false)
    #expect(world.excess(of: risks.min() ?? 1).estimation == 0)
  }

  @Test(
    "§ 11.1.1: the largest gap of guessing rules grows like √(log |H|), not like √|H|: from 4 to 1,024 by 2.0 to 2.6")
  func sizes() {
    let random = RandomSource(seed: 1)
    let gaps = [4, 32, 256, 1_024].map { size in
      let rules = GuessingRules(rules: size, examples: 400)
      let gap = rules.largestGap(trials: 200, random: random)
      #expect(gap < rules.bound && gap > 0.6 * rules.bound)
      return gap
    }
    #expect(gaps[3] / gaps[0] > 2 && gaps[3] / gaps[0] < 2.6)
  }

  @Test("§ 11.1.1: the empirical risk is a Monte Carlo mean: its error against m has a slope of −0.5 ± 0.05")
  func average() {
    let counts = [10, 40, 160, 640]
    let found = deviations(counts, trials: 1_000, random: RandomSource(seed: 1))
    #expect(abs(logSlope(counts.map(Double.init), found) + 0.5) < 0.05)
    for (m, deviation) in zip(counts, found) {
      #expect(abs(deviation / (0.2125 * 0.7875 / Double(m)).squareRoot() - 1) < 0.1, "√(R (1 − R)/m)")
    }
  }
}
