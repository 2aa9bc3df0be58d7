import Tensors
import Testing
import VAE
import ch09

@Suite("§ 9.6  Disentanglement where the factors are known")
struct DisentanglementTests {
  private static let pixel = Tensor((0..<24).map { (Double($0) + 0.5) / 24 }, scalarType: .double)

  /// The mass, the centre and the second moments of an ellipse with these factors.
  private static func moments(_ factors: [Double]) -> (mass: Double, x: Double, y: Double, xx: Double, xy: Double) {
    let image = DrawnEllipses(factors: Tensor([factors], scalarType: .double), side: 24).images.reshaped([24, 24])
    let (columns, rows) = (pixel, pixel.reshaped([24, 1]))
    let mass = image.sum().item
    let (x, y) = ((image * columns).sum().item / mass, (image * rows).sum().item / mass)
    return (
      mass, x, y, (image * (columns - x).squared()).sum().item / mass,
      (image * (columns - x) * (rows - y)).sum().item / mass
    )
  }

  @Test("§ 9.6: place, size and turn of an ellipse are what its factors say, each without the others")
  func ellipses() {
    let plain = Self.moments([0, 0, 0, 0])
    #expect(abs(plain.x - 0.5) < 1e-12 && abs(plain.y - 0.5) < 1e-12 && abs(plain.xy) < 1e-12)
    let moved = Self.moments([0.5, -1, 0, 0])
    #expect(abs(moved.x - 0.61) < 3e-3 && abs(moved.y - 0.28) < 3e-3 && abs(moved.mass / plain.mass - 1) < 0.02)
    let large = Self.moments([0, 0, 1, 0])
    #expect(abs(large.mass / plain.mass - 0.25 * 0.25 / (0.19 * 0.19)) < 0.06 && abs(large.x - 0.5) < 1e-12)
    let (left, right) = (Self.moments([0, 0, 0, -1]), Self.moments([0, 0, 0, 1]))
    #expect(abs(left.xy + right.xy) < 1e-12 && right.xy > 0.2 * plain.xx && abs(left.mass / plain.mass - 1) < 0.02)
  }

  @Test("§ 9.6: mutual information is log bins for equal numbers, that of a normal pair, and 0 up to its bias")
  func information() {
    let random = RandomSource(seed: 1)
    let a = (0..<20_000).map { _ in random.normal() }
    let ρ = 0.8
    let b = a.map { ρ * $0 + (1 - ρ * ρ).squareRoot() * random.normal() }
    #expect(abs(mutualInformation(a, a, bins: 10) - 2.302585092994046) < 1e-9)
    #expect(abs(mutualInformation(a, a.map { -3 * $0 + 1 }, bins: 10) - 2.302585092994046) < 1e-9)
    let exact = 0.5108256237659907  // −½ log(1 − ρ²)
    let found = mutualInformation(a, b, bins: 40)
    #expect(abs(found - exact) < 0.06 && abs(mutualInformation(b, a, bins: 40) - found) < 1e-9)
    let other = a.map { _ in random.normal() }
    #expect(mutualInformation(a, other, bins: 10) < 2 * 81 / 40_000)
  }

  @Test("§ 9.6: the gap is 1 if every factor has a latent variable of its own, and small if two share each factor")
  func gap() {
    let factors = RandomSource(seed: 2).uniform([4_000, 2], in: -1..<1)
    let own = Disentanglement(codes: factors.flipped(axis: 1), factors: factors)
    #expect(own.gap > 0.99 && own.information[0][1] > 2.2 && own.information[0][0] < 0.03)
    let turned = matmul(factors, Tensor([[1, 1], [1, -1]]))
    #expect(Disentanglement(codes: turned, factors: factors).gap < 0.05)
    #expect(Disentanglement(codes: Tensor.concatenated([factors, factors], axis: 1), factors: factors).gap < 1e-9)
  }

  @Test("Definition 9.7, § 9.6: with a larger β reconstruction costs more and KL is smaller, for three seeds")
  func weights() {
    let (train, test) = (
      DrawnEllipses(count: 512, side: 12, random: RandomSource(seed: 3)),
      DrawnEllipses(count: 200, side: 12, random: RandomSource(seed: 4))
    )
    for seed in 1...3 as ClosedRange<UInt64> {
      let runs = [1.0, 8].map { FactorRun(β: $0, train: train, test: test, epochs: 25, seed: seed) }
      #expect(runs[1].measure.reconstruction > runs[0].measure.reconstruction + 1)
      #expect(runs[1].measure.divergence < runs[0].measure.divergence - 1)
      #expect(runs[0].factors.information.count == 6 && runs[0].factors.gaps.count == 4)
    }
  }
}
