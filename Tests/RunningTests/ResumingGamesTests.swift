import Checking
import Files
import Foundation
import Running
import Tensors
import Testing
import Training

/// A multilayer perceptron with ReLU: weights and biases alternate.
private struct Network: Module {
  var layers: [Tensor]
  static var parameters: [PartialKeyPath<Network>] { [\.layers] }

  init(_ widths: [Int], random: RandomSource) {
    layers = zip(widths, widths.dropFirst()).flatMap { inputs, outputs in
      [
        random.normal([inputs, outputs], standardDeviation: (2 / Double(inputs)).squareRoot()), Tensor.zeros([outputs]),
      ]
    }
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    stride(from: 0, to: layers.count, by: 2).reduce(x) { h, l in
      let z = matmul(h, layers[l], plus: layers[l + 1])
      return l + 2 < layers.count ? maximum(0, z) : z
    }
  }
}

/// A generator against a discriminator.
private struct Game: TrainingState {
  var generator, discriminator: Network
  var generatorOptimizer = Adam(learningRate: 1e-3, beta1: 0.5)
  var discriminatorOptimizer = Adam(learningRate: 1e-3, beta1: 0.5)
  static var kept: [PartialKeyPath<Game>] {
    [\.generator, \.discriminator, \.generatorOptimizer, \.discriminatorOptimizer]
  }
}

/// Points on a circle around 0, from 8 narrow Gaussians. [N×2]
private func ring(_ count: Int, random: RandomSource) -> Tensor {
  let angles = Tensor((0..<count).map { Double($0 % 8) * .pi / 4 })
  return Tensor.stacked([angles.cos(), angles.sin()], axis: 1) + random.normal([count, 2], standardDeviation: 0.05)
}

/// A GAN on the ring: the game after the given number of epochs of 8 steps, and its history.
private func play(epochs: Int, watching: (TrainingStep) -> Void = { _ in }) -> (game: Game, history: History) {
  let random = RandomSource(seed: 1)
  let points = ring(1_024, random: random)
  var game = Game(
    generator: Network([2, 64, 64, 2], random: random), discriminator: Network([2, 64, 64, 1], random: random))
  let plan = TrainingPlan(epochs: epochs, batchSize: 128)
  let history = train(&game, examples: 1_024, plan: plan, random: random) { game, step throws(Breakdown) in
    watching(step)
    let (real, noise) = (points.gathered(step.batch), random.normal([step.batch.count, 2]))
    let fake = game.generator(noise)
    try step.descend(&game.discriminator, with: &game.discriminatorOptimizer, player: "discriminator") { D in
      (-D(real)).softplus().mean() + D(fake).softplus().mean()
    }
    let D = game.discriminator
    try step.descend(&game.generator, with: &game.generatorOptimizer, player: "generator") { G in
      (-D(G(noise))).softplus().mean()
    }
  }
  return (game, history)
}

/// All results of a game, bit for bit.
private func trace(_ played: (game: Game, history: History)) -> [String] {
  let (game, history) = played
  let tensors = (game.generator.namedTensors + game.discriminator.namedTensors).map {
    "\($0.name) \($0.tensor.littleEndianBytes)"
  }
  return tensors
    + history.epochs.map {
      "\($0.number) \($0.loss.bitPattern) \($0.metrics.mapValues(\.bitPattern).sorted { $0.key < $1.key })"
    }
}

/// A checkpoint that is written before every step.
private func checkpoint(_ path: String) throws -> Checkpoint {
  try Checkpoint(
    path: path, command: "game", goOn: "again", tell: Screen().console().err, leastSeconds: 0, largestShare: .infinity)
}

