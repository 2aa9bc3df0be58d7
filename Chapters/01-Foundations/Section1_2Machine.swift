import DataSets
import Figures
import Foundations
import Running
import Tensors
import Training

/// The test accuracies of one trained network with its weights unchanged and rounded to 16 bits.
public struct RoundingResult: Sendable {
  /// The name of the format, and the accuracy with it.
  public let format: String, accuracy: Double
  /// The norm of the change over the norm of the weights.
  public let change: Double
}

/// Rounds the weights of a network to both 16-bit formats and measures the accuracy again.
public func accuraciesAfterRounding(_ model: MLP, images: LabeledImages) -> [RoundingResult] {
  let formats: [(String, MLP)] =
    [("float32", model)]
    + HalfPrecision.allCases.map { format in (format.rawValue, model.mapParameters(format.rounding)) }
  return formats.map { name, rounded in
    let (old, new) = (model.flattened, rounded.flattened)
    return RoundingResult(
      format: name, accuracy: accuracy(rounded(images.flattened), labels: images.labels),
      change: ((new - old).norm() / old.norm()).item)
  }
}

func showRounding(_ run: Run) {
  let random = run.random.split()
  let train = LabeledImages.drawnDigits(count: run.choose(quick: 200, standard: 2_000, full: 10_000), from: random)
  let test = LabeledImages.drawnDigits(count: run.choose(quick: 200, standard: 1_000, full: 2_000), from: random)
  var model = MLP([784, 64, 10], initialization: .he, random: random)
  var optimizer = Adam()
  let plan = run.plan(quick: 2, standard: 8, full: 10, batchSize: 64, label: "digits")
  fit(&model, with: &optimizer, to: train.rows, plan: plan, random: random, loss: crossEntropy(logits:labels:))
  let results = accuraciesAfterRounding(model, images: test)
  run.show(
    Table(
      "Weights of a trained MLP 784-64-10, rounded", columns: ["format", "test accuracy", "relative change"],
      rows: results.map {
        [.text($0.format), .number($0.accuracy, decimals: 4), .scientific($0.change)]
      }), as: "rounding")
}

// MARK: - Batches

/// The time one example costs in a product with a 512×512 matrix, for each batch size, relative to the largest batch.
public func costPerExample(batchSizes: [Int], repetitions: Int, random: RandomSource) -> [Double] {
  let weights = random.normal([512, 512])
  let times = batchSizes.map { size -> Double in
    let x = random.normal([size, 512])
    let trials = (0..<repetitions).map { _ in
      ContinuousClock().measure { for _ in stride(from: 0, to: 256, by: size) { _ = matmul(x, weights.transposed) } }
    }
    let fastest = trials.min() ?? .zero
    return fastest / Duration.seconds(1) / (Double((256 + size - 1) / size) * Double(size))
  }
  return times.map { $0 / (times.last ?? 1) }
}

func showBatches(_ run: Run) {
  let sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256]
  let costs = costPerExample(
    batchSizes: sizes, repetitions: run.choose(quick: 5, standard: 20, full: 100), random: run.random.split())
  run.show(
    Table(
      "Cost of one example in x Wᵀ, W 512×512, relative to batches of 256", columns: ["batch size", "relative cost"],
      rows: zip(sizes, costs).map { [.integer($0), .measured($1, decimals: 2)] }), as: "batches")
  run.show(
    LineChart(
      "Cost of one example", x: Axis("batch size", .logarithmic), y: Axis("relative to 256", .logarithmic),
      series: [Series("cost", x: sizes.map(Double.init), costs, style: .both)]), as: "batches", isMeasured: true)
}

// MARK: - Views

func showViews(_ run: Run) {
  let x = Tensor.range(0..<12).reshaped([3, 4])
  let ways: [(String, Tensor)] = [
    ("x.transposed", x.transposed), ("x[1]", x[1]),
    ("x.sliced(0..<4, axis: 1, by: 2)", x.sliced(0..<4, axis: 1, by: 2)),
    ("x.reshaped([2, 6])", x.reshaped([2, 6])), ("x.transposed.reshaped([12])", x.transposed.reshaped([12])),
    ("x + 0", x + 0),
  ]
  run.show(
    Table(
      "Which results share the memory of x [3×4]", columns: ["expression", "shape", "shares memory"],
      rows: ways.map { [.text($0), .text("\($1.shape)"), .text($1.sharesMemory(with: x) ? "yes" : "no")] }), as: "views"
  )
}
