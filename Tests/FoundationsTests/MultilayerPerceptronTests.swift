import Checking
import Foundations
import Tensors
import Testing

@Suite("§ 1.2 The multilayer perceptron")
struct MultilayerPerceptronTests {
  static let widthLists = [[1, 1], [3, 2], [4, 7, 3], [5, 1, 6, 2], [2, 3, 3, 3, 3, 1], [10, 20, 5, 8]]

  /// A network in `Double` with weights between −1 and 1.
  static func network(_ widths: [Int], _ activation: Activation, output: Activation = .identity) -> MLP {
    let network = MLP(widths, activation: activation, outputActivation: output, random: RandomSource(seed: 1))
    return network.withParameters(from: spread([network.parameterCount]))
  }

  @Test("§ 1.2.1: the recursion h⁽ˡ⁾ = σ⁽ˡ⁾(W⁽ˡ⁾ h⁽ˡ⁻¹⁾ + b⁽ˡ⁾) gives the network's output, neuron by neuron")
  func recursion() throws {
    let network = Self.network([3, 4, 2], .tanh, output: .sigmoid)
    let x = spread([3], offset: 77)
    var h = x.scalars
    for (l, layer) in network.layers.enumerated() {
      let σ: Activation = l == 0 ? .tanh : .sigmoid
      h = try (0..<layer.weight.shape[0]).map { j in
        let z = try h.indices.reduce(#require(layer.bias)[j].item) { $0 + layer.weight[j, $1].item * h[$1] }
        return σ(Tensor(z, scalarType: .double)).item
      }
    }
    expectClose(network(x), Tensor(h, scalarType: .double), tolerance: 1e-14)
  }

  @Test("Definition 1.1, § 1.9.2: f_θ is the composition σ⁽ᴸ⁾ ∘ A⁽ᴸ⁾ ∘ … ∘ σ⁽¹⁾ ∘ A⁽¹⁾, with W⁽ˡ⁾ of n_ℓ × n_ℓ₋₁")
  func composition() {
    let network = Self.network([3, 5, 4, 2], .gelu, output: .tanh)
    let A = network.layers
    let x = spread([6, 3], offset: 7)
    let σ = Activation.gelu
    #expect(network(x) == Foundations.tanh(A[2](σ(A[1](σ(A[0](x)))))))
    #expect(A.map(\.weight.shape) == [[5, 3], [4, 5], [2, 4]] && A.map(\.bias?.shape) == [[5], [4], [2]])
    #expect(network.widths == [3, 5, 4, 2])
  }

  @Test("Definition 1.1: the rightmost map is applied first: doubling, then adding one, makes 2x + 1")
  func order() {
    var network = MLP([1, 1, 1], activation: .identity, random: RandomSource(seed: 1))
    network.layers[0] = Linear(weight: Tensor([[2]]), bias: Tensor([0]))
    network.layers[1] = Linear(weight: Tensor([[1]]), bias: Tensor([1]))
    #expect(network(Tensor([5])).scalars == [11])
  }

  @Test("Definition 1.1: without nonlinearity the layers collapse to one affine map, W⁽³⁾W⁽²⁾W⁽¹⁾x + …")
  func collapse() throws {
    let network = Self.network([4, 6, 5, 3], .identity)
    let A = network.layers
    let W = matmul(matmul(A[2].weight, A[1].weight), A[0].weight)
    let b = try A[2](A[1](#require(A[0].bias)))
    let x = spread([7, 4], offset: 3)
    expectClose(network(x), Linear(weight: W, bias: b)(x), tolerance: 1e-13, scale: 1)
    let curved = Self.network([4, 6, 5, 3], .tanh)  // the control: this one is not affine
    let midpoint = curved((x[0] + x[1]) / 2) - (curved(x[0]) + curved(x[1])) / 2
    #expect(midpoint.abs().max().item > 0.01)
  }

  @Test("§ 1.2.2: both forms of the count are the number of scalars in the network", arguments: widthLists)
  func parameterCount(n: [Int]) {
    let first = (1..<n.count).reduce(0) { $0 + (n[$1 - 1] * n[$1] + n[$1]) }
    #expect(MLP.parameterCount(widths: n) == first)
    let network = MLP(n, random: RandomSource(seed: 1))
    #expect(network.flattened.count == first && network.parameterCount == first)
  }

  @Test("Example 1.2: 784-256-128-10 has 235,146 parameters; the primer's 50-25-10-2 has 1,557")
  func examples() {
    #expect(MLP.parameterCount(widths: [784, 256, 128, 10]) == 235_146)
    #expect(MLP.parameterCount(widths: [50, 25, 10, 2]) == 1557)
  }

  @Test("§ 1.2.1: an affine map of an array of any rank is that of its rows, leading axes flattened")
  func anyRank() throws {
    let layer = Linear(weight: spread([5, 3]), bias: spread([5], offset: 20))
    for leading in [[], [4], [2, 4], [2, 3, 4]] {
      let x = spread(Shape(leading + [3]), offset: 50)
      let rows = layer(x.reshaped([x.count / 3, 3]))
      #expect(layer(x) == rows.reshaped(Shape(leading + [5])))
      for row in 0..<rows.shape[0] {
        let z = x.reshaped([x.count / 3, 3])[row]
        let one = try matmul(layer.weight, z) + #require(layer.bias)  // W z + b, as the notes write it
        expectClose(rows[row], one, tolerance: 1e-14, scale: 1)
      }
    }
  }

  @Test("Definition 1.1: a layer without biases is the linear map W z, with W's parameters alone")
  func withoutBias() {
    let layer = Linear(3, 5, hasBias: false, random: RandomSource(seed: 1))
    let twin = Linear(weight: layer.weight, bias: Tensor.zeros([5]))
    let x = spread([4, 3]).converted(to: .float)
    #expect(layer(x) == twin(x) && layer.parameterNames == ["weight"] && layer.parameterCount == 15)
    #expect(layer(2 * x) == 2 * layer(x) && layer(Tensor.zeros([3])) == Tensor.zeros([5]))
    expectGradient(at: layer, order: 2) { $0(x.converted(to: .double)).squared().sum() }
  }

  @Test("§ 1.2.1: images are flattened to rows, and a batch gives the same as its examples one by one")
  func images() {
    let network = Self.network([12, 5, 2], .relu)
    let images = spread([4, 3, 2, 2])
    let each = (0..<4).map { network(images[$0].reshaped([12])) }
    expectClose(network(images), Tensor.stacked(each, axis: 0), tolerance: 1e-14)
  }

  @Test("§ 1.2: gradients of a network agree with finite differences in every parameter, to second order")
  func derivatives() {
    let x = spread([5, 2], offset: 40)
    for σ in [Activation.tanh, .gelu] {
      expectGradient(at: Self.network([2, 3, 2], σ), order: 2, tolerance: 1e-6, "\(σ)") { $0(x).squared().mean() }
    }
    expectGradient(at: Self.network([2, 3, 2], .relu), "ReLU") { $0(x).squared().mean() }
  }

  @Test("a network without an output stops with a message that names the widths")
  func tooFewWidths() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = MLP([7], random: RandomSource(seed: 1))
    }
    expectMessage(result, "cannot make a network of widths [7]")
  }

  @Test("a layer whose biases do not fit its weights stops with a message that names both shapes")
  func mismatch() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Linear(weight: Tensor.zeros([3, 2]), bias: Tensor.zeros([2]))
    }
    expectMessage(result, "cannot make a layer of weights [3×2] and biases [2]")
  }
}
