import Checking
import Files
import Foundation
import Running
import Tensors
import Testing
import Training

/// A network with its own noise; its position in the stream is a running statistic.
private struct NoisyNetwork: Module {
  var weight: Tensor
  var bias = Tensor.zeros([1])
  var uses = Tensor(0, scalarType: .double)
  static var parameters: [PartialKeyPath<Self>] { [\.weight, \.bias] }
  static var statistics: [PartialKeyPath<Self>] { [\.uses] }

  init(random: RandomSource) { weight = random.normal([3, 1]) }

  func callAsFunction(_ x: Tensor) -> Tensor {
    if Mode.current == .evaluation { return matmul(x, weight) + bias }
    let noise = RandomSource(seed: UInt64(uses.observe { $0 + 1 }.item))
    return matmul(x + 0.1 * noise.normal(x.shape), weight) + bias
  }
}

/// A run that trains two models with losses that draw random numbers in all ways; returns all results, bit for bit.
private func run(watching step: () -> Void = {}) -> [String] {
  let random = RandomSource(seed: 1)
  let x = random.normal([20, 3])
  let (split, other) = (random.split(), RandomSource(seed: 77))
  var results: [String] = []
  for keepsLowest in [nil, "loss"] {
    var (model, adam) = (NoisyNetwork(random: random), Adam(learningRate: 0.1))
    var plan = TrainingPlan(epochs: 3, batchSize: 8)
    plan.learningRate = { 0.1 / Double($0 + 1) }
    plan.keepsLowest = keepsLowest
    plan.shouldStop = { keepsLowest == nil && $0.epochs.count == 2 }
    let history = train(&model, with: &adam, examples: 20, plan: plan, random: random) { model, batch in
      step()
      let target = split.normal([batch.count, 1]) + other.uniform()
      let loss = (model(x.gathered(batch)) - target).squared().mean()
      return MeasuredLoss(loss, metrics: ["target": target.mean().item])
    } evaluate: { model, epoch in
      [
        "epoch": epoch.metrics["target", default: .nan] + epoch.loss,
        "loss": (model(x) - split.normal([20, 1])).squared().mean().item, "none": .nan,
      ]
    }
    results += model.namedTensors.map { "\($0.name) \($0.tensor.littleEndianBytes)" }
    results += history.epochs.map { "\($0.number) \($0.loss.bitPattern) \($0.metrics.sorted { $0.key < $1.key })" }
    adam.update(&model, along: model)
    results.append("\(model.flattened.littleEndianBytes) \(adam.learningRate)")
  }
  return results + [random, split, other].map { "\($0.next())" }
}

/// A checkpoint that is written before every step.
private func checkpoint(_ path: String, command: String = "test", screen: Screen = Screen()) throws -> Checkpoint {
  try Checkpoint(
    path: path, command: command, goOn: "again", tell: screen.console().err, leastSeconds: 0, largestShare: .infinity)
}

