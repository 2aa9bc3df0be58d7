import Diffusion
import Tensors
import Testing
import ch10

@Suite("Exercises 10.1, 10.2 and 10.4")
struct ScheduleExerciseTests {
  @Test("Exercise 10.1: each step of the induction, its factor and its two variances, in two dimensions and by drawing")
  func induction() {
    let (schedule, N, random) = (NoiseSchedule.linear(6, from: 0.05, to: 0.5), 100_000, RandomSource(seed: 1))
    let x0 = Tensor([1.5, -0.5], scalarType: .double).broadcast(to: [N, 2])
    var variance = 0.0
    schedule.chain(from: x0, steps: 6, random: random) { t, x in
      variance = schedule.α[t] * variance + schedule.β[t]
      #expect(abs(variance - (1 - schedule.ᾱ[t])) < 3e-16)
      // 4 standard errors of a mean, a variance and a covariance.
      let root = (variance / Double(N)).squareRoot()
      let centred = x - schedule.ᾱ[t].squareRoot() * x0
      #expect(centred.mean(axes: [0]).abs().max().item < 4 * root)
      #expect((centred.squared().mean(axes: [0]) / variance - 1).abs().max().item < 4 * (2 / Double(N)).squareRoot())
      let products = (centred.sliced(0..<1, axis: 1) * centred.sliced(1..<2, axis: 1)).mean().item
      #expect(abs(products) < 4 * variance / Double(N).squareRoot())
    }
  }

  @Test("Exercise 10.1: composed one by one the steps are (10.2) to 1e-12, and the sum of the proof holds to 1e-15")
  func composed() {
    for schedule in [NoiseSchedule.linear(), .cosine()] {
      let errors = InductionErrors(schedule)
      #expect(errors.factor < 1e-12 && errors.variance < 1e-12 && errors.sum < 1e-15, "\(errors)")
    }
  }

  @Test("Exercise 10.2: A = (1 − ᾱ_t)/(β_t (1 − ᾱ_{t−1})), and −½ A (x − B/A)² is (10.13) up to a constant")
  func square() {
    let (schedule, x0, x) = (NoiseSchedule.linear(20, from: 0.01, to: 0.4), 0.8, -0.4)
    for t in 2...20 {
      let square = schedule.completedSquare(
        of: Tensor(x, scalarType: .double), data: Tensor(x0, scalarType: .double), at: t)
      let precision = (1 - schedule.ᾱ[t]) / (schedule.β[t] * (1 - schedule.ᾱ[t - 1]))
      #expect(abs(square.variance * precision - 1) < 1e-13)
      // The difference of both sides at several x_{t−1} is the same constant.
      let constants = [-2.0, -0.3, 0, 1, 2.5].map { y -> Double in
        let step = x - schedule.α[t].squareRoot() * y
        let before = y - schedule.ᾱ[t - 1].squareRoot() * x0
        let exponent = -0.5 * (step * step / schedule.β[t] + before * before / (1 - schedule.ᾱ[t - 1]))
        let distance = y - square.mean.item
        return exponent + 0.5 * precision * distance * distance
      }
      #expect(constants.allSatisfy { abs($0 - constants[0]) < 1e-11 * max(1, abs(constants[0])) })
    }
  }

  @Test("Exercise 10.4: at t = 500 the cosine schedule has kept 0.4938 of the signal, the linear one 0.0786")
  func middle() {
    let (linear, cosine) = (NoiseSchedule.linear(), NoiseSchedule.cosine())
    #expect(abs(cosine.ᾱ[500] - 0.49384) < 1e-5 && abs(linear.ᾱ[500] - 0.07859) < 1e-5)
    // The cosine schedule spends more of its steps where signal and noise are of like size.
    #expect(mediumNoiseSteps(of: linear) == 348 && mediumNoiseSteps(of: cosine) == 555)
  }
}
