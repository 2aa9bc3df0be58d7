import Checking
import DataSets
import Tensors
import Testing
import Training
import Transformer

@Suite("§ 7.10  Modern layers beside PyTorch")
struct ModernReferenceTests {
  @Test("§ 7.10: layers have PyTorch's outputs and gradients", arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws { try expectAgreement("transformer_modern", passCases, type) }

  @Test(
    "§ 7.10: models have after ten steps PyTorch's losses, parameters and logits",
    arguments: [ScalarType.double, .float])
  func trainings(type: ScalarType) throws { try expectAgreement("transformer_modern", trainingCases, type) }
}

private let passCases: [PassCase] = [
  .layer { _ in RMSNormalization(features: 6) },
  .layer { SwiGLU(6, hidden: 10, random: $0) },
  .layer { LlamaBlock(16, heads: 4, groups: 2, hidden: 10, random: $0) },
  .layer("interleaved") { LlamaBlock(16, heads: 4, groups: 2, hidden: 10, pairing: .interleaved, random: $0) },
  .layer { MixtureOfExperts(6, hidden: 5, random: $0) },
  PassCase("RotaryPositions, interleaved") { x, _ in RotaryPositions(8, pairing: .interleaved)(x[0]) },
  PassCase("RotaryPositions, interleaved, 4 of 10 from 3") { x, _ in
    RotaryPositions(4, pairing: .interleaved)(x[0], from: 3)
  },
  PassCase("RotaryPositions, halves") { x, _ in RotaryPositions(8, pairing: .halves)(x[0]) },
  PassCase("RotaryPositions, halves, 4 of 10 from 3") { x, _ in RotaryPositions(4, pairing: .halves)(x[0], from: 3) },
  PassCase("Routing.balanceLoss") { x, _ in
    var mixture = MixtureOfExperts(6, hidden: 1, random: RandomSource(seed: 1))
    mixture.router.weight = x[1]
    return mixture.routing(x[0]).balanceLoss
  },
  PassCase("policyGradientLoss") { x, _ in
    policyGradientLoss(logProbabilities: x[0], reference: x[1].stopGradient, rewards: x[2].stopGradient, beta: 0.5)
  },
  PassCase("maskedLoss") { x, _ in
    let batch = MaskedSequences(
      inputs: [[0, 0, 0], [0, 0, 0]], targets: [[1, 2, 3], [2, 0, 1]],
      isChosen: [[true, false, true], [false, true, false]])
    return maskedLoss(logits: x[0], batch)
  },
  PassCase("BradleyTerry.loss") { x, _ in BradleyTerry.loss(better: x[0], worse: x[1]) },
]

private let trainingCases: [TrainingCase] = [
  TrainingCase(
    "Llama, Adam",
    { Llama(symbols: 5, context: 6, width: 8, heads: 4, groups: 2, hidden: 12, blocks: 2, random: $0) },
    Adam(learningRate: 1e-2)
  ) { model, _, integers in
    let logits = model(Array(integers[1...]))
    return logits.reshaped([logits.shape[0] * logits.shape[1], logits.shape[2]])
  },
  TrainingCase(
    "LlamaClassifier, Adam",
    {
      let model = Llama(symbols: 5, context: 6, width: 8, heads: 4, groups: 2, hidden: 12, blocks: 1, random: $0)
      return LlamaClassifier(model, classes: 3, random: $0)
    }, Adam(learningRate: 1e-2)
  ) { model, _, integers in model(Tokens(Array(integers[1...]))) },
]
