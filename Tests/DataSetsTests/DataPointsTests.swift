import DataSets
import Foundation
import Tensors
import Testing

@Suite("Data: points, curves and waves with a known truth")
struct DataPointsTests {
  /// All points as pairs, with their labels.
  private func places(_ points: LabeledPoints) -> [(x: Double, y: Double, label: Int)] {
    (0..<points.count).map { (Array(points[$0])[0], Array(points[$0])[1], points.labels[$0]) }
  }

  @Test("without noise the moons are half circles, one above its centre, one below its centre")
  func moons() {
    let points = places(.moons(count: 101, noise: 0, from: RandomSource(seed: 1)))
    for (x, y, label) in points {
      let (dx, dy) = label == 0 ? (x, y) : (1 - x, 0.5 - y)
      #expect(abs(dx * dx + dy * dy - 1) < 1e-12 && dy >= 0)
    }
    #expect(points.count { $0.label == 0 } == 51)
  }

  @Test(
    "without noise a spiral's angle grows with its radius, and the arms are rotated copies",
    arguments: [2, 3])
  func spirals(arms: Int) {
    for (x, y, arm) in places(.spirals(count: 99, arms: arms, turns: 2, noise: 0, from: RandomSource(seed: 2))) {
      let radius = (x * x + y * y).squareRoot()
      let angle = 2 * Double.pi * (2 * radius + Double(arm) / Double(arms))
      #expect(abs(x * sin(angle) - y * cos(angle)) < 1e-12 && x * cos(angle) + y * sin(angle) > 0)
      #expect((0.1..<1).contains(radius))
    }
  }

  @Test("without noise the rings have the radii 1, 2, 3 and the same centre")
  func rings() {
    let points = places(.rings(count: 600, rings: 3, noise: 0, from: RandomSource(seed: 3)))
    #expect(points.allSatisfy { abs(($0.x * $0.x + $0.y * $0.y).squareRoot() - Double($0.label + 1)) < 1e-12 })
    #expect(abs(points.reduce(0) { $0 + $1.x / Double($1.label + 1) } / 600) < 0.12)  // four deviations of the mean
  }

  @Test("the exclusive or is the sign of x·y, which neither coordinate determines alone")
  func exclusiveOr() {
    let points = places(.exclusiveOr(count: 1000, noise: 0.1, from: RandomSource(seed: 4)))
    #expect(points.allSatisfy { ($0.x * $0.y < 0) == ($0.label == 1) })
    let agreeing = points.count { ($0.x > 0) == ($0.label == 1) }
    #expect(abs(agreeing - 500) < 64)  // four deviations of a fair coin
  }

  @Test("noise has the requested deviation, and the same seed gives the same points")
  func noise() {
    let points = LabeledPoints.exclusiveOr(count: 2000, noise: 0.2, from: RandomSource(seed: 5))
    let errors = points.coordinates.map { abs($0) - 1 }
    let variance = errors.reduce(0) { $0 + $1 * $1 } / 4000
    #expect(abs(variance.squareRoot() - 0.2) < 0.01)  // four deviations of the estimate
    let again = LabeledPoints.exclusiveOr(count: 2000, noise: 0.2, from: RandomSource(seed: 5))
    #expect(again.coordinates == points.coordinates && again.labels == points.labels)
    #expect(points.points(.double) == Tensor(points.coordinates, shape: [2000, 2], scalarType: .double))
  }

  @Test("a curve's examples are the truth plus noise of the requested deviation, in the order of x")
  func curves() {
    for curve in [RegressionCurve.sine, .cubic, .step, .hat, .runge] {
      let exact = curve.sample(count: 50, noise: 0, from: RandomSource(seed: 6), scalarType: .double)
      #expect(exact.y.scalars == exact.x.scalars.map(curve.value))
      #expect(exact.x.scalars == exact.x.scalars.sorted() && exact.x.scalars.allSatisfy(curve.domain.contains))
      let noisy = curve.sample(count: 1000, noise: 0.3, from: RandomSource(seed: 7), scalarType: .double)
      let errors = zip(noisy.x.scalars, noisy.y.scalars).map { $1 - curve.value($0) }
      let meanSquare: Double = errors.reduce(0) { $0 + $1 * $1 } / 1000
      #expect(abs(meanSquare.squareRoot() - 0.3) < 0.027)  // four deviations
      let grid = curve.grid(count: 5, scalarType: .double)
      #expect(grid.x.scalars.first == curve.domain.lowerBound && grid.x.scalars.last == curve.domain.upperBound)
    }
    #expect(RegressionCurve.sine.value(0.25) == 1 && RegressionCurve.runge.value(0.2) == 0.5)
  }

  @Test("a wave without noise follows the recurrence of its frequency: x(t+1) + x(t−1) = 2 cos 2πf · x(t)")
  func sines() {
    let waves = Sines(count: 3, length: 40, noise: 0, from: RandomSource(seed: 8))
    for wave in 0..<3 {
      let x = waves.signals[wave].scalars
      let factor = 2 * cos(2 * Double.pi * waves.frequencies[wave])
      #expect((1..<39).allSatisfy { abs(x[$0 + 1] + x[$0 - 1] - factor * x[$0]) < 1e-6 })
      #expect((0..<40).allSatisfy { abs(x[$0] - waves.truth(wave, at: Double($0))) < 1e-6 })
      #expect((0.02..<0.1).contains(waves.frequencies[wave]) && (0.5..<1.5).contains(waves.amplitudes[wave]))
    }
  }

  @Test("coordinates and labels of different counts stop with both counts")
  func points() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LabeledPoints(dimension: 2, coordinates: [1, 2, 3], labels: [0, 1])
    }
    #expect(message(result).contains("cannot make 2 points of 2 coordinates each out of 3 numbers"))
  }

  @Test("a grid of one point stops with a message")
  func grid() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = RegressionCurve.hat.grid(count: 1)
    }
    #expect(message(result).contains("cannot divide the domain of hat by 1 points: at least 2 are needed"))
  }
}

/// The message of a stopped process.
func message(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}
