import Applications
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors

/// § 12.1, beside the notes: networks restore colour, sharpness, and what a strong compression left out.
public let section12_1 = Exercise(
  .section, "12.1", "Restoring damaged images", seconds: 25, quick: 2, full: 600
) { run in
  let count = run.choose(quick: 40, standard: 1_500, full: 10_000)
  let shapes = [count, min(count, 200)].map { LabeledImages.drawnShapes(count: $0, from: run.random.split()).images }
  let scenes = run.scenes(train: count, test: 200)
  let cases: [(name: String, damage: ImageDamage, train: Tensor, test: Tensor)] = [
    ("grey", .grey, scenes.train.images, scenes.test.images),
    ("16×16 pixels", .shrunk(by: 2), shapes[0], shapes[1]),
    ("compressed", .compressed(step: 0.12), shapes[0], shapes[1]),
  ]
  let restored = cases.map { one in
    var network = RestorationNetwork(random: run.random.split())
    trainRestoration(
      &network, on: one.train, one.damage,
      plan: run.plan(quick: 1, standard: 8, full: 20, batchSize: 32, label: one.name), random: run.random.split())
    let damaged = one.damage(one.test)
    return Restored(
      name: one.name, clean: one.test, damaged: damaged, restored: inBatches(damaged, of: 50) { network($0) },
      parameters: network.parameterCount)
  }
  run.show(restorationTable(restored), as: "quality")
  run.show(
    Panels(
      "Images that the networks have not seen", columns: 1,
      [
        ImageGrid(
          "",
          rows: restored.flatMap { one in
            [one.clean, one.damaged, one.restored].map { pictures($0[0..<7].clamped(to: 0...1)) }
          }, rowTitles: restored.flatMap { ["image", $0.name, "restored"] })
      ]), as: "restored")
  run.parameters = restored[0].parameters
  run.card("images", "\(grouped(count)) + \(grouped(shapes[1].shape[0])), drawn")
  for one in restored {
    run.card("dB before, \(one.name)", one.before)
    run.card("dB after, \(one.name)", one.after)
  }
}

/// Test images: clean, damaged and restored.
private struct Restored {
  let name: String
  let clean, damaged, restored: Tensor
  let parameters: Int

  var before: Double { peakSignalToNoiseRatio(damaged, clean) }
  var after: Double { peakSignalToNoiseRatio(restored, clean) }
}

private func restorationTable(_ found: [Restored]) -> Table {
  Table(
    "Peak signal-to-noise ratio of test images", columns: ["damage", "damaged, dB", "restored, dB", "gain, dB"],
    rows: found.map {
      [
        .text($0.name), .number($0.before, decimals: 2), .number($0.after, decimals: 2),
        .number($0.after - $0.before, decimals: 2),
      ]
    })
}
