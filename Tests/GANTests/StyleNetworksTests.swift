import Checking
import DataSets
import Foundations
import GAN
import Tensors
import Testing
import ch08

@Suite("§ 8.10  Styles, and generation in one step")
struct StyleNetworksTests {
  private let random = RandomSource(seed: 1)
  private func normal(_ shape: Shape) -> Tensor { random.normal(shape, scalarType: .double) }
  private func gap(_ a: Tensor, _ b: Tensor) -> Double { (a - b).abs().max().item }

  @Test("§ 8.10: AdaIN gives each channel the style's mean and deviation, and forgets those of the content")
  func adaIN() {
    let (content, other) = (normal([3, 4, 6, 5]), 2 * normal([3, 4, 7, 7]) + 1)
    let style = Style(of: other)
    let result = adaptiveInstanceNormalized(content, style: style)
    #expect(gap(Style(of: result).shift, style.shift) < 1e-6 && gap(Style(of: result).scale, style.scale) < 1e-6)
    let (a, b) = (normal([3, 4, 1, 1]).abs() + 0.5, normal([3, 4, 1, 1]))
    #expect(gap(adaptiveInstanceNormalized(a * content + b, style: style), result) < 1e-6)
    // Nothing of the other examples of the batch: each is normalized alone.
    let alone = adaptiveInstanceNormalized(
      content.sliced(1..<2, axis: 0),
      style: Style(scale: style.scale.sliced(1..<2, axis: 0), shift: style.shift.sliced(1..<2, axis: 0)))
    #expect(gap(alone[0], result[1]) < 1e-12)
  }

  @Test("§ 8.10: a new injection leaves maps nearly standardized, and its affine map of w makes the style")
  func injection() {
    let x = 3 * normal([2, 5, 8, 8]) + 2
    var layer = StyledNormalization(channels: 5, width: 3, random: random).converted(to: .double)
    let w = normal([2, 3])
    let parts = layer.affine(w).split([5, 5], axis: 1)
    #expect(gap(layer(x, w), adaptiveInstanceNormalized(x, style: Style(scale: parts[0], shift: parts[1]))) == 0)
    layer.affine.weight = 0 * layer.affine.weight
    let plain = Style(of: layer(x, w))
    #expect(plain.shift.abs().max().item < 1e-12 && (plain.scale - 1).abs().max().item < 1e-8)
  }

  @Test("§ 8.10: the mapping network has eight layers and sees only the direction of z")
  func mapping() {
    let network = MappingNetwork(latent: 6, width: 10, random: random).converted(to: .double)
    #expect(network.layers.count == 8 && network.parameterCount == 70 + 7 * 110)
    let z = normal([9, 6])
    #expect(gap(network(5 * z), network(z)) < 1e-7 && gap(network(-z), network(z)) > 1e-3)
    #expect(network(z).shape == [9, 10])
  }

  @Test("§ 8.10: demodulated filters have norm 1, and outputs variance 1, whatever the styles")
  func demodulation() {
    let (weight, s) = (normal([7, 4, 3, 3]), normal([2, 4]) + 3)
    let filters = demodulated(weight, by: s)
    #expect(gap(filters.squared().sum(axes: [2, 3, 4]), .ones([2, 7], scalarType: .double)) < 1e-8)
    #expect(gap(demodulated(weight, by: 10 * s), filters) < 1e-8)
    // Inputs of variance 1: 2 · 7 · 62² outputs.
    let y = modulatedConvolution(normal([2, 4, 64, 64]), weight, by: s)
    #expect(abs(y.squared().mean().item - 1) < 0.05)
    #expect(y.squared().mean(axes: [2, 3]).scalars.allSatisfy { abs($0 - 1) < 0.15 })
  }

  @Test("§ 8.10: in the table styles 3 and 10 times as large make 9 and 100 times the variance, demodulated always 1")
  func styleTable() {
    let rows = cells(of: demodulationTable(random)).map { $0.dropFirst().compactMap(Double.init) }
    for (row, factor) in zip(rows, [1.0, 3, 10]) {
      #expect(abs(row[0] / rows[0][0] / (factor * factor) - 1) < 1e-4 && abs(row[1] - 1) < 0.1, "\(row)")
    }
  }

