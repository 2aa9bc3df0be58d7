import DataSets
import Figures
import Foundations
import Running
import Tensors
import Training

/// Trains the four networks of Listing 1.7 and prints Output 1.7 with the true parameter counts.
public let ablation1_7 = Exercise(
  .ablation, "1.7", "Width against depth: four networks", seconds: 6, quick: 1, full: 120, needs: { _ in DataNeeds() }
) { run in
  let data = try run.data.mnist()
  run.say(data.provenance + "\n")
  let results = compareWidthAndDepth(on: data, seed: run.options.seed) { name in
    run.plan(quick: 1, standard: data.train.count > 10_000 ? 10 : 30, full: 10, batchSize: 128, label: name)
  }
  run.show(
    Table(
      "Width and depth", columns: ["network", "hidden widths", "parameters", "test accuracy"],
      rows: results.map { result in
        [
          .text(result.name), .text(result.hidden.map(String.init).joined(separator: "-")),
          .integer(result.run.model.parameterCount), .number(result.run.testAccuracy, decimals: 4),
        ]
      }), as: "networks")
  let curves = results.map { Series($0.name, x: epochs($0.run.history), $0.run.history["test accuracy"]) }
  run.show(
    LineChart("Test accuracy on \(data.name)", x: Axis("epoch"), y: Axis("test accuracy"), series: curves),
    as: "learning-curves")
  for result in results { run.card(result.name, result.run.testAccuracy) }
}

/// One network of the ablation: its name, its hidden widths, and its training.
public struct AblationResult: Sendable {
  /// Its name in the notes.
  public let name: String
  /// The hidden widths.
  public let hidden: [Int]
  /// The trained network and its history.
  public let run: ClassifierRun
}

/// Trains every network of `widthAndDepthAblation` on the same data, from the same seed.
public func compareWidthAndDepth(
  on data: ImageClassification, seed: UInt64, plan: (_ name: String) -> TrainingPlan
) -> [AblationResult] {
  widthAndDepthAblation.map { name, hidden in
    let run = trainClassifier(hidden: hidden, on: data, plan: plan(name), random: RandomSource(seed: seed))
    return AblationResult(name: name, hidden: hidden, run: run)
  }
}

/// The numbers of a history's epochs, for the horizontal axis.
func epochs(_ history: History) -> [Double] { history.epochs.map { Double($0.number) } }
