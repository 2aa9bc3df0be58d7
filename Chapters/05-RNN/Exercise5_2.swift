import Backprop
import Figures
import Messages
import RNN
import Running
import Tensors
import Training

/// Exercise 5.2: ‖∂hₜ/∂hₖ‖ over 100 steps for trained networks, the bound (5.7), and what decides about vanishing.
public let exercise5_2 = Exercise(
  "5.2", "The gradient over 100 steps", stars: 2, seconds: 15, full: 40
) { run in
  let T = run.choose(quick: 20, standard: 100, full: 100)
  var plan = DelayPlan(steps: run.choose(quick: 20, standard: 1_500, full: 3_000), learningRate: 1e-3)
  plan.stepsPerCheck = run.choose(quick: 10, standard: 50, full: 50)
  plan.level = 0.98
  let every = run.choose(quick: 10, standard: 5, full: 1)
  let curves = trainedCurves(steps: T, every: every, plan: plan, random: run.random) { run.progress($0) }
  run.show(curveTable(curves, T), as: "curves")
  run.show(
    Panels(
      "The gradient over the lag, before and after training on the latch",
      [false, true].map { isTrained in
        LineChart(
          isTrained ? "after" : "before", x: Axis("lag t − k"), y: Axis("‖∂sₜ/∂sₖ‖", .logarithmic, range: 1e-24...1e6),
          series: curves.map { curve in
            let norms = isTrained ? curve.after : curve.before
            return Series(curve.name, x: norms.lags.map(Double.init), norms.norms)
          })
      }), as: "curves")
  let bounds = checkBounds(every: every, steps: T, random: run.random)
  run.show(
    Table(
      "(5.7) along \(T) steps: the largest norm over its bound, for \(bounds[0].ratios.count) draws",
      columns: ["W_hh", "least", "largest"],
      rows: bounds.map {
        [.text($0.name), .scientific($0.ratios.min() ?? 0), .number($0.ratios.max() ?? 0, decimals: 4)]
      }), as: "bounds")
  let starts = studyInitializations(units: run.choose(quick: 16, standard: 64, full: 128), steps: T, random: run.random)
  run.show(
    Table(
      "‖∂h_T/∂h₀‖ of a simple layer, T = \(T), by W_hh and by the size of the inputs",
      columns: ["W_hh"] + inputSizes.map { "input \(decimals($0, 2))" },
      rows: starts.map { start in [.text(start.name)] + start.norms.map { .scientific($0) } }), as: "initializations")
  for curve in curves {
    run.card("lag \(T), \(curve.name), trained", scientific(curve.after.norms.last ?? 0))
    run.card("latch, \(curve.name)", curve.accuracy)
  }
  run.card("largest ratio to (5.7)", bounds.flatMap(\.ratios).max() ?? 0)
}

/// The gradient of a layer over the lag, before and after training.
public struct TrainedCurve: Sendable {
  /// The layer.
  public let name: String
  /// ‖∂s_T/∂sₖ‖ over the lag, s = (h, c) for an LSTM.
  public let before, after: LagNorms
  /// After training, for an LSTM: ‖∂h_T/∂hₖ‖, what reaches h_T from hₖ with cₖ unchanged.
  public let hiddenAlone: LagNorms?
  /// The share of the latch that is right after training, and the steps made.
  public let accuracy: Double, steps: Int
}

