import Checking
import Tensors
import Testing

private struct Linear: Module {
  var weight = Tensor([[1, 2], [3, 4]])
  var bias: Tensor? = Tensor([5, 6])
  static var parameters: [PartialKeyPath<Self>] { [\.weight, \.bias] }
  func callAsFunction(_ x: Tensor) -> Tensor {
    let y = matmul(x, weight)
    return bias.map { y + $0 } ?? y
  }
}

private struct Network: Module {
  var scale = Tensor(2)
  var layers = [Linear(), Linear()]
  var name = "network"
  static var parameters: [PartialKeyPath<Self>] { [\.layers, \.scale] }
  func callAsFunction(_ x: Tensor) -> Tensor { layers.reduce(x) { $1($0) } * scale }
}

private struct Forgetful: Module {
  var (listed, forgotten, layer) = (Tensor(1), Tensor([1, 2]), Linear())
  static var parameters: [PartialKeyPath<Self>] { [\.listed, \.layer] }
  func callAsFunction(_ x: Tensor) -> Tensor { x * listed * forgotten }
}

/// A layer without parameters that reports its mode.
private struct Witness: Module {
  static var parameters: [PartialKeyPath<Self>] { [] }
  func callAsFunction(_ x: Tensor) -> Tensor { Mode.current == .training ? x : 0 * x }
}

@Suite("Values with parameters")
struct ParameterizedTests {
  @Test("parameters are in the order in which modules list them, through arrays and optionals")
  func order() {
    let network = Network()
    #expect(network.parameters.map(\.shape) == [[2, 2], [2], [2, 2], [2], []])
    #expect(network.parameterCount == 13)
    #expect(network.flattened == Tensor([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 2]))
    var bare = Linear()
    bare.bias = nil
    #expect(bare.parameterCount == 4)
  }

  @Test("a model read from its own vector is the model")
  func roundTrip() {
    let vector = Tensor.range(0..<13)
    let network = Network().withParameters(from: vector)
    #expect(network.flattened == vector && network.layers[1].bias == Tensor([10, 11]) && network.scale.item == 12)
    #expect(Witness().flattened == Tensor.zeros([0]))
  }

  @Test("converting a model converts every parameter")
  func conversion() {
    let network = Network().converted(to: .double)
    #expect(network.parameters.allSatisfy { $0.scalarType == .double } && network.flattened == Network().flattened)
  }

  @Test("mapping and zipping reach every parameter and do not change the original model")
  func mapping() {
    let network = Network()
    let doubled = network.mapParameters { 2 * $0 }
    #expect(doubled.flattened == 2 * network.flattened && network.flattened == Network().flattened)
    #expect(doubled.zipParameters(network) { $0 - $1 }.flattened == network.flattened)
    #expect(network.dot(network) == network.flattened.squared().sum())
  }

  @Test("the gradient of a model is a model, and agrees with differences to second order")
  func gradients() {
    let x = Tensor([[0.3, -0.2]], scalarType: .double)
    expectGradient(at: Network(), order: 2) { $0(x).tanh().sum() }
    let slope = gradient(at: Linear()) { $0(Tensor([1, 10])).sum() }
    #expect(slope.weight == Tensor([[1, 1], [10, 10]]) && slope.bias == Tensor([1, 1]))
    let both = gradient(at: [Linear(), nil]) { $0[0]?.weight.sum() ?? Tensor(0) }
    #expect(both[0]?.weight == Tensor.ones([2, 2]) && both[1] == nil)
  }

  @Test("parameters that a module forgets to list are named")
  func unlisted() {
    #expect(unlistedParameters(in: Forgetful()) == ["forgotten"])
    #expect(unlistedParameters(in: Network()) == [] && unlistedParameters(in: Witness()) == [])
  }

  @Test("one step of Adam moves by the learning rate against the gradient's sign, and copies shared memory first")
  func adam() {
    var (theta, m, v) = (Tensor([1, 2]), Tensor([0, 0]), Tensor([0, 0]))
    let before = theta
    theta.updateByAdam(
      Tensor([3, -4]), m: &m, v: &v, beta1: 0.9, beta2: 0.99, epsilon: 0, learningRate: 0.5, correction1: 0.1,
      correction2: 0.01)
    expectClose(theta, Tensor([0.5, 2.5]), tolerance: 1e-6)
    expectClose(m, Tensor([0.3, -0.4]), tolerance: 1e-6)
    expectClose(v, Tensor([0.09, 0.16]), tolerance: 1e-5)
    #expect(before == Tensor([1, 2]))
  }

  @Test("one step of descent moves by the learning rate times the gradient, and copies shared memory first")
  func descent() {
    var theta = Tensor([1, 2])
    let before = theta
    theta.updateByDescent(Tensor([[3, -4]]).transposed.reshaped([2]), learningRate: 0.5)
    #expect(theta == Tensor([-0.5, 4]) && before == Tensor([1, 2]))
  }
}

@Suite("Modes")
struct ModeTests {
  let one = Tensor(1)

  @Test("differentiating a model runs it in training mode, everything else in evaluation mode")
  func defaults() {
    let witness = Witness()
    #expect(witness(one).item == 0)
    #expect(valueWithGradient(at: witness) { $0(one) }.value.item == 1)
    #expect(valueWithGradient(at: one) { witness($0) }.value.item == 0)
    #expect(witness(one).item == 0)
  }

  @Test("a mode can be asked for by name")
  func override() {
    let witness = Witness()
    #expect(Mode.training { witness(one) }.item == 1)
    #expect(Mode.training { Mode.evaluation { witness(one) } }.item == 0)
    #expect(valueWithGradient(at: witness, mode: .evaluation) { $0(one) }.value.item == 0)
    #expect(valueWithGradient(at: one, mode: .training) { witness($0) }.value.item == 1)
    #expect(gradient(at: one, mode: .training) { gradient(at: $0 * $0) { witness($0) * $0 } }.item == 4)
  }
}
