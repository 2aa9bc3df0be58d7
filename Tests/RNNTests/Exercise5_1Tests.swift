import Tensors
import Testing
import ch05

@Suite("Exercise 5.1 The network from scratch")
struct Exercise5_1Tests {
  @Test("Exercise 5.1.1, Exercise 5.1.3: outputs, gradients and ten steps of Adam are those of the fused layer")
  func fused() {
    let gaps = compareWithFused(steps: 10, random: RandomSource(seed: 1))
    #expect(gaps.count == 4)
    #expect(gaps[0].gap < 1e-14 && gaps[1].gap < 1e-14)
    #expect(gaps[2].gap < 1e-8)
    #expect(gaps[3].gap < 1e-10)
  }
}
