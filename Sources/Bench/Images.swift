import Foundations
import Tensors
import Workbench

// Steps of networks that classify images.

extension Step {
  static let images = [
    Step(
      "lenet", "LeNet-5, Adam, batch 128",
      [
        .convolution(128, 1, 6, kernel: 5, side: 28).passes(2), .convolution(128, 6, 16, kernel: 5, side: 10),
        .dense(128, 400, 120), .dense(128, 120, 84), .dense(128, 84, 10),
      ], classification(batch: 128, image: [1, 28, 28], Adam(), LeNet.init)),
    Step(
      "cifar", "the network of § 4.6, AdamW, batch 32",
      [
        .convolution(32, 3, 64, kernel: 3, side: 32).passes(2), .convolution(32, 64, 64, kernel: 3, side: 32),
        .convolution(32, 64, 128, kernel: 3, side: 16), .convolution(32, 128, 128, kernel: 3, side: 16),
        .convolution(32, 128, 256, kernel: 3, side: 8), .convolution(32, 256, 256, kernel: 3, side: 8),
        .dense(32, 256, 128), .dense(32, 128, 10),
      ], classification(batch: 32, image: [3, 32, 32], Adam(weightDecay: 1e-4), ColorImageNetwork.init)),
    Step(
      "resnet8", "8-layer ResNet, AdamW, batch 64",
      [
        .convolution(64, 3, 16, kernel: 3, side: 32).passes(2), .convolution(64, 16, 16, kernel: 3, side: 32),
        .convolution(64, 16, 16, kernel: 3, side: 32), .convolution(64, 16, 32, kernel: 3, side: 16),
        .convolution(64, 32, 32, kernel: 3, side: 16), .convolution(64, 16, 32, kernel: 1, side: 16),
        .convolution(64, 32, 64, kernel: 3, side: 8), .convolution(64, 64, 64, kernel: 3, side: 8),
        .convolution(64, 32, 64, kernel: 1, side: 8), .dense(64, 64, 10),
      ], classification(batch: 64, image: [3, 32, 32], Adam(weightDecay: 1e-2), ResidualNetwork.init)),
    Step(
      "separable", "depthwise separable network, AdamW, batch 64",
      [
        .convolution(64, 1, 3, kernel: 3, side: 32).passes(2), .convolution(64, 3, 64, kernel: 1, side: 32),
        .convolution(64, 1, 64, kernel: 3, side: 16), .convolution(64, 64, 128, kernel: 1, side: 16),
        .convolution(64, 1, 128, kernel: 3, side: 8), .convolution(64, 128, 256, kernel: 1, side: 8),
        .dense(64, 256, 10),
      ], classification(batch: 64, image: [3, 32, 32], Adam(weightDecay: 1e-2), SeparableNetwork.init)),
  ]
}

/// A network that draws random numbers while it is trained.
protocol Classifier: Module {
  init(random: RandomSource)
  func logits(_ x: Tensor, _ random: RandomSource) -> Tensor
}

extension Classifier {
  func callAsFunction(_ x: Tensor) -> Tensor { logits(x, RandomSource(seed: 1)) }
}

/// The step of a classifier on normal noise.
private func classification<M: Classifier>(
  batch: Int, image: [Int], _ optimizer: Adam, _ model: @escaping @Sendable (RandomSource) -> M
) -> @Sendable (_ scale: Int) -> Workload {
  { scale in
    let random = RandomSource(seed: 1)
    var (model, optimizer) = (model(random), optimizer)
    let (x, y) = (random.normal(Shape([batch * scale] + image)), labels(batch * scale, classes: 10))
    return Workload(parameters: model.parameterCount) {
      descend(&model, &optimizer) { $0.logits(x, random).crossEntropy(labels: y) }
    }
  }
}

/// LeNet-5 with the ReLU.
struct LeNet: Classifier {
  var first, second: Convolution
  var head: MLP

  init(random: RandomSource) {
    first = Convolution(1, 6, kernel: 5, padding: 2, random: random)
    second = Convolution(6, 16, kernel: 5, random: random)
    head = MLP([400, 120, 84, 10], random: random)
  }

  static var parameters: [PartialKeyPath<LeNet>] { [\.first, \.second, \.head] }

  func logits(_ x: Tensor, _: RandomSource) -> Tensor {
    head(second(first(x).activated(by: .relu).maxPooled2D(window: 2)).activated(by: .relu).maxPooled2D(window: 2))
  }
}

