import Backprop
import Checking
import Foundations
import Synchronization
import Tensors
import Testing

@Suite("§ 2.2.2 Checkpointing")
struct CheckpointingTests {
  private static let network = BackpropagationTests.network([3, 4, 5, 4, 5, 4, 2], .tanh)
  private static let x = spread([6, 3], offset: 50)
  private static let labels = [0, 1, 1, 0, 1, 0]

  @Test("§ 2.2.2: one stage recorded at a time gives the same gradient as all at once", arguments: [1, 2, 3, 4, 6, 9])
  func automatic(length: Int) {
    let (network, labels) = (Self.network, Self.labels)
    let truth = valueWithGradient(at: network) { crossEntropy(logits: $0(Self.x), labels: labels) }
    let found = checkpointedGradient(at: network.stages(of: length), input: Self.x) {
      crossEntropy(logits: $0, labels: labels)
    }
    expectClose(found.value, truth.value, tolerance: 0)
    expectClose(
      network.replacingLayers(by: found.gradient).flattened, truth.gradient.flattened, tolerance: 1e-13, scale: 1e-6)
  }

  @Test("§ 2.2.2: checkpoints in the δ recursion change nothing but memory and time", arguments: [1, 2, 3, 4, 6])
  func byHand(length: Int) {
    let plain = lossWithBackpropagation(Self.network, at: Self.x, .crossEntropy(labels: Self.labels))
    let found = checkpointedBackpropagation(
      Self.network, at: Self.x, .crossEntropy(labels: Self.labels), every: length)
    expectClose(found.loss, plain.loss, tolerance: 0)
    expectClose(found.gradient.flattened, plain.gradient.flattened, tolerance: 0)
    let lastStage = 6 % length == 0 ? length : 6 % length
    #expect(found.layerEvaluations == 12 - lastStage)
  }

  @Test(
    "§ 2.2.2: a stage of all layers stores as much as a forward pass; √L stages store least, for under one more pass"
  )
  func counted() {
    let deep = MLP([Int](repeating: 8, count: 17), activation: .tanh, random: RandomSource(seed: 1))
    let (x, y) = (Tensor.ones([2, 8]), OutputLoss.meanSquaredError(targets: Tensor.ones([2, 8])))
    let runs = [1, 2, 4, 8, 16].map { checkpointedBackpropagation(deep, at: x, y, every: $0) }
    #expect(runs.map(\.layerEvaluations) == [31, 30, 28, 24, 16])
    #expect(runs[4].peakScalars == ForwardPass(deep, at: x).storedScalars)
    #expect(runs.map { $0.peakScalars / 16 } == [18, 12, 12, 18, 33])
  }

  @Test("§ 2.2.2: stages can be any modules; each is called twice, the last one once")
  func modules() {
    let tally = CallTally()
    let stages = (0..<4).map { Stage(weight: spread([3, 3], offset: 9 * $0), tally: tally) }
    let x = spread([2, 3], offset: 50)
    let loss = { (h: Tensor) in h.squared().sum() }
    let truth = gradient(at: stages) { loss($0.reduce(x) { h, stage in stage(h) }) }
    #expect(tally.count == 4)
    let found = checkpointedGradient(at: stages, input: x, loss: loss).gradient
    #expect(tally.count == 4 + 7)
    expectClose(found.flattened, truth.flattened, tolerance: 1e-13, scale: 1e-6)
  }

  @Test("§ 2.2.2: stages with running statistics observe them once, and noise that counts its uses draws new numbers")
  func statistics() {
    var stages = (0..<3).map { NoisyStage(weight: spread([2, 2], offset: 4 * $0)) }
    let x = spread([4, 2], offset: 20)
    let loss = { (h: Tensor) in h.squared().sum() }
    for uses in 1...2 {
      let truth = gradient(at: stages) { loss($0.reduce(x) { h, stage in stage(h) }) }
      let found = checkpointedGradient(at: stages, input: x, loss: loss).gradient
      expectClose(found.flattened, truth.flattened, tolerance: 1e-13, scale: 1e-6)
      #expect(found.statistics == truth.statistics)
      #expect(found.allSatisfy { $0.uses.item == Double(uses) })
      stages.adoptStatistics(of: found)
    }
  }

  @Test("the activations of the forward pass must be those of the same input: with others the gradient is wrong")
  func dropped() {
    let plain = lossWithBackpropagation(Self.network, at: Self.x, .crossEntropy(labels: Self.labels))
    let pass = ForwardPass(Self.network, at: Self.x)
    let δ = softmaxCrossEntropyDelta(pass.output, labels: Self.labels)
    let forgotten = ForwardPass(Self.network, at: Tensor.zeros(Self.x.shape, scalarType: .double))
    let wrong = Self.network.backpropagate(δ, through: forgotten).gradient
    #expect(relativeDistance(wrong, plain.gradient) > 0.1)
    let recomputed = Self.network.backpropagate(δ, through: ForwardPass(Self.network, at: Self.x)).gradient
    expectClose(recomputed.flattened, plain.gradient.flattened, tolerance: 0)
  }

  @Test("stages of no layers, and no stages, stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = MLP([2, 2], random: RandomSource(seed: 1)).stages(of: 0) }
    await #expect(processExitsWith: .failure) {
      _ = checkpointedGradient(at: [LayerRun](), input: Tensor.ones([1, 2])) { $0.sum() }
    }
  }
}

/// Counts calls; a class because all stages report to the same one.
private final class CallTally: Sendable {
  private let calls = Mutex(0)
  var count: Int { calls.withLock { $0 } }
  func add() { calls.withLock { $0 += 1 } }
}

private struct Stage: Module {
  var weight: Tensor
  let tally: CallTally
  static var parameters: [PartialKeyPath<Stage>] { [\.weight] }
  func callAsFunction(_ x: Tensor) -> Tensor {
    tally.add()
    return matmul(x, weight).tanh()
  }
}

/// A linear map times noise that depends on how often the stage was used; it keeps the mean of its inputs.
private struct NoisyStage: Module {
  var weight: Tensor
  var mean = Tensor.zeros([2], scalarType: .double)
  var uses = Tensor(0, scalarType: .double)
  static var parameters: [PartialKeyPath<NoisyStage>] { [\.weight] }
  static var statistics: [PartialKeyPath<NoisyStage>] { [\.mean, \.uses] }

  func callAsFunction(_ x: Tensor) -> Tensor {
    mean.observe { 0.9 * $0 + 0.1 * x.mean(axes: [0]) }
    let noise = RandomSource(seed: UInt64(uses.observe { $0 + 1 }.item)).uniform()
    return matmul(x, weight) * (1 + noise)
  }
}
