import Checking
import Tensors
import Testing
import Training

@Suite("The first optimizers compared with PyTorch")
struct TrainingReferenceTests {
  @Test(
    "gradient descent and Adam agree with PyTorch after one step and after ten",
    arguments: [ScalarType.double, .float])
  func steps(type: ScalarType) throws { try expectAgreement("ground", optimizerCases, type) }
}

private let optimizerCases: [OptimizerCase] = [
  OptimizerCase { _ in GradientDescent(learningRate: 0.05) },
  OptimizerCase { _ in Adam(learningRate: 0.05) },
  OptimizerCase("other constants") { _ in Adam(learningRate: 0.05, beta1: 0.8, beta2: 0.95, epsilon: 1e-3) },
  OptimizerCase("weight decay") { _ in Adam(learningRate: 0.05, weightDecay: 0.3) },
]
