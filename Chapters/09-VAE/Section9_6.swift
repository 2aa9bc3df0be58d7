import DataSets
import Figures
import Messages
import Running
import Tensors
import Training
import VAE

/// § 9.6 and § 9.9.1: the β-VAE with linear encoder and decoder, whose optimum is known.
public let section9_6 = Exercise(
  .section, "9.6", "The β-VAE in closed form: which directions pay", seconds: 10, quick: 1, full: 20
) { run in
  let steps = run.choose(quick: 40, standard: 3_000, full: 6_000)
  let weights = run.choose(quick: [1, 4], standard: [0.5, 1, 2, 4, 10], full: [0.5, 1, 2, 4, 10])
  let small = WaterFilling(spectrum: Tensor([4, 2, 1, 0.5, 0.25, 0.1], scalarType: .double), noise: 0.3)
  let Σ = Tensor.identity(6, scalarType: .double) * small.spectrum
  run.show(collapseTable(small), as: "collapse")
  let plan = { (β: Double) in run.plan(steps: steps, label: "β = \(decimals(β, 1))") }
  let six = weights.map {
    TrainedWeight(β: $0, small, covariance: Σ, latent: 6, plan: plan($0), random: run.random.split())
  }
  run.show(weightTable("Six directions with variances 4, 2, 1, ½, ¼ and 0.1, s² = 0.3", six), as: "six")

  let (covariance, spectrum) = try digitCovariance()
  let digits = WaterFilling(spectrum: spectrum, noise: 0.05)
  let d = 32
  let found = weights.map {
    TrainedWeight(β: $0, digits, covariance: covariance, latent: d, plan: plan($0), random: run.random.split())
  }
  run.show(weightTable("The 1,797 digits of 8×8 pixels, s² = 0.05, \(d) latent variables", found), as: "digits")
  run.show(waterFigure(digits, found), as: "water-filling")
  run.parameters = found[0].model.parameterCount
  run.card("active directions at β = 1, computed", Double(digits.activeCount))
  run.card(
    "largest relative error of a trained KL or distortion, digits",
    found.map { max($0.divergenceError, $0.distortionError) }.max() ?? .nan)
}

/// The covariance of the 8×8 digits [64×64], and its eigenvalues.
func digitCovariance() throws -> (covariance: Tensor, spectrum: Tensor) {
  let pixels = try LabeledImages.opticalDigits().images.flattened(from: 1).converted(to: .double)
  let centred = pixels - pixels.mean(axes: [0])
  let Σ = matmul(centred.transposed, centred) / Double(pixels.shape[0])
  return (Σ, maximum(0, LinearAlgebra.symmetricEigen(Σ).values))
}

/// A linear β-VAE trained for one weight, beside the closed form. (9.23)
public struct TrainedWeight: Sendable {
  /// The weight.
  public let β: Double
  /// The closed form.
  public let optimum: WaterFilling
  /// The trained model.
  public let model: LinearVAE
  /// KL_j of the trained model, descending. [d]
  public let divergences: Tensor
  /// E‖x − x̂‖² and −E[log p(x | z)] of the trained model.
  public let distortion, reconstruction: Double

  /// Trains a model with d latent variables for data of this covariance.
  public init(
    β: Double, _ world: WaterFilling, covariance Σ: Tensor, latent d: Int, plan: TrainingPlan, random: RandomSource
  ) {
    (self.β, optimum) = (β, world.with(β: β))
    var model = LinearVAE(inputs: Σ.shape[0], latent: d, random: random)
    model.train(covariance: Σ, noise: world.noise, β: β, plan: plan, random: random)
    divergences = model.divergences(covariance: Σ).sorted(isDescending: true)
    distortion = model.distortion(covariance: Σ).item
    reconstruction = model.reconstruction(covariance: Σ, noise: world.noise).item
    self.model = model
  }

  /// KL and distortion of the trained model, relative to the closed form.
  public var divergenceError: Double { abs(divergences.sum().item / optimum.divergence - 1) }
  /// KL and distortion of the trained model, relative to the closed form.
  public var distortionError: Double { abs(distortion / optimum.distortions.sum().item - 1) }
}

private func collapseTable(_ world: WaterFilling) -> Table {
  Table(
    "§ 9.9.1: direction j is used for β < λⱼ/s², and collapsed from there on; s² = 0.3",
    columns: ["j", "λⱼ", "collapses at β", "KLⱼ at 0.99 β", "KLⱼ at 1.01 β"],
    rows: world.collapseWeights.scalars.enumerated().map { j, β in
      [
        .integer(j + 1), .number(world.spectrum[j].item, decimals: 2), .number(β, decimals: 4),
        .number(world.with(β: 0.99 * β).divergences[j].item, decimals: 6),
        .number(world.with(β: 1.01 * β).divergences[j].item, decimals: 6),
      ]
    })
}

private func weightTable(_ title: String, _ found: [TrainedWeight]) -> Table {
  let slopes = tradeOffSlopes(found.map { ($0.reconstruction, $0.divergences.sum().item) })
  return Table(
    title,
    columns: [
      "β", "level βs²", "active", "trained", "KL", "trained", "−E[log p(x | z)]", "trained", "slope to the next β",
    ],
    rows: found.indices.map { i in
      let f = found[i]
      return [
        .number(f.β, decimals: 1), .number(f.optimum.level, decimals: 3), .integer(f.optimum.activeCount),
        .integer(f.divergences.scalars.count { $0 > 0.001 }), .number(f.optimum.divergence, decimals: 4),
        .number(f.divergences.sum().item, decimals: 4), .number(f.optimum.reconstruction, decimals: 4),
        .number(f.reconstruction, decimals: 4), i < slopes.count ? .number(-slopes[i], decimals: 3) : "–",
      ]
    })
}

/// The spectrum with two water levels, and the curve of rate and distortion with the trained models on it.
private func waterFigure(_ world: WaterFilling, _ found: [TrainedWeight]) -> Panels {
  let shown = 20
  let (j, λ) = ((1...shown).map(Double.init), Array(world.spectrum.scalars.prefix(shown)))
  let levels = found.filter { [1, 4].contains($0.β) }
  let spectrum = LineChart(
    "Variances of the digits, and the water level", x: Axis("direction j"),
    y: Axis("variance", .logarithmic),
    series: [Series("λⱼ", x: j, λ, style: .both)]
      + levels.map { f in
        Series("min(λⱼ, βs²), β = \(decimals(f.β, 0))", x: j, Array(f.optimum.distortions.scalars.prefix(shown)))
      })
  let betas = (0...60).map { 0.3 * Tensor(Double($0) * 0.07, scalarType: .double).exp().item }
  let curve = betas.map { world.with(β: $0) }
  let rates = LineChart(
    "Rate and distortion", x: Axis("KL, nats per image"), y: Axis("E‖x − x̂‖²"),
    series: [
      Series("closed form", x: curve.map(\.divergence), curve.map { $0.distortions.sum().item }),
      Series("trained", x: found.map { $0.divergences.sum().item }, found.map(\.distortion), style: .points),
    ])
  return Panels("The linear β-VAE fills the spectrum from below", [spectrum, rates])
}
