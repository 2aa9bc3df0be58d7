import Backprop
import Checking
import Foundations
import Tensors
import Testing
import ch02

@Suite("Listing 2.3 Gradients in action")
struct Listing2_3Tests {
  @Test("Listing 2.3: the gradients are (−0.2875, 0.2875) and (−0.5749, −0.8624), by Tensors and on the graph")
  func gradients() {
    let result = runAutogradListing()
    let (x, w) = ([-0.28746968091443026, 0.28746968091443026], [-0.5749393618288605, -0.8624090427432908])
    expectClose(result.x, Tensor(x, scalarType: .double), tolerance: 1e-14)
    expectClose(result.w, Tensor(w, scalarType: .double), tolerance: 1e-14)
    expectClose(Tensor(result.graph.gradients("x₁", "x₂"), scalarType: .double), result.x, tolerance: 1e-14)
    expectClose(Tensor(result.graph.gradients("w₁", "w₂"), scalarType: .double), result.w, tolerance: 1e-14)
  }

  @Test("Output 2.3: dL/dw is a multiple of x = (2, 3), so its entries have one sign, and the printed ones have two")
  func printed() {
    let w = runAutogradListing().w
    #expect(abs(w[0].item / 2 - w[1].item / 3) < 1e-15)
    let printed = [-0.1378, 0.2067]
    #expect(printed[0] * printed[1] < 0)
    for (one, other) in zip(w.scalars, printed) { #expect(abs(one - other) > 0.1) }
  }
}

@Suite("Listing 2.7 Backpropagation by hand")
struct Listing2_7Tests {
  @Test("Output 2.7: no seed comes near the printed 0.0402 at epoch 80: the smallest of several is above 0.16")
  func seeds() {
    let losses = lossesOverSeeds(0..<4)
    #expect(losses.allSatisfy { (0.16...0.24).contains($0) })
    #expect(Set(losses).count == 4)
  }
}

@Suite("§ 2.2 and § 2.3, the demonstrations")
struct BackpropagationSectionsTests {
  @Test("§ 2.2.2: checkpoints do not change the gradient, and their memory is smallest near √L layers per stage")
  func checkpoints() {
    let study = studyCheckpoints(depth: 16, width: 8, batch: 4, random: RandomSource(seed: 1))
    #expect(study.map(\.stageLength) == [1, 2, 4, 8, 16])
    #expect(study.allSatisfy { $0.distance < 1e-5 })
    #expect(study[4].memory == 1 && study[4].forwardPasses == 1)
    #expect(study[2].memory < 0.4 && study[2].forwardPasses < 2)
    #expect(study.map(\.memory).min() == study[2].memory)
  }

