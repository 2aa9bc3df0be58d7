import Checking
import Distributions
import GAN
import Tensors
import Testing

@Suite("§ 8.4.1  Transport")
struct TransportTests {
  private let random = RandomSource(seed: 4)

  @Test("§ 8.4.1: an assignment is the cheapest of all permutations, and its potentials prove it")
  func assignment() {
    for n in 1...6 {
      for _ in 0..<6 {
        let costs = random.uniform([n, n], in: -3..<5, scalarType: .double)
        let found = Assignment(costs: costs)
        let c = costs.scalars
        let least = permutations(n).map { $0.enumerated().reduce(0) { $0 + c[$1.offset * n + $1.element] } }.min() ?? 0
        #expect(abs(found.cost - least) < 1e-12 && Set(found.columns).count == n)
        expectDual(found, c)
      }
    }
    // Equal costs, and whole numbers with many ties.
    #expect(Assignment(costs: .zeros([5, 5])).cost == 0)
    let ties = Assignment(costs: Tensor([[1, 2, 3], [2, 4, 6], [3, 6, 9]], scalarType: .double))
    #expect(ties.cost == 10 && ties.columns == [2, 1, 0])
  }

  @Test("Definition 8.7, (8.13): sorting, ∫ |F − G| and the assignment give the same distance on the line to 1e-12")
  func threeWays() {
    for (N, scale) in [(1, 1.0), (2, 3), (17, 1), (60, 0.2)] {
      let x = random.normal([N], scalarType: .double)
      let y = 1 + scale * random.normal([N], scalarType: .double)
      let sorted = wassersteinBySorting(x, y).item
      let integral = wassersteinByDistributions(x, y).item
      let transport = Transport(from: x.expanded(axis: 1), to: y.expanded(axis: 1))
      #expect(abs(sorted - integral) < 1e-12 && abs(sorted - transport.distance) < 1e-12)
      // Samples of other sizes: every point of x three times is the same distribution.
      let thrice = Tensor.concatenated([x, x, x], axis: 0)
      #expect(abs(wassersteinByDistributions(thrice, y).item - sorted) < 1e-12)
    }
    let x = Tensor([0.3, -1, 2.5, 0.9], scalarType: .double)
    expectGradient(at: x) { wassersteinBySorting($0, Tensor([1, 0, -0.5, 2.2], scalarType: .double)) }
    expectGradient(at: x) { wassersteinByDistributions($0, Tensor([1, -0.5, 2.2], scalarType: .double)) }
  }

  @Test("(8.13): N(m, 1) and N(0, 1) are m apart, N(0, a²) and N(0, b²) |a − b| √(2/π)")
  func closedForms() {
    let rule = Quadrature(over: -30...30, panels: 120)
    for m in [0.0, 0.5, 3, 12] {
      let W = wassersteinDistance(LineNormal(m, 1).distribution, LineNormal(0, 1).distribution, by: rule).item
      #expect(abs(W - m) < 1e-12)
    }
    for (a, b) in [(1.0, 2.0), (0.5, 3), (2, 2)] {
      let halves = Quadrature(between: [-30, 0, 30], panels: 60)
      let W = wassersteinDistance(LineNormal(0, a).distribution, LineNormal(0, b).distribution, by: halves).item
      #expect(abs(W - abs(a - b) * (2 / Double.pi).squareRoot()) < 1e-12)
    }
  }

  @Test("(8.13): a translation costs the length of the shift in any dimension, for W₁ and for W₂")
  func translation() {
    for D in [1, 2, 5] {
      let x = random.normal([20, D], scalarType: .double)
      let shift = random.normal([D], scalarType: .double)
      for power in [1, 2] {
        let transport = Transport(from: x, to: x + shift, power: power)
        #expect(abs(transport.distance - shift.norm().item) < 1e-12)
      }
    }
    let x = random.normal([12, 3], scalarType: .double)
    #expect(Transport(from: x, to: x.flipped(axis: 0)).distance < 1e-12)
  }

  @Test("Theorem 8.8, (8.14): primal and dual agree to 1e-10, and the potential is 1-Lipschitz on all pairs")
  func duality() {
    for (N, D) in [(1, 2), (8, 2), (50, 2), (30, 4)] {
      let x = random.normal([N, D], scalarType: .double)
      let y = 1 + random.uniform([N, D], in: -1..<1, scalarType: .double)
      let transport = Transport(from: x, to: y)
      #expect(abs(transport.primal - transport.dual) < 1e-10)
      let (f, g) = (transport.potential(x), transport.potential(y))
      #expect(abs((f.mean() - g.mean()).item - transport.distance) < 1e-10)
      let points = Tensor.concatenated([x, y, 3 * random.normal([20, D], scalarType: .double)], axis: 0)
      #expect(largestSlope(of: transport.potential(points), at: points) <= 1 + 1e-12)
      // Every pair of partners is a line of slope exactly 1.
      let partners = g.gathered(transport.partners)
      let lengths = (x - y.gathered(transport.partners)).norm(axes: [1])
      expectClose(f - partners, lengths, tolerance: 1e-12, scale: 1)
    }
  }

