import CNN
import Foundations
import Regularization
import Tensors
import Training

// Steps of networks that classify images.

extension Step {
  static let images = [
    Step(
      "lenet", "LeNet-5, Adam, batch 128",
      [
        .convolution(128, 1, 6, kernel: 5, side: 28).passes(2), .convolution(128, 6, 16, kernel: 5, side: 10),
        .dense(128, 400, 120), .dense(128, 120, 84), .dense(128, 84, 10),
      ], classification(batch: 128, image: [1, 28, 28], Adam()) { LeNet.leNet5(random: $0) }),
    Step(
      "cifar", "the network of § 4.6, AdamW, batch 32",
      [
        .convolution(32, 3, 64, kernel: 3, side: 32).passes(2), .convolution(32, 64, 64, kernel: 3, side: 32),
        .convolution(32, 64, 128, kernel: 3, side: 16), .convolution(32, 128, 128, kernel: 3, side: 16),
        .convolution(32, 128, 256, kernel: 3, side: 8), .convolution(32, 256, 256, kernel: 3, side: 8),
        .dense(32, 256, 128), .dense(32, 128, 10),
      ], classification(batch: 32, image: [3, 32, 32], Adam(weightDecay: 1e-4)) { ColorImageNetwork(random: $0) }),
    Step(
      "resnet8", "8-layer ResNet, AdamW, batch 64",
      [
        .convolution(64, 3, 16, kernel: 3, side: 32).passes(2), .convolution(64, 16, 16, kernel: 3, side: 32),
        .convolution(64, 16, 16, kernel: 3, side: 32), .convolution(64, 16, 32, kernel: 3, side: 16),
        .convolution(64, 32, 32, kernel: 3, side: 16), .convolution(64, 16, 32, kernel: 1, side: 16),
        .convolution(64, 32, 64, kernel: 3, side: 8), .convolution(64, 64, 64, kernel: 3, side: 8),
        .convolution(64, 32, 64, kernel: 1, side: 8), .dense(64, 64, 10),
      ], classification(batch: 64, image: [3, 32, 32], Adam(weightDecay: 1e-2)) { MiniResNet(random: $0) }),
    Step(
      "separable", "depthwise separable network, AdamW, batch 64",
      [
        .convolution(64, 1, 3, kernel: 3, side: 32).passes(2), .convolution(64, 3, 64, kernel: 1, side: 32),
        .convolution(64, 1, 64, kernel: 3, side: 16), .convolution(64, 64, 128, kernel: 1, side: 16),
        .convolution(64, 1, 128, kernel: 3, side: 8), .convolution(64, 128, 256, kernel: 1, side: 8),
        .dense(64, 256, 10),
      ], classification(batch: 64, image: [3, 32, 32], Adam(weightDecay: 1e-2)) { SeparableNetwork(random: $0) }),
  ]
}

/// A classifier's training step on normal noise.
private func classification<M: Module<Tensor, Tensor>>(
  batch: Int, image: [Int], _ optimizer: Adam, _ model: @escaping @Sendable (RandomSource) -> M
) -> @Sendable (_ scale: Int) -> Workload {
  { scale in
    let random = RandomSource(seed: 1)
    var (model, optimizer) = (model(random), optimizer)
    let (x, y) = (random.normal(Shape([batch * scale] + image)), labels(batch * scale, classes: 10))
    return Workload(parameters: model.parameterCount) {
      descend(&model, &optimizer) { $0(x).crossEntropy(labels: y) }
    }
  }
}

/// Three depthwise separable convolutions, each with batch normalization, ReLU and pooling.
struct SeparableNetwork: Module {
  var convolutions: [SeparableConvolution]
  var normalizations: [BatchNormalization]
  var output: Linear

  init(random: RandomSource) {
    let widths = [(3, 64), (64, 128), (128, 256)]
    convolutions = widths.map { SeparableConvolution($0, $1, kernel: 3, padding: 1, random: random) }
    normalizations = widths.map { BatchNormalization(features: $1) }
    output = Linear(256, 10, random: random)
  }

  static var parameters: [PartialKeyPath<SeparableNetwork>] { [\.convolutions, \.normalizations, \.output] }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let h = zip(convolutions, normalizations).reduce(x) { h, layer in
      layer.1(layer.0(h), then: .relu).maxPooled2D(window: 2)
    }
    return output(h.globalAveragePooled2D())
  }
}
