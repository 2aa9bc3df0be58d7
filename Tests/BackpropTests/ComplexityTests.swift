import Backprop
import Foundations
import Tensors
import Testing

@Suite("§ 2.2.2 What backpropagation costs")
struct ComplexityTests {
  @Test("Proposition 2.2: backward over forward is 1.145 for 784-256-128-10 and 1.95 for 20 equal layers, not 1")
  func ratios() {
    #expect(abs(DenseCost(widths: [784, 256, 128, 10]).ratio - 1.145) < 5e-4)
    #expect(DenseCost(widths: [Int](repeating: 64, count: 21)).ratio == 1.95)
    #expect(DenseCost(widths: [30, 10]).ratio == 1)
    #expect(DenseCost(widths: [784, 256, 128, 10]).forward == 2 * 234_752)
  }

  @Test("Proposition 2.2: a graph of the network's scalars counts the same multiplications, one for each edge")
  func counted() {
    let widths = [4, 5, 3]
    let cost = DenseCost(widths: widths)
    var (graph, h) = (ComputationGraph(), [ComputationGraph.Place]())
    for i in 0..<widths[0] { h.append(graph.input(Double(i), "x")) }
    let (x, first) = (h, graph.edgeCount)
    var products = 0
    for l in 1..<widths.count {
      h = (0..<widths[l]).map { _ in
        let terms = h.map { input in
          products += 1
          return graph.product(graph.input(0.5, "w"), input)
        }
        return graph.node("+", of: terms) { values in (values.reduce(0, +), values.map { _ in 1 }) }
      }
    }
    #expect(first == 0 && x.count == 4)
    #expect(2 * products == cost.forward)
    // A product has two edges: to its weight, ∂L/∂W, and to its input, Wᵀδ, which the first layer does not need.
    let toWeights = graph.places.filter { graph[$0].name == "×" }.count
    let toInputs = graph.places.filter { graph[$0].name == "×" && !x.contains(graph[$0].inputs[1]) }.count
    #expect(2 * (toWeights + toInputs) == cost.backward)
  }

  @Test("Proposition 2.2: a convolution of 1,792 parameters takes 3.54 million operations, 1,975 for each")
  func convolutions() {
    let cost = ConvolutionCost(inputs: 3, outputs: 64, kernel: 3, places: 32 * 32)
    #expect(cost.parameters == 1792 && cost.forward == 3_538_944)
    let dense = DenseCost(widths: [784, 256, 128, 10])
    #expect(dense.forward < 2 * MLP.parameterCount(widths: dense.widths))
    #expect(cost.forward > 1900 * cost.parameters)
  }

  @Test("§ 2.2.2: differences need two forward passes for each parameter, 219,000 times the cost of backpropagation")
  func differences() {
    let cost = DenseCost(widths: [784, 256, 128, 10])
    #expect(cost.centralDifferences == 2 * 235_146 * cost.forward)
    #expect(cost.centralDifferences / (cost.forward + cost.backward) > 200_000)
  }

  @Test("§ 2.2.2: the row vector first is the cheap order, 20,000 multiplications against 1,010,000")
  func order() {
    #expect(chainMultiplications(widths: [100, 100, 100]).reverse == 20_000)
    #expect(chainMultiplications(widths: [100, 100, 100]).forward == 1_010_000)
    let one = chainMultiplications(widths: [1, 100, 100])
    #expect(one.forward < 2 * one.reverse)  // one input: forward mode is no worse
  }

  @Test("§ 2.2.2: training keeps what a forward pass stores: it grows with the depth, inference with the width")
  func memory() {
    let network = MLP([6, 9, 4, 2], random: RandomSource(seed: 1))
    let cost = DenseCost(widths: network.widths, batch: 5)
    #expect(cost.storedForTraining == ForwardPass(network, at: Tensor.ones([5, 6])).storedScalars)
    let (short, long) = (DenseCost(widths: [8] + [16, 16] + [4]), DenseCost(widths: [8] + [16, 16, 16, 16, 16] + [4]))
    #expect(long.storedForTraining - short.storedForTraining == 3 * 2 * 16)
    #expect(long.aliveInInference == short.aliveInInference)
  }

  @Test("the cost of no layers stops with a message")
  func empty() async { await #expect(processExitsWith: .failure) { _ = DenseCost(widths: [3]) } }
}