  @Test("§ 8.10: scaling channels before and results after a shared convolution is a convolution with own filters")
  func shared() {
    let (x, weight, s) = (normal([3, 4, 6, 5]), normal([7, 4, 3, 3]), normal([3, 4]))
    let filters = demodulated(weight, by: s)
    let y = modulatedConvolution(x, weight, by: s, padding: 1)
    for n in 0..<3 {
      #expect(gap(convolution(x.sliced(n..<n + 1, axis: 0), filters[n], padding: 1)[0], y[n]) < 1e-12)
    }
  }

  @Test("§ 8.10: the consistency function of a Gaussian is constant along the trajectories of the flow")
  func consistency() {
    let μ = Tensor([1, -2], scalarType: .double)
    let data = GaussianMixture([.init(weight: 1, mean: [1, -2], deviation: 0.5)])
    let f = Consistency.gaussian(mean: μ, deviation: 0.5)
    let start = 80 * normal([20, 2])
    let path = ProbabilityFlow(to: data).trajectory(start, from: 80, to: Consistency.end, steps: 400)
    let first = f(path[0].x, 80)
    #expect(path.allSatisfy { gap(f($0.x, $0.t), first) < 1e-3 })
    #expect(gap(first, path[400].x) < 1e-3 && gap(f(start, Consistency.end), start) < 1e-12)
    // dx/dt in closed form: t (x − μ)/(s² + t²).
    #expect(gap(ProbabilityFlow(to: data).slope(start, 3), 3 / (0.25 + 9) * (start - μ)) < 1e-10)
  }

  @Test("§ 8.10: one evaluation turns noise into data: N(μ, s² + T²) into N(μ, s²)")
  func oneStep() {
    let f = Consistency.gaussian(mean: Tensor([1], scalarType: .double), deviation: 0.5)
    let x = f(1 + (0.25 + 6_400).squareRoot() * normal([20_000, 1]), 80)
    #expect(abs(x.mean().item - 1) < 0.012 && abs(x.variance().item.squareRoot() - 0.5) < 0.009)
  }

  @Test("§ 8.10: with c_skip and c_out any network is the identity at t = ε, and a right one is the exact function")
  func parameterization() {
    let x = normal([8, 1])
    let any = Consistency.parameterized(deviation: 0.5) { x, t in (3 * x).tanh() * 7 + t }
    #expect(gap(any(x, Consistency.end), x) < 1e-14 && gap(any(x, 1), x) > 0.1)
    let exact = Consistency.gaussian(mean: Tensor([0], scalarType: .double), deviation: 0.5)
    let F = { (x: Tensor, t: Double) -> Tensor in
      let τ = t - Consistency.end
      return (exact(x, t) - 0.25 / (τ * τ + 0.25) * x) / (0.5 * τ / (0.25 + t * t).squareRoot())
    }
    #expect(gap(Consistency.parameterized(deviation: 0.5, F)(x, 2), exact(x, 2)) < 1e-14)
  }

  @Test("§ 8.10: the flow to a Gaussian that is not round stops with a message")
  func refusal() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let wide = GaussianMixture([.init(weight: 1, mean: [0, 0], factor: [[1, 0], [0, 2]])])
      _ = ProbabilityFlow(to: wide).noised(1)
    }
    expectMessage(result, "cannot find the deviation of a Gaussian with the factor [[1.0, 0.0], [0.0, 2.0]]")
  }

  @Test(
    "§ 8.10: on the line trajectories keep their order, so that the modes of a mixture get their shares of the noise")
  func order() {
    let two = GaussianMixture([
      .init(weight: 0.3, mean: [-2], deviation: 0.3), .init(weight: 0.7, mean: [1], deviation: 0.3),
    ])
    let starts = ProbabilityFlow(to: two).noised(20).sample(count: 2_000, from: random).points(.double).sorted(axis: 0)
    let ends = ProbabilityFlow(to: two).trajectory(starts, from: 20, to: Consistency.end, steps: 80)[80].x
    #expect(gap(ends.sorted(axis: 0), ends) == 0)
    let left = Double(ends.scalars.count { $0 < -0.5 }) / 2_000
    #expect(abs(left - 0.3) < 3 * (0.21 / 2_000).squareRoot(), "\(left)")
  }
}
