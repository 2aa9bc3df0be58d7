import CNN
import Checking
import Foundations
import Regularization
import Tensors

/// The layers, blocks, networks and functions of chapter 4.
let convolutionalCases: [PassCase] = filterCases + blockCases + classicalCases + modernCases + functionCases

private let filterCases: [PassCase] = [
  .layer { Convolution(3, 4, kernel: 3, stride: 2, padding: 2, dilation: 2, random: $0) },
  .layer("groups") { Convolution(4, 6, kernel: 3, padding: 1, groups: 2, hasBias: false, random: $0) },
  .layer { TransposedConvolution(3, 2, kernel: 3, stride: 2, padding: 1, outputPadding: 1, random: $0) },
  .layer { SeparableConvolution(3, 5, kernel: 3, stride: 2, padding: 1, random: $0) },
  .layer { DeformableConvolution(3, 2, kernel: 3, stride: 2, padding: 1, random: $0) },
  .layer { NormalizedConvolution(3, 4, kernel: 3, stride: 2, random: $0) },
  .layer { LearnedFeatures(side: 8, hidden: 5, classes: 3, random: $0) },
]

private let blockCases: [PassCase] = [
  .layer { ResidualBlock(3, 3, random: $0) },
  .layer("narrower maps") { ResidualBlock(3, 5, stride: 2, random: $0) },
  .layer("plain") { ResidualBlock(3, 5, stride: 2, isResidual: false, random: $0) },
  .layer { BottleneckBlock(8, width: 2, random: $0) },
  .layer("narrower maps") { BottleneckBlock(3, width: 2, stride: 2, random: $0) },
  .layer("stride first") { BottleneckBlock(3, width: 2, stride: 2, at: .first, random: $0) },
  .layer { BlockStack(blocks: 2, channels: 3, isNormalized: true, isResidual: true, random: $0) },
  .layer("not normalized") { BlockStack(blocks: 2, channels: 3, isNormalized: false, isResidual: true, random: $0) },
  .layer { random in
    ConvolutionBlock(3, 4, dropout: 0, random: random) { Convolution($0, $1, kernel: 3, padding: 1, random: random) }
  },
  .layer { SeparableBlock(3, 4, stride: 2, random: $0) },
  .layer { SqueezeAndExcitation(channels: 5, hidden: 2, random: $0) },
  .layer { InvertedResidual(4, 4, kernel: 5, expansion: 2, random: $0) },
  .layer("stride 2") { InvertedResidual(4, 5, kernel: 3, expansion: 3, stride: 2, random: $0) },
  .layer("not expanded") { InvertedResidual(4, 5, kernel: 3, expansion: 1, random: $0) },
  .layer("evaluation") { InvertedResidual(4, 4, kernel: 5, expansion: 2, random: $0) },
  .layer { ConvNeXtBlock(channels: 4, random: $0) },
  .layer { ConvNeXtDownsampling(3, 4, random: $0) },
]

private let classicalCases: [PassCase] = [
  .layer("LeNet-5") { LeNet.leNet5(random: $0) },
  .layer("LeNet-like, evaluation") { LeNet.leNetLike(random: $0) },
  .layer("evaluation") { DropoutClassifier([6, 5, 4, 3], random: $0) },
  .layer("evaluation") { AlexNet(classes: 3, width: 12, hidden: 6, random: $0) },
  .layer("evaluation") { VGG16(classes: 4, width: 3, hidden: 5, side: 32, random: $0) },
  .layer("residual blocks") { ResNet18(classes: 4, width: 3, blocks: [2, 1, 1, 1], random: $0) },
  .layer("residual blocks, evaluation") { smallResNet(classes: 4, random: $0) },
  .layer("bottleneck blocks, evaluation") {
    ResNet50(classes: 4, width: 2, blocks: [1, 2, 1, 1], stem: .small, random: $0)
  },
  .layer("18 layers, evaluation") { ResNet18(classes: 4, width: 2, random: $0) },
  .layer { MiniResNet(classes: 4, width: 4, random: $0) },
  .layer { TransferNetwork(smallResNet(classes: 4, random: $0), classes: 5, dropout: 0, random: $0) },
  PassCase("", { smallResNet(classes: 5, random: $0) }, in: { PartlyFrozen($0, .partial(stages: 1)) }),
]

/// One block in each of the four stages.
private func smallResNet(classes: Int, random: RandomSource) -> ResNet18 {
  ResNet18(classes: classes, width: 3, blocks: [1, 1, 1, 1], stem: .small, random: random)
}

private let modernCases: [PassCase] = [
  .layer { ParametricNetwork(kernel: 3, filters: 2, blocks: 2, classes: 3, random: $0) },
  .layer("larger kernel first") {
    ParametricNetwork(kernel: 3, filters: 2, blocks: 2, firstKernel: 5, classes: 3, random: $0)
  },
  .layer { colorImageNetwork(random: $0) },
  .layer { ConvNeXt(depths: [1, 2], widths: [4, 6], patch: 2, classes: 3, random: $0) },
  .layer("evaluation") { EfficientNet(smallEfficientNet, random: $0) },
  .layer("evaluation") {
    MobileNetwork(MobileNetworkPlan(stem: (4, 1), blocks: [(6, 2), (5, 1)], classes: 3), random: $0)
  },
]

/// The network of Listing 4.6, with nothing dropped.
func colorImageNetwork(random: RandomSource) -> ColorImageNetwork<Convolution> {
  var network = ColorImageNetwork(random: random)
  let nothing = Dropout(probability: 0, random: random)
  network.dropout = nothing
  for index in network.blocks.indices { network.blocks[index].dropout = nothing }
  return network
}

private var smallEfficientNet: EfficientNetPlan {
  let stages = [
    EfficientNetPlan.Stage(kernel: 3, expansion: 1, channels: 5, stride: 1, blocks: 1),
    EfficientNetPlan.Stage(kernel: 5, expansion: 2, channels: 6, stride: 2, blocks: 2),
  ]
  return EfficientNetPlan(stem: (4, 1), stages: stages, resolution: 8, classes: 3)
}

private let functionCases: [PassCase] =
  [
    PassCase("localResponseNormalized") { t, _ in localResponseNormalized(t[0]) },
    PassCase("bilinearSamples") { t, _ in bilinearSamples(t[0], rows: t[1], columns: t[2]) },
    PassCase("patches, stride 3, padding 2, dilation 2") { t, _ in
      patches(t[0], kernel: 3, stride: 3, padding: 2, dilation: 2)
    },
    PassCase("maxPooling, window 3, stride 1, dilation 2") { t, _ in maxPooling(t[0], window: 3, stride: 1, dilation: 2)
    },
  ]
  + [(1, 1, 1), (2, 1, 2), (1, 0, 1)].map { stride, padding, dilation in
    PassCase("deformableConvolution, stride \(stride), padding \(padding), dilation \(dilation)") { t, _ in
      deformableConvolution(
        t[0], t[1], offsets: t[2], bias: t[3], stride: stride, padding: padding, dilation: dilation)
    }
  }
  + [PaddingMode.nearest, .reflect, .circular].map { mode in
    PassCase("padded, \(mode)") { t, _ in padded(t[0], by: 2, mode: mode) }
  }
