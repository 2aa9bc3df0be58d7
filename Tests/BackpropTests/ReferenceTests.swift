import Backprop
import Checking
import Foundations
import Tensors
import Testing
import Training

@Suite("Chapter 2 against PyTorch")
struct BackpropReferenceTests {
  @Test("networks have PyTorch's outputs and gradients", arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws { try expectAgreement("backprop", networkCases, type) }

  @Test(
    "after one step and after ten the optimizers of § 2.4 and schedules of § 2.5 agree with PyTorch and the formulas",
    arguments: [ScalarType.double, .float])
  func steps(type: ScalarType) throws { try expectAgreement("backprop", optimizerCases, type) }

  @Test(
    "after ten steps with momentum a network has PyTorch's losses and parameters",
    arguments: [ScalarType.double, .float])
  func trainings(type: ScalarType) throws { try expectAgreement("backprop", trainingCases, type) }
}

private let networkCases: [PassCase] = [
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

private let optimizerCases: [OptimizerCase] =
  descentCases + adamCases + layerwiseCases + clippedCases + scheduledCases

private let descentCases: [OptimizerCase] = [
  OptimizerCase { _ in Momentum(learningRate: 0.05) },
  OptimizerCase { _ in Nesterov(learningRate: 0.05, momentum: 0.8) },
  OptimizerCase { _ in AdaGrad(learningRate: 0.1) },
  OptimizerCase { _ in RMSProp(learningRate: 0.02) },
  OptimizerCase("epsilon inside the root") { _ in
    RMSProp(learningRate: 0.02, beta: 0.9, epsilon: 1e-3, epsilonPlace: .insideRoot)
  },
]

private let adamCases: [OptimizerCase] = [
  OptimizerCase { _ in AdamByFormula(learningRate: 0.05) },
  OptimizerCase("weight decay") { _ in AdamByFormula(learningRate: 0.05, weightDecay: 0.3) },
  OptimizerCase("epsilon inside the root") { _ in
    AdamByFormula(learningRate: 0.05, constants: AdamConstants(epsilon: 1e-3, epsilonPlace: .insideRoot))
  },
  OptimizerCase { _ in AMSGrad(learningRate: 0.05, constants: AdamConstants(beta2: 0.9)) },
]

private let layerwiseCases: [OptimizerCase] = [
  OptimizerCase { _ in Muon(learningRate: 0.05, momentum: 0.9, weightDecay: 0.1) },
  OptimizerCase("matrices alone") { _ in Muon(learningRate: 0.05, momentum: 0.9, weightDecay: 0.1) },
  OptimizerCase { _ in LARS(learningRate: 2, trust: 0.02, weightDecay: 0.1) },
  OptimizerCase { _ in LAMB(learningRate: 0.05, weightDecay: 0.1) },
  OptimizerCase { _ in Lion(learningRate: 0.01, weightDecay: 0.3) },
]

private let clippedCases: [OptimizerCase] = [
  OptimizerCase { _ in PerParameterRates(Adam(learningRate: 0.05), multipliers: [1, 2, 0.5]) },
  OptimizerCase("clipped, by norm", edited: { $0.clipped(norm: 2) }),
  OptimizerCase("clipped, by value", edited: { $0.clipped(value: 0.5) }),
]

private let scheduledCases: [OptimizerCase] = [
  OptimizerCase("stepDecay", schedule: stepDecay(from: 0.1, by: 0.3, every: 3)),
  OptimizerCase("cosineAnnealing", schedule: cosineAnnealing(from: 0.1, to: 1e-3, over: 10)),
  OptimizerCase(
    "warmupCosine", schedule: warmupCosine(to: 0.1, warmup: 3, over: 10, startingAt: 0.1, endingAt: 1e-3)),
  OptimizerCase("eachEpoch", schedule: eachEpoch(of: 2, stepDecay(from: 0.1, by: 0.5, every: 1))),
  OptimizerCase("oneCycle", schedule: oneCycle(to: 0.1, over: 11)),
]

private let trainingCases: [TrainingCase] = [
  TrainingCase("MLP, Momentum", { MLP([12, 16, 8, 4], random: $0) }, Momentum(learningRate: 0.05))
]
