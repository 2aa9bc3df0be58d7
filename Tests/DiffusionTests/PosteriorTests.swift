import Checking
import DataSets
import Diffusion
import GAN
import Tensors
import Testing

@Suite("§ 10.2.1  The posterior of a forward step")
struct PosteriorTests {
  private let schedules = [NoiseSchedule.linear(), .cosine(), .linear(5, from: 0.1, to: 0.5)]

  @Test("Theorem 10.4, (10.11)–(10.14): completing the square gives the mean and the variance of the posterior")
  func square() {
    let random = RandomSource(seed: 1)
    let (x0, x) = (random.normal([6], scalarType: .double), random.normal([6], scalarType: .double))
    for schedule in schedules {
      let squares = (2...schedule.steps).map { (t: $0, square: schedule.completedSquare(of: x, data: x0, at: $0)) }
      #expect(
        squares.allSatisfy { largest($0.square.mean - schedule.posteriorMean(of: x, data: x0, at: $0.t)) < 1e-12 })
      #expect(squares.allSatisfy { abs($0.square.variance - schedule.posteriorVariance(at: $0.t)) < 1e-15 })
    }
  }

  @Test("Theorem 10.4, (10.10): Bayes' rule on a grid, q(x_t | x_{t−1}) q(x_{t−1} | x₀) normalized, has these moments")
  func grid() {
    for (schedule, t) in [(schedules[0], 2), (schedules[0], 500), (schedules[1], 999), (schedules[2], 3)] {
      let (x0, x) = (0.8, -0.4)
      let found = schedule.posteriorOnGrid(of: x, data: x0, at: t)
      let mean = schedule.posteriorMean(of: double(x), data: double(x0), at: t).item
      #expect(abs(found.mean - mean) < 1e-12)
      #expect(abs(found.variance - schedule.posteriorVariance(at: t)) < 1e-12)
    }
  }

  @Test("(10.12): β̃₁ = 0, since x₀ is known, the mean is x₀ then, and 0 < β̃_t < β_t later")
  func first() {
    for schedule in schedules {
      #expect(schedule.posteriorVariance(at: 1) == 0)
      #expect(abs(schedule.posteriorMean(of: double(3), data: double(0.7), at: 1).item - 0.7) < 1e-12)
      let later = 2...schedule.steps
      #expect(later.allSatisfy { 0 < schedule.posteriorVariance(at: $0) })
      #expect(later.allSatisfy { schedule.posteriorVariance(at: $0) < schedule.β[$0] })
    }
  }

  @Test(
    "(10.9), (10.11): the mean by the noise, (x − β/√(1 − ᾱ) ε)/√α, is the posterior mean of the data it stands for")
  func byNoise() {
    let random = RandomSource(seed: 2)
    let (x, ε) = (random.normal([6], scalarType: .double), random.normal([6], scalarType: .double))
    for schedule in schedules {
      for t in [1, 2, schedule.steps] {
        let data = schedule.data(from: x, noise: ε, at: t)
        let byNoise = schedule.ancestralStep(x, at: t, noise: ε, deviation: 0, fresh: x)
        let scale = max(1, largest(data) * 1e-3)
        #expect(largest(schedule.posteriorMean(of: x, data: data, at: t) - byNoise) < 1e-12 * scale)
      }
    }
  }

  @Test("(10.10): drawing x_{t−1} from q(x_{t−1} | x₀) and x_t from the chain is drawing x_t and then the posterior")
  func joint() {
    // The joint Gaussian of (x_{t−1}, x_t) for x₀ = 1: means, variances and covariance both ways.
    for schedule in schedules {
      let errors = (2...schedule.steps).flatMap { t -> [Double] in
        let (before, step) = (schedule.kernel(upTo: t - 1), schedule.kernel(at: t))
        let now = schedule.kernel(upTo: t)
        // E[x_{t−1} | x_t] = a + b x_t
        let a = schedule.posteriorMean(of: double(0), data: double(1), at: t).item
        let b = schedule.posteriorMean(of: double(1), data: double(1), at: t).item - a
        return [
          a + b * now.factor - before.factor, b * now.variance - step.factor * before.variance,
          b * b * now.variance + schedule.posteriorVariance(at: t) - before.variance,
        ]
      }
      #expect(errors.allSatisfy { abs($0) < 1e-12 })
    }
  }

  @Test("(10.13): at t = 1 there is no square to complete, and a sentence says so")
  func refusal() async {
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let x = Tensor(0, scalarType: .double)
        _ = NoiseSchedule.linear().completedSquare(of: x, data: x, at: 1)
      }, "cannot complete the square at t = 1: a step from 2 to 1000 is needed")
  }
}

private func double(_ x: Double) -> Tensor { Tensor(x, scalarType: .double) }
private func largest(_ x: Tensor) -> Double { x.abs().max().item }
