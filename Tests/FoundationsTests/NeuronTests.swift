import Checking
import Foundations
import Tensors
import Testing

@Suite("§ 1.1.1 The formal neuron")
struct NeuronTests {
  @Test("§ 1.1.1, § 1.9.1: σ(wᵀx + b) is the explicit sum over the inputs, for every activation")
  func explicitSum() {
    let (w, x) = ([0.5, -1.25, 2], [3, 0.75, -0.1])
    let z = w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + 0.3
    for σ in ActivationsTests.all {
      let neuron = Neuron(
        weights: Tensor(w, scalarType: .double), bias: Tensor(0.3, scalarType: .double), activation: σ)
      expectClose(
        neuron(Tensor(x, scalarType: .double)), σ(Tensor(z, scalarType: .double)), tolerance: 1e-14, "\(σ)")
    }
  }

  @Test("§ 1.1.1: one neuron by hand: σ(2·1 − 1·3 + 1) = σ(0) = 1/2")
  func byHand() {
    let neuron = Neuron(weights: Tensor([2, -1]), bias: Tensor(1), activation: .sigmoid)
    #expect(neuron(Tensor([1, 3])).item == 0.5)
  }

  @Test("§ 1.1.1: inputs stored as rows give one output each, the same as one by one")
  func rows() {
    let neuron = Neuron(weights: spread([4]), bias: spread([]), activation: .tanh)
    let x = spread([5, 4], offset: 9)
    #expect(neuron(x) == Tensor.stacked((0..<5).map { neuron(x[$0]) }, axis: 0))
  }

  @Test("§ 1.1.1: with the unit step of McCulloch and Pitts neurons are the gates AND, OR and NOT")
  func gates() {
    let table = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    #expect(Neuron.and(table).scalars == [0, 0, 0, 1])
    #expect(Neuron.or(table).scalars == [0, 1, 1, 1])
    #expect(Neuron.not(Tensor([[0], [1]])).scalars == [1, 0])
  }

  @Test("§ 1.1.1: gates compose: x OR y AND NOT (x AND y) is the exclusive or, which no single neuron computes")
  func exclusiveOr() {
    let table = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    let notBoth = Neuron.not(Neuron.and(table).expanded(axis: 1))
    #expect(Neuron.and(Tensor.stacked([Neuron.or(table), notBoth], axis: 1)).scalars == [0, 1, 1, 0])
    // w₁ > −b, w₂ > −b and w₁ + w₂ ≤ −b ≤ 0 … contradict each other; a search over a grid finds nothing either.
    let values = [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2]
    for w₁ in values {
      for w₂ in values {
        for b in values {
          let neuron = Neuron(weights: Tensor([w₁, w₂]), bias: Tensor(b), activation: .step)
          #expect(neuron(table).scalars != [0, 1, 1, 0])
        }
      }
    }
  }

  @Test("§ 1.1.1: the gradient is σ′(z) x for the weights and σ′(z) for the bias")
  func derivatives() {
    let x = spread([3], offset: 5)
    for σ in ActivationsTests.all where σ != .step {
      let neuron = Neuron(weights: spread([3]), bias: spread([], offset: 3), activation: σ)
      let g = gradient(at: neuron) { $0(x) }
      let slope = σ.derivative(at: matmul(x, neuron.weights) + neuron.bias)
      expectClose(g.weights, slope * x, tolerance: 1e-14, "\(σ)")
      expectClose(g.bias, slope, tolerance: 1e-14, "\(σ)")
      expectGradient(at: neuron, "\(σ)") { $0(x) }
    }
  }
}
