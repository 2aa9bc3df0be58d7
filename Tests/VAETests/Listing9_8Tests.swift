import DataSets
import Distributions
import Foundations
import Tensors
import Testing
import Training
import VAE
import ch09

@Suite("§ 9.8  Listing 9.8")
struct Listing9_8Tests {
  private static let digits: ImageClassification = {
    let source = RandomSource(seed: 1)
    return ImageClassification(
      name: "digits", classNames: (0..<10).map(String.init), train: .drawnDigits(count: 300, from: source),
      test: .drawnDigits(count: 100, from: source), origin: "drawn", isReal: false)
  }()

  @Test("Listing 9.8: 835,384 parameters in the five parts")
  func parameters() {
    let model = VariationalAutoencoder(random: RandomSource(seed: 1))
    let parts = model.encoder + [model.mean, model.logVariance] + model.decoder
    #expect(parts.map(\.parameterCount) == [401_920, 10_260, 10_260, 10_752, 402_192])
    #expect(model.parameterCount == 835_384 && model.latentCount == 20)
    #expect(model.decoded(RandomSource(seed: 2).normal([64, 20])).shape == [64, 784])
  }

  @Test("Listing 9.8: with the sum over the pixels KL stays above 1 nat; with their mean it collapses")
  func sumOrMean() throws {
    let x = try LabeledImages.opticalDigits().flattened
    func divergence(β: Double) -> Double {
      var model = VariationalAutoencoder(inputs: 64, hidden: [64], latent: 4, random: RandomSource(seed: 1))
      trainByEvidence(
        &model, on: x, plan: TrainingPlan(epochs: 15, batchSize: 64), random: RandomSource(seed: 2), β: { _ in β })
      return EvidenceMeasure(of: model, on: x, random: RandomSource(seed: 3)).divergence
    }
    let (sum, mean) = (divergence(β: 1), divergence(β: 64))  // the mean over 64 pixels weights KL 64-fold
    #expect(sum > 1 && mean < 0.05, "\(sum), \(mean)")
  }

  @Test("Listing 9.8, Output 9.8: the loss falls, it is reconstruction plus KL, and one picture is kept per epoch")
  func training() {
    var training = PicturedTraining(
      VariationalAutoencoder(hidden: [32], latent: 4, random: RandomSource(seed: 1)))
    let plan = TrainingPlan(epochs: 5, batchSize: 50)
    let history = training.train(
      on: Self.digits, showing: RandomSource(seed: 2).normal([4, 4]), plan: plan, random: RandomSource(seed: 3))
    let sums = zip(history["reconstruction"], history["KL"]).map { $0 + $1 }
    #expect(zip(history.losses, sums).allSatisfy { abs($0 - $1) < 1e-3 })
    #expect(history.losses[4] < 0.8 * history.losses[0])
    #expect(training.pictures.count == 6 && training.pictures.allSatisfy { $0.count == 4 * 784 })
    let animation = training.animation("samples", columns: 2)
    #expect(animation.frames.count == 6 && animation.frames[0].width == 56 && animation.frames[0].height == 56)
    #expect(outputTable(history).rows.count == 2)  // epochs 1 and 5
    #expect(partTable(training.model).rows.count == 6 && logVarianceTable().rows.count == 7)
  }

  @Test("§ 9.8: weights that change with the step are those of that step")
  func weights() {
    let x = Self.digits.train.flattened
    func trained(_ β: @escaping (Int) -> Double) -> VariationalAutoencoder {
      var model = VariationalAutoencoder(hidden: [8], latent: 2, random: RandomSource(seed: 1))
      trainByEvidence(
        &model, on: x, plan: TrainingPlan(epochs: 1, batchSize: 100), random: RandomSource(seed: 2), β: β)
      return model
    }
    var seen: [Int] = []
    let annealed = trained { step in
      seen.append(step)
      return step == 0 ? 0 : 1
    }
    #expect(seen == [0, 1, 2])
    #expect(annealed.mean.weight.scalars != trained { _ in 1 }.mean.weight.scalars)
  }

  @Test("Listing 9.8, § 9.8: the grid of quantiles has n² places that the prior draws equally often")
  func quantiles() {
    let grid = quantileGrid(20, scalarType: .double)
    #expect(grid.shape == [400, 2])
    let u = normalDistribution(grid)  // Φ
    let across = (0..<20).map { (Double($0) + 0.5) / 20 }
    for row in 0..<20 {
      for column in 0..<20 {
        #expect(abs(u[20 * row + column, 0].item - across[column]) < 1e-12)
        #expect(abs(u[20 * row + column, 1].item - across[19 - row]) < 1e-12)
      }
    }
    #expect(quantileGrid(1).scalars == [0, 0])
  }

  @Test("Listing 9.8: classes apart from each other are found by the nearest centroid, and in a trained plane most are")
  func plane() throws {
    let codes = Tensor([[0, 0], [1, 0], [0, 1], [9, 9], [8, 9], [3, 3]])
    #expect(nearestCentroidAccuracy(codes, labels: [0, 0, 0, 2, 2, 2], classes: 3) == 5.0 / 6)
    let digits = try LabeledImages.opticalDigits()
    var model = VariationalAutoencoder(inputs: 64, hidden: [64], latent: 2, random: RandomSource(seed: 1))
    trainByEvidence(
      &model, on: digits.flattened, learningRate: 3e-3, plan: TrainingPlan(epochs: 20, batchSize: 64),
      random: RandomSource(seed: 2))
    let accuracy = nearestCentroidAccuracy(model.encoded(digits.flattened).mean, labels: digits.labels, classes: 10)
    #expect(accuracy > 0.5, "\(accuracy)")
  }

  @Test("Listing 9.8, § 9.8: the sheets have 8×8 samples and 20×20 places of the plane, each where it belongs")
  func sheets() {
    let grid = sampleGrid(RandomSource(seed: 1).uniform([70, 1, 28, 28]))
    #expect(grid.images.count == 64 && grid.columns == 8)
    let model = VariationalAutoencoder(hidden: [8], latent: 2, random: RandomSource(seed: 2))
    let sheet = manifold(of: model, 20)
    #expect(sheet.width == 560 && sheet.height == 560)
    // Row 9 of the picture at place (3, 5).
    let line = 560 * (3 * 28 + 9) + 5 * 28
    let expected = model.decoded(quantileGrid(20))[3 * 20 + 5].scalars[9 * 28..<10 * 28]
    #expect(zip(sheet.values[line..<line + 28], expected).allSatisfy { abs($0 - $1) < 1e-2 })
  }
}
