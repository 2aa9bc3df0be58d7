import Foundation
import Synchronization
import Tensors
import Testing
import Training

/// One layer x w + b with its own noise, which follows from the number of its uses, a running statistic.
private struct NoisyLayer: Module {
  var weight = Tensor([[1], [-1]])
  var bias = Tensor([0.5])
  var uses = Tensor(0, scalarType: .double)
  static var parameters: [PartialKeyPath<NoisyLayer>] { [\.weight, \.bias] }
  static var statistics: [PartialKeyPath<NoisyLayer>] { [\.uses] }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let noise = RandomSource(seed: UInt64(uses.observe { $0 + 1 }.item)).uniform()
    return matmul(x, weight, plus: bias) * noise
  }
}

private struct Network: Module {
  var layers = [NoisyLayer()]
  var shift = Tensor([0])
  static var parameters: [PartialKeyPath<Network>] { [\.layers, \.shift] }
  func callAsFunction(_ x: Tensor) -> Tensor { layers[0](x) + shift }
}

@Suite("Training: breakdowns")
struct BreakdownTests {
  /// Trains on four examples, each a batch, for three epochs; the loss of an example is `loss` of the network's output.
  private func train(
    _ network: inout Network, on x: Tensor = Tensor.ones([4, 2]), learningRate: Double = 0.01,
    report: (@Sendable (TrainingProgress) -> Void)? = nil,
    loss: (_ y: Tensor, _ batch: [Int]) -> Tensor
  ) -> History {
    var (descent, plan) = (GradientDescent(learningRate: learningRate), TrainingPlan(epochs: 3, batchSize: 1))
    plan.report = report
    return Training.train(&network, with: &descent, examples: 4, plan: plan, random: RandomSource(seed: 1)) {
      network, batch in loss(network(x.gathered(batch)), batch)
    }
  }