/// Trains three layers on the latch, from their usual start and from one that keeps the gradient. Exercise 5.2.1,
/// Exercise 5.2.2
public func trainedCurves(
  steps T: Int, every: Int, plan: DelayPlan, random: RandomSource,
  report: (String) -> (@Sendable (TrainingProgress) -> Void)? = { _ in nil }
) -> [TrainedCurve] {
  let task = LatchTask(steps: T)
  let x = task.batch(1, random: random).inputs[0].converted(to: .double)
  func curve<Layer: JacobianLayer>(_ name: String, rate: Double, _ layer: Layer, hasCell: Bool = false) -> TrainedCurve
  {
    var plan = plan
    (plan.learningRate, plan.report) = (rate, report(name))
    let network = SequenceNetwork(layer, outputs: 2, random: random)
    let training = network.trained(on: task, plan: plan, random: random)
    func jacobians(_ layer: Layer) -> [Tensor] { layer.converted(to: .double).stepJacobians(x).jacobians }
    let (before, after, H) = (jacobians(layer), jacobians(training.network.layer), layer.outputs)
    let alone = hasCell ? LagNorms(after, every: every) { $0.sliced(0..<H, axis: 0).sliced(0..<H, axis: 1) } : nil
    return TrainedCurve(
      name: name, before: LagNorms(before, every: every), after: LagNorms(after, every: every), hiddenAlone: alone,
      accuracy: training.accuracy, steps: training.steps)
  }
  let keeps = ForgetBias.chrono(longest: T)
  return [
    curve("simple, as usual", rate: 1e-3, VanillaRNN(1, 32, random: random)),
    curve("simple, orthogonal", rate: 1e-3, VanillaRNN(1, 32, recurrent: .orthogonal(1), random: random)),
    curve("LSTM, as usual", rate: 3e-3, LongShortTermMemory(1, 32, random: random), hasCell: true),
    curve("LSTM, chrono", rate: 3e-3, LongShortTermMemory(1, 32, forgetBias: keeps, random: random), hasCell: true),
    curve("GRU, as usual", rate: 3e-3, GatedRecurrentUnit(1, 32, random: random)),
    curve("GRU, chrono", rate: 3e-3, GatedRecurrentUnit(1, 32, forgetBias: keeps, random: random)),
  ]
}

private func curveTable(_ curves: [TrainedCurve], _ T: Int) -> Table {
  Table(
    "‖∂s_T/∂s₀‖ over T = \(T) steps of the latch, s = (h, c) for an LSTM",
    columns: ["layer", "before", "after", "h alone", "steps", "latch right"],
    rows: curves.map { curve in
      [
        .text(curve.name), .scientific(curve.before.norms.last ?? 0), .scientific(curve.after.norms.last ?? 0),
        curve.hiddenAlone.map { .scientific($0.norms.last ?? 0) } ?? "", .integer(curve.steps),
        .number(curve.accuracy, decimals: 3),
      ]
    })
}

// MARK: - 5.2.3 and 5.2.4

/// How close the norms come to (5.7), for several draws of weights and inputs.
public struct BoundCheck: Sendable {
  /// How W_hh was drawn.
  public let name: String
  /// The largest norm over its bound, for every draw.
  public let ratios: [Double]
}

private let matrices: [(name: String, matrix: RecurrentMatrix)] = [
  ("as usual", .uniform), ("Gaussian, ρ ≈ 1", .gaussian(1)), ("I", .identity(1)), ("0.9 Q", .orthogonal(0.9)),
  ("1.0 Q", .orthogonal(1)), ("1.1 Q", .orthogonal(1.1)), ("1.5 Q", .orthogonal(1.5)),
]

/// The standard deviations of the inputs of Exercise 5.2.4.
public let inputSizes = [0, 0.01, 0.1, 1]

/// The bound along random trajectories. Exercise 5.2.3
public func checkBounds(every: Int, steps: Int, random: RandomSource) -> [BoundCheck] {
  matrices.map { name, matrix in
    BoundCheck(
      name: name,
      ratios: (0..<10).map { draw in
        let layer = VanillaRNN(2, 16, recurrent: matrix, random: random).converted(to: .double)
        let size = inputSizes[draw % inputSizes.count]
        let x = random.normal([steps, 2], standardDeviation: size, scalarType: .double)
        return JacobianBound(layer, along: x, every: every).largestRatio
      })
  }
}

/// What is left of the gradient for one way to draw W_hh.
public struct InitializationStudy: Sendable {
  /// How W_hh was drawn.
  public let name: String
  /// ‖∂h_T/∂h₀‖ for every size of the inputs.
  public let norms: [Double]
}

/// Matrices against sizes of the input, without biases, every unit with an input of its own. Exercise 5.2.4
public func studyInitializations(units: Int, steps: Int, random: RandomSource) -> [InitializationStudy] {
  let noise = random.normal([steps, units], scalarType: .double)
  return matrices.map { name, matrix in
    var layer = VanillaRNN(units, units, random: random).converted(to: .double)
    layer.weights.recurrent = matrix.matrix(units, scalarType: .double, random: random)
    layer.weights.input = Tensor.identity(units, scalarType: .double)
    layer.weights.inputBias = 0 * layer.weights.inputBias
    layer.weights.recurrentBias = 0 * layer.weights.recurrentBias
    return InitializationStudy(
      name: name,
      norms: inputSizes.map { LagNorms(layer.stepJacobians($0 * noise).jacobians, every: steps).norms.last ?? 0 })
  }
}