@Suite("Resuming: training")
struct ResumingTests {
  @Test("a run resumes from each of its files and ends with the bits of an uninterrupted one")
  func everyStep() throws {
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/run"
      let expected = run()
      var (files, steps) = ([Data](), 0)
      let whole = try checkpoint(path)
      let results = whole {
        run {
          steps += 1
          if let file = try? Data(contentsOf: URL(filePath: path)) { files.append(file) }
        }
      }
      #expect(results == expected && steps == 15)
      whole.save()
      files.append(try Data(contentsOf: URL(filePath: path)))
      #expect(Set(files).count >= 15)

      var repeated: [Int] = []
      for file in files {
        try file.write(to: URL(filePath: path))
        var steps = 0
        let resumed = try checkpoint(path)
        #expect(resumed { run { steps += 1 } } == expected)
        repeated.append(steps)
      }
      #expect(repeated.first == 15 && repeated.last == 0 && repeated == repeated.sorted(by: >))
    }
  }

  @Test("the numbers are the same without a checkpoint and with one that never has time to write")
  func bystander() throws {
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/run"
      let rare = try Checkpoint(
        path: path, command: "test", goOn: "", tell: Screen().console().err, leastSeconds: 1_000)
      let first = try Data(contentsOf: URL(filePath: path))
      #expect(rare { run() } == run())
      #expect(try Data(contentsOf: URL(filePath: path)) == first)
      rare.save()
      #expect(try SafetensorsFile(path: path).names.count > 10)
    }
  }

  @Test("a trained model can be loaded from the checkpoint")
  func loading() throws {
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/run"
      let whole = try checkpoint(path)
      _ = whole { run() }
      whole.save()
      var model = NoisyNetwork(random: RandomSource(seed: 2))
      try load(into: &model, from: path, name: { "training 2/model." + $0 })
      let file = try SafetensorsFile(path: path)
      #expect(model.weight == (try file.tensor("training 2/model.weight")))
      #expect(file.names.contains("training 1/optimizer.m.0"))
    }
  }

  @Test("a checkpoint of another command, a damaged one, and a file of another kind are refused")
  func refused() throws {
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/run"
      _ = try checkpoint(path)
      #expect(
        dataError { try checkpoint(path, command: "other") }
          == "cannot resume from \(path): it belongs to 'test', but this is 'other'. "
          + "Use that command, or name another file."
      )
      let whole = try Data(contentsOf: URL(filePath: path))
      try whole.dropLast().write(to: URL(filePath: path))
      #expect(dataError { try checkpoint(path) }.contains("it is cut short"))
      try save(NoisyNetwork(random: RandomSource(seed: 1)), to: path)
      #expect(dataError { try checkpoint(path) }.contains("it is not a checkpoint"))
    }
  }

  @Test("files left by a killed writer are removed, those of a running one are not")
  func leftovers() throws {
    try TemporaryFolder.temporary { folder in
      try folder.write("half", ".run.part-999999999-0123")
      try folder.write("half", ".run.part-\(getpid())-0123")
      try folder.write("half", ".other.part-999999999-0123")
      _ = try checkpoint(folder.path + "/run")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      #expect(names == [".other.part-999999999-0123", ".run.part-\(getpid())-0123", "run"])
    }
  }

  @Test(
    "training that breaks down leaves its last good state in the file, and names the step and the layers")
  func breakdown() throws {
    try TemporaryFolder.temporary { folder in
      let (path, screen) = (folder.path + "/run", Screen())
      let keeper = try checkpoint(path, screen: screen)
      func diverge() -> Double {
        var (model, descent) = (NoisyNetwork(random: RandomSource(seed: 1)), GradientDescent(learningRate: 0.1))
        var step = 0
        let plan = TrainingPlan(epochs: 9, batchSize: 1)
        let history = train(&model, with: &descent, examples: 2, plan: plan, random: RandomSource(seed: 1)) {
          model, _ in
          step += 1
          return model.flattened.squared().sum() * (step < 5 ? 1 : .nan)
        }
        return history.losses.last ?? 0
      }
      #expect(keeper { diverge() }.isNaN)
      keeper.save()
      #expect(
        screen.err
          == "training 1: the loss is nan in step 5 of epoch 3, which began with '*' in the loss, after bias: "
          + "a lower learning rate may help, or a loss that is finite for all finite outputs, "
          + "such as crossEntropy of logits. "
          + "\(path) keeps the last good state\n")
      let file = try SafetensorsFile(path: path)
      #expect(file.metadata["training 1"]?.contains(#""batch":1,"epoch":2"#) == true)
      #expect(try file.tensor("training 1/model.weight").scalars.allSatisfy(\.isFinite))
    }
  }

  @Test("a run with changed data stops instead of ending with other numbers")
  func otherData() async {
    await #expect(processExitsWith: .exitCode(65)) {
      try TemporaryFolder.temporary { folder in
        let path = folder.path + "/run"
        for shift in [0.0, 1.0] {
          let keeper = try checkpoint(path)
          keeper {
            var (model, adam) = (NoisyNetwork(random: RandomSource(seed: 1)), Adam())
            var steps = 0
            let plan = TrainingPlan(epochs: 2, batchSize: 1)
            train(&model, with: &adam, examples: 5, plan: plan, random: RandomSource(seed: 1)) { model, _ in
              steps += 1
              // A breakdown ends the first run in the middle.
              return (model.flattened.sum() - shift).squared() * (steps == 7 && shift == 0 ? .infinity : 1)
            }
          }
        }
      }
    }
  }

  @Test("a run that trains something else stops and describes what was saved")
  func otherTrainings() async throws {
    let result = await #expect(processExitsWith: .exitCode(65), observing: [\.standardErrorContent]) {
      try TemporaryFolder.temporary { folder in
        for examples in [5, 6] {
          let console = Console(out: { _ in }, err: { FileHandle.standardError.write(Data($0.utf8)) })
          let keeper = try Checkpoint(
            path: folder.path + "/run", command: "", goOn: "", tell: console.err, leastSeconds: 0)
          keeper {
            var (model, adam) = (NoisyNetwork(random: RandomSource(seed: 1)), Adam())
            let plan = TrainingPlan(epochs: 2, batchSize: 1)
            train(&model, with: &adam, examples: examples, plan: plan, random: RandomSource(seed: 1)) { model, _ in
              model.flattened.sum()
            }
          }
          keeper.save()
        }
      }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      message.contains(
        "it was saved for a training (model: NoisyNetwork, optimizer: Adam) on 5 examples, 2 epochs of 5 steps, "
          + "batches of 1, start "
      ))
  }
}