  @Test("(8.14): any other 1-Lipschitz function gives less; without the constraint, twice the potential gives twice W")
  func others() {
    let x = random.normal([40, 2], scalarType: .double)
    let y = Tensor([1.5, -0.5], scalarType: .double) + 0.7 * random.normal([40, 2], scalarType: .double)
    let transport = Transport(from: x, to: y)
    let points = Tensor.concatenated([x, y], axis: 0)
    func dual(_ f: (Tensor) -> Tensor) -> Double? {
      largestSlope(of: f(points), at: points) <= 1 + 1e-12 ? (f(x).mean() - f(y).mean()).item : nil
    }
    for _ in 0..<30 {
      let w = random.normal([2], scalarType: .double)
      let centre = random.normal([1, 2], scalarType: .double)
      for f: (Tensor) -> Tensor in [
        { matmul($0, w) / w.norm() }, { -pairwiseDistances($0, centre).squeezed(axis: 1) },
        { matmul($0, w).sin() / w.norm() },
      ] {
        #expect((dual(f) ?? .infinity) < transport.distance - 1e-6)
      }
    }
    #expect(dual { 2 * transport.potential($0) } == nil)  // 2 W, but not allowed
    #expect(abs((dual { transport.potential($0) } ?? 0) - transport.distance) < 1e-10)
  }

  @Test("(8.13), (8.14): on the line the plan has both marginals, and plan, potential and ∫ |F − G| give one W₁")
  func line() {
    for n in [1, 2, 7, 30] {
      let points = random.uniform([n], in: -4..<4, scalarType: .double).sorted()
      func weights() -> [Double] {
        let w = random.uniform([n], scalarType: .double)
        return (w / w.sum()).scalars
      }
      let (p, q) = (weights(), weights())
      let found = LineTransport(points: points.scalars, from: p, to: q)
      expectClose(found.plan.sum(axes: [1]), Tensor(p, scalarType: .double), tolerance: 1e-12, scale: 1)
      expectClose(found.plan.sum(axes: [0]), Tensor(q, scalarType: .double), tolerance: 1e-12, scale: 1)
      let W = wassersteinByDistributions(
        points, points, weights: Tensor(p, scalarType: .double), Tensor(q, scalarType: .double)
      ).item
      #expect(abs(found.primal - W) < 1e-12 && abs(found.dual - W) < 1e-12)
      #expect(largestSlope(of: found.potential, at: points.expanded(axis: 1)) <= 1 + 1e-12)
    }
    // Weights that are multiples of 1/4: the assignment of repeated points finds the same.
    let line = LineTransport(points: [0, 1, 3], from: [0.5, 0.25, 0.25], to: [0.25, 0, 0.75])
    let clouds = Transport(
      from: Tensor([[0], [0], [1], [3]], scalarType: .double), to: Tensor([[0], [3], [3], [3]], scalarType: .double))
    #expect(abs(line.primal - 1.25) < 1e-15 && abs(clouds.distance - 1.25) < 1e-15)
  }

  @Test("§ 8.4.1: ln 2 − JSD fades as the distance grows, while W₁ has slope 1 everywhere")
  func distances() {
    let known = [3: 0.166369874038, 6: 3.849247531e-3, 8: 9.353507703e-5, 12: 3.00577063e-9]
    let q = LineNormal(0, 1)
    for (m, gap) in known.sorted(by: { $0.key < $1.key }) {
      let row = DistanceComparison(shift: Double(m))
      #expect(abs(row.gap / gap - 1) < 1e-8 && abs(row.wassersteinSlope - 1) < 1e-9)
      if m >= 12 { #expect(row.gapSlope > -1e-8 && row.gapSlope < 0) }
      // The gap is the difference, as long as a difference has digits.
      let (p, mixing) = (LineNormal(Double(m), 1), Quadrature(over: -12...24, panels: 80))
      let jsd = mixing.integral { x in
        let (a, b) = (p.logDensity(x).exp(), q.logDensity(x).exp())
        let middle = ((a + b) / 2 + 1e-300).log()
        return 0.5 * (a * (p.logDensity(x) - middle) + b * (q.logDensity(x) - middle))
      }.item
      #expect(abs(DistanceComparison.ln2 - jsd - row.gap) < 1e-10)
    }
  }

  @Test("§ 8.4.1: disjoint segments have JSD = ln 2 to the last digit, with slope exactly 0, and W₁ is their distance")
  func segments() {
    for m in [1.25, 1.5, 4] {
      let row = SegmentComparison(shift: m)
      #expect(row.divergence == DistanceComparison.ln2 && row.divergenceSlope == 0)
      #expect(abs(row.wasserstein - m) < 1e-14 && abs(row.wassersteinSlope - 1) < 1e-14)
    }
    let overlapping = SegmentComparison(shift: 0.25)
    #expect(abs(overlapping.divergence - 0.25 * DistanceComparison.ln2) < 1e-15)
    #expect(abs(overlapping.divergenceSlope - DistanceComparison.ln2) < 1e-15)
    #expect(SegmentComparison(shift: 1e-9).divergence < 1e-9)
  }
}

/// Records an issue unless u and v are feasible, tight where rows are assigned, and add up to the cost.
private func expectDual(_ found: Assignment, _ c: [Double]) {
  let n = found.columns.count
  let (u, v) = (found.rowPotentials, found.columnPotentials)
  for i in 0..<n {
    for j in 0..<n { #expect(u[i] + v[j] <= c[i * n + j] + 1e-12) }
    #expect(abs(u[i] + v[found.columns[i]] - c[i * n + found.columns[i]]) < 1e-12)
  }
  #expect(abs((u + v).reduce(0, +) - found.cost) < 1e-10)
}

private func permutations(_ n: Int) -> [[Int]] {
  if n == 0 { return [[]] }
  return permutations(n - 1).flatMap { rest in (0..<n).map { rest[..<$0] + [n - 1] + rest[$0...] } }
}
