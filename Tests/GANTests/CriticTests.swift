import CNN
import Checking
import Foundations
import GAN
import Tensors
import Testing
import Training

@Suite("§ 8.4.1  Critics")
struct CriticTests {
  private let real = LineNormal(3, 1)
  private let fake = LineNormal(0, 1)

  @Test(
    "(8.15): the value of a critic is E f(x) − E f(G(z)); the identity has W₁, and x² the difference of second moments")
  func value() {
    #expect(abs(criticValue({ $0 }, real: real, fake: fake) - 3) < 1e-12)
    #expect(abs(criticValue({ $0.squared() }, real: LineNormal(3, 2), fake: fake) - 12) < 1e-10)
    #expect(abs(criticValue({ $0 }, real: LineNormal(3, 0), fake: LineNormal(0, 0)) - 3) < 1e-12)
  }

  @Test("(8.15): a spectrally normalized layer has norm 1 to 1e-4 after a few steps, for matrices and for filters")
  func norm() {
    let random = RandomSource(seed: 5)
    var linear = SpectrallyNormalized(Linear(20, 30, random: random), random: random)
    var filters = SpectrallyNormalized(Convolution(3, 8, kernel: 3, random: random), random: random)
    #expect(unlistedParameters(in: linear) == [] && linear.parameterCount == 630)
    for _ in 0..<60 {
      _ = linear.observing { $0(Tensor.zeros([1, 20])) }
      _ = filters.observing { $0(Tensor.zeros([1, 3, 5, 5])) }
    }
    for W in [linear.normalized.weight, filters.normalized.weight.flattened(from: 1)] {
      #expect(abs(LinearAlgebra.singularValues(W).max().item - 1) < 1e-4)
    }
    // W/σ does not depend on the size of W; its gradient along W is 0.
    let before = linear.normalized.weight
    linear.layer.weight = 7 * linear.layer.weight
    expectClose(linear.normalized.weight, before, tolerance: 1e-5, scale: 1)
    let slope = gradient(at: linear, mode: .evaluation) { $0(spread([4, 20]).converted(to: .float)).squared().sum() }
    let along = (slope.layer.weight * linear.layer.weight).sum().item
    #expect(abs(along) < 1e-3)
  }

  @Test("(8.15): training moves the vectors of the power iteration once for each pass, evaluation and gradients do not")
  func statistics() {
    let random = RandomSource(seed: 6)
    let layer = SpectrallyNormalized(Linear(4, 3, random: random), iterations: 0, random: random)
      .converted(to: .double)
    let x = spread([2, 4])
    let W = layer.layer.weight
    func unit(_ x: Tensor) -> Tensor { x / x.norm() }
    func once(_ u: Tensor) -> Tensor { unit(matmul(W, matmul(W.transposed, u))) }
    let one = gradient(at: layer) { $0(x).sum() }
    let two = gradient(at: layer) { ($0(x) + $0(x)).sum() }
    expectClose(one.left, once(layer.left), tolerance: 1e-14, scale: 1)
    expectClose(two.left, once(once(layer.left)), tolerance: 1e-14, scale: 1)
    #expect(gradient(at: layer, mode: .evaluation) { $0(x).sum() }.left == layer.left)
    expectGradient(at: layer, order: 2, mode: .evaluation) { $0(x).squared().sum() }
  }

  @Test("(8.15): a critic of such layers is 1-Lipschitz, and trained it reaches W₁; clipped at 0.01 it stays below 1 %")
  func trained() {
    let random = RandomSource(seed: 1)
    let plan = TrainingPlan(epochs: 400, batchSize: 256)
    var recipe = AdversarialRecipe()
    (recipe.loss, recipe.discriminatorRate, recipe.beta1) = (.wasserstein, 3e-3, 0.5)
    var spectral = LipschitzCritic([1, 16, 16, 1], random: random)
    trainCritic(&spectral, by: recipe, real: real, fake: fake, plan: plan, random: random)
    #expect(abs(spectral.lipschitzBound - 1) < 0.01)
    #expect(abs(criticValue({ spectral.converted(to: .double)($0) }, real: real, fake: fake) - 3) < 0.06)
    recipe.clipping = 0.01
    var clipped = MLP([1, 64, 64, 1], random: random)
    trainCritic(
      &clipped, by: recipe, real: real, fake: fake, plan: TrainingPlan(epochs: 100, batchSize: 64), random: random)
    let value = criticValue({ clipped.converted(to: .double)($0) }, real: real, fake: fake)
    #expect(value > 0 && value < 0.03)
    #expect(clipped.flattened.abs().max().item <= 0.01)
  }
}