  @Test(
    "§ 2.3: the tensor graph of loss(softmax(W x + b), y) has the recorded gradient at every node; at z it is p − y")
  func classifier() throws {
    let nodes = Dictionary(uniqueKeysWithValues: ClassifierGraph.example.nodes.map { ($0.name, $0) })
    let (W, x, b) = (try #require(nodes["W"]), try #require(nodes["x"]), try #require(nodes["b"]))
    let recorded = gradient(at: [W.value, x.value, b.value]) { point in
      crossEntropy(logits: (matmul(point[0], point[1]) + point[2]).expanded(axis: 0), labels: [0])
    }
    for (node, truth) in zip([W, x, b], recorded) { expectClose(node.gradient, truth, tolerance: 1e-13, node.name) }
    let (z, p) = (try #require(nodes["z = Wx + b"]), try #require(nodes["p = softmax z"]))
    expectClose(z.gradient, p.value - Tensor([1, 0], scalarType: .double), tolerance: 1e-14)
    expectClose(p.value, softmax(z.value), tolerance: 0)
  }

  @Test("§ 2.3: the curves of both difference rules are valleys, the central one deeper and farther right")
  func valleys() {
    let errors = differenceErrors(points: 100, random: RandomSource(seed: 1))
    #expect(errors.map(\.rule) == [.forward, .central])
    #expect((1e-9...1e-7).contains(errors[0].best) && (1e-6...1e-4).contains(errors[1].best))
    for error in errors {
      let least = error.errors.min() ?? .nan
      #expect((error.errors.first ?? 0) > 100 * least && (error.errors.last ?? 0) > 100 * least)
    }
    #expect((errors[1].errors.min() ?? 1) < 0.01 * (errors[0].errors.min() ?? 0))
  }

  @Test("§ 2.3: the derivative of a map composed ten times has thousands of symbols, its graph 28 nodes")
  func swell() {
    let swell = measureSwell(upTo: 10)
    #expect(swell[9].nodes == 28)
    #expect(swell[9].formula == 4089)
    #expect(swell[9].derivative > 10_000)
  }

  @Test("§ 2.7: loops, matrices and automatic differentiation train alike")
  func lab() {
    let lab = runAutomationLab(points: 20, steps: 15, random: RandomSource(seed: 1))
    #expect(lab.largestDifference < 1e-12)
    #expect(lab.losses[0][14] < lab.losses[0][0])
    #expect(lab.seconds.count == 3)
  }
}

@Suite("Exercise 2.1 Three tanh layers")
struct Exercise2_1Tests {
  @Test("Exercise 2.1: the Jacobians have the shapes of the derivation")
  func shapes() {
    let check = checkThreeLayers(widths: [5, 7, 6, 4], random: RandomSource(seed: 1))
    let shapes = Dictionary(uniqueKeysWithValues: check.jacobians.map { ($0.name, $0.value.shape) })
    #expect(check.jacobians.count == 13)
    #expect(shapes["∂L/∂h⁽³⁾"] == [1, 4])
    #expect(shapes["∂h⁽³⁾/∂z⁽³⁾"] == [4, 4] && shapes["∂z⁽³⁾/∂h⁽²⁾"] == [4, 6])
    #expect(shapes["∂z⁽³⁾/∂vec W⁽³⁾"] == [4, 24] && shapes["∂z⁽³⁾/∂b⁽³⁾"] == [4, 4])
    #expect(shapes["∂h⁽²⁾/∂z⁽²⁾"] == [6, 6] && shapes["∂z⁽²⁾/∂h⁽¹⁾"] == [6, 7])
    #expect(shapes["∂z⁽²⁾/∂vec W⁽²⁾"] == [6, 42])
    #expect(shapes["∂h⁽¹⁾/∂z⁽¹⁾"] == [7, 7] && shapes["∂z⁽¹⁾/∂x"] == [7, 5])
    #expect(shapes["∂z⁽¹⁾/∂vec W⁽¹⁾"] == [7, 35])
  }

  @Test("Exercise 2.1: the δ equations, the product of the Jacobians and differences give one gradient")
  func gradients() {
    let check = checkThreeLayers(widths: [5, 7, 6, 4], random: RandomSource(seed: 1))
    #expect(check.gradients.map(\.name).first == "∂L/∂W⁽³⁾" && check.gradients.count == 6)
    #expect(check.gradients.map(\.shape) == [[4, 6], [4], [6, 7], [6], [7, 5], [7]])
    for one in check.gradients {
      #expect(one.fromJacobians < 1e-13, "\(one.name)")
      #expect(one.fromDifferences < 1e-8, "\(one.name)")
    }
  }

  @Test("Exercise 2.1: one neuron per layer, all weights 1 and biases 0, at x = 0: every gradient by hand")
  func paper() {
    var network = MLP([1, 1, 1, 1], activation: .tanh, outputActivation: .tanh, random: RandomSource(seed: 1))
    network = network.converted(to: .double).withParameters(from: Tensor([1, 0, 1, 0, 1, 0], scalarType: .double))
    let pass = ForwardPass(network, at: Tensor([0], scalarType: .double))
    let δ = outputDelta(pass.output - 3, Activation.tanh.slope(at: pass.z[2]))
    // All h are 0 and all slopes 1, so every δ is h⁽³⁾ − y = −3: the weights, whose inputs are 0, get nothing.
    #expect(network.backpropagate(δ, through: pass).gradient.flattened.scalars == [0, -3, 0, -3, 0, -3])
  }
}

@Suite("Exercise 2.3 Three ReLU layers")
struct Exercise2_3Tests {
  private static let check = checkReLUNetwork(widths: [6, 8, 6, 3], batch: 8, random: RandomSource(seed: 1))

  @Test("Exercise 2.3: backpropagation by hand has the gradient of automatic differentiation")
  func automatic() {
    let network = MLP([6, 8, 6, 3], initialization: .he, random: RandomSource(seed: 4)).converted(to: .double)
    let (x, labels) = (spread([5, 6]), [0, 2, 1, 1, 0])
    let byHand = lossWithBackpropagation(network, at: x, .crossEntropy(labels: labels)).gradient
    let automatic = gradient(at: network) { crossEntropy(logits: $0(x), labels: labels) }
    expectClose(byHand.flattened, automatic.flattened, tolerance: 1e-12, scale: 1e-4)
  }

  @Test("Exercise 2.3.a: central differences agree to about 1e-8 or better, parameter by parameter")
  func central() {
    #expect(Self.check.parameters.map(\.name) == ["W⁽¹⁾", "b⁽¹⁾", "W⁽²⁾", "b⁽²⁾", "W⁽³⁾", "b⁽³⁾"])
    #expect(Self.check.error < 1e-8)
    for parameter in Self.check.parameters { #expect(parameter.distance < 1e-7, "\(parameter.name)") }
  }

  @Test("Exercise 2.3.a: the error falls with slope 2 and rises again where rounding takes over")
  func valley() {
    let check = Self.check
    #expect(abs(check.slope(of: check.central, from: 1e-4, to: 1e-3) - 2) < 0.1)
    #expect(abs(check.slope(of: check.smooth, from: 1e-3, to: 1e-1) - 2) < 0.05)
    #expect(abs(check.slope(of: check.forward, from: 1e-5, to: 1e-3) - 1) < 0.05)
    #expect(abs(check.slope(of: check.central, from: 1e-12, to: 1e-8) + 1) < 0.2)
    #expect(check.smooth[2] < 0.1 * check.central[2])  // at ε = 0.1 the kinks of ReLU are in the way
    let least = check.central.min() ?? .nan
    #expect(check.central[0] > 1e4 * least && check.central[26] > 1e4 * least)
    #expect(least < 0.1 * (check.forward.min() ?? 0))
  }

  @Test("Exercise 2.3: the check notices a missing factor: with the slope of tanh in place of ReLU's it fails")
  func notices() {
    let network = MLP([6, 8, 3], initialization: .he, random: RandomSource(seed: 4)).converted(to: .double)
    var other = MLP([6, 8, 3], activation: .tanh, random: RandomSource(seed: 4)).converted(to: .double)
    other = other.withParameters(from: network.flattened)
    let (x, labels) = (spread([5, 6]), [0, 2, 1, 1, 0])
    let δ = softmaxCrossEntropyDelta(network(x), labels: labels)
    let wrong = other.backpropagate(δ, through: ForwardPass(network, at: x)).gradient
    let numeric = numericGradient(at: network) { crossEntropy(logits: $0(x), labels: labels) }
    #expect(relativeDistance(wrong.flattened, numeric.flattened) > 0.05)
  }
}
