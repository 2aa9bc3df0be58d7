import CNN
import Tensors
import Testing
import ch04

@Suite("Exercise 4.1 Dimension calculations")
struct Exercise4_1Tests {
  private let results = countAndRun(random: RandomSource(seed: 1))

  @Test("Exercise 4.1: 94,784 parameters in all, and the layers agree with the formulas")
  func all() {
    #expect(dimensionSketch.parameters == 94_784)
    for result in results {
      #expect(result.shape == result.sketched.shape && result.parameters == result.sketched.parameters)
    }
  }

  @Test("Exercise 4.1.1: 32×128×128 and 2,432 parameters")
  func first() { expect(0, [32, 128, 128], 32 * (3 * 25 + 1), 2_432) }

  @Test("Exercise 4.1.2: 32×64×64, no parameters")
  func second() { expect(1, [32, 64, 64], 0, 0) }

  @Test("Exercise 4.1.3: 64×31×31 and 18,496 parameters")
  func third() { expect(2, [64, 31, 31], 64 * (32 * 9 + 1), 18_496) }

  @Test("Exercise 4.1.4: 128×31×31 and 73,856 parameters")
  func fourth() { expect(3, [128, 31, 31], 128 * (64 * 9 + 1), 73_856) }

  @Test("Exercise 4.1.5: 128×1×1, no parameters")
  func fifth() { expect(4, [128, 1, 1], 0, 0) }

  private func expect(_ place: Int, _ shape: Shape, _ formula: Int, _ parameters: Int) {
    #expect(results[place].shape == shape)
    #expect(formula == parameters && results[place].parameters == parameters)
  }
}
