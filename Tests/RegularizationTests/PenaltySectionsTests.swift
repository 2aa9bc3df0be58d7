import Checking
import DataSets
import Foundations
import Regularization
import Tensors
import Testing
import Training
import ch03

@Suite("§§ 3.1 to 3.3 and 3.8, run")
struct PenaltySectionsTests {
  @Test("§ 3.1: along the path of the penalty the training loss rises and the norm falls")
  func path() throws {
    let path = try penaltyPath(
      strengths: [1e-6, 1e-4, 1e-2, 1, 100], degree: 9, examples: 15, dataSets: 3, random: RandomSource(seed: 1))
    #expect(zip(path, path.dropFirst()).allSatisfy { $0.trainLoss < $1.trainLoss && $0.norm > $1.norm })
    #expect((path.map(\.testLoss).min() ?? 0) < 0.8 * path[0].testLoss)
  }

  @Test("§ 3.1: sixteen bumps memorize eight examples, and learn the sine from 512")
  func examples() throws {
    let few = try fitSixteenBumps(examples: 8, dataSets: 5, random: RandomSource(seed: 1))
    let many = try fitSixteenBumps(examples: 512, dataSets: 5, random: RandomSource(seed: 1))
    #expect(few.train < 1e-12 && few.test > 0.3)
    #expect(abs(many.train - 0.09) < 0.02 && abs(many.test - 0.09) < 0.02)
  }

  @Test("§ 3.1: the best of a hundred guessers seems to make 37% errors, and makes 50%")
  func guessers() {
    let one = bestGuesser(of: 1, labels: 100, trials: 50, random: RandomSource(seed: 1))
    let many = bestGuesser(of: 100, labels: 100, trials: 50, random: RandomSource(seed: 1))
    #expect(abs(one.chosen - 0.5) < 0.03)
    #expect(abs(many.chosen - 0.375) < 0.02 && abs(many.fresh - 0.5) < 0.03)
  }

  @Test("§ 3.2.2: a stronger penalty makes a smaller network")
  func networks() {
    let networks = shrinkNetworks(strengths: [0, 0.01, 0.1], random: RandomSource(seed: 1)) { _ in
      TrainingPlan(steps: 150)
    }
    #expect(networks[0].norm > networks[1].norm && networks[1].norm > networks[2].norm)
    #expect(networks.allSatisfy { $0.testAccuracy > 0.7 })
  }

  @Test("Remark 3.3: the five idle features leave the lasso before the three that matter, and none leaves the ridge")
  func paths() throws {
    let steps = try coefficientPaths(strengths: [0.3, 0.6, 4], random: RandomSource(seed: 1))
    for step in steps {
      #expect(step.ridge.scalars.allSatisfy { $0 != 0 })
      #expect((step.lasso.abs().max().item == 0) == (step.strength >= step.limit))
    }
    #expect(steps[1].lasso.scalars.map { $0 == 0 } == [false, false, false, true, true, true, true, true])
  }

  @Test("Theorem 3.8 (erratum): on a quadratic the penalty 1/ηT is off by up to 24%, and a weaker one is closer")
  func equivalence() throws {
    let matches = try matchStopping(steps: [1, 10, 100], learningRate: 0.1, random: RandomSource(seed: 1))
    for match in matches {
      #expect(match.closest < match.predicted && match.closestDistance < match.predictedDistance)
    }
    #expect(abs(matches[1].predictedDistance - 0.238) < 0.001)  // the rotation is random, the spectrum is not
  }

  @Test("Definition 3.7: a stopped training run is the beginning of the whole one, and returns its best model")
  func training() throws {
    let data = try DataLibrary(directory: nil, environment: [:]).mnist()
    let result = trainWithAndWithoutStopping(
      on: data, examples: 60, plan: TrainingPlan(epochs: 8, batchSize: 20), rule: EarlyStopping(patience: 2),
      random: RandomSource(seed: 2))
    let count = result.stopped.epochs.count
    let validation = result.whole["validation loss"]
    #expect(result.stopped["validation loss"] == Array(validation.prefix(count)))
    #expect(validation[result.bestEpoch - 1] == validation.prefix(count).min())
    #expect(result.whole.epochs.count == 8)
    #expect(result.bestAccuracy == result.whole["test accuracy"][result.bestEpoch - 1])
  }

  @Test("§ 3.12: gradients fool a network with far smaller moves than chance does")
  func attacks() {
    let points = LabeledPoints.rings(count: 200, from: RandomSource(seed: 1))
    var (model, optimizer) = (MLP([2, 16, 2], random: RandomSource(seed: 2)), Adam(learningRate: 0.02))
    for _ in 0..<150 {
      optimizer.update(
        &model, along: gradient(at: model) { crossEntropy(logits: $0(points.points), labels: points.labels) })
    }
    let studies = attack(
      model, x: points.points, labels: points.labels, radii: [0, 0.3], random: RandomSource(seed: 3))
    #expect(studies[0].random == studies[0].projected && studies[0].random > 0.9)
    #expect(studies[1].fast < studies[1].random && studies[1].projected <= studies[1].fast + 0.02)
  }
}
