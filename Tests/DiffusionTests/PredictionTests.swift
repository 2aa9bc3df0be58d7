import DataSets
import Diffusion
import Tensors
import Testing

@Suite("§ 10.2.2  Predictions of the noise")
struct PredictionTests {
  private let schedules = [NoiseSchedule.linear(), .cosine()]
  private let times = [1, 2, 250, 700, 990]

  @Test("§ 10.2.2: ε-, x₀- and v-prediction give each other, and the true values are targets of all three")
  func conversions() {
    let random = RandomSource(seed: 1)
    let (x0, ε) = (random.normal([5, 2, 2], scalarType: .double), random.normal([5, 2, 2], scalarType: .double))
    for schedule in schedules {
      let x = schedule.noised(x0, at: times, noise: ε)
      for target in PredictionTarget.allCases {
        let y = target.target(data: x0, noise: ε, at: times, schedule)
        #expect(largest(target.noise(from: y, in: x, at: times, schedule) - ε) < 1e-11, "\(target)")
        #expect(largest(target.data(from: y, in: x, at: times, schedule) - x0) < 1e-11, "\(target)")
      }
    }
  }

  @Test("§ 10.2.2: the squared errors of the three differ by the factors 1, (1 − ᾱ)/ᾱ and 1/ᾱ")
  func losses() {
    let random = RandomSource(seed: 2)
    let (x0, ε) = (random.normal([8], scalarType: .double), random.normal([8], scalarType: .double))
    for schedule in schedules {
      for t in times {
        let steps = [Int](repeating: t, count: 8)
        let x = schedule.noised(x0, at: t, noise: ε)
        let guess = ε + 0.1 * random.normal([8], scalarType: .double)  // a prediction of the noise
        let loss = (guess - ε).squared().mean().item
        for target in PredictionTarget.allCases {
          // The same model, asked for the target: its data, its noise, and their combination.
          let data = schedule.data(from: x, noise: guess, at: t)
          let asked = target.target(data: data, noise: guess, at: steps, schedule)
          let truth = target.target(data: x0, noise: ε, at: steps, schedule)
          let ratio = (asked - truth).squared().mean().item / loss
          #expect(abs(ratio / target.lossFactor(at: t, schedule) - 1) < 1e-8, "\(target) at \(t)")
        }
      }
    }
  }

  @Test("§ 10.2.2: the velocity has the variance of the data at every t if that is 1")
  func velocity() {
    let x0 = 2 * RandomSource(seed: 3).bernoulli([100_000], probability: 0.5, scalarType: .double) - 1
    let ε = RandomSource(seed: 4).normal([100_000], scalarType: .double)
    for t in [1, 500, 1_000] {
      let steps = [Int](repeating: t, count: 100_000)
      let v = PredictionTarget.velocity.target(data: x0, noise: ε, at: steps, schedules[1])
      #expect(abs(v.variance().item - 1) < 0.02)
    }
  }

  @Test("§ 10.2.2: the exact prediction is E[ε | x_t]: (x − √ᾱ E[x₀ | x])/√(1 − ᾱ), with E[x₀ | x] by Bayes' rule")
  func exact() {
    let data = GaussianMixture([
      .init(weight: 1, mean: [-1], deviation: 0.3), .init(weight: 2, mean: [1.5], deviation: 0.6),
    ])
    let schedule = schedules[0]
    let predictor = ExactPredictor(data: data, schedule: schedule)
    let x = Tensor([-2, -0.3, 0, 0.8, 2.5], shape: [5, 1], scalarType: .double)
    for t in [1, 100, 500, 1_000] {
      // Bayes' rule: the weights of the components given x, and the mean of each.
      let (share, q) = (schedule.ᾱ[t], predictor.noised(at: t))
      let expected = x.scalars.map { x -> Double in
        zip(q.posterior(at: [x]), data.components).reduce(0) { sum, part in
          let (m, s²) = (part.1.mean[0], part.1.factor[0][0] * part.1.factor[0][0])
          let gain = share.squareRoot() * s² / (share * s² + 1 - share)
          return sum + part.0 * (m + gain * (x - share.squareRoot() * m))
        }
      }
      let ε = schedule.noise(from: x, data: Tensor(expected, shape: [5, 1], scalarType: .double), at: t)
      #expect(largest(predictor.noise(in: x, at: [Int](repeating: t, count: 5)) - ε) < 1e-11, "\(t)")
    }
  }

  @Test("(10.16): steps and classes may differ from row to row, and a class gives its component's prediction")
  func rows() {
    let data = GaussianMixture.ring(of: 3)
    let predictor = ExactPredictor(data: data, schedule: schedules[1])
    let x = RandomSource(seed: 6).normal([4, 2], scalarType: .double)
    let (t, classes) = ([1, 400, 400, 999], [2, nil, 0, nil] as [Int?])
    let all = predictor.noise(in: x, at: t, classes: classes)
    for row in 0..<4 {
      let alone = predictor.noise(in: x[row..<row + 1], at: [t[row]], classes: [classes[row]])
      #expect(largest(all[row..<row + 1] - alone) < 1e-14)
    }
    let one = ExactPredictor(data: data.conditional(on: [2]), schedule: schedules[1])
    #expect(largest(all[0..<1] - one.noise(in: x[0..<1], at: [1])) < 1e-14)
    #expect(largest(predictor.noise(in: x, at: t) - predictor.noise(in: x, at: t, classes: [nil, nil, nil, nil])) == 0)
  }

  @Test(
    "(10.16): no other prediction has a smaller loss: E[(ε − ε*)²] is the least, and a changed one loses its square")
  func optimal() {
    let (data, schedule) = (GaussianMixture.ring(), schedules[0])
    let (N, random) = (20_000, RandomSource(seed: 8))
    let x0 = Tensor(data.sample(count: N, from: random).coordinates, shape: [N, 2], scalarType: .double)
    let ε = random.normal([N, 2], scalarType: .double)
    for t in [50, 300, 700] {
      let x = schedule.noised(x0, at: t, noise: ε)
      let best = ExactPredictor(data: data, schedule: schedule).noise(in: x, at: [Int](repeating: t, count: N))
      let loss = (ε - best).squared().mean().item
      #expect(abs(loss - data.leastNoiseError(signalShare: schedule.ᾱ[t])) < 0.02)
      for change in [0.1 * x, 0.05 * x.sin(), 0.2 + 0 * x] {
        let worse = (ε - best - change).squared().mean().item
        let square = change.squared().mean().item
        // 4 standard errors of the mean of 2 (ε − ε*) times the change.
        let error = 8 * (loss * square / Double(2 * N)).squareRoot()
        #expect(error < square && abs(worse - loss - square) < error)
      }
    }
  }
}

private func largest(_ x: Tensor) -> Double { x.abs().max().item }
