import DataSets
import Foundations
import Tensors
import Testing
import Training
import VAE
import ch09

@Suite("§ 9.2  The autoencoder")
struct AutoencoderTests {
  private static func digits() throws -> Tensor { try LabeledImages.opticalDigits().flattened }

  @Test("Definition 9.2: the objective is the mean ‖x − x̂‖², and a code of full width can reach 0")
  func objective() {
    let x = RandomSource(seed: 1).normal([50, 6], scalarType: .double)
    var model = Autoencoder(inputs: 6, hidden: [], code: 6, random: RandomSource(seed: 2)).converted(to: .double)
    let squares = (model(x) - x).squared().sum(axes: [1]).mean().item
    #expect(abs(model.reconstructionError(x).item - squares) < 1e-12)
    let one = Linear(weight: .identity(6, scalarType: .double), bias: .zeros([6], scalarType: .double))
    (model.encoder.layers[0], model.decoder.layers[0]) = (one, one)
    #expect(model.reconstructionError(x).item == 0)
  }

  @Test("§ 9.2: the variances behind the k-th are the error of k principal components")
  func components() throws {
    let x = try Self.digits().converted(to: .double)
    let pca = PrincipalComponents(of: x)
    for k in [1, 5, 20, 64] {
      let error = (pca.reconstructed(x, from: k) - x).squared().sum(axes: [1]).mean().item
      #expect(abs(error - pca.smallestError(k)) < 1e-10)
    }
    let V = pca.subspace(7)
    #expect((matmul(V.transposed, V) - Tensor.identity(7, scalarType: .double)).abs().max().item < 1e-12)
    let decreasing = zip(pca.variances.scalars, pca.variances.scalars.dropFirst()).allSatisfy { $0 >= $1 }
    #expect(decreasing)
  }

  @Test("§ 9.2: the angle between subspaces is that of the plane, whatever basis spans them")
  func angle() {
    let a = Tensor([[1, 0], [0, 1], [0, 0]], scalarType: .double)
    let b = Tensor([[1, 0], [0, 3.0.squareRoot() / 2], [0, 0.5]], scalarType: .double)  // turned by 30° about x₁
    #expect(abs(sineOfLargestAngle(between: a, and: b) - 0.5) < 1e-12)
    let mixed = matmul(b, Tensor([[2, 1], [1, -3]], scalarType: .double))
    #expect(abs(sineOfLargestAngle(between: mixed, and: a) - 0.5) < 1e-12)
    #expect(sineOfLargestAngle(between: mixed, and: b) < 1e-12)
  }

  @Test("§ 9.2, Definition 9.2: a linear autoencoder of the digits reaches PCA's error to 1 % and its subspace to 5°")
  func linear() throws {
    let x = try Self.digits()
    let pca = PrincipalComponents(of: x.converted(to: .double))
    let found = LinearComparison(3, x, pca, plan: TrainingPlan(steps: 600), random: RandomSource(seed: 1))
    #expect(found.error < 1.01 * found.smallest && found.error > 0.9999 * found.smallest, "\(found.error)")
    #expect(found.angle < 5, "\(found.angle)")
  }

  @Test("§ 9.2: with hidden layers a code of two numbers beats PCA")
  func deep() throws {
    let x = try Self.digits()
    var model = Autoencoder(
      inputs: 64, hidden: [64], code: 2, outputActivation: .sigmoid, random: RandomSource(seed: 3))
    trainAutoencoder(
      &model, on: x, learningRate: { _ in 5e-3 }, plan: TrainingPlan(epochs: 12, batchSize: 64),
      random: RandomSource(seed: 4))
    let best = PrincipalComponents(of: x.converted(to: .double)).smallestError(2)
    #expect(model.reconstructionError(x).item < 0.9 * best)
  }
}
