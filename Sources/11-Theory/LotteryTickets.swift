// § 11.7  The lottery ticket hypothesis

import DataSets
import Foundations
import Messages
import Tensors
import Training

/// A search for a winning ticket: train θ₀ to θ, prune the smallest weights of θ, rewind the others to θ₀, repeat.
/// Theorem 11.17, which is a hypothesis, Remark 11.18
///
/// In every round three controls have the same number of weights and the same training. One has the ticket's mask and
/// new initial weights; two have the ticket's initial weights and a random mask. Frankle and Carbin (2019).
public struct TicketSearch: Sendable {
  /// The widths of the network.
  public var widths: [Int]
  /// The share of the kept weights that a round prunes.
  public var share = 0.4
  /// The number of rounds.
  public var rounds = 7
  /// The first round in which the controls are trained too.
  public var firstJudged = 1
  /// The learning rate of Adam.
  public var learningRate = 2e-3

  /// A search with networks of these widths.
  public init(widths: [Int]) { self.widths = widths }

  /// Runs the search. `plan` is the training of every network, by its name.
  public func callAsFunction(
    train: Examples, test: Examples, random: RandomSource, plan: (_ name: String) -> TrainingPlan
  ) -> TicketRun {
    let (start, fresh) = (MLP(widths, random: random.split()), MLP(widths, random: random.split()))
    let (orders, masks) = (random.split(), random.split())
    func trained(_ network: MLP, _ mask: PruningMask, _ name: String) -> (network: MLP, accuracy: Double) {
      var pruned = PrunedNetwork(network, mask: mask)
      var adam = Adam(learningRate: learningRate)
      fit(&pruned, with: &adam, to: train, plan: plan(name), random: orders.split())
      return (pruned.network, accuracy(pruned(test.inputs), labels: test.labels))
    }
    var mask = PruningMask(keepingAll: start)
    var last = trained(start, mask, "dense")
    let dense = last.accuracy
    var levels: [TicketRun.Level] = []
    for round in 1...max(1, rounds) {
      mask = mask.withoutSmallest(of: last.network, share: share)
      last = trained(start, mask, "round \(round), ticket")
      if round < firstJudged { continue }
      levels.append(
        TicketRun.Level(
          pruned: mask.pruned, kept: mask.kept, ticket: last.accuracy,
          newWeights: trained(fresh, mask, "round \(round), new weights").accuracy,
          shuffledMask: trained(start, mask.shuffledInLayers(masks), "round \(round), shuffled mask").accuracy,
          randomMask: trained(start, mask.shuffled(masks), "round \(round), random mask").accuracy))
    }
    return TicketRun(dense: dense, levels: levels, ticket: PrunedNetwork(start, mask: mask))
  }
}

/// The result of a search for a winning ticket: test accuracies. § 11.7
public struct TicketRun: Sendable {
  /// The networks of one round.
  public struct Level: Sendable {
    /// The share of pruned weights.
    public let pruned: Double
    /// The number of kept weights.
    public let kept: Int
    /// The ticket: the mask of large weights, the original initial weights.
    public let ticket: Double
    /// The ticket's mask with new initial weights.
    public let newWeights: Double
    /// The original initial weights, with the mask's entries shuffled within each layer.
    public let shuffledMask: Double
    /// The original initial weights, with the mask's entries shuffled over all layers.
    public let randomMask: Double
  }

  /// The network with all weights.
  public let dense: Double
  /// The judged rounds.
  public let levels: [Level]
  /// The last ticket before its training.
  public let ticket: PrunedNetwork
}

extension TicketRun {
  /// The mean accuracies of runs with the same rounds; the ticket is that of the first run.
  public init(meanOf runs: [TicketRun]) {
    require(!runs.isEmpty, "cannot average no runs: at least one is needed")
    func mean(_ value: (TicketRun) -> Double) -> Double { runs.map(value).reduce(0, +) / Double(runs.count) }
    dense = mean(\.dense)
    ticket = runs[0].ticket
    levels = runs[0].levels.indices.map { i in
      Level(
        pruned: runs[0].levels[i].pruned, kept: runs[0].levels[i].kept, ticket: mean { $0.levels[i].ticket },
        newWeights: mean { $0.levels[i].newWeights }, shuffledMask: mean { $0.levels[i].shuffledMask },
        randomMask: mean { $0.levels[i].randomMask })
    }
  }
}
