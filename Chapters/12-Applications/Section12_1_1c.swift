import Applications
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors

/// § 12.1.1: with few scenes, a detector that starts from a classifier's weights finds more than one from scratch.
public let section12_1_1c = Exercise(
  .section, "12.1.1c", "Detection from a classifier's weights", seconds: 30, quick: 2, full: 240
) { run in
  let K = DrawnObject.formNames.count
  let single = run.scenes(train: run.choose(quick: 60, standard: 3_000, full: 10_000), test: 300, objects: 1...1)
  var classifier = SceneClassifier(classes: K, random: run.random.split())
  trainClassifier(
    &classifier, on: single.train,
    plan: run.plan(quick: 1, standard: 6, full: 20, batchSize: 16, label: "classifier"), random: run.random.split())
  let labels = single.test.objects.map { $0[0].form }
  let right = hits(inBatches(single.test.images, of: 100) { classifier($0) }, labels: labels)
  let accuracy = Double(right.count { $0 }) / Double(right.count)
  run.say("Accuracy of the classifier on new scenes with one object: \(decimals(accuracy, 3))\n")

  let counts = run.choose(quick: [30], standard: [50, 100, 200], full: [50, 100, 200, 400, 800])
  let (train, test) = run.scenes(train: counts[counts.count - 1], test: 300)
  let updates = run.choose(quick: 4, standard: 360, full: 1_000)
  var found: [(name: String, qualities: [DetectionQuality])] = []
  for (name, features) in [("from scratch", nil), ("from the classifier", Optional(classifier.features))] {
    let qualities = counts.map { count in
      var detector = GridDetector(classes: K, features: features, random: run.random.split())
      let size = min(16, count)
      let epochs = max(1, updates * size / count)
      trainDetector(
        &detector, on: train.prefix(count),
        plan: run.plan(
          quick: epochs, standard: epochs, full: epochs, batchSize: size, label: "\(count) scenes, \(name)"),
        random: run.random.split())
      return DetectionQuality(of: detector, on: test)
    }
    found.append((name, qualities))
  }
  run.show(
    Table(
      "\(test.count) new scenes, after a training on few scenes",
      columns: ["scenes"] + found.flatMap { ["mAP 50 \($0.name)", "mAP 75 \($0.name)"] },
      rows: counts.enumerated().map { place, count in
        [.integer(count)]
          + found.flatMap {
            [.number($0.qualities[place].at50, decimals: 3), .number($0.qualities[place].at75, decimals: 3)]
          }
      }), as: "quality")
  run.show(
    LineChart(
      "A classifier's features find boxes as well", x: Axis("scenes with boxes", .logarithmic),
      y: Axis("mAP, overlap ≥ 0.5", range: 0...1.05),
      series: found.map { Series($0.name, x: counts.map(Double.init), $0.qualities.map(\.at50), style: .both) }),
    as: "scenes")
  run.parameters = classifier.parameterCount
  run.card("accuracy of the classifier", accuracy)
  for one in found { run.card("mAP 50, \(one.name)", one.qualities[counts.count - 1].at50) }
}
