import Checking
import Foundation
import GAN
import Tensors
import Testing

@Suite("§ 8.2.1  The value of the game")
struct GameValueTests {
  private let p = LineNormal(3, 1).logDensity
  private let q = LineNormal(0, 1).logDensity
  private let rule = Quadrature(over: -12...15)

  @Test("V = −2 log 2 for D = ½, of samples and of densities (8.1)")
  func half() {
    let zeros = Tensor.zeros([7], scalarType: .double)
    #expect(abs(gameValue(real: zeros, fake: zeros).item + 2 * log(2)) < 1e-15)
    #expect(abs(gameValue(of: { 0 * $0 }, real: p, fake: q, by: rule).item + 2 * log(2)) < 1e-13)
  }

  @Test("V is the mean of log D(x) plus the mean of log(1 − D(G(z))) (8.1)")
  func definition() {
    let (a, b) = (3 * spread([9]), 3 * spread([4], offset: 20))
    let literal = a.sigmoid().log().mean() + (1 - b.sigmoid()).log().mean()
    #expect(abs(gameValue(real: a, fake: b).item - literal.item) < 1e-14)
    #expect(gameValue(real: a, fake: b).item != gameValue(real: b, fake: a).item)
  }

  @Test("V is at most 0, and finite for logits of ±1,000 (8.1)", arguments: [ScalarType.float, .double])
  func bounds(type: ScalarType) {
    for (a, b) in [(1_000, -1_000), (-1_000, 1_000), (1_000, 1_000), (-37, 37), (0.3, -2)] as [(Double, Double)] {
      let (real, fake) = (Tensor([a], scalarType: type), Tensor([b], scalarType: type))
      let V = gameValue(real: real, fake: fake)
      #expect(V.item <= 0 && V.item.isFinite)
      #expect(gradient(at: real) { gameValue(real: $0, fake: fake) }.isFinite)
    }
    let wrong = gameValue(real: Tensor([-1_000], scalarType: type), fake: Tensor([1_000], scalarType: type))
    #expect(wrong.item == -2_000)
    let integral = gameValue(of: { 1_000 * (1.5 - $0).sign() }, real: p, fake: q, by: rule).item
    #expect(integral.isFinite && integral < -1_800)
  }

  @Test("taken literally, log(1 − σ(a)) is −∞ from a logit of 37 on in Double, and from 17 on in Float (8.1)")
  func literal() {
    func literal(_ a: Double, _ type: ScalarType) -> Double { (1 - Tensor(a, scalarType: type).sigmoid()).log().item }
    #expect(literal(36, .double).isFinite && literal(37, .double) == -.infinity)
    #expect(literal(16, .float).isFinite && literal(17, .float) == -.infinity)
    let value = rule.integral { x in
      let D = (20 * (x - 1.5)).sigmoid()
      return p(x).exp() * D.log() + q(x).exp() * (1 - D).log()
    }
    #expect(!value.item.isFinite)
    #expect(gameValue(of: { 20 * ($0 - 1.5) }, real: p, fake: q, by: rule).item.isFinite)
  }

  @Test("a point mass has no density: asking for it stops with a message")
  func pointMass() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LineNormal(3, 0).logDensity(Tensor([3], scalarType: .double))
    }
    expectMessage(result, "cannot take the density of a point mass at 3.0")
  }

  @Test("the quadrature of V agrees with the mean over draws (8.1)")
  func draws() {
    let random = RandomSource(seed: 1)
    let (x, y) = (3 + random.normal([100_000], scalarType: .double), random.normal([100_000], scalarType: .double))
    let sampled = gameValue(real: 2 * x - 1, fake: 2 * y - 1).item
    #expect(abs(sampled - gameValue(of: { 2 * $0 - 1 }, real: p, fake: q, by: rule).item) < 0.01)
  }

  @Test(
    "both players' losses are those of the game they play (8.1), (8.15), § 8.3.2", arguments: AdversarialLoss.allCases)
  func losses(loss: AdversarialLoss) {
    let (a, b) = (2 * spread([5]), 2 * spread([5], offset: 9))
    let V = gameValue(real: a, fake: b).item
    let (D, G) = (loss.discriminator(real: a, fake: b).item, loss.generator(fake: b).item)
    switch loss {
    case .saturating: #expect(D == -V && abs(G - (1 - b.sigmoid()).log().mean().item) < 1e-15)
    case .nonSaturating: #expect(D == -V && abs(G + b.sigmoid().log().mean().item) < 1e-15)
    case .wasserstein: #expect(D == (b.mean() - a.mean()).item && G == -b.mean().item)
    }
  }
}
