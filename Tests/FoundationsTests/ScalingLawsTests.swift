import Checking
import Foundation
import Foundations
import Tensors
import Testing

@Suite("§ 1.8 State of the art: scaling laws")
struct ScalingLawsTests {
  private static let sizes = Tensor([1e3, 3e3, 1e4, 3e4, 1e5, 1e6], scalarType: .double)

  @Test("§ 1.8: L(N) = L∞ + (N₀/N)^α: a thousand times the parameters multiply the excess loss by 1000^−α")
  func formula() {
    let law = PowerLaw(exponent: 0.5, scale: 400, floor: 2)
    expectClose(
      law(Tensor([400, 400e3], scalarType: .double)), Tensor([3, 2 + pow(1000, -0.5)], scalarType: .double),
      tolerance: 1e-14)
  }

  @Test("§ 1.8: the fit recovers the law that made the losses, with and without a floor", arguments: [0.0, 1.69])
  func recovery(floor: Double) {
    let law = PowerLaw(exponent: 0.076, scale: 8.8e13, floor: floor)
    let fit = PowerLaw(fitting: Self.sizes, law(Self.sizes), floor: floor)
    #expect(abs(fit.exponent / law.exponent - 1) < 1e-10 && abs(fit.scale / law.scale - 1) < 1e-8)
    #expect(fit.floor == floor)
  }

  @Test("§ 1.8: losses 2% off the law move the exponent by less than 0.005; without its floor the exponent is wrong")
  func noise() {
    let law = PowerLaw(exponent: 0.34, scale: 5000, floor: 0.5)
    let noisy = 0.5 + (law(Self.sizes) - 0.5) * (1 + 0.02 * spread([6]))
    #expect(abs(PowerLaw(fitting: Self.sizes, noisy, floor: 0.5).exponent - 0.34) < 0.005)
    #expect(PowerLaw(fitting: Self.sizes, law(Self.sizes)).exponent < 0.25)
  }

  @Test("losses below the floor stop with a message that names both")
  func belowFloor() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = PowerLaw(fitting: Tensor([1, 2, 3]), Tensor([4, 3, 2]), floor: 2.5)
    }
    expectMessage(result, "cannot fit a power law above 2.5 to losses down to 2.0")
  }
}
