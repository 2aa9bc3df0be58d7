import DataSets
import Figures
import Foundations
import Running
import Tensors
import Training

/// Exercise 1.3: an MLP for Fashion-MNIST with ReLU, Leaky ReLU and GELU, and their learning curves.
public let exercise1_3 = Exercise(
  "1.3", "Compare ReLU, Leaky ReLU and GELU on clothes", stars: 2, seconds: 12, quick: 1, full: 300,
  needs: { _ in DataNeeds() }
) { run in
  let data = try run.data.fashionMNIST(
    drawn: run.choose(quick: 600, standard: 6_000, full: 60_000), run.choose(quick: 200, standard: 1_000, full: 10_000))
  run.say(data.provenance + "\n")
  let results = compareActivations(
    on: data, seeds: run.choose(quick: 1, standard: 3, full: 3), firstSeed: run.options.seed
  ) { label in
    run.plan(quick: 2, standard: data.train.count > 10_000 ? 5 : 10, full: 10, batchSize: 128, label: label)
  }
  run.show(activationTable(results), as: "activations")
  run.show(curves(results, "Test accuracy on \(data.name)", "test accuracy"), as: "test-accuracy")
  run.show(curves(results, "Training loss on \(data.name)", "training loss"), as: "training-loss")
  run.parameters = results.first?.runs.first?.model.parameterCount
  run.card("data", data.provenance)
  for result in results { run.card(result.activation.description, result.accuracy.mean) }
}

/// The training runs with one activation, one for every seed.
public struct ActivationResult: Sendable {
  /// The activation of the hidden layers.
  public let activation: Activation
  /// A trained network for every seed.
  public let runs: [ClassifierRun]

  /// Mean and standard deviation over the seeds of the last test accuracy.
  public var accuracy: (mean: Double, deviation: Double) {
    let accuracies = Tensor(runs.map(\.testAccuracy), scalarType: .double)
    return (accuracies.mean().item, accuracies.variance(isUnbiased: runs.count > 1).squareRoot().item)
  }
}

/// Trains 784-256-128-10 with each activation, for several seeds; a seed draws the same weights and batches for all of
/// them. Exercise 1.3
public func compareActivations(
  _ activations: [Activation] = [.relu, .leakyReLU, .gelu], on data: ImageClassification, seeds: Int, firstSeed: UInt64,
  plan: (_ label: String) -> TrainingPlan
) -> [ActivationResult] {
  activations.map { activation in
    let runs = (0..<UInt64(seeds)).map { offset in
      trainClassifier(
        activation: activation, on: data, plan: plan("\(activation), seed \(firstSeed + offset)"),
        random: RandomSource(seed: firstSeed + offset))
    }
    return ActivationResult(activation: activation, runs: runs)
  }
}

private func activationTable(_ results: [ActivationResult]) -> Table {
  Table(
    "Activations", columns: ["activation", "training loss", "test accuracy", "± over seeds"],
    rows: results.map { result in
      let losses = result.runs.map { $0.history.losses.last ?? .nan }
      return [
        .text(result.activation.description), .number(losses.reduce(0, +) / Double(losses.count), decimals: 4),
        .number(result.accuracy.mean, decimals: 4), .number(result.accuracy.deviation, decimals: 4),
      ]
    })
}

/// One line for each activation: the mean over the seeds, in a band from the lowest to the highest.
private func curves(_ results: [ActivationResult], _ title: String, _ quantity: String) -> LineChart {
  let series = results.map { result in
    let histories = result.runs.map { quantity == "test accuracy" ? $0.history[quantity] : $0.history.losses }
    let values = Tensor(histories, scalarType: .double)  // [seeds×epochs]
    return Series(
      result.activation.description, x: result.runs.first.map { epochs($0.history) } ?? [],
      values.mean(axes: [0]).scalars, band: (values.min(axes: [0]).scalars, values.max(axes: [0]).scalars))
  }
  return LineChart(title, x: Axis("epoch"), y: Axis(quantity), series: series)
}
