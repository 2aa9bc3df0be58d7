import Foundations
import Regularization
import Running
import Tensors
import Theory
import Training

/// The mistakes of chapter 11: each shown where it can be seen, and where it cannot.
public let gallery11 = Exercise(.gallery, "11", "Mistakes that everybody makes once", seconds: 1) { run in
  run.show(exhibits11)
}

/// The exhibits of the gallery, in the order of the chapter.
public var exhibits11: [Exhibit] {
  [ridgeExhibit, meanExhibit, pruningExhibit, zeroExhibit, statisticsExhibit, leakExhibit]
}

private func double(_ values: [Double]) -> Tensor { Tensor(values, scalarType: .double) }

// MARK: - Fits

private var ridgeExhibit: Exhibit {
  let line = NoisyLine(examples: 60, tests: 300, inputs: 10, noise: 0.5, random: RandomSource(seed: 4))
  /// The test errors of p features.
  func errors(_ p: Int, penalty λ: Double) -> (wrong: Tensor, right: Tensor) {
    let φ = RandomFeatures(p, inputs: 10, random: RandomSource(seed: 5))
    let (F, G) = (φ(line.x), φ(line.testX))
    // Where λ > 0, the equations always have a solution.
    let ridge = (try? dualRidgeRegression(F, line.y, penalty: λ)) ?? Tensor.zeros([p], scalarType: .double)
    return (
      double([line.error(of: matmul(G, Mistake.fitWithoutRidge(F, line.y, penalty: λ)))]),
      double([line.error(of: matmul(G, ridge))])
    )
  }
  let (many, few) = (errors(60, penalty: 0.1), errors(5, penalty: 1e-9))
  return Exhibit(
    "no ridge penalty at p = n", wrong: "minimumNormSolution(X, y)",
    right: "matmul(X.transposed, try KernelRidge.coefficients(gram: matmul(X, X.transposed), y, penalty: λ))",
    shows: .init("test error of 60 features, 60 examples, λ = 0.1", wrong: many.wrong, right: many.right),
    hides: .init("5 features, λ = 1e-9", wrong: few.wrong, right: few.right),
    caughtBy: "§ 11.4.1: at p = n a ridge penalty removes the peak")
}

private var meanExhibit: Exhibit {
  /// The outputs after 50 steps on N points of the line.
  func outputs(_ N: Int) -> (wrong: Tensor, right: Tensor) {
    let x = Tensor.linear(from: -1, to: 1, count: N, scalarType: .double).expanded(axis: 1)
    let y = x.flattened(from: 0).squared() + x.flattened(from: 0)
    let network = WideNetwork([1, 64], activation: .erf, biasFactor: 1, random: RandomSource(seed: 3))
    let training = TangentTraining(of: network, inputs: x, targets: y, steps: 50)
    return (
      Mistake.trainedOnMean(network, inputs: x, targets: y, steps: 50, rate: training.rate),
      training.outputs[50]
    )
  }
  let (twelve, two) = (outputs(12), outputs(2))
  return Exhibit(
    "a mean where (11.11) has a sum", wrong: "($0(x) - y).squared().mean()",
    right: "(α * ($0(x) - offset) - y).squared().sum() / (2 * α * α)",
    shows: .init("outputs after 50 steps, 12 examples", wrong: twelve.wrong, right: twelve.right),
    hides: .init("2 examples", wrong: two.wrong, right: two.right),
    caughtBy: "(11.11): it holds for half the sum of squares")
}

// MARK: - Pruning and sharpness

