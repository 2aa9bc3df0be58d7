import Backprop
import DataSets
import Figures
import Foundation
import Foundations
import Messages
import Running
import Tensors
import Training
import VAE

/// § 9.2: autoencoders of 8×8 digits: a linear one is PCA, a deep one is better, and neither knows a distribution.
public let section9_2 = Exercise(.section, "9.2", "Autoencoders", seconds: 10, quick: 2) { run in
  let digits = try LabeledImages.opticalDigits()
  let x = digits.flattened
  let pca = PrincipalComponents(of: x.converted(to: .double))
  let steps = run.choose(quick: 150, standard: 1_500, full: 1_500)
  let codes = run.choose(quick: [2, 8], standard: [2, 3, 4, 8], full: [2, 3, 4, 8])
  let linear = codes.map { k in
    LinearComparison(k, x, pca, plan: run.plan(steps: steps, label: "linear, \(k)"), random: run.random.split())
  }
  run.show(linearTable(linear), as: "linear")

  var deep = Autoencoder(
    inputs: 64, hidden: [128, 64], code: 2, outputActivation: .sigmoid, random: run.random.split())
  let plan = run.plan(quick: 5, standard: 80, full: 80, batchSize: 64, label: "deep, 2")
  trainAutoencoder(&deep, on: x, learningRate: constant(2e-3), plan: plan, random: run.random.split())
  run.show(codeFigure(deep.encoder(x), digits.labels), as: "codes")
  run.show(imageSheet(digits, linear, pca, deep), as: "images")

  run.parameters = deep.parameterCount
  run.card("data", "the embedded optical digits, 8×8, \(digits.count)")
  run.card("error of PCA, 2 numbers", pca.smallestError(2))
  run.card("error of the linear autoencoder, 2 numbers", linear[0].error)
  run.card("error of the deep autoencoder, 2 numbers", deep.reconstructionError(x).item)
  run.card("largest angle to the principal subspace, degrees", linear.map(\.angle).max() ?? .nan)
}

/// Trains an autoencoder with Adam on the mean of ‖x − x̂‖². Definition 9.2
@discardableResult
public func trainAutoencoder(
  _ model: inout Autoencoder, on x: Tensor, learningRate: @escaping Schedule, plan: TrainingPlan, random: RandomSource
) -> History {
  var (adam, plan) = (Adam(), plan)
  plan.learningRate = learningRate
  return train(&model, with: &adam, examples: x.shape[0], plan: plan, random: random) { model, batch in
    model.reconstructionError(x.gathered(batch))
  }
}

/// A rate that is the same for all steps.
private func constant(_ η: Double) -> Schedule { { _ in η } }

/// A linear autoencoder beside the principal components. § 9.2
public struct LinearComparison: Sendable {
  /// The numbers of a code.
  public let code: Int
  /// The trained autoencoder.
  public let model: Autoencoder
  /// Its mean ‖x − x̂‖², and the smallest one that a linear autoencoder can have.
  public let error, smallest: Double
  /// The largest angle between the span of its decoder and the principal subspace, in degrees.
  public let angle: Double

  /// Trains it on all the data at once, with a rate that falls to 0 along a cosine.
  public init(_ k: Int, _ x: Tensor, _ pca: PrincipalComponents, plan: TrainingPlan, random: RandomSource) {
    var model = Autoencoder(inputs: x.shape[1], hidden: [], code: k, random: random.split())
    var (adam, plan) = (Adam(), plan)
    plan.learningRate = cosineAnnealing(from: 6e-2, over: plan.epochs)
    train(&model, with: &adam, examples: 1, plan: plan, random: random) { model, _ in model.reconstructionError(x) }
    (code, self.model, error, smallest) = (k, model, model.reconstructionError(x).item, pca.smallestError(k))
    let spanned = model.decoder.layers[0].weight.converted(to: .double)
    angle = asin(min(1, sineOfLargestAngle(between: spanned, and: pca.subspace(k)))) * 180 / .pi
  }
}

private func linearTable(_ rows: [LinearComparison]) -> Table {
  Table(
    "A linear autoencoder and PCA: mean ‖x − x̂‖²",
    columns: ["numbers of the code", "PCA", "linear autoencoder", "more, %", "largest angle, degrees"],
    rows: rows.map { row in
      [
        .integer(row.code), .number(row.smallest, decimals: 4), .number(row.error, decimals: 4),
        .number(100 * (row.error / row.smallest - 1), decimals: 3), .number(row.angle, decimals: 2),
      ]
    })
}

/// The codes of the images, coloured by class: nothing says where codes of images lie.
private func codeFigure(_ codes: Tensor, _ labels: [Int]) -> ScatterPlot {
  ScatterPlot(
    "Codes of the deep autoencoder", x: Axis("z₁"), y: Axis("z₂"),
    points: (0..<codes.shape[0]).map { (x: codes[$0, 0].item, y: codes[$0, 1].item) }, classes: labels,
    names: (0..<10).map(String.init))
}

private func imageSheet(
  _ digits: LabeledImages, _ linear: [LinearComparison], _ pca: PrincipalComponents, _ deep: Autoencoder
) -> Panels {
  let chosen = (0..<10).compactMap(digits.labels.firstIndex(of:))
  let x = digits.images.gathered(chosen)
  let last = linear[linear.count - 1]
  return sheet(
    ImageGrid(
      "Digits and their reconstructions",
      rows: [
        pictures(x), pictures(pca.reconstructed(x.flattened(from: 1).converted(to: .double), from: 2)),
        pictures(linear[0].model(x)), pictures(deep(x)), pictures(last.model(x)),
      ],
      rowTitles: ["image", "PCA, 2", "linear, 2", "deep, 2", "linear, \(last.code)"]))
}
