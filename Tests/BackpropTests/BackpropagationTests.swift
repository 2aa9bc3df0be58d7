import Backprop
import Checking
import Foundations
import Running
import Tensors
import Testing

@Suite("§ 2.2 Backpropagation")
struct BackpropagationTests {
  static let activations: [Activation] = [
    .identity, .step, .sigmoid, .tanh, .relu, .leakyReLU, .gelu, .geluByTanh, .square,
  ]

  static func network(_ widths: [Int], _ activation: Activation, output: Activation = .identity) -> MLP {
    let network = MLP(widths, activation: activation, outputActivation: output, random: RandomSource(seed: 3))
    return network.withParameters(from: spread([network.parameterCount], offset: 5))
  }

  @Test("§ 2.2.1: every σ′ in closed form is the derivative that differentiation finds", arguments: activations)
  func slopes(activation: Activation) {
    let z = 3 * spread([101])
    expectClose(activation.slope(at: z), activation.derivative(at: z), tolerance: 1e-13, scale: 1)
  }

  @Test(
    "§ 2.2.1: the forward pass of Definition 1.1 keeps h⁽⁰⁾ = x, every z and every h, and its output is the network's")
  func forwardPass() {
    let network = Self.network([3, 5, 4, 2], .tanh)
    let x = spread([6, 3], offset: 50)
    let pass = ForwardPass(network, at: x)
    #expect(pass.h.map(\.shape) == [[6, 3], [6, 5], [6, 4], [6, 2]])
    #expect(pass.z.map(\.shape) == [[6, 5], [6, 4], [6, 2]])
    #expect(pass.h[0] == x && pass.output == network(x))
    for l in 0..<2 { expectClose(pass.h[l + 1], pass.z[l].tanh(), tolerance: 0) }
    #expect(pass.storedScalars == 6 * (3 + 2 * (5 + 4 + 2)))
  }

  @Test(
    "§ 2.2.1: the δ recursion has the gradient of automatic differentiation, for every activation and any depth",
    arguments: activations, [[3, 2], [3, 5, 2], [3, 4, 4, 3, 2]])
  func recursion(activation: Activation, widths: [Int]) {
    let network = Self.network(widths, activation, output: .tanh)
    let (x, y) = (spread([6, 3], offset: 50), spread([6, 2], offset: 90))
    let (loss, gradient) = lossWithBackpropagation(network, at: x, .meanSquaredError(targets: y))
    let automatic = valueWithGradient(at: network) { meanSquaredError($0(x), y) }
    expectClose(loss, automatic.value, tolerance: 1e-14)
    expectClose(gradient.flattened, automatic.gradient.flattened, tolerance: 1e-12, scale: 1e-3)
  }

  @Test("§ 2.2.1: the δ recursion passes a check by differences, with a softmax at the end")
  func differences() {
    let network = Self.network([4, 6, 5, 3], .gelu)
    let (x, labels) = (spread([7, 4], offset: 50), [0, 1, 2, 2, 1, 0, 1])
    let (_, gradient) = lossWithBackpropagation(network, at: x, .crossEntropy(labels: labels))
    let numeric = numericGradient(at: network) { crossEntropy(logits: $0(x), labels: labels) }
    #expect(relativeDistance(gradient, numeric) < 1e-8)
  }

  @Test("§ 2.2.1: one example as a column follows the formulas directly; a batch of rows sums its examples")
  func oneExample() throws {
    let network = Self.network([3, 5, 2], .sigmoid, output: .sigmoid)
    let (x, y) = (spread([4, 3], offset: 50), spread([4, 2], offset: 90))
    let batch = lossWithBackpropagation(network, at: x, .meanSquaredError(targets: y)).gradient
    var sum = network.mapParameters { 0 * $0 }
    for i in 0..<4 {
      let pass = ForwardPass(network, at: x[i])
      let δ = outputDelta(2 * (pass.output - y[i]), Activation.sigmoid.slope(at: pass.z[1]))
      let gradient = network.backpropagate(δ, through: pass).gradient
      expectClose(gradient.layers[1].weight, matmul(δ.expanded(axis: 1), pass.h[1].expanded(axis: 0)), tolerance: 0)
      expectClose(try #require(gradient.layers[1].bias), δ, tolerance: 0)
      sum = sum.zipParameters(gradient, +)
    }
    expectClose(batch.flattened, sum.flattened / 4, tolerance: 1e-13, scale: 1e-3)
  }

  @Test("§ 2.2.1: the gradient that reaches the input is ∂L/∂x")
  func inputGradient() {
    let network = Self.network([3, 5, 2], .tanh)
    let (x, y) = (spread([4, 3], offset: 50), spread([4, 2], offset: 90))
    let pass = ForwardPass(network, at: x)
    let δ = OutputLoss.meanSquaredError(targets: y).delta(pass.z[1], pass.output, .identity)
    let found = network.backpropagate(δ, through: pass).input
    expectClose(found, gradient(at: x) { meanSquaredError(network($0), y) }, tolerance: 1e-12, scale: 1e-3)
  }

  @Test(
    "§ 2.2.1: δ⁽ᴸ⁾ of a softmax with cross-entropy is p − y, and the elementwise formula sees the label's entry only")
  func softmaxDelta() {
    let (z, label) = (Tensor([2.0, -0.5, -1.7, 1.03], scalarType: .double), 1)
    let p = softmax(z)
    let truth = gradient(at: z) { crossEntropy(logits: $0.expanded(axis: 0), labels: [label]) }
    let δ = softmaxCrossEntropyDelta(z.expanded(axis: 0), labels: [label])[0]
    expectClose(δ, truth, tolerance: 1e-14)
    let y = Tensor.oneHot([label], classes: 4, scalarType: .double)[0]
    expectClose(δ, matmul(softmaxJacobian(p), -(y / p)), tolerance: 1e-14, scale: 1e-2)  // Jᵀ = J
    let wrong = Mistake.elementwiseSoftmaxDelta(z, label: label)
    #expect(abs(wrong[label].item - truth[label].item) < 1e-14)
    #expect([0, 2, 3].allSatisfy { wrong[$0].item == 0 && truth[$0].item > 0.01 })
  }

  @Test("§ 2.10.3 and § 2.10.4, the summary: δ⁽ˡ⁾ = (Wᵀδ) ⊙ σ′ and ∂L/∂W = δ hᵀ on numbers worked out by hand")
  func summary() {
    let W = Tensor([[1, 2], [3, 4]], scalarType: .double)
    let δ = Tensor([5, -6], scalarType: .double)
    let slope = Tensor([0.5, 1], scalarType: .double)
    #expect(hiddenDelta(δ, W, slope).scalars == [-6.5, -14])  // ½ (5 − 18) and 10 − 24
    #expect(weightGradient(δ, Tensor([7, 8], scalarType: .double)).scalars == [35, 40, -42, -48])
    #expect(biasGradient(δ) == δ)
  }

  @Test("mistakes in shapes stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) {
      let network = MLP([3, 2], random: RandomSource(seed: 1))
      _ = network.backpropagate(Tensor.ones([4, 3]), through: ForwardPass(network, at: Tensor.ones([4, 3])))
    }
    await #expect(processExitsWith: .failure) { _ = softmaxCrossEntropyDelta(Tensor.ones([2, 3]), labels: [1]) }
    await #expect(processExitsWith: .failure) {
      let network = MLP([3, 2], outputActivation: .tanh, random: RandomSource(seed: 1))
      _ = lossWithBackpropagation(network, at: Tensor.ones([1, 3]), .crossEntropy(labels: [0]))
    }
  }
}
