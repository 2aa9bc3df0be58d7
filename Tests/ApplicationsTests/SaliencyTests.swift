import Applications
import Checking
import DataSets
import Foundations
import Tensors
import Testing
import Training
import ch12

@Suite("§ 12.5.1  Saliency maps")
struct SaliencyTests {
  private let random = RandomSource(seed: 3)

  @Test("§ 12.5.1: the saliency of a linear model is ∣w∣, for every input and by the row of its class")
  func linear() {
    let w = random.normal([3, 7], scalarType: .double)
    let x = random.normal([4, 7], scalarType: .double)
    let classes = [2, 0, 0, 1]
    let map = saliency(of: { matmul($0, w.transposed) + 5 }, at: x, classes: classes)
    expectClose(map, w.gathered(classes).abs(), tolerance: 1e-15)
  }

  @Test("§ 12.5.1: the saliency of a network agrees with differences of its score")
  func differences() {
    let network = MLP([6, 9, 3], activation: .tanh, random: random).converted(to: .double)
    let x = random.normal([1, 6], scalarType: .double)
    let map = saliency(of: { network($0) }, at: x, classes: [1])
    let h = 1e-5
    let unit = h * Tensor.identity(6, scalarType: .double)
    let ends = [x + unit, x - unit].map { network($0).picked([Int](repeating: 1, count: 6)) }
    expectClose(((ends[0] - ends[1]) / (2 * h)).abs(), map[0], tolerance: 1e-8)
  }

  @Test("§ 12.5.1: where a network is sure, the saliency of the probability is nearly 0 and that of the logit is not")
  func sure() {
    let w = Tensor([[9, 0], [0, 9]], scalarType: .double)
    let x = Tensor([[2, -2]], scalarType: .double)
    let ofLogit = saliency(of: { matmul($0, w) }, at: x, classes: [0])
    let ofProbability = saliency(of: { matmul($0, w).softmax() }, at: x, classes: [0])
    #expect(ofLogit[0, 0].item == 9 && ofProbability.max().item < 1e-12)
  }

  @Test("§ 12.5.1: integrated gradients add up to f(x) − f(x′), also where the gradient at x is 0")
  func completeness() {
    // 1 − ReLU(1 − x): flat from 1 on. The midpoint rule is exact where the places avoid the kink.
    let f = { (x: Tensor) in 1 - maximum(0, 1 - x) }
    let (x, origin) = (Tensor([[2]], scalarType: .double), Tensor([[0]], scalarType: .double))
    #expect(saliency(of: f, at: x, classes: [0]).item == 0)
    #expect(abs(integratedGradients(of: f, at: x, from: origin, classes: [0]).item - 1) < 1e-12)
    let network = MLP([5, 8, 2], activation: .tanh, random: random).converted(to: .double)
    let (y, start) = (random.normal([3, 5], scalarType: .double), random.normal([3, 5], scalarType: .double))
    let map = integratedGradients(of: { network($0) }, at: y, from: start, classes: [0, 1, 1], steps: 200)
    let difference = (network(y) - network(start)).picked([0, 1, 1])
    expectClose(map.sum(axes: [1]), difference, tolerance: 1e-4)
  }

  @Test("§ 12.5.1: without noise the smoothed map is the saliency, and it is the mean over noisy copies")
  func smoothed() {
    let network = MLP([5, 8, 2], random: random).converted(to: .double)
    let x = random.normal([3, 5], scalarType: .double)
    let f = { (x: Tensor) in network(x) }
    let still = smoothedSaliency(of: f, at: x, classes: [0, 1, 0], deviation: 0, draws: 3, random: random)
    expectClose(still, saliency(of: f, at: x, classes: [0, 1, 0]), tolerance: 1e-15)
    let (a, b) = (RandomSource(seed: 5), RandomSource(seed: 5))
    let two = smoothedSaliency(of: f, at: x, classes: [0, 1, 0], deviation: 1, draws: 2, random: a)
    let each = (0..<2).map { _ in
      saliency(of: f, at: x + b.normal(x.shape, scalarType: .double), classes: [0, 1, 0])
    }
    expectClose(two, (each[0] + each[1]) / 2, tolerance: 1e-15)
  }

  @Test("§ 12.5.1: the maps of a trained network are in the half that decides, those of an untrained one in both")
  func decisive() throws {
    let study = try SaliencyStudy(
      copies: 2, plan: TrainingPlan(epochs: 10, batchSize: 64), random: RandomSource(seed: 1))
    #expect(study.accuracy > 0.9)
    for (name, trained, untrained) in study.leftShares {
      #expect(trained > 0.65 && abs(untrained - 0.5) < 0.06, "\(name): \(trained), \(untrained)")
    }
    #expect(study.finiteDifferenceGap < 1e-6)
  }
}