  @Test("a non-finite example is reported with the step and the layer that it enters")
  func data() throws {
    var (network, steps) = (Network(), 0)
    let x = Tensor([1, 1, 1, 1, 1, .nan, 1, 1], shape: [4, 2])
    let history = train(&network, on: x) { y, batch in
      if batch != [2] { steps += 1 }
      return y.squared().sum()
    }
    let breakdown = try #require(history.breakdown)
    #expect(breakdown.step == steps + 1 && breakdown.epoch == 1 && breakdown.layers == ["layers.0"])
    #expect(
      "\(breakdown)".hasSuffix(
        "of epoch 1, because an input of 'matmul' at layers.0 that is not a parameter was not finite: "
          + "look for NaN and infinities among the examples"))
    #expect(network.isFinite && network.layers[0].uses.item == Double(steps), "the last good state is left")
    #expect(history.hasDiverged && history.epochs.count == 1)
  }

  @Test("a parameter that is not finite before the first step is named")
  func parameter() throws {
    var network = Network()
    network.shift = Tensor([.infinity])
    let breakdown = try #require(train(&network) { y, _ in y.sum() }.breakdown)
    #expect(breakdown.step == 1 && breakdown.layers == ["shift"])
    #expect(
      "\(breakdown)"
        == "the loss is inf in step 1 of epoch 1, because shift was not finite before the step: "
        + "check how the model was made or loaded"
    )
  }

  @Test("an operation that overflows is named with its layer; the search uses the noise of the step")
  func overflow() throws {
    var network = Network()
    let noises = (1...12).map { RandomSource(seed: UInt64($0)).uniform() }
    let place = try #require(noises.firstIndex { 100 * $0 > 88.73 })  // e^88.73 is the first beyond Float
    #expect(place > 0 && place < 11 && 100 * noises[place + 1] < 88.7)
    let x = Tensor([[2, 0.5]]).broadcast(to: [4, 2])
    let history = train(&network, on: x, learningRate: 0) { y, _ in (50 * y).exp().sum() }
    let breakdown = try #require(history.breakdown)
    #expect(breakdown.step == place + 1)
    #expect(
      "\(breakdown)".contains(", which began with 'exp' in the loss, after shift: a lower learning rate may help"))
    #expect(network.isFinite && network.layers[0].uses.item == Double(place))
  }

  @Test("a gradient that is infinite while the loss is finite ends the training before its step")
  func gradient() throws {
    var network = Network()
    (network.layers[0].weight, network.layers[0].bias) = (Tensor.zeros([2, 1]), Tensor([0]))
    let before = network.parameters
    let reports = Mutex([TrainingProgress]())
    let history = train(&network, report: { report in reports.withLock { $0.append(report) } }) { y, _ in
      y.squareRoot().sum()
    }
    let breakdown = try #require(history.breakdown)
    #expect(breakdown.cause == .gradient(["layers.0.weight", "layers.0.bias", "shift"]) && breakdown.loss == 0)
    #expect(breakdown.layers == ["layers.0", "shift"])
    #expect(
      "\(breakdown)".hasPrefix(
        "the gradient of layers.0.weight, layers.0.bias and 1 more is not finite in step 1 of epoch 1, "
          + "although the loss is 0.0000: "
      ))
    #expect(network.parameters == before && network.layers[0].uses.item == 0)
    #expect(history.hasDiverged && history.losses[0].isNaN && history.epochs.count == 1)
    #expect(reports.withLock { $0.map(\.breakdown) } == [breakdown])
  }

  @Test("a running statistic that would not be finite ends the training, too")
  func statistic() throws {
    var network = Network()
    network.layers[0].uses = Tensor(.greatestFiniteMagnitude, scalarType: .double)
    var (descent, plan) = (GradientDescent(learningRate: 0.01), TrainingPlan(epochs: 1, batchSize: 1))
    plan.epochs = 2
    let history = Training.train(
      &network, with: &descent, examples: 1, plan: plan, random: RandomSource(seed: 1)
    ) { network, _ in
      network.layers[0].uses.observe { 2 * $0 }
      return network.layers[0].bias.squared().sum()
    }
    #expect(history.breakdown?.cause == .statistics(["layers.0.uses"]) && history.epochs.count == 1)
    #expect(network.isFinite)
    let reason = "the values that layers.0.uses observed are not finite in step 1"
    #expect("\(try #require(history.breakdown))".hasPrefix(reason))
  }

  @Test("a failure that does not recur has no place, and is reported as divergence")
  func once() throws {
    var (network, isFirst) = (Network(), true)
    let history = train(&network) { y, _ in
      defer { isFirst = false }
      return y.sum() * (isFirst ? .nan : 1)
    }
    let breakdown = try #require(history.breakdown)
    #expect(breakdown.cause == .loss(nil) && breakdown.layers == [])
    #expect("\(breakdown)" == "the loss is nan in step 1 of epoch 1: diverged; a lower learning rate may help")
  }

  @Test("the search does not change the random sources of a run")
  func random() {
    let ledger = RandomLedger()
    RandomLedger.$current.withValue(ledger) {
      let (used, expected) = (RandomSource(seed: 7), RandomSource(seed: 7))
      var (network, steps) = (Network(), 0)
      let history = train(&network) { y, _ in
        _ = used.uniform()
        steps += 1
        return y.sum() * (steps >= 3 ? .infinity : 1)
      }
      #expect(history.breakdown?.step == 3 && steps == 4)
      for _ in 0..<3 { _ = expected.uniform() }
      #expect(used.uniform() == expected.uniform())
    }
  }

  @Test("training that ends normally has no breakdown; a history keeps its own when it is saved")
  func saving() throws {
    var network = Network()
    #expect(train(&network) { y, _ in y.squared().sum() }.breakdown == nil)
    let history = train(&network) { y, _ in (y * 0).log().sum() }
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let copy = try decoder.decode(History.self, from: encoder.encode(history))
    #expect(copy.breakdown != nil && copy.breakdown == history.breakdown)
    #expect(copy.breakdown?.description.contains("'log'") == true)
  }
}
