import Checking
import Regularization
import Running
import Tensors
import Testing
import ch03

@Suite("Exercise 3.1 Bias and variance")
struct Exercise3_1Tests {
  private static func study(_ design: InputDesign, sets: Int = 100) throws -> [PolynomialStudy] {
    try studyPolynomials(
      degrees: [1, 3, 5, 9, 15], dataSets: sets, inputs: design, random: RandomSource(seed: 1))
  }

  @Test("Exercise 3.1.1: the decomposition (3.1) holds at every point for the fits, with noise of either sign")
  func decomposition() throws {
    for study in try Self.study(.even, sets: 20) {
      let truth = (.pi * study.x).sin()
      let errors = [-0.3, 0.3].map { ε in (truth + ε - study.predictions).squared().mean(axes: [0]) }
      expectClose((errors[0] + errors[1]) / 2, study.parts.expectedSquaredError, tolerance: 1e-10, scale: 1)
    }
  }

  @Test("Exercise 3.1.2: bias falls up to degree 5 and variance rises with every degree")
  func tendencies() throws {
    let studies = try Self.study(.even)
    let (bias, variance) = (studies.map(\.squaredBias), studies.map(\.variance))
    #expect(bias[0] > bias[1] && bias[1] > bias[2])
    #expect(variance == variance.sorted())
    // The variance of least squares with d + 1 ≤ N columns is σ² (d + 1) / N on average over the examples.
    #expect(abs(variance[1] - 0.09 * 0.4) < 0.012)
    #expect(abs(bias[0] - 0.22) < 0.02)
    #expect(studies[3].trainError < 1e-12)
  }

  @Test("Exercise 3.1.2 (erratum): for degree 15 the design matrix has rank 10 of 16; the shortest solution is unique")
  func rank() throws {
    let studies = try Self.study(.even)
    #expect(studies.map(\.rank) == [2, 4, 6, 10, 10])
    #expect(studies[4].trainError < 1e-12 && studies[4].variance > 1)
  }

  @Test("Exercise 3.1.3: degree 3 is best, and 5 is close", arguments: [1, 2, 3] as [UInt64])
  func best(seed: UInt64) throws {
    let studies = try studyPolynomials(
      degrees: [1, 3, 5, 9, 15], dataSets: 100, inputs: .even, random: RandomSource(seed: seed))
    let total = studies.map(\.total)
    #expect(total.min() == total[1])
    #expect(abs(total[1] - 0.127) < 0.01 && total[2] < 1.15 * total[1])
  }

  @Test("Exercise 3.1.3: with drawn inputs degree 3 has the best median, but a few data sets spoil its mean")
  func drawn() throws {
    let studies = try Self.study(.uniform)
    let medians = studies.map(\.medianError)
    #expect(medians.min() == medians[1])
    #expect(studies[2].total > 10 * medians[2])
  }
}
