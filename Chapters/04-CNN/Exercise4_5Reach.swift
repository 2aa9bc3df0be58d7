import CNN
import DataSets
import Figures
import Foundations
import Tensors
import Training

// MARK: - 4.5.4: field and capacity

/// Convolutions of 3 × 3 with ReLU that keep the image's size, the mean over all pixels, and a linear layer.
public struct DilatedNetwork: Module {
  /// The convolutions.
  public var convolutions: [Convolution]
  /// The linear layer to the logits.
  public var head: Linear

  /// A network for grey images with one convolution for each dilation.
  public init(dilations: [Int], channels C: Int, classes: Int, random: RandomSource) {
    convolutions = dilations.enumerated().map { place, d in
      Convolution(place == 0 ? 1 : C, C, kernel: 3, padding: d, dilation: d, random: random)
    }
    head = Linear(C, classes, random: random)
  }

  /// The convolutions and the linear layer.
  public static var parameters: [PartialKeyPath<DilatedNetwork>] { [\.convolutions, \.head] }

  /// The logits. [N×1×H×W] → [N×classes]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let h = convolutions.reduce(x) { h, layer in layer(h).activated(by: .relu) }
    return head(h.mean(axes: [2, 3]))
  }

  /// The field of a unit before the mean.
  public var field: Int { receptiveField(of: convolutions.map { Window(3, dilation: $0.dilation) }).size }
}

/// Images of 40 × 40 pixels with two bright pixels in a row, 10 apart in class 0 and 14 in class 1, at least 9 from the
/// border. Exercise 4.5.4
///
/// A window of 9 × 9 never holds both, nor one of them and the border. So the images of both classes contain the same
/// windows equally often.
public func pixelPairs(_ count: Int, random: RandomSource) -> LabeledImages {
  let (side, margin) = (40, 9)
  var (pixels, labels) = ([Double](repeating: 0, count: count * side * side), [Int]())
  for image in 0..<count {
    let label = image % 2
    let distance = label == 0 ? 10 : 14
    let row = margin + random.integer(below: side - 2 * margin)
    let column = margin + random.integer(below: side - 2 * margin - distance)
    pixels[(image * side + row) * side + column] = 1
    pixels[(image * side + row) * side + column + distance] = 1
    labels.append(label)
  }
  return LabeledImages(images: Tensor(pixels, shape: [count, 1, side, side]), labels: labels)
}

/// The result of a network on pixel pairs.
public struct ReachResult: Sendable {
  /// The dilations of its layers.
  public let dilations: [Int]
  /// Their channels.
  public let channels: Int
  /// The field of a unit, and the number of parameters.
  public let field, parameters: Int
  /// The largest difference between the logits of two images of different classes, before training.
  public let difference: Double
  /// Training and test accuracy.
  public let trainingAccuracy, testAccuracy: Double
}

/// Exercise 4.5.4: networks with equal numbers of parameters and different dilations, and one with many more
/// parameters, learn to classify pairs of pixels by their distance.
public func compareReach(
  examples: Int, random: RandomSource, plan: (_ label: String) -> TrainingPlan
) -> [ReachResult] {
  let (training, test) = (pixelPairs(examples, random: random), pixelPairs(400, random: random))
  let networks: [([Int], Int)] = [([1, 1, 1, 1], 8), ([1, 1, 1, 1], 32), ([1, 1, 2, 2], 8), ([1, 2, 4, 4], 8)]
  return networks.map { dilations, channels in
    var network = DilatedNetwork(dilations: dilations, channels: channels, classes: 2, random: random)
    let (first, second) = (network(test.images[0..<1]), network(test.images[1..<2]))
    var optimizer = Adam(learningRate: 3e-3)
    let label = "dilations \(dilations), \(channels) channels"
    let set = Examples(30 * training.images, labels: training.labels)
    fit(&network, with: &optimizer, to: set, plan: plan(label), random: random)
    func share(_ set: LabeledImages) -> Double { accuracy(network(30 * set.images), labels: set.labels) }
    return ReachResult(
      dilations: dilations, channels: channels, field: network.field, parameters: network.parameterCount,
      difference: (first - second).abs().max().item, trainingAccuracy: share(training), testAccuracy: share(test))
  }
}

func reachTable(_ results: [ReachResult]) -> Table {
  Table(
    "Pairs of pixels, 10 or 14 apart: chance is 0.5",
    columns: ["dilations", "channels", "field", "parameters", "training accuracy", "test accuracy"],
    rows: results.map {
      [
        .text($0.dilations.map { "\($0)" }.joined(separator: " ")), .integer($0.channels), .integer($0.field),
        .integer($0.parameters), .number($0.trainingAccuracy, decimals: 4), .number($0.testAccuracy, decimals: 4),
      ]
    })
}

func pairFigure(random: RandomSource) -> Panels {
  let (set, zoom) = (pixelPairs(4, random: random), 2)
  let (side, wide) = (set.width, set.width * zoom)
  let images = (0..<4).map { image in
    let pixels = set.images[image].scalars
    let enlarged = (0..<wide * wide).map { place in
      let (row, column) = place.quotientAndRemainder(dividingBy: wide)
      return pixels[row / zoom * side + column / zoom]
    }
    return Pixels(width: wide, height: wide, planes: enlarged)
  }
  let captions = set.labels.map { $0 == 0 ? "10 apart" : "14 apart" }
  return Panels(
    "Two pixels in a row", [ImageGrid("", images: images, columns: 4, captions: captions)])
}
