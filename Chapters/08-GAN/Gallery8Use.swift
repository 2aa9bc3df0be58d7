import DataSets
import Foundations
import GAN
import Regularization
import Running
import Tensors

// Mistakes of the two players' steps, and of measures

var evaluationExhibit: Exhibit {
  let random = RandomSource(seed: 4)
  let z = random.normal([8, 100])
  func shares<G: Module>(_ generator: G) -> (wrong: Tensor, right: Tensor)
  where G.Input == Tensor, G.Output == Tensor {
    var generator = generator
    let wrong = Mistake.fakeInEvaluation(generator, z)
    let right = generator.observing { $0(z) }
    func size(_ x: Tensor) -> Tensor { x.squared().mean().squareRoot().reshaped([1]) }
    return (size(wrong), size(right))
  }
  let (images, points) = (shares(Generator(.quarter, random: random)), shares(MLP([100, 16, 2], random: random)))
  return Exhibit(
    "fakes for D made in evaluation mode", wrong: "generator(z)", right: "generator.observing(fake)",
    shows: .init("size of a pixel of a new DCGAN", wrong: images.wrong, right: images.right),
    hides: .init("a generator without normalization", wrong: points.wrong, right: points.right),
    caughtBy: "Listing 8.7: G's running statistics move twice a round")
}

var bothExhibit: Exhibit {
  let random = RandomSource(seed: 5)
  let (x, z) = (random.normal([64, 2], scalarType: .double), random.normal([64, 2], scalarType: .double))
  /// How far the fakes have moved after ten steps of D with the rate 0.1.
  func trial(_ input: String, scale: Double) -> Exhibit.Trial {
    let random = RandomSource(seed: 6)
    let G = MLP([2, 16, 2], random: random).converted(to: .double)
    let D = MLP([2, 16, 1], random: random).converted(to: .double).mapParameters { scale * $0 }
    var both = (G, D)
    for _ in 0..<10 { both = Mistake.stepOfBoth(both, on: x, noise: z, rate: 0.1) }
    func way(_ moved: MLP) -> Tensor { (moved(z) - G(z)).squared().sum(axes: [1]).squareRoot().mean().reshaped([1]) }
    return .init(input, wrong: way(both.0), right: way(G))
  }
  return Exhibit(
    "the gradient of D's step passes on to G",
    wrong: "gradient(at: G0) { G in loss.discriminator(real: D0(real), fake: D0(G(z))) }",
    right: "try step.descend(&discriminator, with: &discriminatorOptimizer, player: \"discriminator\")",
    shows: trial("way of the fakes in ten steps of D", scale: 1), hides: trial("a D without weights", scale: 0),
    caughtBy: "§ 8.2.1: in its step D moves alone, and in the generator's step G")
}

var scoreExhibit: Exhibit {
  let ring = GaussianMixture.ring()
  // As many real points of each mode, so that the classes are balanced.
  let random = RandomSource(seed: 7)
  let real = Tensor.concatenated(
    (0..<8).map { ring.conditional(on: [$0]).sample(count: 50, from: random).points(.double) }, axis: 0)
  let copies = real.gathered((0..<400).map { $0 / 50 * 50 })
  func trial(_ input: String, _ points: Tensor) -> Exhibit.Trial {
    let measures = NeighbourMeasures(of: points, among: NeighbourBalls(around: real))
    return .init(
      input, wrong: Mistake.judgedByScore(ring.posterior(of: points), measures),
      right: Tensor([measures.coverage, measures.recall], scalarType: .double))
  }
  return Exhibit(
    "judged by the Inception Score and by precision",
    wrong: "[inceptionScore(of: probabilities) / Double(probabilities.shape[1]), measures.precision]",
    right: "neighbours.coverage",
    shows: .init(
      "eight points, copied 50 times: score / K and precision, right: coverage and recall",
      wrong: trial("", copies).wrong, right: trial("", copies).right),
    hides: trial("the real points", real),
    caughtBy: "§ 8.8.1: eight points, one of each mode, get the best score and the best precision")
}

var fewExhibit: Exhibit {
  func trial(_ input: String, scale: Double) -> Exhibit.Trial {
    let random = RandomSource(seed: 8)
    let real = random.normal([5_000, 16], scalarType: .double)
    let generated = scale * random.normal([5_000, 16], scalarType: .double)
    return .init(
      input, wrong: Tensor([Mistake.distanceOfFew(real, generated)], scalarType: .double),
      right: Tensor([frechetDistance(real, generated)], scalarType: .double))
  }
  return Exhibit(
    "200 images beside 5,000", wrong: "frechetDistance(real, generated.sliced(0..<200, axis: 0))",
    right: "frechetDistance(real, generated)",
    shows: trial("Fréchet distance of N(0, I) to itself, 16 features", scale: 1),
    hides: trial("a generator with one image", scale: 0),
    caughtBy: "§ 8.8.2: the bias of 200 samples beside 5,000 is 13 times that of 5,000")
}
