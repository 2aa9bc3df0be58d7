import Checking
import Foundations
import Tensors
import Testing
import Theory

@Suite("§ 11.6  Depth and width")
struct SawtoothTests {
  @Test("§ 11.6.2: ReLU(2x) − 2 ReLU(2x − 1) is the tent g, and chapter 1's iterated tent map is g∘ᵏ")
  func tent() {
    let x = Tensor.linear(from: 0, to: 1, count: 257, scalarType: .double)
    let tent = relu(2 * x) - 2 * relu(2 * x - 1)
    #expect((tent - 2 * minimum(x, 1 - x)).abs().max().item == 0)
    for k in 1...6 {
      let function = Sawtooth(folds: k).function
      let values = iteratedTentMap(x, times: k).scalars
      #expect(zip(x.scalars, values).allSatisfy { (function($0) - $1).magnitude < 1e-12 })
      #expect(function.pieces == 1 << k && function.slopes.allSatisfy { $0.magnitude == Double(1 << k) })
    }
  }

  @Test("Theorem 11.16, § 11.6.2: k hidden layers of width 2 are g∘ᵏ: depth k + 1, not 2k")
  func narrow() {
    for k in [1, 2, 5, 10] {
      let network = Sawtooth(folds: k).network(hiddenLayers: k)
      #expect(network.widths == [1] + Array(repeating: 2, count: k) + [1] && network.layers.count == k + 1)
      let function = PiecewiseLinear(of: network, on: 0...1)
      #expect(function.pieces == 1 << k && function.largestDistance(to: Sawtooth(folds: k).function) == 0)
    }
  }

  @Test("Theorem 11.16: g∘¹² by four hidden layers of width 8 = 2^(12/4), without error; 2^(L/3) would be 16 or 256")
  func wide() {
    let sawtooth = Sawtooth(folds: 12)
    let network = sawtooth.network(hiddenLayers: 4)
    #expect(network.widths == [1, 8, 8, 8, 8, 1] && sawtooth.neurons(hiddenLayers: 4) == 32)
    let function = PiecewiseLinear(of: network, on: 0...1)
    #expect(function.pieces == 4_096 && function.largestDistance(to: sawtooth.function) == 0)
    let x = Tensor.linear(from: 0, to: 1, count: 513, scalarType: .double)
    #expect((network(x.expanded(axis: 1)).squeezed(axis: 1) - iteratedTentMap(x, times: 12)).abs().max().item == 0)
    #expect([1, 2, 3, 6, 12].map { sawtooth.neurons(hiddenLayers: $0) } == [4_096, 128, 48, 24, 24])
  }

  @Test("Theorem 11.16: p pieces err on at least (2ᵏ − p − 1)/2 of 2ᵏ alternating points, and some on no more")
  func errors() {
    for k in [3, 5, 6] {
      let sawtooth = Sawtooth(folds: k)
      for p in 1...sawtooth.pieces {
        let least = sawtooth.leastErrors(pieces: p)
        #expect(Double(least) >= sawtooth.errorBound(pieces: p) && Double(least) < sawtooth.errorBound(pieces: p) + 1)
      }
      #expect(sawtooth.leastErrors(pieces: sawtooth.pieces - 1) == 0)
    }
    // All 256 answers on 8 points, by their number of runs.
    let sawtooth = Sawtooth(folds: 3)
    for p in 1...8 {
      let errors = (0..<256).map { answers -> Int in
        let bits = (0..<8).map { answers >> $0 & 1 }
        let runs = 1 + zip(bits, bits.dropFirst()).filter { $0 != $1 }.count
        return runs <= p + 1 ? bits.enumerated().filter { $0.offset % 2 != $0.element }.count : 8
      }
      #expect(errors.min() == sawtooth.leastErrors(pieces: p))
    }
  }

  @Test(
    "Theorem 11.15: with ReLU and tanh the error falls with the width, with z² no width gets below that of a parabola")
  func approximation() {
    let x = unitCubeGrid(dimensions: 1, perAxis: 129)
    let target = iteratedTentMap(x.squeezed(axis: 1), times: 2)
    func error(_ σ: Activation, _ n: Int) -> Double {
      ShallowNetwork(
        fitting: { _ in target }, at: x, neurons: n, activation: σ, steepness: σ == .tanh ? 20 : 4,
        random: RandomSource(seed: 1)
      ).largestError(from: { _ in target }, at: x)
    }
    for σ in [Activation.relu, .tanh] { #expect(error(σ, 8) > 3 * error(σ, 64) && error(σ, 64) < 0.12) }
    #expect((error(.square, 8) - error(.square, 64)).magnitude < 1e-6 && error(.square, 64) > 0.5)
  }

  @Test("§ 11.6.1, warning: one hidden layer needs 2ᵏ neurons for g∘ᵏ: interpolation with fewer fails, with 2ᵏ + 1 not")
  func width() {
    for k in [2, 4, 6] {
      let f = Sawtooth(folds: k).function
      let x = Tensor.linear(from: 0, to: 1, count: (4 << k) + 1, scalarType: .double).expanded(axis: 1)
      let values = Tensor(x.scalars.map { f($0) }, scalarType: .double)
      func error(_ pieces: Int) -> Double {
        ShallowNetwork.interpolating({ f($0) }, pieces: pieces).largestError(from: { _ in values }, at: x)
      }
      #expect(error(1 << k) < 1e-10 && error((1 << k) - 1) > 0.4 && error(1 << (k - 1)) > 0.99)
    }
  }

  @Test("§ 11.6.2: a number of layers that does not divide the folds stops with a message")
  func refusal() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Sawtooth(folds: 5).network(hiddenLayers: 2)
    }
    expectMessage(result, "cannot divide 5 folds among 2 hidden layers")
  }
}