/// A convolution that keeps the size of the map, and batch normalization with the ReLU.
struct NormalizedConvolution: Module {
  var convolution: Convolution
  var norm: ChannelAffine
  let activation: ActivationFunction

  init(
    _ inputs: Int, _ outputs: Int, kernel: Int = 3, stride: Int = 1, hasBias: Bool,
    then activation: ActivationFunction = .relu,
    random: RandomSource
  ) {
    convolution = Convolution(
      inputs, outputs, kernel: kernel, stride: stride, padding: kernel / 2, hasBias: hasBias, random: random)
    norm = ChannelAffine(outputs)
    self.activation = activation
  }

  static var parameters: [PartialKeyPath<NormalizedConvolution>] { [\.convolution, \.norm] }

  func callAsFunction(_ x: Tensor) -> Tensor { norm.batch(convolution(x), then: activation) }
}

/// The network of listing 4.6.
struct ColorImageNetwork: Classifier {
  var convolutions: [NormalizedConvolution]
  var hidden, output: Linear

  init(random: RandomSource) {
    convolutions = [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256)].map {
      NormalizedConvolution($0, $1, hasBias: true, random: random)
    }
    hidden = Linear(256, 128, random: random)
    output = Linear(128, 10, random: random)
  }

  static var parameters: [PartialKeyPath<ColorImageNetwork>] { [\.convolutions, \.hidden, \.output] }

  func logits(_ x: Tensor, _ random: RandomSource) -> Tensor {
    var h = x
    for block in 0..<3 {
      h = convolutions[2 * block + 1](convolutions[2 * block](h)).maxPooled2D(window: 2)
      h = channelDropout(h, probability: 0.25, using: random)
    }
    return output(dropout(relu(hidden(h.globalAveragePooled2D())), probability: 0.5, using: random))
  }
}

/// Two convolutions and a way around them.
struct ResidualBlock: Module {
  var first, second: NormalizedConvolution
  var projection: NormalizedConvolution?

  init(_ inputs: Int, _ outputs: Int, stride: Int, random: RandomSource) {
    first = NormalizedConvolution(inputs, outputs, stride: stride, hasBias: false, random: random)
    second = NormalizedConvolution(outputs, outputs, hasBias: false, then: .identity, random: random)
    projection =
      stride == 1 && inputs == outputs
      ? nil
      : NormalizedConvolution(
        inputs, outputs, kernel: 1, stride: stride, hasBias: false, then: .identity, random: random)
  }

  static var parameters: [PartialKeyPath<ResidualBlock>] { [\.first, \.second, \.projection] }

  func callAsFunction(_ x: Tensor) -> Tensor { relu(second(first(x)) + (projection?(x) ?? x)) }
}

/// A stem and three residual blocks.
struct ResidualNetwork: Classifier {
  var stem: NormalizedConvolution
  var blocks: [ResidualBlock]
  var output: Linear

  init(random: RandomSource) {
    stem = NormalizedConvolution(3, 16, hasBias: false, random: random)
    blocks = [(16, 16, 1), (16, 32, 2), (32, 64, 2)].map { ResidualBlock($0, $1, stride: $2, random: random) }
    output = Linear(64, 10, random: random)
  }

  static var parameters: [PartialKeyPath<ResidualNetwork>] { [\.stem, \.blocks, \.output] }

  func logits(_ x: Tensor, _: RandomSource) -> Tensor {
    output(blocks.reduce(stem(x)) { h, block in block(h) }.globalAveragePooled2D())
  }
}

/// Three depthwise separable convolutions.
struct SeparableNetwork: Classifier {
  var depthwise: [Convolution]
  var pointwise: [NormalizedConvolution]
  var output: Linear

  init(random: RandomSource) {
    let widths = [(3, 64), (64, 128), (128, 256)]
    depthwise = widths.map { Convolution($0.0, $0.0, kernel: 3, padding: 1, groups: $0.0, random: random) }
    pointwise = widths.map { NormalizedConvolution($0, $1, kernel: 1, hasBias: true, random: random) }
    output = Linear(256, 10, random: random)
  }

  static var parameters: [PartialKeyPath<SeparableNetwork>] { [\.depthwise, \.pointwise, \.output] }

  func logits(_ x: Tensor, _: RandomSource) -> Tensor {
    var h = x
    for (depthwise, pointwise) in zip(depthwise, pointwise) { h = pointwise(depthwise(h)).maxPooled2D(window: 2) }
    return output(h.globalAveragePooled2D())
  }
}
