import Checking
import Regularization
import Running
import Tensors
import Testing
import ch03

@Suite("Exercise 3.2 Elastic net")
struct Exercise3_2Tests {
  @Test("Exercise 3.2.2: proximal steps find exact zeros and reach the minimum; edited gradients do neither")
  func edited() {
    let result = compareEditedGradients(steps: 400, random: RandomSource(seed: 1))
    #expect(result.editedZeros == 0 && result.proximalZeros > 40)
    #expect(result.proximalGap < 1e-6 && result.editedGap > 0.01)
    #expect((result.proximalExcess.last ?? 1) < 1e-9 && (result.editedExcess.last ?? 0) > 1e-3)
    #expect(zip(result.proximalExcess, result.proximalExcess.dropFirst()).allSatisfy { $0 >= $1 - 1e-12 })
  }

  @Test(
    "Exercise 3.2.3: among independent features the lasso finds the support and comes closest; the ridge keeps all 100")
  func independent() throws {
    let results = try comparePenalties(
      design: .independent, repetitions: 2, strengths: 8, random: RandomSource(seed: 1))
    let (lasso, ridge, net) = (results[0], results[1], results[2])
    #expect(lasso.mean { Double($0.relevantFound) } >= 9)
    #expect(lasso.mean { Double($0.irrelevantKept) } < net.mean { Double($0.irrelevantKept) })
    #expect(ridge.trials.allSatisfy { $0.relevantFound == 10 && $0.irrelevantKept == 90 })
    #expect(lasso.mean(\.distance) < net.mean(\.distance) && net.mean(\.distance) < ridge.mean(\.distance))
    #expect(lasso.mean(\.testError) > 1 && lasso.mean(\.testError) < 0.5 * ridge.mean(\.testError))
  }

  @Test("Exercise 3.2.3: among correlated features the elastic net comes closest to the true weights")
  func correlated() throws {
    let results = try comparePenalties(design: .grouped, repetitions: 2, strengths: 8, random: RandomSource(seed: 1))
    #expect(results[2].mean(\.distance) < results[0].mean(\.distance))
    #expect(results[2].mean(\.distance) < results[1].mean(\.distance))
  }

  @Test("the grouped features have variance 1 and correlation 0.9 within a group, and none between groups")
  func design() {
    let X = SparseRegressionData(design: .grouped, random: RandomSource(seed: 3)).test.X
    let covariance = matmul(X.transposed, X) / 1_000
    #expect(abs(covariance[0, 0].item - 1) < 0.15)
    #expect(abs(covariance[0, 4].item - 0.9) < 0.15)
    #expect(abs(covariance[4, 5].item) < 0.15 && abs(covariance[0, 20].item) < 0.15)
  }
}
