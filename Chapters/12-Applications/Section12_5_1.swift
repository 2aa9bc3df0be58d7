import Applications
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors
import Training

/// § 12.5.1: saliency maps of a network that should look at the left half of its images.
public let section12_5_1 = Exercise(
  .section, "12.5.1", "Saliency maps", seconds: 2, quick: 1, full: 6
) { run in
  let study = try SaliencyStudy(
    copies: run.choose(quick: 1, standard: 4, full: 8),
    plan: run.plan(quick: 3, standard: 15, full: 30, batchSize: 64), random: run.random.split())
  run.say(
    "An MLP with \(grouped(study.network.parameterCount)) parameters reads the left of two digits: "
      + "\(decimals(100 * study.accuracy, 1))% of the test images.\n")
  run.show(shareTable(study), as: "shares")
  run.show(scoreTable(study), as: "scores")
  run.show(saliencyFigure(study), as: "maps")
  run.parameters = study.network.parameterCount
  run.card("test accuracy", study.accuracy)
  run.card("saliency in the left half", study.leftShares[0].trained)
  run.card("largest difference from finite differences", study.finiteDifferenceGap)
}

/// A network trained on digits beside others, and what four kinds of maps say about it. § 12.5.1
public struct SaliencyStudy: Sendable {
  /// The network before and after training.
  public let start, network: MLP
  /// Its test accuracy.
  public let accuracy: Double
  /// The test images.
  public let test: LabeledImages
  /// The kinds of maps, with the share in the left half for the trained and the untrained network.
  public let leftShares: [(name: String, trained: Double, untrained: Double)]
  /// The largest difference between derivatives and finite differences of the score, relative to the largest
  /// derivative.
  public let finiteDifferenceGap: Double

  /// Trains the network on `copies` pairs of every training digit.
  public init(copies: Int, plan: TrainingPlan, random: RandomSource) throws {
    let (first, second) = try LabeledImages.opticalDigits().stratifiedSplit(
      first: 1_437, from: RandomSource(seed: 1998))
    let train = DigitsBesideOthers(first, copies: copies, random: random.split()).images
    test = DigitsBesideOthers(second, random: random.split()).images
    start = MLP([128, 64, 10], random: random.split())
    var network = start
    var adam = Adam(learningRate: 2e-3)
    let examples = Examples(train.flattened, labels: train.labels)
    fit(&network, with: &adam, to: examples, plan: plan, random: random)
    let trained = network
    accuracy = Foundations.accuracy(trained(test.flattened), labels: test.labels)
    self.network = trained
    let (x, classes, seed) = (test.images, test.labels, random.next())
    let kinds = Self.kinds(x, classes, seed: seed)
    let untrained = start
    leftShares = kinds.map { name, map in
      (
        name, DigitsBesideOthers.leftShare(of: maximum(0, map(trained))),
        DigitsBesideOthers.leftShare(of: maximum(0, map(untrained)))
      )
    }
    finiteDifferenceGap = Self.gap(trained.converted(to: .double), x[0..<1].converted(to: .double), classes[0])
  }

  /// The kinds of maps of images with their classes. [N×1×8×16]
  public static func kinds(
    _ x: Tensor, _ classes: [Int], seed: UInt64
  ) -> [(name: String, map: (MLP) -> Tensor)] {
    [
      ("saliency ∣∂f/∂x∣", { saliency(of: $0.callAsFunction, at: x, classes: classes) }),
      (
        "mean of 20 noisy copies, σ = 0.15",
        {
          smoothedSaliency(
            of: $0.callAsFunction, at: x, classes: classes, deviation: 0.15, draws: 20, random: RandomSource(seed: seed)
          )
        }
      ),
      ("∣x ∂f/∂x∣", { (x * inputGradients(of: $0.callAsFunction, at: x, classes: classes)).abs() }),
      (
        "∣integrated gradients∣",
        { integratedGradients(of: $0.callAsFunction, at: x, from: Tensor.zeros(x.shape), classes: classes).abs() }
      ),
    ]
  }

  private static func gap(_ network: MLP, _ x: Tensor, _ k: Int) -> Double {
    let slopes = inputGradients(of: network.callAsFunction, at: x, classes: [k]).flattened
    let h = 1e-6
    let unit = Tensor.identity(x.count, scalarType: .double)
    let rows = x.flattened.expanded(axis: 0)
    let ends = [1.0, -1].map { network(rows + $0 * h * unit).picked([Int](repeating: k, count: x.count)) }
    return (((ends[0] - ends[1]) / (2 * h)) - slopes).abs().max().item / slopes.abs().max().item
  }
}

private func shareTable(_ study: SaliencyStudy) -> Table {
  Table(
    "The share of the maps in the left half, which alone decides",
    columns: ["map", "trained", "untrained"],
    rows: study.leftShares.map {
      [.text($0.name), .number($0.trained, decimals: 3), .number($0.untrained, decimals: 3)]
    })
}

/// Logits, probabilities, and what the maps add up to.
private func scoreTable(_ study: SaliencyStudy) -> Table {
  let (x, classes) = (study.test.images, study.test.labels)
  let network = study.network
  let p = network(x).softmax().picked(classes)
  let sure = Array(p.argsort(isDescending: true).prefix(max(1, p.count / 10)))
  func mean(_ maps: Tensor) -> Double { maps.gathered(sure).mean().item }
  let ofLogit = saliency(of: { network($0) }, at: x, classes: classes)
  let ofProbability = saliency(of: { network($0).softmax() }, at: x, classes: classes)
  let origin = Tensor.zeros(x.shape)
  let difference = network(x).picked(classes) - network(origin).picked(classes)
  func deviation(_ map: Tensor) -> Double {
    (map.flattened(from: 1).sum(axes: [1]) - difference).abs().mean().item
  }
  let slopes = x * inputGradients(of: { network($0) }, at: x, classes: classes)
  return Table(
    "Which score, and what a map adds up to",
    columns: ["", "value"],
    rows: [
      ["mean probability of the surest tenth of the images", .number(p.gathered(sure).mean().item, decimals: 6)],
      ["their saliency, of the logit", .scientific(mean(ofLogit))],
      ["their saliency, of the probability", .scientific(mean(ofProbability))],
      ["mean of ∣f(x) − f(0)∣", .number(difference.abs().mean().item, decimals: 3)],
      ["mean of ∣Σ x ∂f/∂x − (f(x) − f(0))∣", .number(deviation(slopes), decimals: 3)],
      [
        "the same for integrated gradients, 50 places",
        .number(
          deviation(integratedGradients(of: { network($0) }, at: x, from: origin, classes: classes)), decimals: 3),
      ],
    ])
}

private func saliencyFigure(_ study: SaliencyStudy) -> Panels {
  let chosen = (0..<6).compactMap { k in study.test.labels.firstIndex(of: k) }
  let x = study.test.images.gathered(chosen)
  let maps = SaliencyStudy.kinds(x, chosen.map { study.test.labels[$0] }, seed: 1).map { $0.map(study.network) }
  func scaled(_ maps: Tensor) -> [Pixels] {
    pictures(maps / maximum(1e-12, maps.max(axes: [1, 2, 3], keepsAxes: true)))
  }
  let grid = ImageGrid(
    "", rows: [pictures(x)] + maps.map(scaled),
    rowTitles: ["image", "saliency", "noisy copies", "x ∂f/∂x", "integrated"])
  return Panels("What decides is at the left", [grid])
}
