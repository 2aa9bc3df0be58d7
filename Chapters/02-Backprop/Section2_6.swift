import Backprop
import Figures
import Foundations
import Messages
import Running
import Tensors

/// § 2.6: how much gradient is left in each layer, when it must vanish or explode and when it may, and what helps.
public let section2_6 = Exercise(.section, "2.6", "Vanishing and exploding gradients", seconds: 2, full: 10) { run in
  let width = run.choose(quick: 16, standard: 64, full: 64)
  let chains = studySigmoidChains(gains: [3, 5, 8, 16, 32], depth: 20, widths: [12, width], random: run.random)
  run.show(chainTable(chains), as: "chains")
  run.show(chainFigure(chains.filter { $0.width == width }, width: width), as: "chains")

  let remedies = studyRemedies(depth: run.choose(quick: 20, standard: 50, full: 100), width: 64, random: run.random)
  run.show(remedyTable(remedies), as: "remedies")
  let panel = { (title: String, names: [String]) in
    LineChart(
      title, x: Axis("layer"), y: Axis("‖∂L/∂h‖ / last", .logarithmic, range: 1e-20...1e5),
      series: remedies.filter { names.contains($0.name) }.map { Series($0.name, x: counted($0.relative), $0.relative) })
  }
  run.show(
    Panels(
      "What is left of the gradient at the input of each layer",
      [
        panel("Activation and initialization", ["sigmoid, Xavier", "tanh, Xavier", "ReLU, He", "ReLU, Xavier"]),
        panel(
          "Paths around, normalization",
          ["sigmoid, Xavier", "sigmoid, residual", "sigmoid, batch norm", "sigmoid, layer norm"]),
      ]), as: "remedies")

  let walks = walkOffCliff(clips: [nil, 1], steps: 150)
  run.show(cliffTable(walks), as: "clipping")
  run.show(
    LineChart(
      "Ten linear neurons in a row, ½ (w¹⁰ − 1)², from w = 1.6", x: Axis("step"),
      y: Axis("loss", .logarithmic, range: 1e-8...1e10),
      series: walks.map { Series($0.name, x: counted($0.losses), $0.losses) }), as: "clipping")
  for remedy in remedies { run.card("first / last, \(remedy.name)", remedy.relative.first ?? .nan) }
}

/// A chain of sigmoid layers with weights g Q, Q orthogonal.
public struct ChainStudy: Sendable {
  /// The factor g, which is ‖W‖, and the width of the layers.
  public let gain: Double, width: Int
  /// ‖∂h⁽ᴸ⁾/∂h⁽ˡ⁾‖, and its bounds.
  public let norms: GradientNorms
}

/// Measures chains of sigmoid layers for every gain and width.
public func studySigmoidChains(gains: [Double], depth: Int, widths: [Int], random: RandomSource) -> [ChainStudy] {
  widths.flatMap { width in
    gains.map { gain in
      let chain = LayerChain(depth: depth, width: width, gain: gain, activation: .sigmoid, random: random)
      let x = random.normal([width], scalarType: .double)
      return ChainStudy(gain: gain, width: width, norms: chain.norms(at: x))
    }
  }
}

private func chainTable(_ studies: [ChainStudy]) -> Table {
  Table(
    "The gradient through \(studies[0].norms.norm.count) layers of sigmoids with W = g · orthogonal",
    columns: ["g = ‖W‖", "neurons", "at least", "‖∂h⁽ᴸ⁾/∂h⁽⁰⁾‖", "at most (g/4)ᴸ", "the notes say", "found"],
    rows: studies.map { study in
      let n = study.norms
      return [
        .number(study.gain, decimals: 0), .integer(study.width), .scientific(n.atLeast[0]),
        .scientific(n.norm[0]), .scientific(n.atMost[0]),
        .text(study.gain > 4 ? "vanishes, explodes" : "vanishes"), .text(n.norm[0] > 1 ? "grows" : "decays"),
      ]
    })
}

private func chainFigure(_ studies: [ChainStudy], width: Int) -> LineChart {
  LineChart(
    "Twenty layers of \(width) sigmoids, W = g · orthogonal", x: Axis("layers above"),
    y: Axis("norm of the Jacobian", .logarithmic),
    series: studies.map { study in
      let back = Array(study.norms.norm.reversed())
      return Series("g = \(decimals(study.gain, 0))", x: back.indices.map { Double($0 + 1) }, back)
    })
}

