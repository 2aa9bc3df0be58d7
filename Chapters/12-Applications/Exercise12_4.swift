import Applications
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors
import Training

/// Exercise 12.4: five clients who train one network without sharing their digits.
public let exercise12_4 = Exercise(
  "12.4", "Five clients, one network", stars: 2, seconds: 15, quick: 1, full: 600,
  needs: { DataNeeds(train: $0 == .quick ? 300 : 1_000, test: 100, size: .exactly(28)) }
) { run in
  let data = try run.data.mnist().limited(to: run.choose(quick: 300, standard: 6_000, full: 60_000))
  let rounds = run.epochs(quick: 3, standard: 40, full: 100)
  run.say(data.provenance + "\n")
  let study = FederatedStudy(
    of: data, hidden: [64], localEpochs: 5, batchSize: 32, learningRate: 0.1, seed: run.options.seed)
  let found = FederatedStudy.Sharing.allCases.map { sharing in
    (sharing, study.accuracies(sharing, plan: run.plan(steps: rounds, label: sharing.rawValue)))
  }
  run.show(roundsTable(found.map { ($0.0.rawValue, $0.1) }, rounds), as: "rounds")
  run.show(
    LineChart(
      "Test accuracy on \(data.name): five local epochs in a round", x: Axis("round", .logarithmic),
      y: Axis("test accuracy", range: 0...1), series: found.map { Series($0.0.rawValue, $0.1) }),
    as: "rounds")
  let local = [1, 2, 5, 10].map { E in
    let study = FederatedStudy(
      of: data, hidden: [64], localEpochs: E, batchSize: 32, learningRate: 0.1, seed: run.options.seed)
    let steps = max(1, rounds / (2 * E))
    return (E, steps, study.accuracies(.byClass, plan: run.plan(steps: steps, label: "\(E) local epochs")).last ?? .nan)
  }
  run.show(
    Table(
      "Exercise 12.4: the same work in fewer, longer rounds; two classes each",
      columns: ["local epochs", "rounds", "test accuracy"],
      rows: local.map { [.integer($0.0), .integer($0.1), .number($0.2, decimals: 3)] }), as: "local-epochs")
  for (sharing, accuracies) in found { run.card(sharing.rawValue, accuracies.last ?? .nan) }
}

private func roundsTable(_ found: [(name: String, accuracies: [Double])], _ rounds: Int) -> Table {
  let shown = [1, 2, 5, 10, 20, 40, 100].filter { $0 <= rounds }
  return Table(
    "Exercise 12.4: test accuracy after some rounds of five local epochs",
    columns: ["who trains"] + shown.map { $0 == 1 ? "1 round" : "\($0) rounds" },
    rows: found.map { name, accuracies in [.text(name)] + shown.map { .number(accuracies[$0 - 1], decimals: 3) } })
}

/// Trainings of one network under different rules of who holds which examples. Exercise 12.4
public struct FederatedStudy: Sendable {
  /// Who trains.
  public enum Sharing: String, CaseIterable, Sendable {
    /// One computer with all the examples.
    case together = "all data in one place"
    /// Five clients with random fifths.
    case alike = "five clients, alike"
    /// Five clients with two classes each.
    case byClass = "five clients, two classes each"
    /// One of the first kind alone.
    case oneAlike = "one client alone"
    /// One of the second kind alone.
    case oneByClass = "one client with two classes alone"
  }

  private let x, testX: Tensor
  private let labels, testLabels, hidden: [Int]
  private let localEpochs, batchSize: Int
  private let learningRate: Double
  private let seed: UInt64

  /// A study of networks with these hidden widths, all from the same start.
  public init(
    of data: ImageClassification, hidden: [Int], localEpochs: Int, batchSize: Int, learningRate: Double, seed: UInt64
  ) {
    (x, labels, testX, testLabels) = (data.train.flattened, data.train.labels, data.test.flattened, data.test.labels)
    (self.hidden, self.localEpochs, self.batchSize) = (hidden, localEpochs, batchSize)
    (self.learningRate, self.seed) = (learningRate, seed)
  }

  /// The examples of each client. Exercise 12.4
  public func clients(_ sharing: Sharing) -> [[Int]] {
    let alike = FederatedAveraging.alike(labels.count, clients: 5, random: RandomSource(seed: seed + 1))
    let byClass = FederatedAveraging.byClass(labels, classes: 10, clients: 5)
    switch sharing {
    case .together: return [Array(labels.indices)]
    case .alike: return alike
    case .byClass: return byClass
    case .oneAlike: return [alike[0]]
    case .oneByClass: return [byClass[0]]
    }
  }

  /// The test accuracy after each round; `plan` says how many. Exercise 12.4
  public func accuracies(_ sharing: Sharing, plan: TrainingPlan) -> [Double] {
    var model = MLP([x.shape[1]] + hidden + [10], random: RandomSource(seed: seed))
    let federated = FederatedAveraging(
      clients: clients(sharing), localEpochs: localEpochs, batchSize: batchSize, learningRate: learningRate)
    let history = federated.train(&model, plan: plan, random: RandomSource(seed: seed + 2)) { model, batch in
      model(x.gathered(batch)).crossEntropy(labels: batch.map { labels[$0] })
    } evaluate: {
      ["test accuracy": accuracy($0(testX), labels: testLabels)]
    }
    return history["test accuracy"]
  }
}
