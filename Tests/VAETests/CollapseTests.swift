import Backprop
import Tensors
import Testing
import Training
import VAE
import ch09

@Suite("§ 9.9.1  Posterior collapse")
struct CollapseTests {
  private static let model = AutoregressiveVAE(pixels: 6, hidden: 24, latent: 2, random: RandomSource(seed: 1))
    .converted(to: .double)
  /// All 64 images of six pixels.
  private static let all = Tensor(
    (0..<64).map { n in (0..<6).map { Double(n >> $0 & 1) } }, scalarType: .double)

  @Test("§ 9.9.1: the prediction of a pixel depends on the pixels before it, on z, and on nothing else")
  func causality() {
    let x = RandomSource(seed: 2).uniform([1, 6], scalarType: .double)
    let z = RandomSource(seed: 3).normal([1, 2], scalarType: .double)
    for i in 0..<6 {
      let slope = gradient(at: x) { Self.model.logits(of: $0, given: z)[0, i] }.scalars
      #expect((0..<6).allSatisfy { (slope[$0] != 0) == ($0 < i) }, "\(i): \(slope)")
      let byLatent = gradient(at: z) { Self.model.logits(of: x, given: $0)[0, i] }
      #expect(byLatent.abs().max().item > 0)
    }
  }

  @Test("§ 9.9.1: p(x | z) sums to 1 over all images, and samples follow it")
  func normalized() {
    let z = Tensor([[0.3, -1.2]], scalarType: .double)
    let copies = z.gathered(Array(repeating: 0, count: 64))
    let p = logLikelihoods(of: Self.all, logits: Self.model.logits(of: Self.all, given: copies)).exp()
    #expect(abs(p.sum().item - 1) < 1e-12)
    let N = 20_000
    let drawn = Self.model.sampled(z.gathered(Array(repeating: 0, count: N)), random: RandomSource(seed: 4))
    let numbers = matmul(drawn, Tensor([1, 2, 4, 8, 16, 32], scalarType: .double)).scalars
    var counts = [Double](repeating: 0, count: 64)
    for n in numbers { counts[Int(n)] += 1 }
    let χ² = zip(counts, p.scalars).reduce(0) {
      $0 + ($1.0 - Double(N) * $1.1) * ($1.0 - Double(N) * $1.1) / (Double(N) * $1.1)
    }
    #expect(χ² < 103, "\(χ²)")  // 63 degrees of freedom: exceeded once in a thousand
  }

  @Test("§ 9.9.1: the likelihood of persistent pixels sums to 1, and their changes are as frequent as they should be")
  func world() {
    let world = PersistentPixels(count: 6, change: 0.2)
    #expect(abs(world.logLikelihoods(of: Self.all).exp().sum().item - 1) < 1e-12)
    let x = world.drawn(20_000, random: RandomSource(seed: 5))
    let changes = (x[1..<6, axis: 1] - x[0..<5, axis: 1]).abs().mean().item
    #expect(abs(changes - 0.2) < 4 * (0.16 / 1e5).squareRoot() && abs(x.mean().item - 0.5) < 0.01)
    // The mean of log p is minus the entropy: log 2 + 5 H(0.2).
    let entropy = 0.6931471805599453 + 5 * 0.5004024235381879
    #expect(abs(-world.logLikelihoods(of: x).mean().item - entropy) < 0.03)
  }

  @Test("§ 9.9.1: annealing begins with 1/T, reaches 1 at step T − 1, and stays there")
  func annealing() {
    let β = annealedWeight(over: 4)
    #expect([0, 1, 2, 3, 4, 100].map(β) == [0.25, 0.5, 0.75, 1, 1, 1])
    #expect(annealedWeight(over: 1)(0) == 1)
  }

  @Test("Definition 9.11, § 9.9.1: a strong decoder collapses the posterior; annealing and free bits keep it")
  func remedies() {
    let world = PersistentPixels(count: 16)
    let random = RandomSource(seed: 6)
    let (train, test) = (world.drawn(2_000, random: random), world.drawn(500, random: random))
    let runs = CollapseRemedy.all.map {
      CollapseRun($0, train: train, test: test, epochs: 30, random: RandomSource(seed: 7))
    }
    let found = runs.map { "\($0.remedy.name): \($0.measure.divergence)" }
    #expect(runs[0].measure.divergence < 0.1, "\(found)")
    #expect(runs[1].measure.divergence > 1 && runs[2].measure.divergence > 1, "\(found)")
    #expect(runs[3].measure.divergence > 1, "\(found)")  // a decoder of independent pixels needs z
    let truth = world.logLikelihoods(of: test).mean().item
    #expect(runs.allSatisfy { -$0.measure.loss() < truth })  // a bound is below log p
  }

  @Test("§ 9.9.1: the images of one latent vector are side by side")
  func copies() {
    #expect(
      repeated(Tensor([[1, 2], [3, 4], [5, 6]]), times: 2)
        == Tensor([[1, 2], [1, 2], [3, 4], [3, 4], [5, 6], [5, 6]]))
  }
}
