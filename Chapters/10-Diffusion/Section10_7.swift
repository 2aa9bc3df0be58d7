import DataSets
import Diffusion
import Figures
import Messages
import Running
import Tensors

/// § 10.7: guidance where every conditional distribution is known.
public let section10_7 = Exercise(.section, "10.7", "Classifier-free guidance", seconds: 10, quick: 1) { run in
  let count = run.choose(quick: 50, standard: 10_000, full: 50_000)
  let found = [0, 1, 3, 7].map { GuidedPair(scale: $0, count: count, run) }
  run.show(pairTable(found), as: "means")
  run.show(pairFigure(found), as: "histograms")
  let plane = [0, 1, 3, 7].map { GuidedPlane(scale: $0, count: run.choose(quick: 20, standard: 300, full: 300), run) }
  run.show(planeTable(plane), as: "trade")
  run.show(planeFigure(plane), as: "plane")
  for pair in found {
    run.card("mean for w = \(Int(pair.scale)), DDIM", pair.implicit.mean().item)
    run.card("mean for w = \(Int(pair.scale)), p(x) p(c | x)^(1 + w)", pair.law.mean)
  }
}

/// Samples of the class N(1, ½²), guided away from the class N(−1, ½²).
public struct GuidedPair {
  private static let data = GaussianMixture([1.0, -1].map { .init(weight: 1, mean: [$0], deviation: 0.5) })
  /// The guidance scale w.
  public let scale: Double
  /// The samples by DDIM and by DDPM. [N×1]
  public let implicit, ancestral: Tensor
  /// The law p(x) p(c | x)^{1 + w}.
  public let law: SharpenedLaw

  /// These samples for this scale.
  public init(scale w: Double, implicit: Tensor, ancestral: Tensor) {
    (scale, self.implicit, self.ancestral) = (w, implicit, ancestral)
    law = SharpenedLaw(Self.data, class: 0, scale: w)
  }

  init(scale w: Double, count: Int, _ run: Run) {
    let guided = GuidedPredictor(
      ExactPredictor(data: Self.data, schedule: .linear()), classes: [Int](repeating: 0, count: count), scale: w)
    let noise = Tensor(middleQuantiles(count), shape: [count, 1], scalarType: .double)
    func sampled(_ sampler: Sampler, _ name: String) -> Tensor {
      sampler.sample(
        guided, from: noise, random: run.random.split(),
        look: run.sampling("w = \(Int(w)), \(name)", steps: sampler.times.count))
    }
    self.init(
      scale: w, implicit: sampled(.ddim(guided.model.schedule, steps: 200), "DDIM"),
      ancestral: sampled(.ddpm(guided.model.schedule), "DDPM"))
  }
}

/// The means and the deviations of the samples, beside those of the law.
public func pairTable(_ found: [GuidedPair]) -> Table {
  func moments(_ x: Tensor) -> [Table.Cell] {
    [.number(x.mean().item, decimals: 3), .number(x.variance().squareRoot().item, decimals: 3)]
  }
  return Table(
    "(10.22): \(grouped(found[0].implicit.shape[0])) samples of N(1, ½²) guided away from N(−1, ½²)",
    columns: [
      "w", "mean, DDIM", "deviation", "mean, DDPM", "deviation", "mean, p(x) p(c | x)^(1 + w)", "deviation",
    ],
    rows: found.map { pair in
      [.number(pair.scale, decimals: 0)] + moments(pair.implicit) + moments(pair.ancestral) + [
        .number(pair.law.mean, decimals: 3), .number(pair.law.deviation, decimals: 3),
      ]
    })
}

private func pairFigure(_ found: [GuidedPair]) -> Panels {
  Panels(
    "Guided samples of N(1, ½²) are not those of p(x) p(c | x)^(1 + w)", columns: 2,
    found.map { pair in
      let law = pair.law
      return Histogram(
        "w = \(Int(pair.scale))", x: Axis("x", range: -0.8...3.4),
        samples: [("DDIM", pair.implicit.scalars), ("DDPM", pair.ancestral.scalars)], bins: 36,
        densityName: "p(x) p(c | x)^(1 + w)"
      ) { law.density(Tensor([$0], scalarType: .double)).item }
    })
}

/// Samples of the long Gaussian in the plane.
private struct GuidedPlane {
  let scale: Double
  let x: Tensor
  let share, spread: Double

  init(scale w: Double, count: Int, _ run: Run) {
    scale = w
    let model = ExactPredictor(data: SamplerPlane.data, schedule: .linear())
    let guided = GuidedPredictor(model, classes: [Int](repeating: 1, count: count), scale: w)
    let sampler = Sampler.ddim(model.schedule, steps: 100)
    x = sampler.sample(
      guided, from: RandomSource(seed: 3).normal([count, 2], scalarType: .double), random: run.random,
      look: run.sampling("w = \(Int(w)), in the plane", steps: 100))
    share = model.data.posterior(of: x).sliced(1..<2, axis: 1).mean().item
    spread = (x - x.mean(axes: [0])).squared().sum(axes: [1]).mean().squareRoot().item
  }
}

private func planeTable(_ found: [GuidedPlane]) -> Table {
  Table(
    "The long class in the plane: what guidance gives and takes",
    columns: ["w", "mean p(c | x)", "distance from their mean, rms"],
    rows: found.map {
      [.number($0.scale, decimals: 0), .number($0.share, decimals: 4), .number($0.spread, decimals: 3)]
    })
}

private func planeFigure(_ found: [GuidedPlane]) -> Panels {
  Panels(
    "Guided samples of the long class, over log p(x)", columns: 2,
    found.map { SamplerPlane.contours("w = \(Int($0.scale))", [SamplerPlane.points("samples", $0.x)]) })
}
