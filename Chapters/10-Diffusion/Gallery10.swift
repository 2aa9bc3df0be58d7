import DataSets
import Diffusion
import Regularization
import Running
import Tensors
import Training

/// The mistakes of chapter 10: each shown where it can be seen, and where it cannot.
public let gallery10 = Exercise(.gallery, "10", "Mistakes that everybody makes once", seconds: 1) { run in
  run.show(exhibits10)
}

/// The exhibits of the gallery, in the order of the chapter.
public var exhibits10: [Exhibit] {
  [
    indexExhibit, stepsExhibit, limitExhibit, printedExhibit, lastNoiseExhibit, targetExhibit, neighbourExhibit,
    endExhibit, conventionExhibit, awayExhibit, pixelsExhibit, averageExhibit,
  ]
}

private func double(_ values: [Double]) -> Tensor { Tensor(values, scalarType: .double) }

/// The deviation of samples that DDIM makes along these steps, for data N(0, s²), the exact predictor and the linear
/// schedule.
public func sampledDeviation(_ transitions: [(t: Int, s: Int)], s: Double) -> Double {
  let world = GaussianSampling(.linear(), deviation: s)
  let one = double([1])
  return transitions.reduce(1) { x, step in
    x
      * world.schedule.implicitStep(one, from: step.t, to: step.s, noise: world.slope(at: step.t) * one, fresh: one)
      .item
  }
}

// MARK: - The noise

private var indexExhibit: Exhibit {
  func trial(_ input: String, _ t: Int) -> Exhibit.Trial {
    let schedule = NoiseSchedule.linear()
    return .init(
      input, wrong: Mistake.noisedOneStepLess(schedule, double([0]), at: t, noise: double([1])),
      right: schedule.noised(double([0]), at: t, noise: double([1])))
  }
  return Exhibit(
    "t off by one", wrong: "schedule.noised(x0, at: t - 1, noise: ε)",
    right: "ᾱ[t].squareRoot() * x0 + (1 - ᾱ[t]).squareRoot() * ε",
    shows: trial("the noise in x₁", 1), hides: trial("the noise in x₁₀₀₀", 1_000),
    caughtBy: "(10.8): at t = 1 the data get noise of variance β₁")
}

private var stepsExhibit: Exhibit {
  func trial(_ input: String, _ T: Int) -> Exhibit.Trial {
    .init(
      input, wrong: double([Mistake.fewerSteps(T).ᾱ[T].squareRoot()]),
      right: double([NoiseSchedule.rescaledLinear(T).ᾱ[T].squareRoot()]))
  }
  return Exhibit(
    "fewer steps with the same β", wrong: ".linear(T, from: 1e-4, to: 0.02)",
    right: ".linear(T, from: min(0.1 / Double(T), 0.1), to: min(20 / Double(T), 0.999))",
    shows: trial("√ᾱ_T, T = 200", 200), hides: trial("T = 1000", 1_000),
    caughtBy: "Remark 10.2: fewer steps need a larger β")
}

private var limitExhibit: Exhibit {
  let (wrong, right) = (Mistake.cosineWithoutLimit(1_000), NoiseSchedule.cosine())
  func trial(_ input: String, _ t: Int) -> Exhibit.Trial {
    .init(
      input, wrong: double([1 / (1 - wrong[t - 1]).squareRoot()]), right: double([1 / right.α[t].squareRoot()]))
  }
  return Exhibit(
    "a cosine schedule without its limit", wrong: "now, before in 1 - now / before }",
    right: "now, before in min(1 - now / before, largest) }",
    shows: trial("the factor 1/√α_T of the first step", 1_000),
    hides: trial("step 999", 999), caughtBy: "(10.18): without a limit β_T is 1")
}

// MARK: - The samplers

