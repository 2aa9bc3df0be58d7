import Backprop
import Checking
import Foundations
import Tensors
import Testing

@Suite("§ 2.6.3 Remedies for vanishing gradients")
struct GradientRemediesTests {
  private static let weights = zip([3, 5, 4], [5, 4, 2]).enumerated().map { l, size in
    RandomSource(seed: UInt64(l + 1)).normal([size.1, size.0], scalarType: .double)
  }
  private static let x = RandomSource(seed: 9).normal([3], scalarType: .double)

  @Test("§ 2.6.3: the gradient of a ReLU network is the product of its weights, with inactive neurons left out")
  func product() {
    let automatic = jacobian(at: Self.x) { x in
      matmul(Self.weights[2], relu(matmul(Self.weights[1], relu(matmul(Self.weights[0], x)))))
    }
    expectClose(activePathJacobian(Self.weights, at: Self.x), automatic, tolerance: 1e-12, scale: 1e-6)
  }

  @Test("§ 2.6.3: it is the sum over all active paths of the product of the weights, with no other factor")
  func paths() {
    let (W1, W2, W3) = (Self.weights[0], Self.weights[1], Self.weights[2])
    let z1 = matmul(W1, Self.x)
    let (a1, a2) = (z1.scalars.map { $0 > 0 }, matmul(W2, relu(z1)).scalars.map { $0 > 0 })
    let J = activePathJacobian(Self.weights, at: Self.x)
    for (i, j) in [(0, 0), (1, 1), (2, 0)] {
      var sum = 0.0
      for p in 0..<5 where a1[p] {
        for q in 0..<4 where a2[q] { sum += W3[j, q].item * W2[q, p].item * W1[p, i].item }
      }
      #expect(abs(J[j, i].item - sum) < 1e-12)
    }
  }

  @Test("§ 2.6.3: the Jacobian of F(h) + h is I + J_F")
  func residualJacobian() {
    let F = { (h: Tensor) in tanh(matmul(RandomSource(seed: 4).normal([3, 3], scalarType: .double), h)) }
    let J = jacobian(at: Self.x) { residual($0, F) }
    expectClose(J, Tensor.identity(3, scalarType: .double) + jacobian(at: Self.x, of: F), tolerance: 1e-13)
    expectClose(jacobian(at: Self.x) { residual($0) { 0 * $0 } }, Tensor.identity(3, scalarType: .double), tolerance: 0)
  }

  @Test("§ 2.6.3: rescaling brings neurons or examples to mean 0 and variance 1")
  func rescaling() {
    let z = 5 + 3 * RandomSource(seed: 5).normal([8, 6], scalarType: .double)
    for (rescaling, axis, count) in [(Rescaling.perNeuron, 0, 6), (.perExample, 1, 8)] {
      let y = rescaling(z)
      expectClose(y.mean(axes: [axis]), Tensor.zeros([count], scalarType: .double), tolerance: 1e-12, scale: 1)
      expectClose(y.variance(axes: [axis]), Tensor.ones([count], scalarType: .double), tolerance: 1e-4)
    }
    #expect(Rescaling.none(z) == z)
  }

  @Test("§ 2.6.3: the reported norms of a deep network are those of its gradient at the input of each layer")
  func norms() {
    let network = DeepNetwork(
      depth: 3, width: 4, activation: .tanh, initialization: .he, rescaling: .perNeuron, isResidual: true,
      random: RandomSource(seed: 6)
    ).converted(to: .double)
    let x = RandomSource(seed: 7).normal([5, 4], scalarType: .double)
    let v = RandomSource(seed: 8).normal([5, 4], scalarType: .double)
    let norms = network.gradientNorms(at: x, random: RandomSource(seed: 8))
    #expect(abs(norms[0] - gradient(at: x) { (network($0) * v).sum() }.norm().item) < 1e-12)
    var upper = network
    let first = upper.layers.removeFirst()
    let h = residual(x) { tanh(Rescaling.perNeuron(first($0))) }
    #expect(abs(norms[1] - gradient(at: h) { (upper($0) * v).sum() }.norm().item) < 1e-12)
    #expect(unlistedParameters(in: network).isEmpty)
  }

  /// ‖∂L/∂h⁽⁰⁾‖ / ‖∂L/∂h⁽ᴸ⁻¹⁾‖ of thirty layers.
  private static func left(
    _ σ: Activation, _ initialization: Initialization, _ rescaling: Rescaling = .none, isResidual: Bool = false
  ) -> Double {
    let network = DeepNetwork(
      depth: 30, width: 32, activation: σ, initialization: initialization, rescaling: rescaling, isResidual: isResidual,
      random: RandomSource(seed: 1))
    let norms = network.gradientNorms(at: RandomSource(seed: 2).normal([32, 32]), random: RandomSource(seed: 3))
    return norms[0] / norms[29]
  }

  @Test("§ 2.6.3: thirty sigmoid layers leave no gradient; ReLU with He, tanh with Xavier and a residual path keep it")
  func remedies() {
    #expect(Self.left(.sigmoid, .xavier) < 1e-15)
    #expect(Self.left(.relu, .he) > 0.05)
    #expect(Self.left(.tanh, .xavier) > 0.05)
    #expect(Self.left(.sigmoid, .xavier, isResidual: true) > 0.3)
  }

  @Test("§ 2.6.3, § 1.5: ReLU needs its initialization: with weights of half He's scale 2⁻²⁹ is left")
  func initialization() {
    let he = Initialization.he.variance(outputs: 32, inputs: 32).squareRoot()
    let ratio = Self.left(.relu, .normal(standardDeviation: he / 2)) / Self.left(.relu, .he)
    #expect(abs(ratio * Double(1 << 29) - 1) < 0.01)
  }

  @Test("§ 2.6.3: normalization fixes a bad scale, and the sigmoid only if it subtracts the mean over examples")
  func normalization() {
    let small = Initialization.normal(standardDeviation: 0.01)
    #expect(Self.left(.tanh, small) < 1e-30)
    #expect(Self.left(.tanh, small, .perNeuron) > 0.1 && Self.left(.tanh, small, .perExample) > 0.1)
    #expect(Self.left(.sigmoid, .xavier, .perNeuron) > 0.01)
    #expect(Self.left(.sigmoid, .xavier, .perExample) < 1e-6)
  }
}
