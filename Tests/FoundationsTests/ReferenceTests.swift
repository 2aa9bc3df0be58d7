import Checking
import Foundations
import Tensors
import Testing

@Suite("Chapter 1 against PyTorch")
struct FoundationsReferenceTests {
  @Test(
    "layers, networks, activations and losses have PyTorch's outputs and gradients",
    arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws { try expectAgreement("foundations", referenceCases, type) }
}

private let referenceCases: [PassCase] = perceptronCases + kolmogorovArnoldCases + functionCases

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

private let functionCases: [PassCase] =
  [Activation.identity, .step, .sigmoid, .tanh, .relu, .leakyReLU, .gelu, .geluByTanh, .square].map { σ in
    PassCase("Activation, \(σ)") { t, _ in σ(t[0]) }
  }
  + [
    PassCase("meanSquaredError") { t, _ in meanSquaredError(t[0], t[1]) },
    PassCase("crossEntropy, of probabilities") { t, n in
      let oneHot = Tensor.oneHot(n[0], classes: 4, scalarType: t[0].scalarType)
      return crossEntropy(probabilities: t[0], oneHot: oneHot)
    },
    PassCase("crossEntropy, of logits") { t, n in crossEntropy(logits: t[0], labels: n[0]) },
    PassCase("binaryCrossEntropy, of probabilities") { t, _ in binaryCrossEntropy(probabilities: t[0], targets: t[1]) },
    PassCase("binaryCrossEntropy, of logits") { t, _ in binaryCrossEntropy(logits: t[0], targets: t[1]) },
  ]
