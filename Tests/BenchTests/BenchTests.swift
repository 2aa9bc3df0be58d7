import Testing
import bench

@Suite("The benchmark of training steps")
struct BenchTests {
  @Test("the models have the parameters of their rivals, counted by torch_steps.py and PyTorch 2.13, and make a step")
  func parameters() {
    let counts = [
      "mlp": 235_146, "regularized": 270_346, "lenet": 61_706, "cifar": 1_181_386, "resnet8": 78_042,
      "separable": 47_016, "bilstm": 2_561_410, "gru": 86_848, "attention": 1_048_576, "transformer": 2_073_602,
      "gpt": 818_241, "dcgan": 1_269_376, "wgan_gp": 533_505, "vae": 835_384, "ddpm": 545_795, "denoise": 545_795,
      "lstm": 350_593, "translator": 140_363, "vit": 214_218, "decode": 124_439_808, "vq_vae": 379_329,
      "detector": 61_273, "dqn": 4_610,
    ]
    #expect(Set(Step.all.map(\.name)) == Set(counts.keys))
    for step in Step.all {
      let workload = step.make(1)
      let loss = workload.run()
      #expect(workload.parameters == counts[step.name], "\(step.name)")
      #expect(step.operations > 0 && !step.what.isEmpty)
      #expect((loss == nil) == ["attention", "decode", "denoise"].contains(step.name), "\(step.name)")
      #expect(loss?.isFinite != false, "\(step.name)")
    }
  }

  @Test(
    "a training step learns: the loss falls on the same batch",
    arguments: ["lstm", "translator", "vit", "vq_vae", "detector", "dqn"])
  func learning(name: String) throws {
    let workload = try #require(Step.all.first { $0.name == name }).make(1)
    let losses = (0..<6).map { _ in workload.run() ?? .nan }
    #expect(losses[5] < losses[0], "\(losses)")
  }

  @Test("a step counts two operations a multiplication, for each pass through each layer")
  func operations() throws {
    let mlp = try #require(Step.all.first { $0.name == "mlp" })
    let multiplications = 2 * 784 * 256 + 3 * 256 * 128 + 3 * 128 * 10
    #expect(mlp.operations == Double(2 * 128 * multiplications))
  }

  @Test("times are compared round by round, and ratios by their geometric mean")
  func comparison() {
    let results = [
      Comparison(step: Step.all[0], rounds: [(1, 2), (10, 40), (2, 6)]),
      Comparison(step: Step.all[1], rounds: [(4, 3), (8, 6)]),
    ]
    #expect(results[0].ratios == [2, 4, 3])
    #expect(results[0].ratio == 3 && results[0].ours == 2 && results[0].theirs == 6)
    #expect(results[1].ratio == 0.75 && results[1].ours == 6 && results[1].theirs == 4.5)
    #expect(abs(Comparison.geometricMean(results) - 1.5) < 1e-12)
  }

  @Test("the speed of writing: symbols of all texts, weights read per second, and their share of the memory's speed")
  func generation() {
    // 500 MB of weights in 20 ms are 25 GB/s.
    let alone = GenerationSpeed(texts: 1, weights: 500_000_000, rounds: [(20, 50, nil)])
    #expect(alone.symbolsPerSecond == 50 && abs(alone.speed - 25) < 1e-9 && alone.shares == [0.5])
    #expect(alone.theirs == nil && alone.ratios.isEmpty)
    let four = GenerationSpeed(texts: 4, weights: 500_000_000, rounds: [(20, 50, 30), (25, 25, 100), (10, 50, 40)])
    #expect(four.ours == 20 && four.theirs == 40 && four.bandwidth == 50 && four.symbolsPerSecond == 200)
    #expect(four.ratios == [1.5, 4, 4])
    #expect(zip(four.shares, [0.5, 0.8, 1]).allSatisfy { abs($0 - $1) < 1e-9 })
  }

  @Test("the speed of sampling: the time of a step, and images per second")
  func sampling() {
    let alone = SamplingSpeed(sampler: .ddim, rounds: [(3_200, nil)])
    #expect(alone.millisecondsPerStep == 64 && alone.imagesPerSecond == 20)
    #expect(alone.theirs == nil && alone.ratios.isEmpty)
    let beside = SamplingSpeed(sampler: .ddpm, rounds: [(100, 200), (50, 200), (80, 400)])
    #expect(beside.ours == 80 && beside.theirs == 200 && beside.ratios == [2, 4, 5])
    #expect(Sampling.allCases.map(\.steps) == [50, 1_000])
  }
}
