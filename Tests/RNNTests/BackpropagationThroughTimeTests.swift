import Checking
import RNN
import Tensors
import Testing

@Suite("§ 5.3 Backpropagation through time")
struct BackpropagationThroughTimeTests {
  private let network: RecurrentNetwork = {
    var network = RecurrentNetwork(2, 4, 3, random: RandomSource(seed: 3)).converted(to: .double)
    network.recurrentWeight = 2 * network.recurrentWeight
    return network
  }()
  private let x = spread([7, 2])
  private let targets = spread([7, 3], offset: 4)

  /// Σₜ ½ ‖yₜ − targetₜ‖².
  private func loss(_ network: RecurrentNetwork) -> Tensor {
    (network(x.expanded(axis: 0))[0] - targets).squared().sum() / 2
  }
  private var pass: BackpropagationThroughTime {
    BackpropagationThroughTime(network, x) { t, y in y - targets[t] }
  }
  private func gap(_ a: Tensor, _ b: Tensor) -> Double { (a - b).abs().max().item }

  @Test("(5.3): the loss of a sequence is the sum of the losses of its steps, and so is its gradient")
  func sum() {
    let parts = (0..<7).map { t in
      valueWithGradient(at: network) { network in
        (network(x.expanded(axis: 0))[0, t] - targets[t]).squared().sum() / 2
      }
    }
    let whole = valueWithGradient(at: network) { loss($0) }
    #expect(abs(parts.reduce(0) { $0 + $1.value.item } - whole.value.item) < 1e-14)
    let slope = parts.dropFirst().reduce(parts[0].gradient.recurrentWeight) { $0 + $1.gradient.recurrentWeight }
    #expect(gap(slope, whole.gradient.recurrentWeight) < 1e-14)
  }

  @Test("Theorem 5.3, (5.4): the double sum is the recorded gradient, with the latest Jacobian leftmost")
  func doubleSum() {
    let recorded = gradient(at: network) { loss($0) }.recurrentWeight
    #expect(recorded.abs().max().item > 0.1)
    #expect(gap(pass.doubleSum(), recorded) < 1e-14)
  }

  @Test("Theorem 5.3, (5.4): with the Jacobians from j = k + 1 on, as ∏ reads, the sum is different")
  func wrongOrder() {
    let recorded = gradient(at: network) { loss($0) }.recurrentWeight
    #expect(gap(pass.doubleSum(order: .earliestFirst), recorded) > 0.01)
  }

  @Test("§ 5.3.1: the recursion from the last step back gives the same in T products instead of T²/2")
  func recursion() { #expect(gap(pass.backwardRecursion(), pass.doubleSum()) < 1e-14) }

  @Test("(5.5) holds with dhₜ₋₁/dW as last factor, and in neither reading with ∂Lₜ₋₁/∂W")
  func recursiveForm() {
    let scalar = ScalarRecurrence(weight: 1.5, inputs: [0.5, -0.3, 0.4, -0.2], targets: [-1, 1, -1, 1])
    let true4 = gradient(at: Tensor(1.5, scalarType: .double)) { w in
      let h = [0.5, -0.3, 0.4, -0.2].reduce(Tensor(0, scalarType: .double)) { h, x in (w * h + x).tanh() }
      return (h - 1).squared() / 2
    }.item
    #expect(abs(scalar.lossGradient(4) - true4) < 1e-15)
    for t in 1...4 { #expect(abs(scalar.corrected(t) - scalar.lossGradient(t)) < 1e-15) }
    for immediate in [true, false] { #expect(abs(scalar.printed(4, immediate: immediate) - true4) > 0.05) }
  }

  @Test("(5.6): the printed product is the transpose of ∂hₜ/∂hₖ: the factors are diag(tanh′) W_hh, the latest leftmost")
  func jacobianProduct() throws {
    let (pass, T) = (pass, 5)
    let differentiated = jacobian(at: pass.states[1]) { h in
      network.states(x.sliced(1..<T, axis: 0).expanded(axis: 0), from: h.expanded(axis: 0))[T - 2][0]
    }
    let product = try #require(VanillaRNN.product((2...T).map(pass.jacobian)))
    #expect(gap(product, differentiated) < 1e-15)
    let printed = (2...T).map { j in
      network.recurrentWeight.transposed * (1 - pass.states[j].squared())
    }.reduce(Tensor.identity(4, scalarType: .double)) { matmul($0, $1) }
    #expect(gap(printed, differentiated) > 0.1)
    #expect(gap(printed.transposed, differentiated) < 1e-15)
  }

  @Test("§ 5.3: truncated at windows the value stays, the gradient has lost its long paths, and a window of T has all")
  func truncated() {
    let layer = VanillaRNN(2, 4, recurrent: .orthogonal(1.2), random: RandomSource(seed: 5))
    let model = SequenceNetwork(layer, outputs: 3, random: RandomSource(seed: 6)).converted(to: .double)
    let (x, targets) = (x.expanded(axis: 0), targets.expanded(axis: 0))
    func loss(_ y: Tensor, _ steps: Range<Int>) -> Tensor { (y - targets.sliced(steps, axis: 1)).squared().sum() }
    let whole = valueWithGradient(at: model) { loss($0(x), 0..<7) }
    for window in [1, 3, 7] {
      let (value, gradient) = model.truncatedGradient(x, window: window, loss: loss)
      #expect(abs(value.item - whole.value.item) < 1e-13)
      let difference = gap(gradient.layer.weights.recurrent, whole.gradient.layer.weights.recurrent)
      #expect(window == 7 ? difference < 1e-14 : difference > 0.05)
    }
  }

  @Test("§ 5.3: a carried state whose gradient is stopped has its value and no derivative")
  func stopped() {
    let layer = LongShortTermMemory(1, 3, random: RandomSource(seed: 7)).converted(to: .double)
    let x = spread([1, 8, 1])
    let (first, second) = (x.sliced(0..<4, axis: 1), x.sliced(4..<8, axis: 1))
    func output(_ x: Tensor, stops: Bool) -> Tensor {
      let state = layer(x).final
      return layer(second, initial: stops ? state.stopGradient : state).final.hidden.sum()
    }
    #expect(output(first, stops: true).item == output(first, stops: false).item)
    #expect(gradient(at: first) { output($0, stops: true) }.abs().max().item == 0)
    #expect(gradient(at: first) { output($0, stops: false) }.abs().min().item > 0)
  }
}
