import Backprop
import Figures
import Messages
import RNN
import Running
import Tensors
import Training

// § 5.4: clipping, and the latch.

/// Gradient descent on a recurrent network whose gradient explodes.
public struct ClippingRun: Sendable {
  /// How the gradient is treated.
  public let name: String
  /// The loss and the gradient's norm before every step.
  public let losses, norms: [Double]
}

/// Descends from W_hh = 1.5 Q with small inputs, with and without clipping to norm 1. (5.8)
public func rescueByClipping(steps: Int, random: RandomSource) -> [ClippingRun] {
  let layer = VanillaRNN(1, 32, recurrent: .orthogonal(1.5), random: random)
  var start = SequenceNetwork(layer, outputs: 1, random: random)
  start.layer.weights.inputBias = 0 * start.layer.weights.inputBias
  start.layer.weights.recurrentBias = 0 * start.layer.weights.recurrentBias
  start.layer.weights.input = 1e-4 * start.layer.weights.input
  let (x, classes) = LatchTask(steps: 40, noise: 0.01).batch(64, random: random)
  let targets = Tensor(classes.map { 2 * Double($0) - 1 }, shape: [64, 1])
  return [nil, 1.0].map { clip in
    var (network, losses, norms) = (start, [Double](), [Double]())
    for _ in 0..<steps {
      let (loss, gradient) = valueWithGradient(at: network) { ($0.summary(x) - targets).squared().mean() }
      losses.append(loss.item)
      norms.append(gradient.totalNorm)
      let step = clip.map { gradient.clipped(norm: $0) } ?? gradient
      network = network.zipParameters(step) { $0 - 0.05 * $1 }
    }
    return ClippingRun(name: clip == nil ? "not clipped" : "clipped to norm 1", losses: losses, norms: norms)
  }
}

func clippingTable(_ runs: [ClippingRun]) -> Table {
  let moments = [0, 1, 2, 5, 20].filter { $0 < runs[0].losses.count } + [runs[0].losses.count - 1]
  return Table(
    "Gradient descent from W_hh = 1.5 Q, η = 0.05",
    columns: ["step"] + runs.flatMap { ["loss, \($0.name)", "‖g‖, \($0.name)"] },
    rows: moments.map { t in
      [.integer(t)] + runs.flatMap { [finite($0.losses[t]), finite($0.norms[t])] }
    })
}

private func finite(_ x: Double) -> Table.Cell { x.isFinite ? .scientific(x) : "not finite" }

// MARK: - The latch

/// The results of several seeds on the latch.
public struct LatchResult: Sendable {
  /// The layer.
  public let name: String
  /// For every seed the steps until 98 % were right, nil if they never were, and the last accuracy.
  public let seeds: [(steps: Int?, accuracy: Double)]
}

/// The layers that are trained on the latch.
public let latchLayers = ["simple, as usual", "simple, orthogonal", "LSTM, as usual", "LSTM, chrono"]

/// Trains the layers of `latchLayers` on the latch over T steps, with as many seeds.
public func trainOnLatch(
  steps T: Int, plan: DelayPlan, seeds: [UInt64],
  report: (String) -> (@Sendable (TrainingProgress) -> Void)? = { _ in nil }
) -> [LatchResult] {
  let task = LatchTask(steps: T)
  func result<Layer: RecurrentLayer>(_ name: String, rate: Double, _ make: (RandomSource) -> Layer) -> LatchResult {
    LatchResult(
      name: name,
      seeds: seeds.enumerated().map { place, seed in
        let random = RandomSource(seed: seed)
        var plan = plan
        (plan.learningRate, plan.report) = (rate, report("\(name), seed \(place + 1)"))
        let network = SequenceNetwork(make(random), outputs: 2, random: random)
        let training = network.trained(on: task, plan: plan, random: random)
        return (training.steps(to: 0.98), training.accuracy)
      })
  }
  return [
    result(latchLayers[0], rate: 1e-3) { VanillaRNN(1, 32, random: $0) },
    result(latchLayers[1], rate: 1e-3) { VanillaRNN(1, 32, recurrent: .orthogonal(1), random: $0) },
    result(latchLayers[2], rate: 3e-3) { LongShortTermMemory(1, 32, random: $0) },
    result(latchLayers[3], rate: 3e-3) { LongShortTermMemory(1, 32, forgetBias: .chrono(longest: T), random: $0) },
  ]
}

/// Trains on the latch and shows the results.
func showLatch(_ run: Run) {
  let seeds = (0..<run.choose(quick: 1, standard: 3, full: 3)).map { _ in run.random.next() }
  var plan = DelayPlan(steps: run.choose(quick: 40, standard: 3_000, full: 6_000), learningRate: 1e-3)
  plan.stepsPerCheck = run.choose(quick: 20, standard: 100, full: 100)
  plan.level = 0.98
  let T = run.choose(quick: 20, standard: 100, full: 100)
  let results = trainOnLatch(steps: T, plan: plan, seeds: seeds) { run.progress($0) }
  run.show(
    Table(
      "The latch over \(T) noisy steps: training steps until 98 % are right, at most \(grouped(plan.steps))",
      columns: ["layer"] + seeds.indices.map { "seed \($0 + 1)" } + ["accuracies"],
      rows: results.map { result in
        [.text(result.name)] + result.seeds.map { .text($0.steps.map { "\($0)" } ?? "never") }
          + [.text(result.seeds.map { decimals($0.accuracy, 2) }.joined(separator: ", "))]
      }), as: "latch")
  for result in results {
    run.card("latch, \(result.name)", result.seeds.map(\.accuracy).reduce(0, +) / Double(seeds.count))
  }
}
