import Backprop
import CNN
import Checking
import Foundations
import Regularization
import Tensors
import Testing
import Training

@Suite("Chapter 4 compared with PyTorch")
struct CNNReferenceTests {
  @Test(
    "layers, blocks, networks and functions of § 4.2 to § 4.10 have PyTorch's outputs, gradients and statistics",
    arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws { try expectAgreement("cnn", convolutionalCases, type) }

  @Test("optimizers agree with PyTorch's after one step and after ten", arguments: [ScalarType.double, .float])
  func steps(type: ScalarType) throws { try expectAgreement("cnn", optimizerCases, type) }

  @Test(
    "after ten steps networks have PyTorch's losses, parameters, statistics and logits",
    arguments: [ScalarType.double, .float])
  func trainings(type: ScalarType) throws { try expectAgreement("cnn", trainingCases, type) }

  @Test("§ 4.4.4: PyTorch counts the same parameters")
  func counts() throws {
    let (counts, random) = (try golden("cnn", as: RecordedCounts.self).counts, RandomSource(seed: 1))
    #expect(NetworkSketch.resNet18.parameters == counts.resNet18)
    #expect(NetworkSketch.resNet50().parameters == counts.resNet50)
    #expect([8, 20, 32].map { MiniResNet(layers: $0, random: random).parameterCount } == counts.miniResNets)
  }
}

/// The numbers of parameters that cnn.py records.
struct RecordedCounts: Decodable {
  struct Counts: Decodable {
    let resNet18, resNet50: Int
    let miniResNets, ablation: [Int]
  }
  let counts: Counts
}

private let optimizerCases: [OptimizerCase] = [
  OptimizerCase {
    ParameterGroups(
      of: $0,
      [
        ([\.[0]], Adam(learningRate: 0.05, weightDecay: 0.01)), ([\.[2]], Adam(learningRate: 0.02, weightDecay: 0.01)),
      ])
  },
  OptimizerCase { _ in GradientRecorder(Momentum(learningRate: 0.05)) },
]

/// ε is 1e-3 where batch normalization follows a layer with biases, whose gradients are rounding.
private let trainingCases: [TrainingCase] = [
  TrainingCase("LeNet-5, Adam", { LeNet.leNet5(random: $0) }, Adam(learningRate: 1e-3)),
  TrainingCase(
    "ColorImageNetwork, Adam with weight decay, cosineAnnealing", { colorImageNetwork(random: $0) },
    Adam(learningRate: 3e-4, epsilon: 1e-3, weightDecay: 1e-2), schedule: cosineAnnealing(from: 3e-4, over: 10)),
  TrainingCase(
    "MiniResNet, Momentum with an L2 penalty", { MiniResNet(width: 4, random: $0) }, Momentum(learningRate: 0.02),
    edited: { l2Gradient($0, at: $1, strength: 1e-2) }),
]