@Suite("Resuming: games")
struct ResumingGamesTests {
  @Test("a GAN on a ring of Gaussians learns in the shared loop: its points are near most of the 8 means")
  func learns() {
    let (game, history) = play(epochs: 250)
    let points = game.generator(RandomSource(seed: 2).normal([1_000, 2]))
    let (x, y) = (points.sliced(0..<1, axis: 1).scalars, points.sliced(1..<2, axis: 1).scalars)
    let near = zip(x, y).map { x, y -> Int? in
      (0..<8).first { k in
        let φ = Double(k) * .pi / 4
        return hypot(x - cos(φ), y - sin(φ)) < 0.3
      }
    }
    let modes = (0..<8).filter { k in near.count { $0 == k } >= 20 }
    let found = "\(near.count { $0 != nil }) points, modes \(modes)"
    #expect(near.count { $0 != nil } > 650 && modes.count >= 6, "\(found)")
    #expect(history.epochs.allSatisfy { $0.metrics.keys.sorted() == ["discriminator", "generator"] })
    let last = history["discriminator"].last ?? 0
    #expect(abs(last - 2 * log(2)) < 0.4, "the discriminator can hardly tell them apart: its loss is \(last)")
  }

  @Test("a GAN resumes from each of its files and ends with the bits of an uninterrupted one")
  func everyStep() throws {
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/run"
      let expected = trace(play(epochs: 2))
      var files: [Data] = []
      let whole = try checkpoint(path)
      let played = whole {
        play(epochs: 2) { _ in if let file = try? Data(contentsOf: URL(filePath: path)) { files.append(file) } }
      }
      #expect(trace(played) == expected && Set(files).count >= 14)
      for file in files {
        try file.write(to: URL(filePath: path))
        let resumed = try checkpoint(path)
        #expect(trace(resumed { play(epochs: 2) }) == expected)
      }
      let names = try SafetensorsFile(path: path).names
      #expect(
        names.contains("training 1/generator.layers.0") && names.contains("training 1/discriminatorOptimizer.v.3"))
    }
  }

  @Test("a GAN killed in the middle of a step resumes where it was and ends with the same bits")
  func killed() async throws {
    let result = await #expect(processExitsWith: .signal(SIGKILL), observing: [\.standardErrorContent]) {
      let path = FileManager.default.temporaryDirectory.path() + "/game \(UUID().uuidString)"
      FileHandle.standardError.write(Data("the file is \(path)\n".utf8))
      _ = try checkpoint(path)({ play(epochs: 3) { step in if step.number == 19 { kill(getpid(), SIGKILL) } } })
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    let path = String(try #require(message.firstMatch(of: /the file is (.*)\n/)).1)
    defer { try? FileManager.default.removeItem(atPath: path) }
    var numbers: [Int] = []
    let resumed = try checkpoint(path)
    let played = resumed { play(epochs: 3) { numbers.append($0.number) } }
    #expect(numbers == Array(18...24), "step 18 was kept when step 18 had been made")
    #expect(trace(played) == trace(play(epochs: 3)))
  }

  @Test("a game stops if a player measures something else, and names the player")
  func otherMeasures() async {
    let result = await #expect(processExitsWith: .exitCode(65), observing: [\.standardErrorContent]) {
      struct Walk: TrainingState {
        var place = Tensor([0.0], scalarType: .double)
        static var kept: [PartialKeyPath<Walk>] { [\.place] }
      }
      try TemporaryFolder.temporary { folder in
        for shift in [0.0, 0.5] {
          let keeper = try Checkpoint(
            path: folder.path + "/run", command: "", goOn: "",
            tell: { FileHandle.standardError.write(Data($0.utf8)) }, leastSeconds: 0, largestShare: .infinity)
          var walk = Walk()
          let plan = TrainingPlan(epochs: 9, batchSize: 1)
          keeper {
            _ = train(&walk, examples: 1, plan: plan, random: RandomSource(seed: 1)) { walk, step throws(Breakdown) in
              if shift == 0 && step.number == 5 {
                throw Breakdown(player: "walker", step: 5, epoch: 5, loss: .nan, cause: .loss(nil))
              }
              walk.place = walk.place + 1
              step.measure("height", walk.place.item + shift)
            }
          }
        }
      }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("training 1: the loss of 'walker' is nan in step 5 of epoch 5: diverged"), "\(message)")
    #expect(message.contains("the next height was 4.0 and is now 4.5"), "\(message)")
  }
}
