import Backprop
import Checking
import RNN
import Tensors
import Testing

@Suite("§ 5.2 The recurrent network")
struct RecurrentNetworkTests {
  private let network = RecurrentNetwork(2, 4, 3, random: RandomSource(seed: 1)).converted(to: .double)

  @Test("(5.1), (5.2): one step is tanh(W_hh h + W_xh x + b_h), then W_hy h + b_y, number by number")
  func step() {
    let (h, x) = (spread([1, 4]), spread([1, 2], offset: 9))
    let z = (0..<4).map { i in
      (0..<4).reduce(network.hiddenBias[i].item) { $0 + network.recurrentWeight[i, $1].item * h[0, $1].item }
        + (0..<2).reduce(0) { $0 + network.inputWeight[i, $1].item * x[0, $1].item }
    }
    let expected = Tensor(z, shape: [1, 4], scalarType: .double).tanh()
    expectClose(network.step(h, x), expected, tolerance: 1e-15, scale: 1)
    let y = (0..<3).map { i in
      (0..<4).reduce(network.outputBias[i].item) { $0 + network.outputWeight[i, $1].item * expected[0, $1].item }
    }
    expectClose(network.output(expected)[0], Tensor(y, scalarType: .double), tolerance: 1e-15, scale: 1)
  }

  @Test("(5.1): the states are those of the fused layer, whose two biases add up to b_h")
  func fused() {
    let bias = spread([4], offset: 3)
    let layer = VanillaRNN(
      weights: RecurrentWeights(
        input: network.inputWeight, recurrent: network.recurrentWeight, inputBias: network.hiddenBias - bias,
        recurrentBias: bias))
    let x = spread([2, 6, 2], offset: 1)
    expectClose(Tensor.stacked(network.states(x), axis: 1), layer(x).states, tolerance: 1e-15, scale: 1)
  }

  @Test("§ 5.2.1: d_h (d + d_h + 1) + d_y (d_h + 1) parameters, in the shapes of the notes")
  func count() {
    for (d, d_h, d_y) in [(2, 4, 3), (10, 20, 5), (65, 128, 65)] {
      let network = RecurrentNetwork(d, d_h, d_y, random: RandomSource(seed: 1))
      #expect(network.parameterCount == d_h * (d + d_h + 1) + d_y * (d_h + 1))
      #expect(network.parameters.map(\.shape) == [[d_h, d], [d_h, d_h], [d_h], [d_y, d_h], [d_y]])
    }
  }

  @Test("Remark 5.2: one set of parameters serves 5 steps and 50, and the first 5 outputs are the same")
  func sharing() {
    let x = spread([1, 50, 2])
    let (short, long) = (network(x.sliced(0..<5, axis: 1)), network(x))
    #expect(short.shape == [1, 5, 3] && long.shape == [1, 50, 3])
    // Products of few rows and of many round differently.
    #expect(zip(long.sliced(0..<5, axis: 1).scalars, short.scalars).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test("Remark 5.2: without input every step applies the same map h ↦ tanh(W_hh h + b_h)")
  func autonomous() {
    var h = spread([1, 4], offset: 5)
    let states = network.states(Tensor.zeros([1, 20, 2], scalarType: .double), from: h)
    for t in 0..<20 {
      h = (matmul(h, network.recurrentWeight.transposed) + network.hiddenBias).tanh()
      expectClose(states[t], h, tolerance: 1e-14, scale: 1)
    }
  }

  @Test("§ 5.2: the gradient of all parameters agrees with differences")
  func gradients() { expectGradient(at: network) { $0(spread([2, 5, 2])).squared().sum() } }

  @Test("§ 5.2.2: unrolled over T steps the graph has every operation T times and every weight once")
  func unrolledGraph() {
    for T in [1, 3, 8] {
      let graph = unrolled(T).graph
      func count(_ name: String) -> Int { graph.nodes.count { $0.name == name } }
      #expect(count("tanh") == T && count("×") == 3 * T && count("+") == T && count("½(·)²") == T)
      #expect([count("w_xh"), count("w_hh"), count("w_hy")] == [1, 1, 1])
      let edges = graph.nodes.reduce(0) { $0 + $1.inputs.count { graph[$0].name == "w_hh" } }
      #expect(edges == T)
    }
  }

  @Test("§ 5.2.2: the unrolled graph has the value and the gradient of the loop")
  func unrolledEqualsLooped() {
    let (graph, weight, loss) = unrolled(6)
    let x = inputs(6)
    let (value, slope) = valueWithGradient(at: Tensor(0.8, scalarType: .double)) { w in
      var (h, total) = (Tensor(0, scalarType: .double), Tensor(0, scalarType: .double))
      for t in x.indices {
        h = (w * h + 0.7 * x[t]).tanh()
        total += (1.1 * h - 0.25).squared() / 2
      }
      return total
    }
    #expect(abs(graph[loss].value - value.item) < 1e-15)
    #expect(abs(graph[weight].gradient - slope.item) < 1e-15)
  }

  private func inputs(_ T: Int) -> [Double] { spread([T], offset: 2).scalars }

  private func unrolled(
    _ T: Int
  ) -> (graph: ComputationGraph, recurrentWeight: ComputationGraph.Place, loss: ComputationGraph.Place) {
    ComputationGraph.unrolled(
      inputs: inputs(T), targets: [Double](repeating: 0.25, count: T), inputWeight: 0.7, recurrentWeight: 0.8,
      outputWeight: 1.1)
  }
}
