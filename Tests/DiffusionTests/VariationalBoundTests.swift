import DataSets
import Diffusion
import Tensors
import Testing

@Suite("§ 10.2.2  The variational bound")
struct VariationalBoundTests {
  private let quarter = 0.25
  private let entropy = 0.5 * (1.8378770664093453 + 1 - 2 * 0.6931471805599453)  // of N(0, ¼)

  private func gap(_ schedule: NoiseSchedule, _ variance: (Tensor) -> ReverseVariance) -> Double {
    let L = schedule.leastNoiseErrors(spectrum: Tensor([quarter], scalarType: .double))
    return DiffusionBound(schedule, variance: variance(L)).negativeBound(noiseErrors: L, meanSquare: quarter) - entropy
  }

  @Test(
    "Theorem 10.5, (10.15): with the exact predictor and the best variance the negative ELBO is the entropy of N(0, ¼)")
  func exact() {
    for T in [10, 100, 1_000] { #expect(abs(gap(.rescaledLinear(T)) { .best(noiseErrors: $0) }) < 1e-9, "\(T)") }
  }

  @Test("(10.15): with σ² = β the gap is 0.083, 0.0110, 0.00109 nats for T = 10, 100, 1,000; with β̃ 3.27, 1.25, 0.456")
  func fixed() {
    for (T, step, posterior) in [(10, 0.0827, 3.273), (100, 0.01096, 1.250), (1_000, 0.001092, 0.4563)] {
      #expect(abs(gap(.rescaledLinear(T)) { _ in .step } / step - 1) < 1e-3, "\(T)")
      #expect(abs(gap(.rescaledLinear(T)) { _ in .posterior } / posterior - 1) < 1e-3, "\(T)")
    }
  }

  @Test("The best variance of N(0, s²) is β_t v_{t−1}/v_t; it is β_t for s = 1 and β̃_t for a point (10.9)")
  func best() {
    let schedule = NoiseSchedule.linear(50, from: 1e-3, to: 0.2)
    func variances(_ s²: Double) -> [Double] {
      let L = schedule.leastNoiseErrors(spectrum: Tensor([s²], scalarType: .double))
      return DiffusionBound(schedule, variance: .best(noiseErrors: L)).variances.scalars
    }
    let chain = GaussianChain(variance: quarter, schedule: schedule)
    for (t, σ²) in zip(1...50, variances(quarter)) {
      #expect(abs(σ² - schedule.β[t] * chain.variance(at: t - 1) / chain.variance(at: t)) < 1e-15)
    }
    for (t, σ²) in zip(1...50, variances(1)) { #expect(abs(σ² - schedule.β[t]) < 1e-15) }
    for (t, σ²) in zip(1...50, variances(0)) { #expect(abs(σ² - schedule.posteriorVariance(at: t)) < 1e-15) }
  }

  @Test("(10.15): as printed, from t = 1, the sum is infinite")
  func printed() {
    let schedule = NoiseSchedule.linear()
    let L = schedule.leastNoiseErrors(spectrum: Tensor([quarter], scalarType: .double))
    for variance in [ReverseVariance.step, .best(noiseErrors: L)] {
      let terms = DiffusionBound(schedule, variance: variance).divergences(noiseErrors: L).scalars
      #expect(terms[0] == .infinity && terms.dropFirst().allSatisfy { $0.isFinite && $0 >= 0 })
    }
  }

  @Test("(10.15): the three parts are E[log q(x_{1:T} | x₀) − log p(x_{0:T})], and bound −E[log p(x₀)] from above")
  func definition() {
    // All of it is Gaussian: p(x_{t−1} | x_t) = N(a x_t, σ²) with a predictor that is too weak by a tenth.
    let (schedule, log2π) = (NoiseSchedule.linear(4, from: 0.1, to: 0.6), 1.8378770664093453)
    let chain = GaussianChain(variance: quarter, schedule: schedule)
    let slopes = (1...4).map { 0.9 * (1 - schedule.ᾱ[$0]).squareRoot() / chain.variance(at: $0) }
    let L = Tensor(
      zip(1...4, slopes).map { t, e in
        chain.simpleLoss(slope: Tensor(e, scalarType: .double), at: t).item
      }, scalarType: .double)
    let bound = DiffusionBound(schedule, variance: .step)
    var direct = 0.5 * (log2π + chain.variance(at: 4))  // −E log p(x_T)
    var (model, factors) = (1.0, [Double]())
    for (t, e) in zip(1...4, slopes) {
      let a = (1 - schedule.β[t] / (1 - schedule.ᾱ[t]).squareRoot() * e) / schedule.α[t].squareRoot()
      let before = chain.variance(at: t - 1)
      let covariance = schedule.α[t].squareRoot() * before
      let square = before - 2 * a * covariance + a * a * chain.variance(at: t)
      direct += 0.5 * (log2π + log(schedule.β[t]) + square / schedule.β[t])  // −E log p(x_{t−1} | x_t)
      direct -= 0.5 * (log2π + 1 + log(schedule.β[t]))  // entropy of q(x_t | x_{t−1})
      factors.append(a)
    }
    let found = bound.negativeBound(noiseErrors: L, meanSquare: quarter)
    #expect(abs(found - direct) < 1e-12)
    for t in (1...4).reversed() { model = factors[t - 1] * factors[t - 1] * model + schedule.β[t] }
    let likelihood = 0.5 * (log2π + log(model) + quarter / model)
    #expect(found > likelihood && likelihood > entropy)
  }

  @Test("(10.16): the weights that the simple loss leaves out span 55-fold (β) and 120-fold (β̃), the first one apart")
  func weights() {
    func span(_ variance: ReverseVariance) -> (Double, Double) {
      let w = DiffusionBound(.linear(), variance: variance).weights.scalars.dropFirst()
      return (w.min() ?? 0, w.max() ?? 0)
    }
    let (step, posterior) = (span(.step), span(.posterior))
    #expect(abs(step.0 - 0.004968) < 1e-6 && abs(step.1 - 0.27269) < 1e-5 && abs(step.1 / step.0 - 54.89) < 0.01)
    #expect(abs(posterior.0 - 0.004982) < 1e-6 && abs(posterior.1 - 0.59967) < 1e-5)
    #expect(abs(posterior.1 / posterior.0 - 120.37) < 0.01)
    // At t = 1 both variances are β₁, and the weight is 1/(2α₁).
    for variance in [ReverseVariance.step, .posterior] {
      #expect(abs(DiffusionBound(.linear(), variance: variance).weights[0].item - 0.5 / (1 - 1e-4)) < 1e-9)
    }
  }

  @Test("(10.16): a weight is the divergence that a unit of squared error of the noise costs")
  func weightsAsDivergences() {
    let (schedule, ε, wrong) = (NoiseSchedule.cosine(20), 0.3, -0.5)
    for variance in [ReverseVariance.step, .posterior] {
      let bound = DiffusionBound(schedule, variance: variance)
      let L = Tensor(repeating: (ε - wrong) * (ε - wrong), [20], scalarType: .double)
      let terms = bound.divergences(noiseErrors: L).scalars
      for t in 2...20 {
        let x = schedule.noised(double(0.7), at: t, noise: double(ε))
        let mean = schedule.posteriorMean(of: x, data: double(0.7), at: t).item
        let model = schedule.ancestralStep(x, at: t, noise: double(wrong), deviation: 0, fresh: x).item
        let (v, σ²) = (schedule.posteriorVariance(at: t), bound.variances[t - 1].item)
        let divergence = 0.5 * (log(σ² / v) - 1 + (v + (mean - model) * (mean - model)) / σ²)
        #expect(abs(terms[t - 1] - divergence) < 1e-9 * max(1, divergence))
      }
    }
  }
}

private func double(_ x: Double) -> Tensor { Tensor(x, scalarType: .double) }
private func log(_ x: Double) -> Double { double(x).log().item }
