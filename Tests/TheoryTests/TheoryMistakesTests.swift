import Checking
import Foundations
import Regularization
import Running
import Tensors
import Testing
import Theory
import Training
import ch11

@Suite("The mistakes of chapter 11")
struct TheoryMistakesTests {
  private let random = RandomSource(seed: 8)

  @Test("§ 11.4.1: at p = n a ridge penalty removes the peak: the error is a tenth of that without, in ten problems")
  func ridge() throws {
    for _ in 0..<10 {
      let line = NoisyLine(examples: 40, tests: 200, inputs: 10, noise: 0.5, random: random)
      let φ = RandomFeatures(40, inputs: 10, random: random)
      let (F, G) = (φ(line.x), φ(line.testX))
      let right = line.error(of: matmul(G, try dualRidgeRegression(F, line.y, penalty: 0.1)))
      let wrong = line.error(of: matmul(G, Mistake.fitWithoutRidge(F, line.y, penalty: 0.1)))
      #expect(wrong > 10 * right && right < 0.6, "\(wrong), \(right)")
    }
  }

  @Test("(11.11): it holds for half the sum of squares; on their mean, descent needs N/2 times the learning rate")
  func mean() {
    let x = random.normal([6, 1], scalarType: .double)
    let y = random.normal([6], scalarType: .double)
    let network = WideNetwork([1, 40], activation: .erf, biasFactor: 1, random: random)
    let training = TangentTraining(of: network, inputs: x, targets: y, steps: 30)
    func wrong(_ factor: Double) -> Tensor {
      Mistake.trainedOnMean(network, inputs: x, targets: y, steps: 30, rate: factor * training.rate)
    }
    expectClose(wrong(3), training.outputs[30], tolerance: 1e-10, scale: 1)
    #expect((wrong(1) - training.outputs[30]).abs().max().item > 0.05)
    #expect((wrong(1) - y).norm().item > 1.05 * (training.outputs[30] - y).norm().item)
  }

  @Test("Remark 11.18: every round prunes its share of the weights that are still alive: 0.6, 0.36, 0.216 are kept")
  func pruning() {
    let network = MLP([25, 40, 25], random: random)
    var (right, wrong) = (PruningMask(keepingAll: network), PruningMask(keepingAll: network))
    for share in [0.6, 0.36, 0.216] {
      right = right.withoutSmallest(of: network, share: 0.4)
      wrong = Mistake.withoutSmallestOfAll(of: network, mask: wrong, share: 0.4)
      #expect(abs(1 - right.pruned - share) < 1e-9 && abs(1 - wrong.pruned - 0.6) < 1e-9)
    }
  }

  @Test("(11.14): at a critical point the step to the worst point is 0, and training goes on")
  func criticalPoint() {
    let zero = Tensor.zeros([3], scalarType: .double)
    #expect(worstStep(along: zero, radius: 0.1) == zero)
    #expect(Mistake.worstStepEverywhere(along: zero, radius: 0.1).scalars.allSatisfy { $0.isNaN })
    let gradient = sharpnessAwareGradient(at: zero, radius: 0.1) { $0.squared().sum() }.gradient
    #expect(gradient == zero)
  }

  @Test("(11.14): one step of sharpness-aware minimization observes a batch once, as a step of plain descent does")
  func statistics() {
    let x = 5 + random.normal([32, 3], scalarType: .double)
    let layer = BatchNormalization(features: 3).converted(to: .double)
    func loss(_ layer: BatchNormalization) -> Tensor { (layer(x) - x).squared().mean() }
    func observed(_ gradient: BatchNormalization) -> [Tensor] {
      var stepped = layer
      stepped.adoptStatistics(of: gradient)
      return stepped.statistics
    }
    let plain = observed(gradient(at: layer, of: loss))
    let right = observed(sharpnessAwareGradient(at: layer, radius: 0.05, of: loss).gradient)
    let wrong = observed(Mistake.gradientObservingTwice(at: layer, radius: 0.05, of: loss).gradient)
    expectClose(right[0], plain[0], tolerance: 1e-12)
    expectClose(wrong[0], 1.9 * plain[0], tolerance: 1e-12)
  }

  @Test("§ 11.11: a table of the training pairs and their mirror images knows half of the test pairs, if these leak")
  func leak() {
    let wrong = Mistake.leakedPairs(modulus: 31, share: 0.5, random: random)
    let right = ModularAddition(modulus: 31, share: 0.5, random: random)
    #expect(abs(wrong.lookedUp(wrong.test) - 0.5) < 0.1 && right.lookedUp(right.test) == 0)
    #expect(wrong.lookedUp(wrong.train) == 1 && right.lookedUp(right.train) == 1)
    // What is looked up is right: addition commutes.
    #expect(wrong.labels(of: wrong.test) == wrong.labels(of: wrong.test.map { (a: $0.b, b: $0.a) }))
  }
}
