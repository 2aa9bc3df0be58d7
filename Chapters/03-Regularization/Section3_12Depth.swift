import DataSets
import Figures
import Foundations
import Regularization
import Running
import Tensors
import Training

/// The branch of a residual block: an affine map, ReLU, another affine map.
public struct ResidualBranch: Module {
  var first, second: Linear

  /// A branch with `units` inputs and outputs; its second map starts small, so a deep network starts near the identity.
  public init(units: Int, random: RandomSource) {
    first = Linear(units, units, initialization: .he, random: random)
    second = Linear(units, units, initialization: .normal(standardDeviation: 0.02), random: random)
  }

  /// The two maps.
  public static var parameters: [PartialKeyPath<ResidualBranch>] { [\.first, \.second] }

  /// W₂ ReLU(W₁ x + b₁) + b₂.
  public func callAsFunction(_ x: Tensor) -> Tensor { second(relu(first(x))) }
}

/// A residual network of L blocks with stochastic depth. § 3.12
public struct ResidualNetwork: Module {
  var embedding: Linear
  var blocks: [StochasticDepth<ResidualBranch>]
  var head: Linear

  /// L blocks between an affine map from the inputs and one to the classes; block l survives with
  /// p_l = 1 − l/L (1 − p_L).
  public init(inputs: Int, units: Int, blocks L: Int, lastSurvival p_L: Double, classes: Int, random: RandomSource) {
    embedding = Linear(inputs, units, random: random)
    blocks = (1...L).map { l in
      StochasticDepth(
        ResidualBranch(units: units, random: random), survival: survivalProbability(block: l, of: L, last: p_L),
        random: random)
    }
    head = Linear(units, classes, random: random)
  }

  /// All layers.
  public static var parameters: [PartialKeyPath<ResidualNetwork>] { [\.embedding, \.blocks, \.head] }

  /// The logits of inputs stored as rows.
  public func callAsFunction(_ x: Tensor) -> Tensor { head(relu(blocks.reduce(embedding(x)) { $1($0) })) }
}

/// A residual network trained with survival probability p_L.
public struct DepthStudy: Sendable {
  /// The survival probability of the last block; 1 without stochastic depth.
  public let lastSurvival: Double
  /// The network.
  public let network: ResidualNetwork
  /// Loss and accuracy, epoch by epoch.
  public let history: History
  /// The accuracy of the mean probabilities of 50 passes with random blocks.
  public let ensembleAccuracy: Double
}

/// Trains residual networks of L blocks that differ only in the survival of their blocks.
public func studyDepth(
  _ survivals: [Double], blocks L: Int, on data: ImageClassification, random: RandomSource,
  plan: (_ label: String) -> TrainingPlan
) -> [DepthStudy] {
  let seed = random.next()
  let (x, t) = data.standardizedPixels
  return survivals.map { p in
    let random = RandomSource(seed: seed)
    var network = ResidualNetwork(
      inputs: x.shape[1], units: 64, blocks: L, lastSurvival: p, classes: 10, random: random)
    var optimizer = Adam(learningRate: 1e-3)
    let history = fit(
      &network, with: &optimizer, to: Examples(x, labels: data.train.labels),
      test: Examples(t, labels: data.test.labels), plan: plan("p_L = \(p)"), random: random,
      loss: crossEntropy(logits:labels:))
    let passes = monteCarloDropout(network, at: t, passes: 50)
    return DepthStudy(
      lastSurvival: p, network: network, history: history,
      ensembleAccuracy: accuracy(softmax(passes.samples).mean(axes: [0]), labels: data.test.labels))
  }
}

/// Shows the survival probabilities, and residual networks with and without stochastic depth.
func showStochasticDepth(_ run: Run) throws {
  let L = run.choose(quick: 6, standard: 12, full: 24)
  let survivals = [1, 0.8, 0.5]
  let data = try run.data.mnist().limited(to: run.choose(quick: 256, standard: 1_437, full: 10_000), 1_000)
  let studies = studyDepth(survivals, blocks: L, on: data, random: run.random) { label in
    run.plan(quick: 2, standard: 20, full: 20, batchSize: 64, label: label)
  }
  run.show(
    LineChart(
      "Survival of the blocks", x: Axis("block l"), y: Axis("probability of survival p_l", range: 0...1),
      series: survivals.map { p in
        Series(
          "p_L = \(p)", x: (1...L).map(Double.init), (1...L).map { survivalProbability(block: $0, of: L, last: p) },
          style: .both)
      }), as: "survival")
  run.show(depthTable(studies, blocks: L), as: "depth")
  run.parameters = studies.first?.network.parameterCount
  run.card("data", data.provenance)
  for study in studies {
    run.card("accuracy, p_L = \(study.lastSurvival)", study.history["test accuracy"].last ?? .nan)
  }
}

private func depthTable(_ studies: [DepthStudy], blocks L: Int) -> Table {
  Table(
    "\(L) residual blocks",
    columns: [
      "p_L", "expected depth", "training loss", "test accuracy", "accuracy of 50 passes",
    ],
    rows: studies.map { study in
      return [
        .number(study.lastSurvival, decimals: 1),
        .number(expectedDepth(blocks: L, last: study.lastSurvival), decimals: 2),
        .number(study.history.losses.last ?? .nan, decimals: 4),
        .number(study.history["test accuracy"].last ?? .nan, decimals: 4), .number(study.ensembleAccuracy, decimals: 4),
      ]
    })
}