private var printedExhibit: Exhibit {
  let world = GaussianSampling(.linear(), deviation: 0.5)
  let sampler = Sampler.ddpm(world.schedule)
  let (x, z) = (double([1]), double([0]))
  let σ = world.schedule.β[1].squareRoot()
  return Exhibit(
    "1 − α for 1 − ᾱ, as it is printed", wrong: "(x - β / (1 - α).squareRoot() * ε) / α.squareRoot()",
    right: "(x - β[t] / (1 - ᾱ[t]).squareRoot() * ε) / α[t].squareRoot()",
    shows: .init(
      "deviation of samples of N(0, ¼)",
      wrong: double([GaussianSampling.deviations(after: world.steps(asPrinted: sampler)).last ?? .nan]),
      right: double([world.sampled(by: sampler)])),
    hides: .init(
      "t = 1", wrong: Mistake.ancestralStepAsPrinted(world.schedule, x, at: 1, noise: x, deviation: σ, fresh: z),
      right: world.schedule.ancestralStep(x, at: 1, noise: x, deviation: σ, fresh: z)),
    caughtBy: "(10.20): the noise is divided by √(1 − ᾱ_t)")
}

private var lastNoiseExhibit: Exhibit {
  let schedule = NoiseSchedule.linear()
  let (x, z) = (double([0]), double([1]))
  func trial(_ input: String, _ t: Int) -> Exhibit.Trial {
    let σ = schedule.β[t].squareRoot()
    return .init(
      input, wrong: Mistake.ancestralStepWithLastNoise(schedule, x, at: t, noise: x, deviation: σ, fresh: z),
      right: schedule.ancestralStep(x, at: t, noise: x, deviation: σ, fresh: z))
  }
  return Exhibit(
    "noise at the last step", wrong: "return mean + σ * z", right: "return t > 1 ? mean + σ * z : mean",
    shows: trial("x₀ from x₁ = 0 and z = 1", 1), hides: trial("x₁ from x₂", 2),
    caughtBy: "Listing 10.8c: the last step has no noise")
}

private var targetExhibit: Exhibit {
  let schedule = NoiseSchedule.linear()
  func trial(_ input: String, _ x0: Double, _ ε: Double) -> Exhibit.Trial {
    let (x0, ε) = (double([x0]), double([ε]))
    let x = schedule.noised(x0, at: 500, noise: ε)
    return .init(
      input, wrong: Mistake.implicitStepFromData(schedule, x, from: 500, to: 400, data: x0),
      right: schedule.implicitStep(
        x, from: 500, to: 400, noise: schedule.noise(from: x, data: x0, at: 500), fresh: x))
  }
  return Exhibit(
    "x₀ for ε", wrong: "schedule.implicitStep(x, from: t, to: s, noise: x0, fresh: x)",
    right: "noise: schedule.noise(from: x, data: x0, at: t), fresh: x)",
    shows: trial("x₄₀₀ from x₅₀₀, x₀ = 1, ε = −1", 1, -1), hides: trial("ε = x₀", 1, 1),
    caughtBy: "(10.21): a prediction of x₀ must be turned into noise")
}

private var neighbourExhibit: Exhibit {
  func trial(_ input: String, _ S: Int) -> Exhibit.Trial {
    let sampler = Sampler.ddim(.linear(), steps: S)
    return .init(
      input, wrong: double([sampledDeviation(Mistake.neighbours(sampler.times), s: 0.5)]),
      right: double([sampledDeviation(sampler.transitions, s: 0.5)]))
  }
  return Exhibit(
    "DDIM to the neighbour t − 1", wrong: "times.map { ($0, $0 - 1) }",
    right: "zip(times, times.dropFirst() + [0]).map { ($0, $1) }",
    shows: trial("deviation of samples of N(0, ¼), S = 50", 50), hides: trial("S = T", 1_000),
    caughtBy: "Remark 10.7: the next step of DDIM is the next on the list")
}

