import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors
import Training
import VAE

/// § 9.10: a denoising autoencoder finds a conditional mean, and by Tweedie's formula a score: the way to chapter 10.
public let section9_10e = Exercise(
  .section, "9.10e", "Denoising autoencoders and the score", seconds: 6, quick: 1, full: 120
) { run in
  let signal = TwoPointSignal(σ: 0.8)
  let x = Tensor((0..<4_000).map { $0.isMultiple(of: 2) ? -1 : 1 }, shape: [4_000, 1])
  var network = MLP([1, 16, 1], activation: .tanh, random: run.random.split())
  var plan = run.plan(quick: 2, standard: 150, full: 600, batchSize: 400, label: "two points")
  plan.learningRate = { 0.02 / (1 + Double($0) / 100) }
  trainDenoiser(&network, on: x, .noise(σ: signal.σ), plan: plan, random: run.random.split())
  let line = Tensor.linear(from: -2.5, to: 2.5, count: 101).expanded(axis: 1)
  let (mean, score) = (network(line), tweedieScore(mean: network(line), at: line, σ: signal.σ))
  run.show(signalFigure(signal, line, mean: mean, score: score), as: "two-points")

  let digits = try LabeledImages.opticalDigits().images
  let (clean, held) = (digits[0..<run.choose(quick: 100, standard: 1_437, full: 1_437)], digits[1_437..<1_797])
  let kinds: [(String, Degradation)] = [
    ("noise, σ = 0.3", .noise(σ: 0.3)), ("noise, σ = 0.6", .noise(σ: 0.6)), ("4×4 pixels", .downscaled(by: 2)),
    ("two levels", .quantized(levels: 2)),
  ]
  let repairs = kinds.map { name, degradation in
    var network = MLP([64, 256, 256, 64], random: run.random.split())
    trainDenoiser(
      &network, on: clean, degradation,
      plan: run.plan(quick: 1, standard: 40, full: 200, batchSize: 64, label: name), random: run.random.split())
    let degraded = degradation(held, using: run.random)
    return Repair(name: name, degraded: degraded, restored: network(degraded.flattened(from: 1)).reshaped(held.shape))
  }
  run.show(repairTable(repairs, held), as: "repairs")
  run.show(
    Panels(
      "Held-out digits, degraded and restored", columns: 1,
      [
        ImageGrid(
          "",
          rows: [pictures(held[0..<12])]
            + repairs.flatMap { [pictures($0.degraded[0..<12]), pictures($0.restored[0..<12])] },
          rowTitles: ["digits"] + repairs.flatMap { [$0.name, "restored"] })
      ]), as: "digits")
  run.card("largest |f(x̃) − tanh(x̃/σ²)|", (mean - signal.mean(given: line)).abs().max().item)
  run.card("largest error of the score", (score - signal.score(at: line)).abs().max().item)
  for repair in repairs { run.card("error left, \(repair.name)", repair.share(of: held)) }
}

/// Held-out images, degraded and restored.
private struct Repair {
  let name: String
  let degraded, restored: Tensor

  func error(_ images: Tensor, _ clean: Tensor) -> Double { (images - clean).squared().mean().item }
  /// The error that is left, as a share of that of the degraded images.
  func share(of clean: Tensor) -> Double { error(restored, clean) / error(degraded, clean) }
}

private func repairTable(_ repairs: [Repair], _ held: Tensor) -> Table {
  Table(
    "Mean squared error of a pixel of held-out digits", columns: ["degradation", "degraded", "restored", "share"],
    rows: repairs.map { repair in
      [
        .text(repair.name), .number(repair.error(repair.degraded, held), decimals: 4),
        .number(repair.error(repair.restored, held), decimals: 4), .number(repair.share(of: held), decimals: 3),
      ]
    })
}

private func signalFigure(_ signal: TwoPointSignal, _ x: Tensor, mean: Tensor, score: Tensor) -> Panels {
  let places = x.scalars
  return Panels(
    "±1 behind noise of deviation \(decimals(signal.σ, 1))",
    [
      LineChart(
        "The conditional mean", x: Axis("x̃"), y: Axis("E[X | x̃]"),
        series: [
          Series("tanh(x̃/σ²)", x: places, signal.mean(given: x).scalars), Series("denoiser", x: places, mean.scalars),
        ]),
      LineChart(
        "The score", x: Axis("x̃"), y: Axis("∇ log p(x̃)"),
        series: [
          Series("of the mixture", x: places, signal.score(at: x).scalars),
          Series("(f(x̃) − x̃)/σ²", x: places, score.scalars),
        ]),
    ])
}
