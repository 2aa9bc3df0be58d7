import Foundations
import Tensors
import Testing
import Theory
import Transformer
import ch11

@Suite("(11.16) Scaling laws for parameters and data")
struct JointScalingTests {
  private func number(_ x: Double) -> Tensor { Tensor(x, scalarType: .double) }

  @Test("(11.16): at N = 10⁹ and D = 10¹⁰ Kaplan's constants give 4.638 as a sum, and 2.484 in Kaplan's joint law")
  func values() {
    let sum = AdditiveScalingLaw.kaplanConstants(parameters: number(1e9), tokens: number(1e10)).item
    let joint = KaplanScalingLaw()(parameters: number(1e9), tokens: number(1e10)).item
    #expect(abs(sum - 4.638) < 5e-4 && abs(joint - 2.484) < 5e-4)
  }

  @Test("(11.16), § 11.11: the joint law has the power laws as limits; in the sum the other term and the floor vanish")
  func limits() {
    let (N, D) = (number(1e9), number(1e10))
    let far = number(1e300)
    let joint = KaplanScalingLaw()
    #expect(abs(joint(parameters: N, tokens: far).item - PowerLaw.kaplan(N).item) < 1e-9)
    #expect(abs(joint(parameters: far, tokens: D).item - PowerLaw.kaplanTokens(D).item) < 1e-9)
    let chinchilla = AdditiveScalingLaw.chinchilla
    #expect(abs(chinchilla(parameters: far, tokens: far).item - 1.69) < 1e-9)
    #expect(abs(chinchilla(parameters: number(7e10), tokens: number(1.4e12)).item - 1.937) < 5e-4)
  }

  @Test("(11.16): the best size for C = 6 N D is where no other size has a smaller loss, and N grows as C^(β/(α+β))")
  func best() {
    let law = AdditiveScalingLaw.chinchilla
    for C in [1e19, 1e22] {
      let (N, D) = law.best(operations: C)
      #expect(abs(6 * N * D / C - 1) < 1e-12)
      let least = law(parameters: number(N), tokens: number(D)).item
      for factor in [0.5, 0.9, 0.99, 1.01, 1.1, 2] {
        #expect(law(parameters: number(N * factor), tokens: number(D / factor)).item > least)
      }
    }
    let growth = law.best(operations: 1e22).parameters / law.best(operations: 1e19).parameters
    #expect(abs(growth / number(1e3).power(0.28 / 0.62).item - 1) < 1e-9)
  }

  @Test("Exercise 11.7.4: a law with a floor is found again from its own losses")
  func fit() {
    let law = PowerLaw(exponent: 0.2, scale: 1e5, floor: 1.5)
    let N = Tensor([1e6, 1e7, 1e8, 1e9, 1e10], scalarType: .double)
    let found = PowerLaw(fittingFloorOf: N, law(N))
    #expect(abs(found.exponent - 0.2) < 1e-8 && abs(found.floor - 1.5) < 1e-8)
    #expect(found.errors(N, law(N)).abs().max().item < 1e-9)
    let through = PowerLaw(exponent: 0.076, loss: 2.3, at: 1e9)
    #expect(abs(through(number(1e9)).item - 2.3) < 1e-12)
  }
}
