import Backprop
import Checking
import Foundations
import Tensors
import Testing

@Suite("§ 2.2.1 The chain rule")
struct ChainRuleTests {
  @Test("§ 2.2.1: the product of explicit Jacobians is the gradient with respect to every weight and bias")
  func product() {
    let network = BackpropagationTests.network([3, 5, 4, 2], .tanh, output: .sigmoid)
    let (x, y) = (spread([3], offset: 50), spread([2], offset: 90))
    let found = network.gradientByJacobians(at: x) { 2 * ($0 - y) }
    let truth = gradient(at: network) { ($0(x) - y).squared().sum() }
    expectClose(found.flattened, truth.flattened, tolerance: 1e-12, scale: 1e-3)
  }

  @Test("§ 2.2.1: ∂h⁽ˡ⁾/∂z, ∂z/∂h⁽ˡ⁻¹⁾ = W, ∂z/∂vec W = I ⊗ hᵀ and ∂z/∂b = I are those of differentiation")
  func layer() throws {
    let layer = Linear(weight: spread([4, 3]), bias: spread([4], offset: 20))
    let h = spread([3], offset: 30)
    let J = LayerJacobians(layer, .tanh, h: h, z: layer(h))
    expectClose(J.activation, jacobian(at: layer(h)) { $0.tanh() }, tolerance: 1e-14, scale: 1)
    expectClose(J.input, jacobian(at: h) { layer($0) }, tolerance: 1e-14, scale: 1)
    let byWeight = jacobian(at: layer.weight) { Linear(weight: $0, bias: layer.bias)(h) }
    expectClose(J.weight, byWeight.reshaped([4, 12]), tolerance: 1e-14, scale: 1)
    expectClose(
      J.bias, jacobian(at: try #require(layer.bias)) { Linear(weight: layer.weight, bias: $0)(h) }, tolerance: 0)
    expectClose(J.whole, jacobian(at: h) { layer($0).tanh() }, tolerance: 1e-14, scale: 1)
  }

  @Test("the Jacobian of W x is W, and row i of a Jacobian is the gradient of component i")
  func linear() {
    let (W, x) = (spread([4, 3]), spread([3], offset: 30))
    expectClose(jacobian(at: x) { matmul(W, $0) }, W, tolerance: 1e-15)
    let f = { (x: Tensor) in matmul(W, x).tanh() }
    let J = jacobian(at: x, of: f)
    for i in 0..<4 { expectClose(J[i], gradient(at: x) { f($0)[i] }, tolerance: 1e-14) }
  }

  @Test("the Jacobian of a composition is the product of the Jacobians, each at its own place")
  func composition() {
    let (A, B) = (spread([4, 3]), spread([2, 4], offset: 20))
    let functions: [(Tensor) -> Tensor] = [{ matmul(A, $0).tanh() }, { matmul(B, $0).sigmoid() }, { $0 * $0.exp() }]
    let x = spread([3], offset: 40)
    expectClose(
      chainedJacobian(functions, at: x), jacobian(at: x, of: composed(functions)), tolerance: 1e-13, scale: 1e-2)
  }

  @Test(
    "the layer that acts first is rightmost: f_D ∘ … ∘ f₁, not f₁ ∘ … ∘ f_D, is the recursion x⁽ᵈ⁾ = f_d(x⁽ᵈ⁻¹⁾)"
  )
  func order() {
    let functions: [(Tensor) -> Tensor] = [{ 2 * $0 }, { $0 + 1 }]
    let x = Tensor([5], scalarType: .double)
    #expect(composed(functions)(x).item == functions[1](functions[0](x)).item)
    #expect(composed(functions)(x).item == 11 && composed(functions.reversed())(x).item == 12)
  }

  @Test(
    "the gradient at x⁽ᵈ⁻¹⁾ takes the Jacobian of f_d, which maps x⁽ᵈ⁻¹⁾ to x⁽ᵈ⁾; that of f_d₋₁ gives another vector")
  func indexOfTheJacobian() {
    let functions: [(Tensor) -> Tensor] = [{ $0.sin() }, { $0.squared() + $0.flipped(axis: 0) }]
    let x0 = spread([3], offset: 7)
    let x1 = functions[0](x0)
    let loss = { (x2: Tensor) in (x2 * Tensor([1, -2, 3], scalarType: .double)).sum() }
    let upstream = gradient(at: functions[1](x1), of: loss)
    let truth = numericGradient(at: x1) { loss(functions[1]($0)) }
    let right = matmul(upstream, jacobian(at: x1, of: functions[1]))
    let printed = matmul(upstream, jacobian(at: x0, of: functions[0]))
    #expect(relativeDistance(right, truth) < 1e-9)
    #expect(relativeDistance(printed, truth) > 0.1)
  }

  @Test("§ 2.2.1: along a curve the slope is ∇f · c′; along a level curve it is 0, so the gradient is orthogonal to it")
  func levelCurve() {
    func f(_ x: Tensor) -> Tensor { x[0].squared() + 4 * x[1].squared() }
    func ellipse(_ t: Tensor) -> Tensor { Tensor.stacked([2 * t.cos(), t.sin()], axis: 0) }  // f = 4
    func circle(_ t: Tensor) -> Tensor { Tensor.stacked([t.cos(), t.sin()], axis: 0) }  // f = 1 + 3 sin² t
    for t in [0, 0.4, 1, 2.5, 4] {
      #expect(abs(f(ellipse(Tensor(t, scalarType: .double))).item - 4) < 1e-14)
      #expect(abs(slope(of: f, along: ellipse, at: t)) < 1e-14)
      let expected = 3 * Tensor(2 * t, scalarType: .double).sin().item
      #expect(abs(slope(of: f, along: circle, at: t) - expected) < 1e-14)
    }
  }

  @Test("§ 2.2.1: the Jacobian of the softmax is diag p − p pᵀ")
  func softmaxJacobians() {
    let z = spread([5])
    expectClose(softmaxJacobian(softmax(z)), jacobian(at: z) { softmax($0) }, tolerance: 1e-14, scale: 1e-2)
  }
}
