import CNN
import Figures
import Messages
import Running
import Tensors

/// Exercise 4.1: sizes and parameters of a network for 128 × 128 colour images, by formula and from the layers
/// themselves.
public let exercise4_1 = Exercise("4.1", "Dimension calculations", stars: 1, seconds: 1) { run in
  let results = countAndRun(random: run.random)
  run.show(
    Table(
      "From 3×128×128 to 128 numbers",
      columns: [
        "part", "layer", "output by (4.2)", "output of the layer", "parameters", "in the layer", "multiplications",
      ],
      rows: results.enumerated().map { place, result in
        [
          .text("\(place + 1)"), .text(result.name), .text("\(result.sketched.shape)"), .text("\(result.shape)"),
          .integer(result.sketched.parameters), .integer(result.parameters), .integer(result.sketched.multiplications),
        ]
      }), as: "layers")
  run.parameters = results.map(\.parameters).reduce(0, +)
  run.card("parameters by formula", grouped(dimensionSketch.parameters))
  run.card("multiplications", grouped(dimensionSketch.multiplications))
}

/// The layers of Exercise 4.1.1, 4.1.2, 4.1.3, 4.1.4 and 4.1.5 on paper.
public let dimensionSketch: NetworkSketch = {
  var sketch = NetworkSketch("Exercise 4.1", input: [3, 128, 128])
  sketch.convolve(32, kernel: 5, padding: 2)
  sketch.pool(2)
  sketch.convolve(64, kernel: 3, stride: 2)
  sketch.convolve(128, kernel: 3, padding: 1)
  sketch.average()
  return sketch
}()

/// A layer of Exercise 4.1, by the formulas and as measured.
public struct DimensionResult: Sendable {
  /// The layer as the notes write it.
  public let name: String
  /// Size and parameters by (4.2) and § 4.2.3.
  public let sketched: SketchedLayer
  /// The layer's output shape for one image. [C×H×W]
  public let shape: Shape
  /// The number of the layer's parameters.
  public let parameters: Int
}

/// Sends one image of noise through the five layers, and pairs each with its layer on paper. Exercise 4.1
public func countAndRun(random: RandomSource) -> [DimensionResult] {
  let convolutions = [
    Convolution(3, 32, kernel: 5, padding: 2, random: random),
    Convolution(32, 64, kernel: 3, stride: 2, random: random),
    Convolution(64, 128, kernel: 3, padding: 1, random: random),
  ]
  let layers: [(name: String, parameters: Int, apply: (Tensor) -> Tensor)] = [
    ("Conv2d(3, 32, 5, padding 2)", convolutions[0].parameterCount, { convolutions[0]($0) }),
    ("MaxPool2d(2, 2)", 0, { $0.maxPooled2D(window: 2) }),
    ("Conv2d(32, 64, 3, stride 2)", convolutions[1].parameterCount, { convolutions[1]($0) }),
    ("Conv2d(64, 128, 3, padding 1)", convolutions[2].parameterCount, { convolutions[2]($0) }),
    ("AdaptiveAvgPool2d(1)", 0, { $0.globalAveragePooled2D().reshaped([1, 128, 1, 1]) }),
  ]
  var x = random.normal([1, 3, 128, 128])
  return zip(layers, dimensionSketch.layers).map { layer, sketched in
    x = layer.apply(x)
    return DimensionResult(name: layer.name, sketched: sketched, shape: x[0].shape, parameters: layer.parameters)
  }
}
