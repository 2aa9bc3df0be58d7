import Backprop
import Foundations
import Regularization
import Tensors

/// The layers and networks of chapters 1 to 3.
let layerCases: [PassCase] = perceptronCases + kolmogorovArnoldCases + normalizedCases + droppingCases

private let perceptronCases: [PassCase] = [
  .layer { Linear(5, 3, random: $0) },
  .layer("more axes") { Linear(5, 3, random: $0) },
  .layer { _ in Neuron(weights: Tensor.zeros([4]), bias: Tensor(0), activation: .sigmoid) },
  .layer { _ in try LogisticRegression(fitting: Tensor.zeros([6, 4]), Tensor.zeros([6]), steps: 0) },
  .layer("ReLU") { MLP([6, 5, 4, 3], random: $0) },
  .layer("tanh") { MLP([6, 5, 3], activation: .tanh, random: $0) },
  .layer { _ in ShallowNetwork(w: Tensor.zeros([7, 2]), b: Tensor.zeros([7]), c: Tensor.zeros([7]), σ: .tanh) },
  .layer { _ in ChannelNorm(6) },
  .layer { MixerLayer(smallMixer, random: $0) },
  .layer { MLPMixer(smallMixer, random: $0) },
  .layer { HandWrittenNetwork(hidden: Linear(5, 6, random: $0), output: Linear(6, 2, random: $0)) },
  .layer { TanhNetwork(random: $0) },
  .layer { MLP([4, 5, 3, 2], random: $0).stages(of: 2)[0] },
  .layer { random in
    NetworkFamily(inputs: 3, hiddenLayers: 2, outputs: 2, baseWidth: 3, parametrization: .maximalUpdate)
      .network(width: 6, random: random)
  },
  .layer("rescaled over the batch") {
    DeepNetwork(depth: 3, width: 5, activation: .tanh, initialization: .xavier, rescaling: .perNeuron, random: $0)
  },
  .layer("rescaled over the neurons, residual") {
    DeepNetwork(
      depth: 3, width: 5, activation: .tanh, initialization: .xavier, rescaling: .perExample, isResidual: true,
      random: $0)
  },
]

/// Four tokens of two colours and 2 × 2 pixels.
private var smallMixer: MixerConfiguration {
  var sizes = MixerConfiguration()
  (sizes.imageSize, sizes.colors, sizes.patchSize, sizes.hidden) = (4, 2, 2, 6)
  (sizes.tokenWidth, sizes.channelWidth, sizes.depth, sizes.classes) = (5, 7, 2, 3)
  return sizes
}

private let kolmogorovArnoldCases: [PassCase] = [
  .layer { KolmogorovArnoldLayer(3, 2, random: $0) },
  .layer { KolmogorovArnoldNetwork([2, 3, 2], random: $0) },
]

private let normalizedCases: [PassCase] =
  ["rows", "rows, evaluation"].map { variant in PassCase.layer(variant) { _ in BatchNormalization(features: 5) } }
  + [
    .layer("images") { _ in BatchNormalization(features: 3, momentum: 0.3, epsilon: 1e-3) },
    .layer("images, evaluation") { _ in BatchNormalization(features: 3) },
    .layer("features") { _ in LayerNormalization(features: 6) },
    .layer("images") { _ in LayerNormalization([3, 4, 5]) },
    .layer { _ in GroupNormalization(channels: 6, groups: 2) },
    .layer("instances") { _ in GroupNormalization.instance(channels: 3) },
    .layer("batch") { NormalizedNetwork([4, 6, 5, 3], .batch, random: $0) },
    .layer("layer") { NormalizedNetwork([4, 6, 5, 3], .layer, random: $0) },
  ]

private let droppingCases: [PassCase] = [
  .layer("evaluation") { Dropout(probability: 0.5, random: $0) },
  .layer("evaluation") { DropPath(probability: 0.5, random: $0) },
  .layer("evaluation") { StochasticDepth(Linear(4, 4, random: $0), survival: 0.7, random: $0) },
  .layer { RegularizedNetwork(inputs: 6, hidden: 5, classes: 3, dropout: 0, random: $0) },
  .layer("evaluation") { RegularizedNetwork(inputs: 6, hidden: 5, classes: 3, random: $0) },
]
