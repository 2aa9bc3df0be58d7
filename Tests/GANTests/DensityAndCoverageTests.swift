import GAN
import Tensors
import Testing

@Suite("§ 8.8  Density, coverage, precision and recall")
struct DensityAndCoverageTests {
  private let random = RandomSource(seed: 5)

  @Test("§ 8.8: the balls and their counts are those of all distances, one by one")
  func byDefinition() {
    let (x, y) = (
      random.normal([30, 3], scalarType: .double), 0.5 * random.normal([20, 3], scalarType: .double) + 0.3
    )
    func distance(_ a: Tensor, _ b: Tensor) -> Double { (a - b).squared().sum().item.squareRoot() }
    let k = 3
    func radii(_ z: Tensor) -> [Double] {
      (0..<z.shape[0]).map { i in
        (0..<z.shape[0]).filter { $0 != i }.map { distance(z[i], z[$0]) }.sorted()[k - 1]
      }
    }
    let (r, s) = (radii(x), radii(y))
    let inside = (0..<30).map { i in (0..<20).map { j in distance(x[i], y[j]) <= r[i] } }
    let found = NeighbourMeasures(of: y, among: NeighbourBalls(around: x, k: k))
    let total = inside.reduce(0) { $0 + $1.count { $0 } }
    #expect(abs(found.density - Double(total) / Double(k * 20)) < 1e-12)
    #expect(abs(found.coverage - Double(inside.count { $0.contains(true) }) / 30) < 1e-12)
    #expect(abs(found.precision - Double((0..<20).count { j in inside.contains { $0[j] } }) / 20) < 1e-12)
    let recalled = (0..<30).count { i in (0..<20).contains { distance(x[i], y[$0]) <= s[$0] } }
    #expect(abs(found.recall - Double(recalled) / 30) < 1e-12)
  }

  @Test("§ 8.8: samples of the same law have density 1 and coverage 1 − C(N − 1, k)/C(2N − 1, k) on average")
  func expectations() {
    let (N, k, repetitions) = (100, 5, 60)
    let found = (0..<repetitions).map { _ in
      let balls = NeighbourBalls(around: random.normal([N, 4], scalarType: .double), k: k)
      return NeighbourMeasures(of: random.normal([N, 4], scalarType: .double), among: balls)
    }
    let missed = (1...k).reduce(1.0) { $0 * Double(N - $1) / Double(2 * N - $1) }
    func expectMean(_ values: [Double], _ truth: Double) {
      let x = Tensor(values, scalarType: .double)
      let error = (x.variance(isUnbiased: true).item / Double(repetitions)).squareRoot()
      #expect(abs(x.mean().item - truth) < 3 * error, "\(x.mean().item) ± \(error) for \(truth)")
    }
    expectMean(found.map(\.density), 1)
    expectMean(found.map(\.coverage), 1 - missed)
  }

  @Test("§ 8.8: copies of one sample cover almost nothing, with a precision of 1; far samples have density 0")
  func copies() {
    let x = random.normal([200, 4], scalarType: .double)
    let balls = NeighbourBalls(around: x)
    let copied = NeighbourMeasures(of: x[7..<8].gathered([Int](repeating: 0, count: 50)), among: balls)
    #expect(copied.precision == 1 && copied.coverage < 0.1 && copied.recall <= 0.005)
    let far = NeighbourMeasures(of: x + 100, among: balls)
    #expect(far.density == 0 && far.coverage == 0 && far.precision == 0)
  }

  @Test("§ 8.8: the nearest training image of a copy is the image itself, at distance 0")
  func nearest() {
    let x = random.uniform([5_000, 20])
    let found = nearestRows(of: x.gathered([4_321, 7]), in: x)
    #expect(found.numbers == [4_321, 7] && found.distances.allSatisfy { $0 < 1e-6 })
    let shifted = nearestRows(of: x[3..<4] + 10, in: x[3..<4])
    #expect(abs(shifted.distances[0] - 44.721359549995796) < 1e-4)
  }
}
