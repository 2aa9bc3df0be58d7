import Backprop
import DataSets
import Distributions
import Foundations
import Running
import Tensors
import Training
import VAE

/// The mistakes of chapter 9: each shown where it can be seen, and where it cannot.
public let gallery9 = Exercise(.gallery, "9", "Mistakes that everybody makes once", seconds: 1) { run in
  run.show(exhibits9)
}

/// The exhibits of the gallery, in the order of the chapter.
public var exhibits9: [Exhibit] {
  [
    pixelsExhibit, deviationExhibit, directionExhibit, tableExhibit, unitExhibit, stopExhibit, meanExhibit,
    annealingExhibit,
  ]
}

private func double(_ values: [Double]) -> Tensor { Tensor(values, scalarType: .double) }

/// One latent variable for each row. [N×1]
private func normal(_ means: [Double], deviations: [Double]) -> Normal {
  Normal(mean: double(means).expanded(axis: 1), logVariance: 2 * double(deviations).expanded(axis: 1).log())
}

// MARK: - The terms

/// The least loss of one latent variable: z gives each of D pixels the logit a z, and q is N(m, 1/(1 + m²)).
private var pixelsExhibit: Exhibit {
  /// KL of the best of these m, by one of the two likelihoods. Pixels are copies of one black or white number.
  func divergence(pixels D: Int, _ likelihood: (Tensor, Tensor) -> Tensor) -> Tensor {
    let m = Tensor.linear(from: 0, to: 3, count: 61, scalarType: .double)
    let KL = standardDivergences(of: Normal(mean: m, logVariance: -(1 + m.squared()).log()))
    let x = Tensor.ones([61, D], scalarType: .double)
    let logits = (2 * m).expanded(axis: 1).broadcast(to: [61, D])
    let bound = likelihood(x, logits) - KL
    return KL.gathered(bound.argmax())
  }
  func pair(_ D: Int) -> (wrong: Tensor, right: Tensor) {
    (
      divergence(pixels: D) { Mistake.meanOverPixels(of: $0, logits: $1) },
      divergence(pixels: D) { logLikelihoods(of: $0, logits: $1) }
    )
  }
  let (many, one) = (pair(784), pair(1))
  return Exhibit(
    "a mean over the pixels", wrong: "logLikelihoods(of: x, logits: logits) / Double(x.count / x.shape[0])",
    right: "reconstruction: logLikelihoods(of: x, logits: logits)",
    shows: .init("KL of the best q, 784 pixels", wrong: many.wrong, right: many.right),
    hides: .init("one pixel", wrong: one.wrong, right: one.right),
    caughtBy: "Listing 9.8: the likelihood of an image is a sum")
}

private var directionExhibit: Exhibit {
  let (narrow, prior) = (normal([0, 0], deviations: [0.1, 3]), normal([0], deviations: [1]))
  func right(_ q: Normal) -> Tensor { standardDivergences(of: q) }
  return Exhibit(
    "the KL of the wrong direction",
    wrong: "0.5 * ((-q.logVariance).exp() * (1 + q.mean.squared()) - 1 + q.logVariance)",
    right: "0.5 * (q.logVariance.exp() + q.mean.squared() - 1 - q.logVariance)",
    shows: .init("σ = 0.1 and σ = 3", wrong: Mistake.divergencesOfPrior(from: narrow), right: right(narrow)),
    hides: .init("q is the prior", wrong: Mistake.divergencesOfPrior(from: prior), right: right(prior)),
    caughtBy: "(9.18): the KL is an average over q")
}

private var unitExhibit: Exhibit {
  let logits = double([-50]).expanded(axis: 1)
  func trial(_ input: String, _ x: Double) -> Exhibit.Trial {
    let x = double([x]).expanded(axis: 1)
    return .init(
      input, wrong: -Mistake.likelihoodOutsideUnit(of: x, logits: logits), right: -logLikelihoods(of: x, logits: logits)
    )
  }
  return Exhibit(
    "a cross-entropy of pixels in [−1, 1]", wrong: "logLikelihoods(of: 2 * x - 1, logits: logits)",
    right: "reconstruction: logLikelihoods(of: x, logits: logits)",
    shows: trial("loss of a black pixel at the logit −50", 0), hides: trial("a white pixel", 1),
    caughtBy: "§ 9.8: the cross-entropy of a pixel in [0, 1] is never negative")
}

// MARK: - The sample

private var deviationExhibit: Exhibit {
  let ε = RandomSource(seed: 1).normal([2_000, 1], scalarType: .double)
  func deviations(_ σ: Double) -> (wrong: Tensor, right: Tensor) {
    let q = Normal(mean: 0 * ε, logVariance: 0 * ε + 2 * double([σ]).log())
    func deviation(_ z: Tensor) -> Tensor { z.variance().squareRoot() }
    return (
      deviation(Mistake.sampleOfLogDeviation(q, noise: ε)),
      deviation(reparameterized(mean: q.mean, logVariance: q.logVariance, noise: ε))
    )
  }
  let (three, one) = (deviations(3), deviations(1))
  return Exhibit(
    "log σ for log σ²", wrong: "reparameterized(mean: q.mean, logVariance: 0.5 * q.logVariance, noise: ε)",
    right: "reparameterized(mean: q.mean, logVariance: q.logVariance, noise: ε)",
    shows: .init("deviation of 2,000 samples, σ = 3", wrong: three.wrong, right: three.right),
    hides: .init("σ = 1", wrong: one.wrong, right: one.right),
    caughtBy: "(9.26): the deviation of the samples is exp(½ log σ²)")
}

