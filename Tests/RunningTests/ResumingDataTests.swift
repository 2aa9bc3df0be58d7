import Checking
import DataSets
import Files
import Foundation
import Running
import Tensors
import Testing
import Training

/// An IDX file of one-byte numbers.
private func idx(_ lengths: [UInt32], _ bytes: [UInt8]) -> [UInt8] {
  ([0x800 + UInt32(lengths.count)] + lengths).flatMap { number in
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  } + bytes
}

/// Writes four images to train on and two to test on, with these test labels.
private func write(_ folder: TemporaryFolder, test: [UInt8]) throws {
  try folder.write(idx([4, 2, 2], (0..<16).map { $0 * 15 }), "data/train-images-idx3-ubyte")
  try folder.write(idx([4], [0, 1, 0, 1]), "data/train-labels-idx1-ubyte")
  try folder.write(idx([2, 2, 2], (0..<8).map { $0 * 30 }), "data/t10k-images-idx3-ubyte")
  try folder.write(idx([2], test), "data/t10k-labels-idx1-ubyte")
}

private struct Line: Module {
  var weight = Tensor.zeros([4, 10])
  static var parameters: [PartialKeyPath<Self>] { [\.weight] }
  func callAsFunction(_ x: Tensor) -> Tensor { matmul(x, weight) }
}

private let training = Exercise(.listing, "1.6", "Train", seconds: 1, needs: { _ in DataNeeds() }) { run in
  let data = try run.data.mnist()
  var (model, descent) = (Line(), GradientDescent(learningRate: 0.1))
  let plan = run.plan(quick: 1, standard: 2, full: 3, batchSize: 2)
  train(&model, with: &descent, examples: 4, plan: plan, random: run.random) { model, batch in
    model(data.train.flattened.gathered(batch)).crossEntropy(labels: batch.map { data.train.labels[$0] })
  }
  run.card("right", Double(zip(model(data.test.flattened).argmax(), data.test.labels).count { $0 == $1 }))
}
private let chapter = ChapterProgram(1, "Foundations", [training, counting])

@Suite("Resuming: the data of a run")
struct ResumingDataTests {
  private func start(
    _ folder: TemporaryFolder, _ data: String, _ options: String..., item: [String] = ["listing", "1.6"]
  )
    -> (status: Int32, screen: Screen)
  {
    let screen = Screen()
    let words = ["--out", folder.path + "/out", "--checkpoint", folder.path + "/run", "--data", data]
    return (chapter.run(item + words + options, console: screen.console()), screen)
  }

  @Test("a run is not resumed if only its test set has changed, and the changed file is named")
  func otherTestSet() throws {
    let folder = try TemporaryFolder()
    try write(folder, test: [0, 1])
    #expect(start(folder, folder.path + "/data").status == 0)
    #expect(start(folder, folder.path + "/data", "--resume").status == 0)
    let before = try Data(contentsOf: URL(filePath: folder.path + "/run"))
    try write(folder, test: [1, 1])
    let (status, screen) = start(folder, folder.path + "/data", "--resume")
    #expect(status == 65)
    #expect(
      screen.err.contains("cannot resume from \(folder.path)/run: MNIST/t10k-labels-idx1-ubyte has changed since the "))
    #expect(screen.err.contains("Restore the old data, or name another file"))
    #expect(try Data(contentsOf: URL(filePath: folder.path + "/run")) == before, "the checkpoint stays as it was")
    try write(folder, test: [0, 1])
    #expect(start(folder, folder.path + "/data", "--resume").status == 0)
  }

  @Test("changed data end a run of all items at once: later training would not match the file")
  func allItems() throws {
    let folder = try TemporaryFolder()
    try write(folder, test: [0, 1])
    #expect(start(folder, folder.path + "/data", item: ["all"]).status == 0)
    try write(folder, test: [1, 1])
    let (status, screen) = start(folder, folder.path + "/data", "--resume", item: ["all"])
    #expect(status == 65 && !screen.out.contains("── exercise 1.2 "))
  }

  @Test("another path to the same folder is the same run")
  func sameFolder() throws {
    let folder = try TemporaryFolder()
    try write(folder, test: [0, 1])
    #expect(start(folder, folder.path + "/data").status == 0)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/link", withDestinationPath: folder.path + "/data")
    for other in ["/data/", "/./data", "/data/../data//", "/link"] {
      let (status, screen) = start(folder, folder.path + other, "--resume")
      #expect(status == 0, "\(other): \(screen.err)")
    }
  }

  @Test("insufficient data for an item are reported in one line, and later items run")
  func lacking() throws {
    let folder = try TemporaryFolder()
    try write(folder, test: [0, 1])
    try folder.write(idx([4], [1, 1, 1, 1]), "data/train-labels-idx1-ubyte")
    let screen = Screen()
    let words = ["all", "--quiet", "--out", folder.path + "/out", "--data", folder.path + "/data"]
    #expect(chapter.run(words, console: screen.console()) == 1)
    #expect(
      screen.err.hasPrefix(
        "ch01: listing 1.6 failed: cannot run listing 1.6 on images in the format of MNIST from \(folder.path)/data, "
          + "4 + 2: it needs 2 classes among the training images, but there is 1. "))
    #expect(screen.err.split(separator: "\n").count == 2 && screen.out.contains("── exercise 1.2 "))
  }

  @Test("an item that reads data without saying what it needs stops with a message")
  func undeclared() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = try Run(of: counting, options: RunOptions(), console: Screen().console()).data.mnist()
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot read data in exercise 1.2, which does not state what it needs"))
  }
}
