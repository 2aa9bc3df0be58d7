import Checking
import DataSets
import Diffusion
import GAN
import Tensors
import Testing

@Suite("Exercise 10.3  DDIM as an ODE")
struct Exercise10_3Tests {
  private let data = GaussianMixture([.init(weight: 1, mean: [0], deviation: 0.5)])
  private let random = RandomSource(seed: 1)

  @Test("Exercise 10.3: (10.21) is an Euler step of x/√ᾱ against √((1 − ᾱ)/ᾱ), to 1e-14")
  func euler() {
    let (x, ε) = (random.normal([20, 3], scalarType: .double), random.normal([20, 3], scalarType: .double))
    for schedule in [NoiseSchedule.linear(), .cosine()] {
      for (t, s) in [(990, 900), (900, 450), (500, 499), (300, 0), (2, 1), (1, 0)] {
        let implicit = schedule.implicitStep(x, from: t, to: s, noise: ε, fresh: x)
        let scale = schedule.noiseRatio(at: t)  // the numbers that cancel are this large
        expectClose(schedule.eulerStep(x, from: t, to: s, noise: ε), implicit, tolerance: 1e-14, scale: 4 + scale)
      }
    }
  }

  @Test("Exercise 10.3: the slope dx̄/dσ is the exact noise, −σ times the score of x̄: the flow of § 8.10")
  func slope() {
    let model = ExactPredictor(data: .ring(radius: 1.3), schedule: .linear())
    let flow = ProbabilityFlow(to: model.data)
    let x = random.normal([30, 2], scalarType: .double)
    for t in [1, 40, 300, 700, 1_000] {
      let scaled = x / model.schedule.ᾱ[t].squareRoot()
      let slope = flow.velocity(at: scaled, time: model.schedule.noiseRatio(at: t))
      expectClose(slope, model.noise(in: x, at: t), tolerance: 1e-10, scale: 1)
    }
  }

  @Test("Exercise 10.3: the field −½ β (x + ∇ log q_t) carries q_t: ∂q/∂t = −∂(q v)/∂x for a mixture, to 1e-6")
  func continuity() {
    let flow = VariancePreservingFlow(
      to: GaussianMixture([-1.0, 0.7].map { .init(weight: $0 + 2, mean: [$0], deviation: 0.4) }))
    let x = Tensor.linear(from: -3, to: 3, count: 61, scalarType: .double).expanded(axis: 1)
    func density(_ x: Tensor, _ t: Double) -> Tensor { flow.noised(t).logDensity(of: x).exp() }
    let h = 1e-4
    for t in [0.05, 0.3, 0.8] {
      let growth = (density(x, t + h) - density(x, t - h)) / (2 * h)
      let outflow = gradient(at: x) { x in
        (density(x, t) * flow.velocity(at: x, time: t).squeezed(axis: 1)).sum()
      }.squeezed(axis: 1)
      expectClose(growth, -outflow, tolerance: 1e-6, scale: 1)
    }
  }

  @Test(
    "Exercise 10.3: solved finely, the ODE maps N(0, v_T) to the data: x s/√v_T for a Gaussian, its quantiles for two")
  func law() {
    let flow = VariancePreservingFlow(to: data)
    let x = Tensor([[1], [-2]], scalarType: .double)
    let times = (0...1_000).map { 1 - Double($0) / 1_000 }
    let v = flow.ᾱ(1) * 0.25 + 1 - flow.ᾱ(1)
    expectClose(FlowSolver.heun.end(of: x, at: times, flow), 0.5 / v.squareRoot() * x, tolerance: 5e-6, scale: 1)

    let two = VariancePreservingFlow(
      to: GaussianMixture([-1.0, 0.7].map { .init(weight: 1, mean: [$0], deviation: 0.4) }))
    let noise = Tensor(two.noised(1).middleQuantiles(41), shape: [41, 1], scalarType: .double)
    let found = FlowSolver.heun.end(of: noise, at: times, two)
    expectClose(
      found, Tensor(two.data.middleQuantiles(41), shape: [41, 1], scalarType: .double), tolerance: 1e-3, scale: 1)
  }

  /// The errors for 8, 16, … 128 steps, and the slopes in a log–log plot.
  private func errors(
    _ solver: FlowSolver, _ times: (Int) -> [Double], _ flow: some VelocityField, scale: Double
  )
    -> (errors: [Double], slopes: [Double])
  {
    let errors = [8, 16, 32, 64, 128].map { n -> Double in
      let times = times(n)
      let start = (0.25 + times[0] * times[0]).squareRoot(), end = (0.25 + times[n] * times[n]).squareRoot()
      let x = Tensor([[scale == 0 ? start : scale]], scalarType: .double)
      let exact = scale == 0 ? end : 0.5 / (1 - 0.75 * VariancePreservingFlow(to: data).ᾱ(1)).squareRoot() * scale
      return abs(solver.end(of: x, at: times, flow).item - exact)
    }
    return (errors, zip(errors, errors.dropFirst()).map { Tensor($1 / $0, scalarType: .double).log().item / 0.693147 })
  }

  @Test("Exercise 10.3: in a log–log table the slope of the error is −1 for Euler's method and −2 for Heun's")
  func orders() {
    // σ falls from 80 to 0.001 by equal factors.
    let factors = { (n: Int) -> [Double] in
      (Tensor.linear(from: 1, to: 0, count: n + 1, scalarType: .double) * Tensor(80_000, scalarType: .double).log())
        .exp().scalars.map { $0 * 0.001 }
    }
    let inσ = ProbabilityFlow(to: data)
    let (euler, heun) = (errors(.euler, factors, inσ, scale: 0), errors(.heun, factors, inσ, scale: 0))
    #expect(abs(euler.slopes[3] + 0.98) < 0.02 && abs(heun.slopes[3] + 2.03) < 0.02, "\(euler), \(heun)")
    #expect(abs(euler.errors[4] - 0.010904) < 1e-5 && abs(heun.errors[4] - 4.971e-4) < 1e-6)

    let even = { (n: Int) in (0...n).map { 1 - Double($0) / Double(n) } }
    let inT = VariancePreservingFlow(to: data)
    let (eulerT, heunT) = (errors(.euler, even, inT, scale: 1), errors(.heun, even, inT, scale: 1))
    #expect(abs(eulerT.slopes[3] + 1) < 0.1 && abs(heunT.slopes[3] + 2) < 0.1, "\(eulerT), \(heunT)")
  }

  @Test("Exercise 10.3: with as many calls of the model Heun's sampler is nearer than DDIM from 39 calls on")
  func calls() {
    let world = GaussianSampling(.linear(), deviation: 0.5)
    let exact = 0.5 / world.variance(at: 1_000).squareRoot()
    for S in [20, 50, 100, 250] {
      let (heun, ddim) = (Sampler.heun(world.schedule, steps: S), Sampler.ddim(world.schedule, steps: 2 * S - 1))
      #expect(heun.calls == ddim.calls)
      let errors = (abs(world.factor(of: heun) - exact), abs(world.factor(of: ddim) - exact))
      #expect(errors.0 < errors.1 * 0.7, "\(S): \(errors)")
    }
  }
}
