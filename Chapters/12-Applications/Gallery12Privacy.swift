import Applications
import Running
import Tensors

// The exhibits of § 12.7.

private func double(_ values: [Double]) -> Tensor { Tensor(values, scalarType: .double) }

var clippingExhibit: Exhibit {
  let C = 1.0
  func trial(_ input: String, _ rows: [[Double]]) -> Exhibit.Trial {
    let g = Tensor(rows, scalarType: .double)
    return .init(
      input, wrong: Mistake.sumClippedTogether(g, clip: C),
      right: PrivateDescent(clip: C, noise: 0, share: 1).clippedSum(g))
  }
  return Exhibit(
    "a batch that is clipped as a whole", wrong: "sum / maximum(1, sum.squared().sum().squareRoot() / C)",
    right: "let factors = 1 / maximum(1, norms / clip)",
    shows: trial("three gradients, one of them large", [[0.5, 0], [0.5, 0], [0, -40]]),
    hides: trial("one gradient", [[3, 4]]),
    caughtBy: "§ 12.7.1: clipping bounds the influence of every example")
}

var noiseExhibit: Exhibit {
  func trial(_ input: String, _ C: Double) -> Exhibit.Trial {
    let g = double([0, 0, 0])
    return .init(
      input, wrong: Mistake.noisedWithoutClip(g, noise: 2, size: 4, random: RandomSource(seed: 1)),
      right: PrivateDescent(clip: C, noise: 2, share: 1).gradient(
        at: g, batch: [], expectedSize: 4, random: RandomSource(seed: 1)
      ) { θ, _ in θ.sum() })
  }
  return Exhibit(
    "noise that forgets the clipping norm",
    wrong: "(sum + σ * random.normal(sum.shape, scalarType: sum.scalarType)) / B",
    right: "(g + noise * clip * random.normal(g.shape, scalarType: g.scalarType)) / B",
    shows: trial("σ = 2, C = 10", 10), hides: trial("C = 1", 1),
    caughtBy: "§ 12.7.1: the noise of a private gradient has the deviation σC/B")
}

var sizeExhibit: Exhibit {
  func trial(_ input: String, _ batch: [Int]) -> Exhibit.Trial {
    let θ = double([1, 2])
    let sum = θ.mapParameters { Double(batch.count) * 0.1 * $0 }
    return .init(
      input, wrong: Mistake.meanOverBatch(sum, batch: batch),
      right: PrivateDescent(clip: 10, noise: 0, share: 0.5).gradient(
        at: θ, batch: batch, expectedSize: 4, random: RandomSource(seed: 1)
      ) { θ, _ in 0.05 * θ.squared().sum() })
  }
  return Exhibit(
    "a mean over the examples that came", wrong: "sum / Double(batch.count)",
    right: "let B = share * Double(labels.count)",
    shows: trial("2 examples where 4 are expected", [0, 5]), hides: trial("4 examples", [0, 1, 5, 6]),
    caughtBy: "§ 12.7.1: B is the expected size")
}

var scaleExhibit: Exhibit {
  func trial(_ input: String, _ ε: Double) -> Exhibit.Trial {
    .init(
      input, wrong: double([Mistake.laplaceScale(sensitivity: 1, epsilon: ε)]),
      right: double([LaplaceMechanism(sensitivity: 1, epsilon: ε).scale]))
  }
  return Exhibit(
    "Laplace noise of the scale ε/Δ", wrong: "ε / Δ", right: "sensitivity / epsilon",
    shows: trial("scale for Δ = 1, ε = 0.1", 0.1), hides: trial("ε = Δ", 1),
    caughtBy: "Definition 12.4: the ratio of two Laplace densities is at most e^ε")
}

var weightsExhibit: Exhibit {
  func trial(_ input: String, _ counts: [Int]) -> Exhibit.Trial {
    let models = [double([0, 2]), double([10, 2])]
    return .init(
      input, wrong: Mistake.plainAverage(models), right: FederatedAveraging.average(models, counts: counts))
  }
  return Exhibit(
    "clients that count equally", wrong: "let sum = models.dropFirst().reduce(models[0]) { $0.zipParameters($1, +) }",
    right: "let parts = zip(models, n).map { model, count in "
      + "model.mapParameters { Double(count) / Double(total) * $0 } }",
    shows: trial("clients of 90 and 10 examples", [90, 10]), hides: trial("clients of equal size", [50, 50]),
    caughtBy: "§ 12.7.2: clients count by their examples")
}
