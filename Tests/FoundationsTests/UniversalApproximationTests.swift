import Checking
import Foundation
import Foundations
import Tensors
import Testing

@Suite("§ 1.4 The universal approximation theorem")
struct UniversalApproximationTests {
  /// A continuous function on the interval or on the square: sin(2πx) e^x, or sin(2πx₁) + x₁x₂.
  private static func target(_ x: Tensor) -> Tensor {
    let first = x.sliced(0..<1, axis: 1).reshaped([x.shape[0]])
    let last = x.sliced(x.shape[1] - 1..<x.shape[1], axis: 1).reshaped([x.shape[0]])
    return (2 * Double.pi * first).sin() + first * last
  }

  private static func errors(_ σ: Activation, dimensions d: Int, widths: [Int]) -> [Double] {
    let x = unitCubeGrid(dimensions: d, perAxis: d == 1 ? 61 : 11)
    return widths.map { n in
      let network = ShallowNetwork(
        fitting: target, at: x, neurons: n, activation: σ, steepness: 6, random: RandomSource(seed: 12))
      return network.largestError(from: target, at: x)
    }
  }

  @Test(
    "Theorem 1.3, § 1.9.7: the largest error falls with the width if σ is not a polynomial",
    arguments: [Activation.relu, .tanh, .sigmoid, .gelu], [1, 2])
  func density(σ: Activation, dimensions: Int) {
    let errors = Self.errors(σ, dimensions: dimensions, widths: dimensions == 1 ? [4, 40] : [4, 64])
    #expect(errors[1] < 0.25 * errors[0] && errors[1] < (dimensions == 1 ? 0.02 : 0.3), "\(errors)")
  }

  @Test("Theorem 1.3: networks of z² are quadratic polynomials, at any width: the error stays (negative control)")
  func polynomialActivation() {
    let errors = Self.errors(.square, dimensions: 1, widths: [4, 8, 16])
    let x = unitCubeGrid(dimensions: 1, perAxis: 61)
    let powers = Tensor.concatenated([Tensor.ones(x.shape, scalarType: .double), x, x.squared()], axis: 1)
    let quadratic = matmul(powers, LinearAlgebra.leastSquares(powers, Self.target(x)))
    let best = (quadratic - Self.target(x)).abs().max().item
    #expect(errors.allSatisfy { abs($0 - best) < 1e-3 * best } && best > 0.3, "\(errors) against \(best)")
  }

  @Test("§ 1.4: a network is Σⱼ cⱼ σ(Σᵢ wᵢⱼ xᵢ + bⱼ), and its gradient agrees with finite differences")
  func formula() {
    let network = ShallowNetwork(w: spread([3, 2]), b: spread([3], offset: 6), c: spread([3], offset: 9), σ: .tanh)
    let (w, b, c, x) = (network.w.scalars, network.b.scalars, network.c.scalars, [0.3, -0.8])
    let sum = (0..<3).map { j in c[j] * tanh(w[2 * j] * x[0] + w[2 * j + 1] * x[1] + b[j]) }.reduce(0, +)
    #expect(abs(network(Tensor([x], scalarType: .double)).item - sum) < 1e-15)
    expectGradient(at: network, order: 2) { $0(spread([4, 2])).squared().sum() }
  }
}

@Suite("§ 1.4 Networks constructed without fitting")
struct ConstructionTests {
  private static func wave(_ x: Double) -> Double { sin(2 * .pi * x) + 2 }
  private static func wave(_ x: Tensor) -> Tensor { (2 * Double.pi * x.reshaped([x.count])).sin() + 2 }

  @Test(
    "§ 1.4: the interpolating ReLU network is exact at its nodes and within M/(8n²) elsewhere", arguments: [4, 9, 32])
  func interpolation(n: Int) {
    let network = ShallowNetwork.interpolating(Self.wave, pieces: n)
    let nodes = Tensor.linear(from: 0, to: 1, count: n + 1, scalarType: .double).expanded(axis: 1)
    #expect(network.largestError(from: Self.wave, at: nodes) < 1e-12)
    let bound = 4 * Double.pi * Double.pi / Double(8 * n * n)
    let error = network.largestError(from: Self.wave, at: unitCubeGrid(dimensions: 1, perAxis: 1801))
    #expect(error <= bound)
    #expect(n < 32 || error > 0.98 * bound)  // the bound is sharp
  }

