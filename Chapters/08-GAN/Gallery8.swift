import DataSets
import Foundations
import GAN
import Regularization
import Running
import Tensors

/// The mistakes of chapter 8: each shown where it can be seen, and where it cannot.
public let gallery8 = Exercise(.gallery, "8", "Mistakes that everybody makes once", seconds: 2) { run in
  run.show(exhibits8)
}

/// The exhibits of the gallery, in the order of the chapter.
public var exhibits8: [Exhibit] {
  [
    literalExhibit, sigmoidExhibit, interpolationExhibit, normExhibit, criticExhibit, evaluationExhibit, bothExhibit,
    scoreExhibit, fewExhibit,
  ]
}

/// A number as a tensor.
private func number(_ value: Double) -> Tensor { Tensor([value], scalarType: .double) }

// MARK: - Losses

private var literalExhibit: Exhibit {
  func trial(_ input: String, _ logit: Double) -> Exhibit.Trial {
    let b = number(logit)
    return .init(
      input, wrong: Mistake.literalLoss(fake: b).reshaped([1]),
      right: AdversarialLoss.saturating.generator(fake: b).reshaped([1]))
  }
  return Exhibit(
    "the logarithm of 1 − σ(b), word for word", wrong: "(1 - b.sigmoid()).log().mean()",
    right: "-b.softplus().mean()", shows: trial("loss at logit 40", 40), hides: trial("logit 1", 1),
    caughtBy: "§ 8.2.1: the loss of the generator is finite for every finite logit")
}

private var sigmoidExhibit: Exhibit {
  func trial(_ input: String, _ logit: Double) -> Exhibit.Trial {
    let b = Tensor([logit])  // in Float, as in the listing
    return .init(
      input, wrong: Mistake.slopeBehindSigmoid(fake: b),
      right: gradient(at: b) { AdversarialLoss.nonSaturating.generator(fake: $0) })
  }
  return Exhibit(
    "a sigmoid before the loss", wrong: "squashedLoss(b).slope",
    right: "case .nonSaturating: (-b).softplus().mean()", shows: trial("slope at logit −30 in Float", -30),
    hides: trial("logit 0", 0), caughtBy: "Listing 8.7: the generator's loss has slope −1 however sure D is")
}

// MARK: - The gradient penalty

private var interpolationExhibit: Exhibit {
  /// How far the interpolates lie from the line through both examples, at most.
  func distance(_ numbers: Int, _ between: (Tensor, Tensor, RandomSource) -> Tensor) -> Tensor {
    let random = RandomSource(seed: 1)
    let (x, y) = (random.normal([8, numbers], scalarType: .double), random.normal([8, numbers], scalarType: .double))
    let (way, passed) = (y - x, between(x, y, random) - x)
    let share = (passed * way).sum(axes: [1], keepsAxes: true) / way.squared().sum(axes: [1], keepsAxes: true)
    let gap = (passed - share * way).abs().max()
    return select(gap .< 1e-12, Tensor(0, scalarType: .double), gap)  // rounding is printed alike everywhere
  }
  func trial(_ input: String, _ numbers: Int) -> Exhibit.Trial {
    .init(
      input, wrong: distance(numbers) { Mistake.interpolatedByNumber($0, $1, using: $2) },
      right: distance(numbers) { interpolated($0, $1, using: $2) })
  }
  return Exhibit(
    "an ε for every pixel", wrong: "random.uniform(real.shape, in: 0..<1, scalarType: real.scalarType)",
    right: "random.uniform(perExample, in: 0..<1, scalarType: real.scalarType)",
    shows: trial("distance of x̂ from the line between images of 4 pixels", 4), hides: trial("images of one pixel", 1),
    caughtBy: "(8.16): all numbers of an interpolate divide the way from G(z) to x alike")
}

private var normExhibit: Exhibit {
  /// The penalty of f(x) = ⟨w, x⟩ with ‖w‖ = 1, whose slope is 1 everywhere.
  func trial(_ input: String, _ shape: Shape) -> Exhibit.Trial {
    let x = RandomSource(seed: 2).normal(shape, scalarType: .double)
    let w = Tensor(repeating: (1 / Double(x.count / shape[0])).squareRoot(), x[0].shape, scalarType: .double)
    let f = { (x: Tensor) in (w * x).flattened(from: 1).sum(axes: [1]) }
    let (wrong, right) = (Mistake.penaltyByPixel(at: x, of: f), gradientPenalty(at: x, of: f))
    func plain(_ y: Tensor) -> Tensor { select(y .< 1e-12, Tensor(0, scalarType: .double), y) }
    return .init(input, wrong: plain(wrong), right: plain(right))
  }
  return Exhibit(
    "a norm over the channels of each pixel", wrong: "(slope.squared().sum(axes: [1]) + 1e-24).squareRoot()",
    right: "(slope.squared().flattened(from: 1).sum(axes: [1]) + 1e-24).squareRoot()",
    shows: trial("penalty of a critic with slope 1, images of 3×8×8", [4, 3, 8, 8]),
    hides: trial("points", [4, 3]), caughtBy: "(8.16): the penalty of a critic with slope 1 is 0 for images too")
}

private var criticExhibit: Exhibit {
  let random = RandomSource(seed: 3)
  let sizes = ConvolutionalSizes.quarter
  let x = random.normal([4, 1, 28, 28], scalarType: .double)
  /// The norm of ∂f(x₀)/∂x₁.
  func slope(_ f: Discriminator, _ mode: Mode) -> Tensor {
    let f = f.converted(to: .double)
    return gradient(at: x, mode: mode) { f($0)[0].sum() }[1].norm().reshaped([1])
  }
  let (wrong, right) = (
    Mistake.normalizedCritic(sizes, random: random), Discriminator(sizes, isNormalized: false, random: random)
  )
  return Exhibit(
    "batch normalization in the critic", wrong: "Discriminator(sizes, isNormalized: true, random: random)",
    right: "Discriminator(sizes, isNormalized: false, random: random)",
    shows: .init("slope of f(x₀) with respect to x₁", wrong: slope(wrong, .training), right: slope(right, .training)),
    hides: .init("evaluation mode", wrong: slope(wrong, .evaluation), right: slope(right, .evaluation)),
    caughtBy: "§ 8.4.2: without batch normalization the critic's value for an image depends on that image only")
}
