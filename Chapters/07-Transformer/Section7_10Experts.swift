import Attention
import Figures
import Foundations
import Running
import Tensors
import Training
import Transformer

/// § 7.10: a mixture of experts, with and without the load-balancing loss.
public let section7_10b = Exercise(.section, "7.10b", "Mixture of experts", seconds: 3) { run in
  let sizes = LlamaSizes.mixtral
  run.card("Mixtral, parameters stored", Double(sizes.stored))
  run.card("Mixtral, parameters used by a token", Double(sizes.used))
  var runs: [ExpertRun] = []
  for weight in [0, 0.01, 0.1] {
    let run = trainExperts(
      balance: weight, steps: run.choose(quick: 5, standard: 600, full: 2_000),
      random: RandomSource(seed: run.options.seed),
      report: run.progress("balance \(weight)"))
    runs.append(run)
  }
  run.show(expertTable(runs), as: "balance")
  run.show(expertFigure(runs), as: "balance")
}

/// A training of a mixture of experts.
public struct ExpertRun: Sendable {
  /// The weight of the load-balancing loss.
  public let balance: Double
  /// The share of each expert on new tokens, the largest first.
  public let shares: [Double]
  /// The mean squared error on new tokens, of outputs of variance 1.
  public let error: Double
  /// E Σ fᵢ Pᵢ on new tokens.
  public let balanceLoss: Double
}

/// Tokens of several kinds, each with its own linear map to be learned. All have a vector in common, as the states of a
/// language model have: with it a new router scores all of them alike.
struct KindsOfTokens {
  let centres, maps: Tensor
  let d: Int

  init(kinds: Int, width d: Int, random: RandomSource) {
    centres = random.normal([kinds, d]) + 3 * random.normal([d])
    maps = random.normal([kinds, d, d], standardDeviation: 1 / Double(d).squareRoot())
    self.d = d
  }

  /// N tokens near the centres of their kinds, and what is wanted of them. [N×d] each
  func draw(_ N: Int, _ random: RandomSource) -> (x: Tensor, y: Tensor) {
    let kinds = (0..<N).map { _ in random.integer(below: centres.shape[0]) }
    let noise = random.normal([N, d])
    let x = centres.gathered(kinds) + 0.5 * noise
    return (x, matmul(noise.expanded(axis: 1), maps.gathered(kinds)).squeezed(axis: 1))
  }
}

/// Trains 8 experts, 2 for each token, to apply the right one of 16 linear maps.
public func trainExperts(
  balance: Double, steps: Int, random: RandomSource, report: (@Sendable (TrainingProgress) -> Void)? = nil
) -> ExpertRun {
  let task = KindsOfTokens(kinds: 16, width: 16, random: random.split())
  let start = MixtureOfExperts(16, hidden: 32, random: random.split())
  let tokens = random.split()
  var plan = SequencePlan(steps: steps, batch: 256, learningRate: 3e-3, warmup: steps / 20)
  plan.report = report
  let model = start.trained(by: plan, random: random.split()) { model in
    let (x, y) = task.draw(256, tokens)
    let (output, routing) = model.routed(x)
    return (output - y).squared().mean() + balance * routing.balanceLoss
  }.model
  let (x, y) = task.draw(4_096, tokens)
  let (output, routing) = model.routed(x)
  return ExpertRun(
    balance: balance, shares: routing.shares.sorted(by: >), error: (output - y).squared().mean().item,
    balanceLoss: routing.balanceLoss.item)
}

private func expertTable(_ runs: [ExpertRun]) -> Table {
  Table(
    "8 experts, 2 for each token, 16 kinds of tokens",
    columns: ["weight of the balance", "squared error", "E Σ fᵢ Pᵢ", "largest share", "smallest share"],
    rows: runs.map {
      [
        .number($0.balance, decimals: 2), .number($0.error, decimals: 4), .number($0.balanceLoss, decimals: 3),
        .number($0.shares[0], decimals: 4), .number($0.shares[7], decimals: 4),
      ]
    })
}

private func expertFigure(_ runs: [ExpertRun]) -> BarChart {
  BarChart(
    "Shares of 8 experts, sorted", categories: (1...8).map(String.init), categoryLabel: "expert",
    y: Axis("share of the tokens' choices"),
    series: runs.map { Series("weight \($0.balance)", $0.shares) }, format: nil)
}