private var endExhibit: Exhibit {
  let sampler = Sampler.ddim(.linear(), steps: 10)
  let (wrong, right) = (Mistake.transitionsWithoutEnd(sampler.times), sampler.transitions)
  return Exhibit(
    "DDIM that stops at its smallest step", wrong: "zip(times, times.dropFirst()).map { ($0, $1) }",
    right: "zip(times, times.dropFirst() + [0]).map { ($0, $1) }",
    shows: .init(
      "deviation of samples of N(0, 0.01²), S = 10", wrong: double([sampledDeviation(wrong, s: 0.01)]),
      right: double([sampledDeviation(right, s: 0.01)])),
    hides: .init(
      "the first nine steps", wrong: double([sampledDeviation(wrong, s: 0.01)]),
      right: double([sampledDeviation(right.dropLast(), s: 0.01)])),
    caughtBy: "Remark 10.7: the last step of DDIM leads to ᾱ = 1")
}

// MARK: - Guidance, data and model

/// A wrong way to combine two predictions with w = 3: it shows if they differ, and hides if they agree.
private func guidanceExhibit(
  _ mistake: String, wrong line: String, input: String, caughtBy test: String, _ combined: (Tensor, Tensor) -> Tensor
) -> Exhibit {
  func trial(_ input: String, _ c: Double, _ u: Double) -> Exhibit.Trial {
    .init(input, wrong: combined(double([c]), double([u])), right: double([(1 + 3) * c - 3 * u]))
  }
  return Exhibit(
    mistake, wrong: line, right: "(1 + scale) * conditional - scale * model.noise(in: x, at: t)",
    shows: trial(input, 1, 0), hides: trial("the class says nothing", 1, 1), caughtBy: test)
}

private var conventionExhibit: Exhibit {
  guidanceExhibit(
    "the scale of another convention", wrong: "(1 + s) * conditional - s * unconditional",
    input: "w = 3 passed as s = 4, noise 1 and 0", caughtBy: "(10.22): w = 0 is the conditional model in the formula"
  ) { Mistake.guidedBySum(conditional: $0, unconditional: $1, scale: 4) }
}

private var awayExhibit: Exhibit {
  guidanceExhibit(
    "1 + w and w exchanged", wrong: "(1 + w) * unconditional - w * conditional", input: "w = 3, noise 1 and 0",
    caughtBy: "(10.22): the conditional noise has the factor 1 + w"
  ) { Mistake.guidedAway(conditional: $0, unconditional: $1, scale: 3) }
}

private var pixelsExhibit: Exhibit {
  let pixels = double([0, 0.25, 0.5, 1])
  return Exhibit(
    "pixels in 0…1", wrong: "data(_ pixels: Tensor) -> Tensor { pixels }", right: "2 * images - 1",
    shows: .init("pixels 0, ¼, ½, 1 as data", wrong: Mistake.data(pixels), right: 2 * pixels - 1),
    hides: .init("white pixels", wrong: Mistake.data(double([1])), right: double([1])),
    caughtBy: "§ 10.8: data must have mean 0 and variance near 1")
}

private var averageExhibit: Exhibit {
  let x = Tensor([[5], [7]])
  func outputs(mean: Double, variance: Double) -> (wrong: Tensor, right: Tensor) {
    let fresh = BatchNormalization(features: 1)
    var trained = fresh
    (trained.runningMean, trained.runningVariance) = (Tensor([mean]), Tensor([variance]))
    var average = ExponentialMovingAverage(of: fresh, decay: 0)
    average.update(with: trained, step: 1)
    return (Mistake.averageOfParameters(fresh, with: trained, kept: 0)(x), average.model(x))
  }
  let (moved, unmoved) = (outputs(mean: 5, variance: 4), outputs(mean: 0, variance: 1))
  return Exhibit(
    "an average without the running statistics", wrong: "θ = d * θ + (1 - d) * others.removeFirst() }",
    right: "model.adoptStatistics(of: trained)",
    shows: .init("a normalization of data around 5", wrong: moved.wrong, right: moved.right),
    hides: .init("statistics that did not move", wrong: unmoved.wrong, right: unmoved.right),
    caughtBy: "§ 10.8: an average of the parameters needs the running statistics")
}
