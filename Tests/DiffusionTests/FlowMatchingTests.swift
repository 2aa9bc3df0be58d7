import Checking
import DataSets
import Diffusion
import GAN
import Tensors
import Testing
import Training
import ch10

@Suite("§ 10.10  Flow matching and rectified flow")
struct FlowMatchingTests {
  @Test("§ 10.10: the exact velocity is E[x₁ − x₀ | x_t], the mean of drawn pairs, to three standard errors")
  func conditionalMean() {
    let (random, t, n) = (RandomSource(seed: 20), 0.4, 400_000)
    let x0 = random.normal([n, 1], scalarType: .double)
    let x1 = twoHills.sample(count: n, from: random).points(.double)
    let x = straightPath(from: x0, to: x1, at: [Double](repeating: t, count: n))
    let (places, speeds) = (x.scalars, (x1 - x0).scalars)
    for centre in [-1.2, -0.5, 0.3, 0.9] {
      let near = places.indices.filter { abs(places[$0] - centre) < 0.03 }
      let found = Tensor(near.map { speeds[$0] }, scalarType: .double)
      let error = (found.variance().item / Double(near.count)).squareRoot()
      let exact = ExactVelocity(to: twoHills).velocity(at: Tensor([[centre]], scalarType: .double), time: t).item
      #expect(
        abs(found.mean().item - exact) < 3 * error && error < 0.05, "at \(centre): \(found.mean().item), \(exact)")
    }
  }

  @Test("§ 10.10: for N(m, s² I) the velocity is m + (t s² − (1 − t))/(t² s² + (1 − t)²) (x − t m), from t = 0 to 1")
  func gaussian() {
    let (m, s) = (Tensor([1, -2], scalarType: .double), 0.6)
    let field = ExactVelocity(to: GaussianMixture([.init(weight: 1, mean: [1, -2], deviation: s)]))
    let x = 2 * spread([5, 2])
    for t in [0, 1e-3, 0.25, 0.7, 1] {
      let slope = (t * s * s - (1 - t)) / (t * t * s * s + (1 - t) * (1 - t))
      expectClose(field.velocity(at: x, time: t), m + slope * (x - t * m), tolerance: 1e-9, scale: 1)
    }
  }

  @Test("§ 10.10: W₁ to two hills by Euler 1.4745, 0.6121, 0.3078, 0.1535, 0.0769, by the midpoint 0.8059 … 0.0021")
  func steps() {
    let table = StepTable(steps: [1, 2, 4, 8, 16, 32], quantiles: 1_000)
    let euler = table.distances[0].values, midpoint = table.distances[1].values
    for (found, known) in zip(euler, [1.4745, 0.6121, 0.3078, 0.1535, 0.0769]) { #expect(abs(found - known) < 5e-4) }
    for (found, known) in zip(midpoint, [0.8059, 0.1052, 0.0254, 0.0071, 0.0021]) { #expect(abs(found - known) < 5e-4) }
    // Orders 1, 2 and 2: twice as many steps, half of the error or a quarter.
    for (values, order) in zip(table.distances.map(\.values), [2.0, 4, 4]) {
      #expect(abs(values[4] / values[5] / order - 1) < 0.25, "\(values)")
    }
    #expect(FlowSolver.allCases.map(\.callsPerStep) == [1, 2, 2])
    #expect(table.distances[3].values.allSatisfy { $0 < 1e-9 }, "optimal pairs need one step")
    // With equally many calls DDIM's paths, which bend more, are farther from the data.
    #expect(zip(table.distances[4].values.dropFirst(), euler.dropFirst()).allSatisfy { $0 > $1 })
  }

  @Test("§ 10.10: after a short training the velocity is within 0.1 of the exact one, in the root mean square")
  func trained() {
    let (model, rms) = trainedOnLine(steps: 1_500, random: RandomSource(seed: 3))
    #expect(rms < 0.1, "\(rms)")
    // The same mean over t by other draws, each with a time of its own.
    let (n, random, exact) = (4_000, RandomSource(seed: 6), ExactVelocity(to: twoHills))
    let squares = (0..<40).map { place in
      let t = (Double(place) + random.uniform()) / 40
      let x = straightPath(
        from: random.normal([n, 1]), to: twoHills.sample(count: n, from: random).points,
        at: [Double](repeating: t, count: n))
      return (model.velocity(at: x, time: t) - exact.velocity(at: x, time: t)).squared().mean().item
    }
    let other = (squares.reduce(0, +) / 40).squareRoot()
    #expect(abs(rms / other - 1) < 0.15, "\(rms), \(other)")
  }

  @Test("§ 10.10: on the line one reflow makes paths straight: one step is exact, and the flow is optimal transport")
  func reflow() {
    let found = reflowOnLine(quantiles: 400)
    #expect(found.first[0] > 1.4 && found.second.allSatisfy { $0 < 2e-3 }, "\(found)")
    #expect(found.curvatures[0] > 0.7 && found.curvatures[1] < 1e-9)
    #expect(found.costs[1] < found.costs[0] / 3 && abs(found.costs[1] - found.costs[2]) < 2e-3)
    // The order of the points is kept, which is why lines between these pairs do not cross.
    let ends = ExactVelocity(to: twoHills).flowed(
      Tensor(middleQuantiles(400), shape: [400, 1], scalarType: .double), steps: 100, by: .heun
    ).scalars
    #expect(zip(ends, ends.dropFirst()).allSatisfy { $0 < $1 })
    #expect(zip(ends, twoHills.middleQuantiles(400)).allSatisfy { abs($0 - $1) < 0.02 })
  }

  @Test("§ 10.10: optimal pairs cost least and are a permutation; they keep the order on the line")
  func pairs() {
    let random = RandomSource(seed: 4)
    let (x0, x1) = (random.normal([40, 2]), 2 + random.normal([40, 2]))
    let paired = FlowPairing.optimal.paired(x1, with: x0)
    #expect(paired.sum(axes: [1]).sorted().scalars == x1.sum(axes: [1]).sorted().scalars)
    #expect(transportCost(from: x0, to: paired) < 0.9 * transportCost(from: x0, to: x1))
    #expect(FlowPairing.independent.paired(x1, with: x0).scalars == x1.scalars)
    let (a, b) = (random.normal([30, 1]), random.normal([30, 1]))
    let line = FlowPairing.optimal.paired(b, with: a).scalars
    let order = a.reshaped([30]).argsort()
    #expect(order.map { line[$0] } == b.scalars.sorted())
  }

  @Test("§ 10.10: times from 0 to 1 are scaled before they are embedded: neighbours look different to the network")
  func scale() {
    func difference(_ scale: Double) -> Double {
      let network = TimedNetwork(2, scale: scale, random: RandomSource(seed: 5))
      let x = spread([8, 2]).converted(to: .float)
      return (network.velocity(at: x, time: 0.52) - network.velocity(at: x, time: 0.5)).abs().max().item
    }
    #expect(difference(100) > 20 * difference(1))
  }

  @Test("§ 10.10: pairs whose lines cross stop with a message")
  func crossing() async {
    await expectMessage(
      #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = MonotoneFlow(from: [0, 1, 2], to: [0, 2, 1])
      }, "cannot join 3 points with 3 without crossings: equally many are needed, at least two, and both must ascend")
  }
}