private var tableExhibit: Exhibit {
  /// The noise of two examples in a number of steps. [steps×2]
  func noises(_ steps: Int) -> (wrong: Tensor, right: Tensor) {
    let (a, b) = (RandomSource(seed: 2), RandomSource(seed: 2))
    let table = a.normal([2], scalarType: .double)
    return (
      .stacked((0..<steps).map { _ in Mistake.noiseOfTable(table, [0, 1]) }, axis: 0),
      .stacked((0..<steps).map { _ in b.normal([2], scalarType: .double) }, axis: 0)
    )
  }
  let (many, one) = (noises(1_000), noises(1))
  return Exhibit(
    "noise that is drawn once", wrong: "table.gathered(batch)",
    right: "let ε = random.normal([batch.count, model.latentCount], scalarType: x.scalarType)",
    shows: .init(
      "variance of an example's noise over 1,000 steps", wrong: many.wrong.variance(axes: [0]),
      right: many.right.variance(axes: [0])),
    hides: .init("the first step", wrong: one.wrong, right: one.right),
    caughtBy: "(9.16): the expectation is over fresh noise")
}

private var meanExhibit: Exhibit {
  let random = RandomSource(seed: 3)
  let x = random.uniform([1, 6], in: 0..<1, scalarType: .double)
  /// The mean of log p(x | z) over samples, with all deviations σ.
  func terms(logVariance: Double) -> (wrong: Tensor, right: Tensor) {
    var model = VariationalAutoencoder(inputs: 6, hidden: [8], latent: 2, random: RandomSource(seed: 1))
      .converted(to: .double).mapParameters { 3 * $0 }
    model.logVariance = model.logVariance.mapParameters { 0 * $0 }
    model.logVariance.bias = Tensor([logVariance, logVariance], scalarType: .double)
    let many = x.broadcast(to: [4_000, 6])
    let ε = RandomSource(seed: 4).normal([4_000, 2], scalarType: .double)
    return (
      Mistake.reconstructionAtMean(model, of: many).mean(), model.evidence(of: many, noise: ε).reconstruction.mean()
    )
  }
  let (wide, narrow) = (terms(logVariance: 0), terms(logVariance: -80))
  return Exhibit(
    "the mean of q instead of a sample", wrong: "model.decodedLogits(q.mean)",
    right: "let logits = decodedLogits(reparameterized(mean: q.mean, logVariance: q.logVariance, noise: ε))",
    shows: .init("mean log p(x | z), σ = 1", wrong: wide.wrong, right: wide.right),
    hides: .init("σ = 4e-18", wrong: narrow.wrong, right: narrow.right),
    caughtBy: "(9.8): at the mean of q the terms are no bound")
}

// MARK: - The gradient and the weight

private var stopExhibit: Exhibit {
  let (z_e, z_q) = (double([0.4, -1.2]), double([0.5, -1]))
  func slope(_ output: (Tensor, Tensor) -> Tensor) -> Tensor { gradient(at: z_e) { output($0, z_q).squared().sum() } }
  return Exhibit(
    "straight-through without its stop", wrong: "z_e + (z_q - z_e)",
    right: "z_q.stopGradient + (z_e - z_e.stopGradient)",
    shows: .init(
      "gradient of ‖z‖² for the encoder", wrong: slope { Mistake.straightThroughWithoutStop($0, to: $1) },
      right: slope { straightThrough($0, to: $1) }),
    hides: .init(
      "the values", wrong: Mistake.straightThroughWithoutStop(z_e, to: z_q), right: straightThrough(z_e, to: z_q)),
    caughtBy: "Remark 9.9: without its stop the straight-through output has the gradient of z_q")
}

private var annealingExhibit: Exhibit {
  /// The weight in the last of 30 epochs.
  func last(stepsPerEpoch: Int, over T: Int) -> (wrong: Tensor, right: Tensor) {
    let step = 30 * stepsPerEpoch - 1
    return (
      double([Mistake.weightByEpoch(over: T, stepsPerEpoch: stepsPerEpoch)(step)]),
      double([annealedWeight(over: T)(step)])
    )
  }
  let (many, one) = (last(stepsPerEpoch: 12, over: 200), last(stepsPerEpoch: 1, over: 200))
  return Exhibit(
    "annealing that never reaches 1", wrong: "{ t in min(1, Double(t / stepsPerEpoch + 1) / Double(T)) }",
    right: "return { t in min(1, Double(t + 1) / Double(T)) }",
    shows: .init("β after 30 epochs of 12 steps, T = 200", wrong: many.wrong, right: many.right),
    hides: .init("epochs of one step", wrong: one.wrong, right: one.right),
    caughtBy: "§ 9.9.1: the annealed weight is 1 from step T − 1 on")
}
