import Checking
import Foundation
import GAN
import Tensors
import Testing

@Suite("§ 8.3.2  The generator's gradient vanishes")
struct VanishingGradientTests {
  @Test("at a logit of −10 the slopes are −4.540e-5 and −0.99995 (§ 8.3.2)")
  func slopes() {
    let b = Tensor(-10, scalarType: .double)
    #expect(abs(AdversarialLoss.saturating.generatorSlope(atLogit: b).item + 4.5398e-5) < 1e-9)
    #expect(abs(AdversarialLoss.nonSaturating.generatorSlope(atLogit: b).item + 0.9999546) < 1e-7)
    #expect(AdversarialLoss.wasserstein.generatorSlope(atLogit: b).item == -1)
  }

  @Test(
    "the closed forms are the recorded derivatives of the losses, from −800 to 800 (§ 8.3.2)",
    arguments: AdversarialLoss.allCases)
  func recorded(loss: AdversarialLoss) {
    for b in [-800, -40, -10, -1, 0, 2, 30, 800.0] {
      let b = Tensor([b], scalarType: .double)
      let slope = gradient(at: b) { loss.generator(fake: $0) }
      #expect(abs(slope.item - loss.generatorSlope(atLogit: b).item) <= 1e-15 * abs(slope.item))
    }
  }

  @Test("the cause is the slope of the sigmoid: with respect to D = 1e-6 the derivative is −1.000001 (§ 8.3.2)")
  func cause() {
    let D = Tensor(1e-6, scalarType: .double)
    let slope = gradient(at: D) { (1 - $0).log() }.item
    #expect(abs(slope + 1.000001) < 1e-9 && (1 - D).log().item > -2e-6)
    // times dD/db = D (1 − D) it is −D
    #expect(abs(slope * 1e-6 * (1 - 1e-6) + 1e-6) < 1e-18)
  }

  @Test(
    "from 20 deviations away the saturating loss does not move, and the other arrives (§ 8.3.2)", arguments: [1, 2, 3])
  func pair(seed: UInt64) {
    func play(_ loss: AdversarialLoss) -> (logit: Double, path: [Double]) {
      var game = ShiftGame(start: 20, loss: loss)
      let random = RandomSource(seed: seed)
      for _ in 0..<100 { game.moveDiscriminator(using: random) }
      let logit = game.fakeLogit
      return (logit, game.play(rounds: 1_000, using: random))
    }
    let (saturating, other) = (play(.saturating), play(.nonSaturating))
    #expect(saturating.logit < -5 && saturating.logit == other.logit)
    #expect(saturating.path.allSatisfy { abs($0 - 20) < 0.2 })
    #expect(other.path.suffix(200).allSatisfy { abs($0) < 0.2 })
  }
}
