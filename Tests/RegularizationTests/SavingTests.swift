import Backprop
import Files
import Foundation
import Foundations
import Regularization
import Tensors
import Testing
import Training

/// A temporary file, removed when the test ends.
private final class ScratchFile {
  let path = FileManager.default.temporaryDirectory.appending(path: "saving-\(UUID().uuidString)").path()
  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// The bytes of all parameters and statistics.
private func bytes<M: Parameterized>(_ model: M) -> [[UInt8]] { model.namedTensors.map(\.tensor.littleEndianBytes) }

@Suite("Saving the models and optimizers of chapters 1 to 3")
struct SavingTests {
  private var models: [any Module] {
    get throws {
      let random = RandomSource(seed: 1)
      var legacy = LegacyNumPyRandom(seed: 1)
      var mixer = MixerConfiguration()
      (mixer.imageSize, mixer.depth, mixer.hidden) = (8, 2, 6)
      let family = NetworkFamily(
        inputs: 3, hiddenLayers: 2, outputs: 2, baseWidth: 4, parametrization: .maximalUpdate)
      let x = random.normal([20, 3])
      return [
        MLPMixer(mixer, random: random), KolmogorovArnoldNetwork([2, 3, 1], random: random),
        Neuron(weights: x[0], bias: Tensor(1), activation: .tanh), MLP([4, 3, 2], random: random),
        ShallowNetwork(w: x, b: x[0], c: x[1], σ: .relu),
        try LogisticRegression(fitting: x, random.bernoulli([20], probability: 0.5)),
        family.network(width: 5, random: random), HandWrittenNetwork(3, 4, 2, random: &legacy),
        TanhNetwork(random: random),
        DeepNetwork(depth: 3, width: 4, activation: .relu, initialization: .he, random: random),
        LayerNormalization([3]), GroupNormalization(channels: 4, groups: 2), BatchNormalization(features: 3),
        StochasticDepth(MLP([3, 3], random: random), survival: 0.5, random: random),
        DropPath(probability: 0.5, random: random), Dropout(probability: 0.5, random: random),
        NormalizedNetwork([4, 3, 3, 2], .batch, random: random),
        NormalizedNetwork([4, 3, 3, 2], .layer, random: random),
        RegularizedNetwork(inputs: 4, hidden: 3, classes: 2, random: random),
      ]
    }
  }

  @Test("every model of chapters 1 to 3 can be saved and loaded, including its statistics")
  func roundTrips() throws {
    for model in try models { try expectRoundTrip(model) }
  }

  private func expectRoundTrip<M: Module>(_ model: M) throws {
    let file = ScratchFile()
    var saved = model
    saved.forEachStatistic { $0 = $0 + 3 }
    try save(saved, to: file.path)
    var loaded = model.mapParameters { 0 * $0 }
    try load(into: &loaded, from: file.path)
    #expect(bytes(loaded) == bytes(saved), "\(M.self)")
  }

  @Test("a model converted to Double and back is unchanged, including its counts, and can be loaded")
  func converted() throws {
    for model in try models where model.parameters.allSatisfy({ $0.scalarType == .float }) {
      try expectConvertible(model)
    }
  }

  private func expectConvertible<M: Model>(_ model: M) throws {
    let file = ScratchFile()
    var used = model
    used.forEachStatistic { $0 = $0 + 3 }
    let back = used.converted(to: .double).converted(to: .float)
    #expect(bytes(back) == bytes(used), "\(M.self)")
    try save(back, to: file.path)
    var loaded = model
    try load(into: &loaded, from: file.path)
    #expect(bytes(loaded) == bytes(used), "\(M.self)")
  }

  @Test("a count of uses is exact beyond the integers of Float, in a model of either type")
  func count() {
    var dropout = Dropout(probability: 0.5, random: RandomSource(seed: 1)).converted(to: .float)
    dropout.forEachStatistic { $0 = $0 + 16_777_216 }
    for _ in 0..<2 { _ = dropout.observing { $0(Tensor.ones([4])) } }
    #expect(dropout.statistics[0].item == 16_777_218)
  }

  @Test("names are those of the properties: no two alike, none a bare number")
  func names() throws {
    for model in try models {
      let names = model.namedTensors.map(\.name)
      #expect(Set(names).count == names.count && names.allSatisfy { $0.first?.isLetter == true }, "\(names)")
    }
    let random = RandomSource(seed: 1)
    #expect(
      RegularizedNetwork(inputs: 4, hidden: 3, classes: 2, random: random).namedTensors.map(\.name) == [
        "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "layers.2.weight", "layers.2.bias",
        "normalizations.0.scale", "normalizations.0.shift", "normalizations.1.scale", "normalizations.1.shift",
        "normalizations.0.runningMean", "normalizations.0.runningVariance", "normalizations.1.runningMean",
        "normalizations.1.runningVariance", "dropouts.0.noise.uses", "dropouts.1.noise.uses",
      ])
  }

  @Test("every optimizer of chapters 1 to 3 continues from a file with the same steps")
  func optimizers() throws {
    let scaled = NetworkFamily(
      inputs: 4, hiddenLayers: 1, outputs: 2, baseWidth: 2, parametrization: .maximalUpdate)
    let optimizers: [any Optimizer] = [
      GradientDescent(learningRate: 0.05), Adam(learningRate: 0.05, weightDecay: 0.3), Momentum(learningRate: 0.05),
      Nesterov(learningRate: 0.05), AdaGrad(learningRate: 0.1), RMSProp(learningRate: 0.02, epsilonPlace: .insideRoot),
      AdamByFormula(learningRate: 0.05, weightDecay: 0.3), AMSGrad(learningRate: 0.05), Muon(learningRate: 0.05),
      LARS(learningRate: 2, trust: 0.02), LAMB(learningRate: 0.05), Lion(learningRate: 0.01),
      AdamWithL2(learningRate: 0.05, penalty: 0.1), ShrinkingGradientDescent(learningRate: 0.1, strength: 0.2),
      Clipped(Adam(learningRate: 0.1), norm: .infinity), Clipped(Lion(), norm: 0.5),
      scaled.adam(width: 3, learningRate: 0.1),
    ]
    for optimizer in optimizers {
      try expectSameSteps(optimizer, before: 0)
      try expectSameSteps(optimizer, before: 3)
    }
  }

  private func expectSameSteps<O: Optimizer>(_ optimizer: O, before: Int) throws {
    let file = ScratchFile()
    let random = RandomSource(seed: 1)
    var (model, optimizer) = (MLP([4, 3, 2], random: random), optimizer)
    func steps(_ model: inout MLP, _ optimizer: inout O, _ count: Int, _ random: RandomSource) {
      for _ in 0..<count { optimizer.update(&model, along: model.mapParameters { random.normal($0.shape) }) }
    }
    steps(&model, &optimizer, before, random)
    try save(model, with: ["optimizer": optimizer, "random": random], to: file.path)
    steps(&model, &optimizer, 3, random)

    var loaded = MLP([4, 3, 2], random: RandomSource(seed: 2))
    try load(into: &loaded, from: file.path)
    var again = try load(O.self, named: "optimizer", from: file.path)
    steps(&loaded, &again, 3, try load(RandomSource.self, named: "random", from: file.path))
    #expect(bytes(loaded) == bytes(model), "\(O.self) after \(before) steps")
  }
}