  @Test(
    "§ 1.4: the staircase of sigmoids meets f between the steps and is within its largest change over a step",
    arguments: [5, 20, 80])
  func staircase(n: Int) {
    let network = ShallowNetwork.steps(Self.wave, count: n)
    let nodes = unitCubeGrid(dimensions: 1, perAxis: n + 1)
    #expect(network.largestError(from: Self.wave, at: nodes) < 2e-4)  // what the tails of the sigmoids leave
    let x = unitCubeGrid(dimensions: 1, perAxis: 2401)
    let largestChange = 2 * sin(.pi / Double(n))  // of sin(2πx) over 1/n: 2 sin(π/n) cos(…)
    #expect(network.largestError(from: Self.wave, at: x) < largestChange)
  }

  @Test("§ 1.4: ridges approximate a trigonometric sum on the square within Σ|aₖ| (2π)² / (8 p²)", arguments: [6, 24])
  func ridges(pieces p: Int) {
    let (a, m) = ([1.0, -0.5, 0.3], [[1, 0], [1, -2], [0, 0]])
    let network = ShallowNetwork.ridges(amplitudes: a, frequencies: m, pieces: p)
    let f = { (x: Tensor) in
      zip(a, m).map { a, m in a * (2 * Double.pi * matmul(x, Tensor(m.map(Double.init), scalarType: .double))).cos() }
        .reduce(Tensor.zeros([x.shape[0]], scalarType: .double), +)
    }
    let error = network.largestError(from: f, at: unitCubeGrid(dimensions: 2, perAxis: 61))
    let bound = 1.5 * 4 * Double.pi * Double.pi / Double(8 * p * p)
    #expect(error <= bound && error > 0.3 * bound)
  }

  @Test("§ 1.4: depth: the tent map applied k times has 2ᵏ linear pieces, of slopes ±2ᵏ", arguments: [1, 2, 3, 7])
  func tent(times k: Int) {
    let pieces = 1 << k
    let x = Tensor.linear(from: 0, to: 1, count: 2 * pieces + 1, scalarType: .double)  // ends and middles of the pieces
    let y = iteratedTentMap(x, times: k).scalars
    #expect(y == (0...2 * pieces).map { [0, 0.5, 1, 0.5][$0 % 4] })
    let slopes = gradient(at: x[1..<2 * pieces]) { iteratedTentMap($0, times: k).sum() }.scalars
    let middles = stride(from: 0, to: slopes.count, by: 2).map { slopes[$0] }
    #expect(middles == (0..<pieces).map { $0.isMultiple(of: 2) ? Double(pieces) : -Double(pieces) })
    let once = iteratedTentMap(x, times: 1)
    expectClose(once, 1 - (2 * x - 1).abs(), tolerance: 0)
  }

  @Test("§ 1.4: width: one hidden layer of n ReLU neurons has at most n bends", arguments: [3, 10])
  func bends(n: Int) {
    let network = ShallowNetwork(
      w: 3 * spread([n, 1]), b: spread([n], offset: n), c: spread([n], offset: 50), σ: .relu)
    let x = unitCubeGrid(dimensions: 1, perAxis: 2001)
    let slopes = gradient(at: x) { network($0).sum() }.scalars
    let changes = zip(slopes, slopes.dropFirst()).count { abs($0 - $1) > 1e-12 }
    #expect(changes >= 1 && changes <= n)
  }

  @Test("the grid of the unit square has its points in row-major order, both ends included")
  func grid() {
    let expected: [[Double]] = [
      [0, 0], [0, 0.5], [0, 1], [0.5, 0], [0.5, 0.5], [0.5, 1], [1, 0], [1, 0.5], [1, 1],
    ]
    #expect(unitCubeGrid(dimensions: 2, perAxis: 3) == Tensor(expected, scalarType: .double))
  }
}
