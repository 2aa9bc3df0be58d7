import CNN
import Figures
import Foundation
import Messages
import Tensors

// § 4.4: networks on paper, as tables and drawings.

func architectureTable(_ networks: [ClassicalNetwork]) -> Table {
  Table(
    "Classical networks, one image",
    columns: [
      "network", "year", "input", "layers", "parameters", "multiplications", "activations, MiB", "top-5 error",
    ],
    rows: networks.map { network in
      let net = network.sketch
      return [
        .text(net.name), .text("\(network.year)"), .text(sizes(net.input)), .integer(net.depth),
        .integer(net.parameters),
        .integer(net.multiplications), .number(4 * Double(net.activations) / 1_048_576, decimals: 2),
        .text(network.topFiveError.map { "\($0) %" } ?? "–"),
      ]
    })
}

/// A network that was built in full size and applied to one image.
public struct BuiltNetwork: Sendable {
  /// The number of its parameters.
  public let parameters: Int
  /// The shapes of the image and of the logits.
  public let input, output: Shape
}

/// Builds all networks of the table with random weights, one after the other, and applies each to an image of noise.
public func buildAll(random: RandomSource) -> [BuiltNetwork] {
  func built<M: Module>(_ network: M, side: Int, channels: Int = 3) -> BuiltNetwork
  where M.Input == Tensor, M.Output == Tensor {
    let x = random.normal([1, channels, side, side])
    return BuiltNetwork(parameters: network.parameterCount, input: x.shape, output: network(x).shape)
  }
  return [
    built(LeNet.leNet5(random: random), side: 28, channels: 1), built(AlexNet(random: random), side: 227),
    built(VGG16(random: random), side: 224), built(ResNet18(random: random), side: 224),
    built(ResNet50(random: random), side: 224),
  ]
}

func builtTable(_ networks: [BuiltNetwork]) -> Table {
  Table(
    "The same networks, built", columns: ["network", "parameters", "image", "logits"],
    rows: zip(classicalNetworks, networks).map {
      [.text($0.sketch.name), .integer($1.parameters), .text("\($1.input)"), .text("\($1.output)")]
    })
}

/// Where the parameters and the multiplications are: in convolutions or in linear layers.
func architectureFigure(_ networks: [ClassicalNetwork]) -> BarChart {
  func share(_ cost: (SketchedLayer) -> Int) -> [Double] {
    networks.map { network in
      let layers = network.sketch.layers
      let linear = layers.filter { $0.name == "linear" }.map(cost).reduce(0, +)
      return 100 * Double(linear) / Double(layers.map(cost).reduce(0, +))
    }
  }
  return BarChart(
    "How much of a network is its linear layers", categories: networks.map(\.sketch.name),
    y: Axis("share of linear layers, %", range: 0...108),
    series: [
      Series("of the parameters", share(\.parameters)), Series("of the multiplications", share(\.multiplications)),
    ],
    format: "%.1f")
}

func traceTable(_ net: NetworkSketch) -> Table {
  Table(
    "\(net.name), layer by layer", columns: ["layer", "output", "numbers", "parameters", "multiplications"],
    rows: [["input", .text(sizes(net.input)), .integer(net.input.count), .integer(0), .integer(0)]]
      + net.layers.map { layer in
        [
          .text(layer.name), .text(sizes(layer.shape)), .integer(layer.shape.count), .integer(layer.parameters),
          .integer(layer.multiplications),
        ]
      })
}

func traceDiagram(_ net: NetworkSketch) -> Diagram {
  let start = Diagram.Node("input", lines: [sizes(net.input), ""])
  let names = ["maximum": "max", "convolution": "conv"]
  let boxes = net.layers.enumerated().map { place, layer in
    let name = names.reduce(layer.name) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
    return Diagram.Node(
      name, lines: [sizes(layer.shape), layer.parameters > 0 ? grouped(layer.parameters) : ""], inputs: [place])
  }
  return Diagram(net.name, quantities: ["output", "parameters"], nodes: [start] + boxes)
}

/// The residual block (4.7) with a projection.
let blockDiagram = Diagram(
  "A residual block that halves the maps: y = F(x) + W x", quantities: ["kernel", "output"],
  nodes: [
    Diagram.Node("x", lines: ["", "C×H×W"]),
    Diagram.Node("conv, BN, ReLU", lines: ["3×3, stride 2", "2C×H/2×W/2"], inputs: [0]),
    Diagram.Node("conv", lines: ["1×1, stride 2", "2C×H/2×W/2"], inputs: [0]),
    Diagram.Node("conv, BN", lines: ["3×3", "F(x)"], inputs: [1]),
    Diagram.Node("BN", lines: ["", "W x"], inputs: [2]),
    Diagram.Node("+", lines: ["", "y"], inputs: [3, 4]),
    Diagram.Node("ReLU", lines: ["", "2C×H/2×W/2"], inputs: [5]),
  ])

/// C×H×W, or C alone if maps are single numbers.
private func sizes(_ shape: Shape) -> String {
  shape[1] == 1 && shape[2] == 1 ? "\(shape[0])" : shape.lengths.map(String.init).joined(separator: "×")
}
