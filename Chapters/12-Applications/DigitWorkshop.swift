import Applications
import Backprop
import DataSets
import Foundations
import Running
import Tensors
import Training

/// The trainings of one run of § 12.8: small networks on the optical digits, with a count of their operations.
struct DigitWorkshop {
  /// 1,297 digits to learn from, and 500 others.
  let seen, test: LabeledImages
  /// The operations of all trainings so far: 6 N D, and 4 N D for frozen weights. Fleuret 2.1
  private(set) var operations = 0.0
  private let run: Run
  private let start = ContinuousClock.now

  /// The workshop of a run, before its first training.
  init(_ run: Run) throws {
    self.run = run
    (seen, test) = try LabeledImages.opticalDigits().stratifiedSplit(first: 1_297, from: RandomSource(seed: 12))
  }

  /// A copy of a network after some steps of Adam on batches of 50 from the given number of examples.
  mutating func trained<M: Module>(
    _ network: M, examples: Int, steps: Int, rate: Double = 2e-3, frozen: Int = 0, _ label: String,
    loss: (M, [Int]) -> Tensor
  ) -> M {
    var (network, adam) = (network, Adam(learningRate: rate))
    let steps = run.choose(quick: min(100, steps), standard: steps, full: steps)
    let plan = run.reporting(TrainingPlan(steps: steps, examples: examples, batchSize: 50), label)
    count(parameters: network.parameterCount, frozen: frozen, examples: plan.epochs * examples)
    train(&network, with: &adam, examples: examples, plan: plan, random: run.random.split(), loss: loss)
    return network
  }

  /// Counts the operations of a training.
  mutating func count(parameters: Int, frozen: Int = 0, examples: Int) {
    operations += trainingOperations(
      parameters: Double(parameters), frozen: Double(frozen), tokens: Double(examples))
  }

  /// A copy of a network after a training with labels.
  mutating func taught(
    _ network: MLP, _ images: LabeledImages, steps: Int, rate: Double = 2e-3, _ label: String
  ) -> MLP {
    trained(network, examples: images.count, steps: steps, rate: rate, label) { model, batch in
      let part = images.subset(batch)
      return crossEntropy(logits: model(part.images), labels: part.labels)
    }
  }

  /// The network 64-256-256-10, trained on all digits to learn from.
  mutating func teacher() -> MLP {
    taught(MLP([64, 256, 256, 10], random: run.random.split()), seen, steps: 800, "64-256-256-10")
  }

  /// The accuracy of a network on the 500 other digits.
  func score(_ network: some Module<Tensor, Tensor>) -> Double {
    accuracy(network(test.images), labels: test.labels)
  }

  /// Puts the energy and the carbon dioxide of the trainings on the card: what an A100 at half its peak would take for
  /// the counted operations, and what this machine took at an assumed power of 30 W. § 12.8
  func cardFootprint() {
    let there = TrainingFootprint(operations: operations, on: .a100, utilization: 0.5, overhead: 1.1, intensity: 0.429)
    let passed = (ContinuousClock.now - start) / .seconds(1)
    let here = TrainingFootprint(deviceHours: passed / 3600, kilowatts: 0.03, intensity: 0.429)
    run.card("floating-point operations of the trainings", operations)
    run.card("joules on an A100 at half its peak, overhead 1.1", 3.6e6 * there.kilowattHours)
    run.card("micrograms of CO₂ for these at 0.429 kg/kWh", 1e12 * there.tonnes)
    run.card("joules here at 30 W", measured: 3.6e6 * here.kilowattHours)
    run.card("micrograms of CO₂ for these at 0.429 kg/kWh, here", measured: 1e12 * here.tonnes)
  }
}