/// The gradient that a remedy leaves.
public struct RemedyStudy: Sendable {
  /// The name of the remedy.
  public let name: String
  /// ‖∂L/∂h⁽ˡ⁾‖ / ‖∂L/∂h⁽ᴸ⁻¹⁾‖ for ℓ = 0, …, L − 1.
  public let relative: [Double]
}

/// Measures deep networks without a remedy, and with each of those of § 2.6.3.
public func studyRemedies(depth: Int, width: Int, random: RandomSource) -> [RemedyStudy] {
  let settings: [(String, Activation, Initialization, Rescaling, Bool)] = [
    ("sigmoid, Xavier", .sigmoid, .xavier, .none, false), ("tanh, Xavier", .tanh, .xavier, .none, false),
    ("ReLU, He", .relu, .he, .none, false), ("ReLU, Xavier", .relu, .xavier, .none, false),
    ("sigmoid, residual", .sigmoid, .xavier, .none, true),
    ("sigmoid, batch norm", .sigmoid, .xavier, .perNeuron, false),
    ("sigmoid, layer norm", .sigmoid, .xavier, .perExample, false),
    ("ReLU, Xavier, batch norm", .relu, .xavier, .perNeuron, false),
    ("ReLU, Xavier, layer norm", .relu, .xavier, .perExample, false),
  ]
  let x = random.normal([128, width])
  return settings.map { name, σ, initialization, rescaling, isResidual in
    let network = DeepNetwork(
      depth: depth, width: width, activation: σ, initialization: initialization, rescaling: rescaling,
      isResidual: isResidual, random: random.split())
    let norms = network.gradientNorms(at: x, random: random.split())
    return RemedyStudy(name: name, relative: norms.map { $0 / norms[norms.count - 1] })
  }
}

private func remedyTable(_ studies: [RemedyStudy]) -> Table {
  Table(
    "The gradient at the input of the first of \(studies[0].relative.count) layers, over that of the last",
    columns: ["network", "first / last", "factor per layer"],
    rows: studies.map { study in
      let ratio = Tensor(study.relative[0], scalarType: .double)
      return [
        .text(study.name), .scientific(ratio.item),
        .number(ratio.power(1 / Double(study.relative.count - 1)).item, decimals: 3),
      ]
    })
}

/// Gradient descent on a loss that is steep as a cliff.
public struct CliffWalk: Sendable {
  /// How the gradient is treated.
  public let name: String
  /// The weight, the loss, and ‖∇L‖ before every step.
  public let weights, losses, norms: [Double]
}

/// Descends ½ (w¹⁰ − 1)², the squared error of ten linear neurons in a row that share their weight, with each clipping
/// norm.
public func walkOffCliff(clips: [Double?], steps: Int) -> [CliffWalk] {
  clips.map { clip in
    var w = Tensor(1.6, scalarType: .double)
    var (weights, losses, norms): ([Double], [Double], [Double]) = ([], [], [])
    for _ in 0..<steps {
      let (loss, g) = valueWithGradient(at: w) { w in 0.5 * (w.power(10) - 1).squared() }
      weights.append(w.item)
      losses.append(loss.item)
      norms.append(g.totalNorm)
      w -= 0.005 * (clip.map { g.clipped(norm: $0) } ?? g)
    }
    return CliffWalk(
      name: clip.map { "clipped to \(decimals($0, 0))" } ?? "not clipped", weights: weights, losses: losses,
      norms: norms)
  }
}

private func cliffTable(_ walks: [CliffWalk]) -> Table {
  let moments = [0, 1, 2, 20, 60, 100, walks[0].losses.count - 1]
  return Table(
    "Ten linear neurons in a row, ½ (w¹⁰ − 1)², η = 0.005",
    columns: ["step"] + walks.flatMap { ["w, \($0.name)", "loss", "‖∇L‖"] },
    rows: moments.map { t in
      [.integer(t)]
        + walks.flatMap { walk -> [Table.Cell] in
          [.text(plain(walk.weights[t])), .text(finite(walk.losses[t])), .text(finite(walk.norms[t]))]
        }
    })
}

private func plain(_ x: Double) -> String { abs(x) < 1000 ? decimals(x, 4) : finite(x) }

private func finite(_ x: Double) -> String { x.isNaN ? "NaN" : x.isInfinite ? "∞" : scientific(x) }
