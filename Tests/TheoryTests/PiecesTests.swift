import Checking
import Foundations
import Tensors
import Testing
import Theory

@Suite("§ 11.6.2  The pieces of networks")
struct PiecesTests {
  @Test("§ 11.6.2: the nodes of a ReLU network are exact: between them it is linear, and its second differences are 0")
  func linear() {
    for (hidden, seed) in [([5], 1), ([4, 4], 2), ([3, 5, 2], 3)] as [([Int], UInt64)] {
      let network = lineNetwork(hiddenWidths: hidden, random: RandomSource(seed: seed))
      let function = PiecewiseLinear(of: network, on: -20...20)
      #expect(function.pieces > 2)
      for (a, b) in zip(function.nodes, function.nodes.dropFirst()) {
        let x = Tensor.linear(from: a, to: b, count: 9, scalarType: .double)
        let y = network(x.expanded(axis: 1)).scalars
        #expect(finiteDifferences(y, order: 2).allSatisfy { $0.magnitude < 1e-10 })
        #expect(zip(x.scalars, y).allSatisfy { (function($0) - $1).magnitude < 1e-9 })
      }
    }
  }

  @Test("§ 11.6.2, Exercise 11.4.3: at most (w + 1)ˡ pieces; one layer of w reaches w + 1, so wˡ is not a bound")
  func bound() {
    var most: [[Int]: Int] = [:]
    for hidden in [[2], [3], [2, 2], [3, 3], [2, 2, 2]] {
      let found =
        (1...400).map {
          PiecewiseLinear(of: lineNetwork(hiddenWidths: hidden, random: RandomSource(seed: $0)), on: -50...50).pieces
        }.max() ?? 0
      #expect(found <= PiecewiseLinear.mostPieces(hiddenWidths: hidden))
      most[hidden] = found
    }
    #expect(most[[2]] == 3 && most[[3]] == 4)
    #expect((most[[2, 2]] ?? 0) > 4 && (most[[2, 2, 2]] ?? 0) > 8, "\(most)")
    #expect(PiecewiseLinear.mostPieces(hiddenWidths: [3, 3]) == 16)
  }

  @Test("§ 11.6.2: n lines in general position divide the plane into 1 + n + n(n − 1)/2 regions, planes into Σ C(n, i)")
  func regions() throws {
    for (d, n) in [(1, 5), (2, 2), (2, 7), (3, 3), (3, 7)] {
      let random = RandomSource(seed: UInt64(10 * d + n))
      let (w, b) = (random.normal([n, d], scalarType: .double), random.normal([n], scalarType: .double))
      let patterns = try activationPatterns(weights: w, biases: b)
      #expect(patterns.count == mostRegions(hyperplanes: n, dimensions: d))
      // Every sampled input is in one of them.
      let signs = (matmul(random.normal([500, d], standardDeviation: 5, scalarType: .double), w.transposed) + b).scalars
      let sampled = stride(from: 0, to: 500 * n, by: n).map { (i: Int) -> [Bool] in signs[i..<i + n].map { $0 > 0 } }
      #expect(sampled.allSatisfy(patterns.contains))
    }
    #expect(mostRegions(hyperplanes: 7, dimensions: 2) == 29 && mostRegions(hyperplanes: 3, dimensions: 5) == 8)
    // Through the origin there are fewer: 2n in the plane.
    let random = RandomSource(seed: 3)
    let angles = random.normal([1_000, 2], scalarType: .double)
    let signs = (matmul(angles, random.normal([2, 5], scalarType: .double)) .> 0).scalars
    let seen = Set(stride(from: 0, to: 5_000, by: 5).map { (i: Int) -> [Double] in Array(signs[i..<i + 5]) })
    #expect(seen.count == 10)
  }

  @Test("§ 11.6.1: networks of squared ReLU have degree 2ˡ on every piece", arguments: [1, 2, 3])
  func degree(hiddenLayers l: Int) {
    let x = Tensor.linear(from: -2, to: 2, count: 161, scalarType: .double).expanded(axis: 1)
    let layers = lineNetwork(hiddenWidths: Array(repeating: 3, count: l), random: RandomSource(seed: 4)).layers
    let (y, z) = outputs(of: layers, at: x, activation: squaredReLU)
    let windows = windowsWithoutKink(z, length: 19)
    func largest(_ order: Int) -> Double {
      let values = stride(from: 0, to: 19, by: 2)
      return windows.flatMap { first in
        finiteDifferences(values.map { y.scalars[first + $0] }, order: order).map(\.magnitude)
      }.max() ?? 0
    }
    #expect(windows.count > 5)
    #expect(largest((1 << l) + 1) < 1e-12 * y.abs().max().item && largest(1 << l) > 100 * largest((1 << l) + 1))
  }

  @Test("§ 11.6.1: tanh is no piecewise polynomial: its third differences vanish on no interval")
  func tanhDifferences() {
    let h = 0.05
    let x = Tensor.linear(from: -3, to: 3, count: 121, scalarType: .double)
    for (σ, smallest) in [(Activation.tanh, 0.02), (.sigmoid, 1e-3)] {
      let third = finiteDifferences(σ(x).scalars, order: 3).map { ($0 / (h * h * h)).magnitude }
      // The third derivative has isolated zeros, so the larger one of four neighbours counts.
      let largest = (0..<third.count - 3).map { third[$0..<$0 + 4].max() ?? 0 }
      #expect((largest.min() ?? 0) > smallest)
    }
    let line = finiteDifferences(relu(x + 5).scalars, order: 3).map { ($0 / (h * h * h)).magnitude }
    #expect((line.max() ?? 1) < 1e-10)
  }

  @Test("§ 11.6.2: networks with other inputs or activations, and descending nodes, stop with a message")
  func refusals() async {
    let network = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = PiecewiseLinear(of: MLP([2, 3, 1], random: RandomSource(seed: 1)), on: 0...1)
    }
    expectMessage(network, "cannot find the pieces of a network of widths [2, 3, 1]")
    let nodes = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = PiecewiseLinear(nodes: [1, 0], values: [0, 0])
    }
    expectMessage(nodes, "cannot make a piecewise linear function of 2 nodes and 2 values")
  }
}