private var pruningExhibit: Exhibit {
  let network = MLP([20, 30, 10], random: RandomSource(seed: 6))
  /// The share of the weights kept after each round.
  func kept(rounds: Int, _ prune: (PruningMask) -> PruningMask) -> Tensor {
    var (mask, shares): (PruningMask, [Double]) = (PruningMask(keepingAll: network), [])
    for _ in 0..<rounds {
      mask = prune(mask)
      shares.append(1 - mask.pruned)
    }
    return double(shares)
  }
  func trial(_ input: String, rounds: Int) -> Exhibit.Trial {
    .init(
      input, wrong: kept(rounds: rounds) { Mistake.withoutSmallestOfAll(of: network, mask: $0, share: 0.4) },
      right: kept(rounds: rounds) { $0.withoutSmallest(of: network, share: 0.4) })
  }
  return Exhibit(
    "a share of all weights, not of those alive", wrong: "let alive = Array(magnitudes.indices)",
    right: "let alive = flags.indices.filter { flags[$0] == 1 }",
    shows: trial("weights kept after 1, 2, 3 rounds of 40 %", rounds: 3), hides: trial("the first round", rounds: 1),
    caughtBy: "Remark 11.18: every round prunes its share of the weights that are still alive")
}

private var zeroExhibit: Exhibit {
  func trial(_ input: String, _ slope: [Double]) -> Exhibit.Trial {
    .init(
      input, wrong: Mistake.worstStepEverywhere(along: double(slope), radius: 0.1),
      right: worstStep(along: double(slope), radius: 0.1))
  }
  return Exhibit(
    "a division by ‖∇L‖ = 0", wrong: "gradient.mapParameters { (ρ / norm) * $0 }",
    right: "gradient.mapParameters { norm > 0 ? (ρ / norm) * $0 : $0 }",
    shows: trial("ε̂ at a critical point", [0, 0]), hides: trial("∇L = (3, −4)", [3, -4]),
    caughtBy: "(11.14): at a critical point the step to the worst point is 0")
}

private var statisticsExhibit: Exhibit {
  let x = 3 + RandomSource(seed: 7).normal([64, 2], scalarType: .double)
  let layer = BatchNormalization(features: 2).converted(to: .double)
  func loss(_ layer: BatchNormalization) -> Tensor { (layer(x) - x).squared().mean() }
  let wrong = Mistake.gradientObservingTwice(at: layer, radius: 0.05, of: loss).gradient
  let right = sharpnessAwareGradient(at: layer, radius: 0.05, of: loss).gradient
  func mean(_ gradient: BatchNormalization) -> Tensor {
    var stepped = layer
    stepped.adoptStatistics(of: gradient)
    return stepped.statistics[0]
  }
  return Exhibit(
    "SAM counts a batch twice", wrong: "observed.adoptStatistics(of: first)",
    right: "second.adoptStatistics(of: first)",
    shows: .init("running means after a batch with means near 3", wrong: mean(wrong), right: mean(right)),
    hides: .init("the gradient", wrong: wrong.flattened, right: right.flattened),
    caughtBy: "(11.14): one step of sharpness-aware minimization observes a batch once")
}

// MARK: - Grokking

private var leakExhibit: Exhibit {
  let wrong = Mistake.leakedPairs(modulus: 31, share: 0.5, random: RandomSource(seed: 8))
  let right = ModularAddition(modulus: 31, share: 0.5, random: RandomSource(seed: 8))
  return Exhibit(
    "pairs that leak", wrong: "ModularAddition(modulus: p, share: share, split: .orderedPairs, random: random)",
    right: "let units = split == .orderedPairs ? all : all.filter { $0.a <= $0.b }",
    shows: .init(
      "a table of (a, b) and (b, a): right on the test pairs", wrong: double([wrong.lookedUp(wrong.test)]),
      right: double([right.lookedUp(right.test)])),
    hides: .init(
      "the training pairs", wrong: double([wrong.lookedUp(wrong.train)]), right: double([right.lookedUp(right.train)])),
    caughtBy: "§ 11.11: a table of the training pairs and their mirror images")
}

extension ModularAddition {
  /// The share of pairs whose answer a table of the training pairs has, as (a, b) or as (b, a).
  public func lookedUp(_ pairs: [(a: Int, b: Int)]) -> Double {
    let table = Set(train.flatMap { [$0.a * modulus + $0.b, $0.b * modulus + $0.a] })
    return Double(pairs.count { table.contains($0.a * modulus + $0.b) }) / Double(pairs.count)
  }
}
