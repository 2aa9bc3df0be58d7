import Checking
import DataSets
import Diffusion
import Tensors
import Testing
import ch10

@Suite("§ 10.7  Classifier-free guidance")
struct GuidanceTests {
  private let pair = ExactPredictor(
    data: GaussianMixture([1.0, -1].map { .init(weight: 1, mean: [$0], deviation: 0.5) }), schedule: .linear())
  private let plane = ExactPredictor(
    data: GaussianMixture([
      .init(weight: 2, mean: [1, 0], deviation: 0.4),
      .init(weight: 1, mean: [-1, 0.5], factor: [[0.5, 0], [0.2, 0.3]]),
      .init(weight: 1, mean: [0, -1], deviation: 0.6),
    ]), schedule: .cosine())

  @Test("(10.22) = (10.24): the guided noise is −√(1 − ᾱ_t) times the guided score, to 1e-12")
  func scores() {
    let x = RandomSource(seed: 1).normal([50, 2], scalarType: .double)
    for t in [1, 10, 300, 700, 1_000] {
      for c in 0..<3 {
        for w in [-1, -0.3, 0, 1, 3, 7] {
          let noise = GuidedPredictor(plane, classes: .init(repeating: c, count: 50), scale: w).noise(in: x, at: t)
          let score = plane.guidedScore(of: x, at: t, class: c, scale: w)
          let scaled = -(1 - plane.schedule.ᾱ[t]).squareRoot() * score
          expectClose(noise, scaled, tolerance: 1e-12, scale: scaled.abs().max().item)
        }
      }
    }
  }

  @Test("(10.23): the score of a class is that of the mixture plus the gradient of the classifier, to 1e-11")
  func bayes() {
    let x = RandomSource(seed: 2).normal([50, 2], scalarType: .double)
    for t in [0, 5, 400] {
      for c in 0..<3 {
        let conditional = plane.data.conditional(on: [c]).diffused(signalShare: plane.schedule.ᾱ[t]).score(of: x)
        let sum = plane.noised(at: t).score(of: x) + plane.classifierScore(of: x, at: t, class: c)
        expectClose(sum, conditional, tolerance: 1e-11, scale: conditional.abs().max().item)
      }
    }
  }

  @Test("Definition 10.8: w = 0 is the conditional model, w = −1 the unconditional one, each with one call")
  func ends() {
    let x = RandomSource(seed: 3).normal([6, 2], scalarType: .double)
    let (classes, t) = ([0, 1, 2, 2, 1, 0], [1, 50, 300, 700, 900, 1_000])
    func guided(_ w: Double) -> Tensor { GuidedPredictor(plane, classes: classes, scale: w).noise(in: x, at: t) }
    let (conditional, unconditional) = (plane.noise(in: x, at: t, classes: classes), plane.noise(in: x, at: t))
    #expect(guided(0) == conditional && guided(-1) == unconditional)
    // Every example is guided to its own class.
    for i in 0..<6 {
      let one = GuidedPredictor(plane, classes: [classes[i]], scale: 3).noise(in: x[i..<i + 1], at: t[i])
      expectClose(guided(3)[i..<i + 1], one, tolerance: 1e-13, scale: 1)
    }
    expectClose(guided(1), 2 * conditional - unconditional, tolerance: 1e-12, scale: 1)
  }

  /// The means of samples of N(1, ½²) against N(−1, ½²), from the quantiles of N(0, 1) as noise.
  private func mean(_ w: Double, by sampler: Sampler, count: Int, seed: UInt64 = 1) -> Double {
    let noise = Tensor(middleQuantiles(count), shape: [count, 1], scalarType: .double)
    let model = GuidedPredictor(pair, classes: .init(repeating: 0, count: count), scale: w)
    return sampler.sample(model, from: noise, random: RandomSource(seed: seed)).mean().item
  }

  @Test("§ 10.7: guided DDIM has the means 1.000, 1.320, 1.672, 2.119 for w = 0, 1, 3, 7, to 0.01")
  func deterministic() {
    for (w, expected) in [(0.0, 1.000), (1, 1.320), (3, 1.672), (7, 2.119)] {
      #expect(abs(mean(w, by: .ddim(pair.schedule, steps: 1_000), count: 151) - expected) < 0.01)
    }
  }

  @Test(
    "(10.24): guidance samples from no sharpened law p(x) p(c | x)^(1 + w), whose means are 1.000, 1.036, 1.062, 1.087")
  func sharpened() {
    for (w, expected) in [(0.0, 1.000), (1, 1.0355), (3, 1.0616), (7, 1.0869)] {
      let law = SharpenedLaw(pair.data, class: 0, scale: w)
      #expect(abs(law.mean - expected) < 1e-4)
      if w > 0 { #expect(mean(w, by: .ddim(pair.schedule, steps: 50), count: 101) > law.mean + 0.2) }
    }
    #expect(abs(SharpenedLaw(pair.data, class: 0, scale: 0).deviation - 0.5) < 1e-9)
    #expect(SharpenedLaw(pair.data, class: 0, scale: 3).deviation < 0.5)
    // The table names the samples of DDIM, those of DDPM and the law in this order.
    let samples = [[1.0, 3], [5.0, 5.5]].map { Tensor($0, shape: [2, 1], scalarType: .double) }
    let row = pairTable([GuidedPair(scale: 3, implicit: samples[0], ancestral: samples[1])]).numbers[0]
    #expect(row[..<5] == [3, 2, 1, 5.25, 0.25] && abs(row[5] - 1.0616) < 1e-4)
  }

  @Test("§ 10.7: guided DDPM is nearer to the sharpened law, 1.165, 1.289, 1.394 for w = 1, 3, 7, but not there")
  func stochastic() {
    for (w, expected, law) in [(1.0, 1.165, 1.036), (3, 1.289, 1.062), (7, 1.394, 1.087)] {
      let found = mean(w, by: .ddpm(pair.schedule), count: 2_500)
      #expect(abs(found - expected) < 0.03 && found > law + 0.09, "\(w): \(found)")
    }
  }

  @Test("§ 10.7: with a larger w the samples are recognized more often, and differ less")
  func trade() {
    let model = plane
    let noise = RandomSource(seed: 5).normal([400, 2], scalarType: .double)
    let found = [0.0, 1, 3, 7].map { w -> (share: Double, deviation: Double) in
      let guided = GuidedPredictor(model, classes: .init(repeating: 2, count: 400), scale: w)
      let x = Sampler.ddim(model.schedule, steps: 50).sample(guided, from: noise, random: RandomSource(seed: 1))
      let classes = model.data.posterior(of: x).argmax(axis: 1)
      return (
        Double(classes.count { $0 == 2 }) / 400,
        (x - x.mean(axes: [0])).squared().sum(axes: [1]).mean().squareRoot().item
      )
    }
    for (a, b) in zip(found, found.dropFirst()) { #expect(a.share <= b.share && a.deviation > b.deviation, "\(found)") }
    #expect(found[0].share < 0.97 && found[3].share == 1)
  }
}
