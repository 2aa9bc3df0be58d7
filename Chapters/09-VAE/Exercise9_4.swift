import Backprop
import DataSets
import Figures
import GAN
import Messages
import Running
import Tensors
import Training
import VAE

/// Exercise 9.4: the same network with five weights of the KL, its latent variables one by one, and the trade-off.
public let exercise9_4 = Exercise(
  "9.4", "β from ½ to 10, and what each latent variable does", stars: 2, seconds: 60, quick: 2, full: 600,
  needs: { _ in DataNeeds(size: .exactly(28)) }
) { run in
  let data = try run.digits(
    run.choose(quick: 128, standard: 4_000, full: 60_000), run.choose(quick: 50, standard: 1_000, full: 10_000))
  run.say(data.provenance)
  run.say(floorSentence(data.test.images) + "\n")
  let sweep = sweepWeights(
    on: data, [0.5, 1, 2, 4, 10], epochs: run.epochs(quick: 1, standard: 30, full: 30), seed: run.options.seed
  ) { run.progress($0) }
  run.show(sweepTable(sweep), as: "terms")
  run.show(tradeOffFigure(sweep), as: "curve")
  for swept in [sweep[0], sweep[1], sweep[3]] {
    run.show(sheet(traversalGrid(swept, data.test)), as: "traversals-\(decimals(swept.β, 1))")
  }

  let last = sweep[sweep.count - 1]
  run.parameters = last.result.model.parameterCount
  run.card("data", data.provenance)
  run.card("entropy of the grey levels, nats an image", greyLevelEntropies(data.test.images).mean().item)
  for swept in sweep {
    run.card("active units, β = \(decimals(swept.β, 1))", Double(swept.result.measure.activeUnits.count))
  }
  let count = run.choose(quick: 100, standard: 1_000, full: 5_000)
  let quality = run.measure(for: data, count: count)
  let z = RandomSource(seed: 3).normal([count, 20])
  run.show(
    qualityTable(
      "Samples, judged by a network",
      [("real, training set", quality.real)]
        + sweep.map { swept in
          (
            "β = \(decimals(swept.β, 1))", quality(swept.result.model.decoded(z).reshaped([count, 1, 28, 28]))
          )
        }), as: "quality")
  run.card("change of a pixel by the last unit, β = 10", last.changes(on: data.test)[19])
}

/// A network that was trained with a weight of the KL.
public struct SweptWeight: Sendable {
  /// The weight.
  public let β: Double
  /// The trained network and its measures.
  public let result: TrainedOnDigits<VariationalAutoencoder>

  /// A network that was trained with this weight.
  public init(β: Double, result: TrainedOnDigits<VariationalAutoencoder>) { (self.β, self.result) = (β, result) }

  /// The latent variables by their KL, the largest first.
  public var units: [Int] { result.measure.unitsByDivergence }

  /// The mean change of a pixel when a latent variable of the first images' codes moves from −3 to 3, for each of them
  /// in the order of their KL. Exercise 9.4.2
  public func changes(on images: LabeledImages) -> [Double] {
    let codes = result.model.encoded(images.prefix(20).flattened).mean
    return units.map { unit in
      let moved = (0..<codes.shape[0]).map { i -> Double in
        let ends = result.model.decoded(traversal(of: codes[i], unit: unit, through: [-3, 3]))
        return (ends[1] - ends[0]).abs().mean().item
      }
      return moved.reduce(0, +) / Double(moved.count)
    }
  }
}

/// Exercise 9.4.1: trains the network of Listing 9.8 with each weight, on the same images from the same seed.
///
/// The rate falls to 0 along a cosine, so that each training comes close to its own minimum.
public func sweepWeights(
  on data: ImageClassification, _ weights: [Double], hidden: [Int] = [512], latent: Int = 20,
  learningRate: Double = 2e-3, epochs: Int, seed: UInt64,
  progress: (_ label: String) -> (@Sendable (TrainingProgress) -> Void)? = { _ in nil }
) -> [SweptWeight] {
  weights.map { β in
    let random = RandomSource(seed: seed)
    var plan = TrainingPlan(epochs: epochs, batchSize: 128)
    plan.report = progress("β = \(decimals(β, 1))")
    plan = plan.annealed(from: learningRate, examples: data.train.count)
    let model = VariationalAutoencoder(
      inputs: data.train.flattened.shape[1], hidden: hidden, latent: latent, random: random.split())
    return SweptWeight(β: β, result: trainOnDigits(model, on: data, β: β, plan: plan, random: random.split()))
  }
}

private func sweepTable(_ sweep: [SweptWeight]) -> Table {
  let slopes = tradeOffSlopes(sweep.map { ($0.result.measure.reconstruction, $0.result.measure.divergence) })
  return Table(
    "Exercise 9.4.1 and 9.4.3: nats per test image; the slope leads to the next row",
    columns: ["β", "reconstruction", "KL", "active units", "slope −ΔR/ΔKL", "the next β"],
    rows: sweep.enumerated().map { i, swept in
      let measure = swept.result.measure
      return [
        .number(swept.β, decimals: 1), .number(measure.reconstruction, decimals: 2),
        .number(measure.divergence, decimals: 2), .integer(measure.activeUnits.count),
        i < slopes.count ? .number(slopes[i], decimals: 3) : .text(""),
        i < slopes.count ? .number(sweep[i + 1].β, decimals: 1) : .text(""),
      ]
    })
}

private func tradeOffFigure(_ sweep: [SweptWeight]) -> LineChart {
  let measures = sweep.map(\.result.measure)
  return LineChart(
    "Exercise 9.4.3: reconstruction against KL, β = ½ at the right, 10 at the left", x: Axis("KL, nats"),
    y: Axis("reconstruction, nats"),
    series: [Series("test images", x: measures.map(\.divergence), measures.map(\.reconstruction), style: .both)])
}

/// Rows: latent variables by KL, the last one being that with the smallest; columns: its values. Exercise 9.4.2
private func traversalGrid(_ swept: SweptWeight, _ test: LabeledImages) -> ImageGrid {
  let (model, units) = (swept.result.model, swept.units)
  let code = model.encoded(test.prefix(1).flattened).mean[0]
  let values = (-3...3).map(Double.init)
  let chosen = Array(units.prefix(7)) + units.suffix(1)
  return ImageGrid(
    "β = \(decimals(swept.β, 1)): one latent variable at a time",
    rows: chosen.map { unit in pictures(model.decoded(traversal(of: code, unit: unit, through: values))) },
    rowTitles: chosen.map { "KL \(decimals(swept.result.measure.divergences[$0], 2))" },
    columnTitles: values.map { decimals($0, 0) })
}