@Suite("Resuming: commands")
struct ResumingCommandsTests {
  private static let training = Exercise(.listing, "1.6", "Train", seconds: 1) { run in
    var (model, adam) = (NoisyNetwork(random: run.random), Adam())
    let x = run.random.normal([20, 3])
    let plan = run.plan(quick: 1, standard: 3, full: 5, batchSize: 4)
    let history = train(&model, with: &adam, examples: 20, plan: plan, random: run.random) { model, batch in
      if run.options.isPlain && model.uses.item == 6 {
        kill(getpid(), SIGINT)
        Thread.sleep(forTimeInterval: 0.5)  // another thread gets the signal: the test's thread blocks signals
      }
      return model(x.gathered(batch)).squared().mean()
    }
    run.card("loss", history.losses.last ?? .nan)
  }
  private static let chapter = ChapterProgram(1, "Foundations", [training])

  @Test(
    "contradictory arguments are reported",
    arguments: [
      (["--resume"], "--resume needs the file to resume from: --checkpoint FILE --resume"),
      (["--checkpoint"], "--checkpoint needs a value: --checkpoint FILE"),
      (["--checkpoint="], "--checkpoint needs the name of a file, found '': --checkpoint run.safetensors"),
      (["--checkpoint", "a/"], "--checkpoint needs the name of a file, found 'a/': --checkpoint run.safetensors"),
      (
        ["--checkpoint", "Package.swift"],
        "'Package.swift' already exists and is not a checkpoint: name another file"
      ),
    ])
  func usage(options: [String], message: String) throws {
    let screen = Screen()
    #expect(Self.chapter.run(["listing", "1.6"] + options, console: screen.console()) == 64)
    #expect(screen.err.contains(message), "\(screen.err)")
  }

  @Test("a checkpoint is made, resumed, and refused for another command; its folder must exist")
  func life() throws {
    let folder = try TemporaryFolder()
    let file = folder.path + "/run.safetensors"
    func start(_ options: String...) -> (status: Int32, screen: Screen) {
      let screen = Screen()
      let words = ["listing", "1.6", "--out", folder.path] + options
      return (Self.chapter.run(words, console: screen.console()), screen)
    }
    #expect(start("--checkpoint", file).status == 0)
    let card = try folder.text("listing-1.6-card.json").replacing(/"(seconds|peakMemoryMiB)" : .*/, with: "")
    #expect(try SafetensorsFile(path: file).metadata["command"] == "ch01 listing 1.6 --seed 1")
    #expect(start("--checkpoint", file, "--resume").status == 0)
    #expect(try folder.text("listing-1.6-card.json").replacing(/"(seconds|peakMemoryMiB)" : .*/, with: "") == card)

    let other = start("--checkpoint", file, "--resume", "--seed", "2", "--quick")
    #expect(other.status == 65)
    #expect(
      other.screen.err.contains(
        "belongs to 'ch01 listing 1.6 --seed 1', but this is 'ch01 listing 1.6 --seed 2 --quick'"))
    let nowhere = start("--checkpoint", folder.path + "/no/run")
    #expect(nowhere.status == 73 && nowhere.screen.err.contains("No such file or directory"))
    let new = start("--checkpoint", folder.path + "/new", "--resume")
    #expect(
      new.status == 0
        && new.screen.err.contains("there is no checkpoint '\(folder.path)/new' yet: starting from the beginning"))
  }

  @Test("Control-C finishes the step, saves, prints the command to resume, and ends with status 130")
  func interruption() async throws {
    let result = await #expect(processExitsWith: .exitCode(130), observing: [\.standardErrorContent]) {
      let path = FileManager.default.temporaryDirectory.path() + "/a file \(UUID().uuidString)"
      let console = Console(out: { _ in }, err: { FileHandle.standardError.write(Data($0.utf8)) })
      _ = Self.chapter.run(
        ["listing", "1.6", "--no-color", "--out", path + "s", "--checkpoint", path], console: console)
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    let path = try #require(message.firstMatch(of: /Stopped\. All completed work is saved in (.*)\. To resume, run:/)).1
    defer { try? FileManager.default.removeItem(atPath: String(path)) }
    #expect(
      message.contains(
        "\n    swift run ch01 listing 1.6 --seed 1 --out '\(path)s' --no-color "
          + "--checkpoint '\(path)' --resume\n"),
      "\(message)")
    #expect(try SafetensorsFile(path: String(path)).tensor("training 1/model.uses").item == 7)
  }
}
