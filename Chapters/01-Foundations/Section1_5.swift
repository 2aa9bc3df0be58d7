import Figures
import Foundations
import Running
import Tensors

/// § 1.5: the variance of a signal on its way through a deep network, for four scales of the weights and three
/// activations.
public let section1_5 = Exercise(.section, "1.5", "Variance over depth, by initialization", seconds: 1, full: 4) {
  run in
  let depth = run.choose(quick: 10, standard: 20, full: 50)
  let width = run.choose(quick: 64, standard: 256, full: 512)
  let studies = studyInitializations(depth: depth, width: width, random: run.random)
  run.show(varianceTable(studies, width: width), as: "variances")
  run.show(
    Panels(
      "Variance of the activations, layer by layer (width \(width))",
      [Activation.tanh, .relu, .sigmoid].map { activation in
        LineChart(
          activation.description, x: Axis("layer"), y: Axis("variance of h", .logarithmic),
          series: studies.filter { $0.activation == activation }.map { Series($0.name, $0.signal.activationVariance) })
      }), as: "variances")
  for study in studies where study.name == "He" || study.name == "Xavier" {
    run.card("last / first, \(study.activation), \(study.name)", study.lastOverFirst)
  }
}

/// One activation with one initialization, and the variances of a signal.
public struct InitializationStudy: Sendable {
  /// The name of the initialization.
  public let name: String
  /// The activation of all layers.
  public let activation: Activation
  /// How the weights were drawn.
  public let initialization: Initialization
  /// The variances, layer by layer.
  public let signal: SignalPropagation

  /// The variance of the last layer's activations over that of the first.
  public var lastOverFirst: Double {
    let variances = signal.activationVariance
    return variances[variances.count - 1] / variances[0]
  }

  /// The geometric mean of the factors from layer to layer.
  public var factorPerLayer: Double {
    let steps = Double(signal.activationVariance.count - 1)
    return Tensor(lastOverFirst, scalarType: .double).power(1 / steps).item
  }
}

/// Sends one signal through networks with tanh, ReLU and sigmoid with weights of a quarter of He's scale, Xavier's,
/// He's and twice He's.
public func studyInitializations(depth: Int, width: Int, random: RandomSource) -> [InitializationStudy] {
  let he = Initialization.he.variance(outputs: width, inputs: width).squareRoot()
  let choices: [(String, Initialization)] = [
    ("too small", .normal(standardDeviation: he / 4)), ("Xavier", .xavier), ("He", .he),
    ("too large", .normal(standardDeviation: 2 * he)),
  ]
  return [Activation.tanh, .relu, .sigmoid].flatMap { activation in
    choices.map { name, initialization in
      InitializationStudy(
        name: name, activation: activation, initialization: initialization,
        signal: SignalPropagation(
          depth: depth, width: width, activation: activation, initialization: initialization, random: random.split()))
    }
  }
}

/// The variances, and n Var(W), half of which is the factor per layer with ReLU.
private func varianceTable(_ studies: [InitializationStudy], width: Int) -> Table {
  Table(
    "Variance of the activations",
    columns: ["activation", "weights", "n Var(W)", "first layer", "middle", "last layer", "factor per layer"],
    rows: studies.map { study in
      let variances = study.signal.activationVariance
      return [
        .text(study.activation.description), .text(study.name),
        .number(Double(width) * study.initialization.variance(outputs: width, inputs: width), decimals: 3),
        .scientific(variances[0]), .scientific(variances[variances.count / 2]),
        .scientific(variances[variances.count - 1]), .number(study.factorPerLayer, decimals: 3),
      ]
    })
}
