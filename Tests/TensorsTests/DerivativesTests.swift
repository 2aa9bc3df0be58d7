import Checking
import Tensors
import Testing

@Suite("Derivatives")
struct DerivativesTests {
  let x = Tensor([0.3, -0.7, 1.2], scalarType: .double)

  /// f(x) = Σ sin x · x₀ + Π x, whose second derivatives are all different.
  func f(_ x: Tensor) -> Tensor { (x.sin() * x[0]).sum() + x.product() }

  @Test("nested calls do not confuse their variables: d/dx (x · d/dy (x + y)) = 1")
  func perturbationConfusion() {
    let inner = { (x: Tensor) in gradient(at: Tensor(5)) { y in x + y } }
    #expect(gradient(at: Tensor(3)) { x in x * inner(x) }.item == 1)
    #expect(gradient(at: Tensor(3)) { x in gradient(at: x) { y in x * x * y } }.item == 6)
    #expect(gradient(at: Tensor(3)) { x in gradient(at: x * 1) { y in x * y * y } }.item == 12)
  }

  @Test("the third derivative of x⁴ is 24 x, and of sin x it is −cos x")
  func third() {
    let third = { (f: @escaping (Tensor) -> Tensor, x: Tensor) in
      gradient(at: x) { x in gradient(at: x) { x in gradient(at: x, of: f) } }.item
    }
    #expect(third({ $0 * $0 * $0 * $0 }, Tensor(2)) == 48)
    #expect(third({ $0.power(4) }, Tensor(2)) == 48)
    #expect(abs(third({ $0.sin() }, Tensor(0.5, scalarType: .double)) + 0.877_582_561_890_372_7) < 1e-15)
  }

  @Test("exp is its own derivative of every order")
  func everyOrder() {
    let x = Tensor(0.5, scalarType: .double)
    var f: @Sendable (Tensor) -> Tensor = { $0.exp() }
    for _ in 0..<5 {
      f = { [f] x in gradient(at: x, of: f) }
      #expect(f(x) == x.exp())
    }
  }

  @Test("the Jacobian of a linear map is its matrix, also between tensors of several axes")
  func jacobianOfLinearMap() {
    let matrix = Tensor([[1, 2, 3], [4, 5, 6]])
    #expect(jacobian(at: Tensor([7, 8, 9])) { matmul(matrix, $0) } == matrix)
    let transposition = jacobian(at: Tensor.zeros([2, 3])) { $0.transposed }
    #expect(transposition.shape == [3, 2, 2, 3])
    #expect(transposition.reshaped([6, 6]).argmax(axis: 1) == [0, 3, 1, 4, 2, 5])
    #expect(transposition.sum().item == 6)
    #expect(jacobian(at: Tensor(2)) { $0.squared() } == Tensor(4))
    #expect(jacobian(at: Tensor.zeros([3])) { $0[0..<0] } == Tensor.zeros([0, 3]))
  }

  @Test("the Hessian is the matrix of second derivatives: of ½ xᵀ A x it is (A + Aᵀ) / 2")
  func hessianOfQuadraticForm() {
    let a = spread([3, 3])
    expectClose(
      hessian(at: x) { matmul($0, matmul(a, $0)) / 2 }, (a + a.transposed) / 2, tolerance: 1e-15, scale: 1)
    expectGradient(at: x, order: 2, of: f)
  }

  @Test("a Hessian-vector product is the Hessian times the vector")
  func products() {
    let v = spread([3])
    expectClose(
      hessianVectorProduct(at: x, along: v, of: f), matmul(hessian(at: x, of: f), v), tolerance: 1e-14, scale: 1)
  }

  @Test("the derivative of a Jacobian flows through it")
  func derivativeOfJacobian() {
    expectGradient(at: x, order: 2) { x in jacobian(at: x) { $0 * $0.sum() }.squared().sum() }
  }

  @Test("the gradients of single examples have the gradient of the mean loss as their mean")
  func perExample() {
    let (inputs, weights) = (spread([5, 3]), spread([3], offset: 40))
    let loss = { (w: Tensor, rows: Tensor) in matmul(rows, w).tanh().squared().mean() }
    let each = perExampleGradients(at: weights, count: 5) { w, i in loss(w, inputs[i..<i + 1]) }
    #expect(each.shape == [5, 3])
    expectClose(each.mean(axes: [0]), gradient(at: weights) { loss($0, inputs) }, tolerance: 1e-14)
    #expect(each[2] == gradient(at: weights) { loss($0, inputs[2..<3]) })
    #expect(perExampleGradients(at: weights, count: 0) { w, _ in w.sum() } == Tensor.zeros([0, 3]))
  }

  @Test("a pullback can be used many times, is linear, and is itself differentiable")
  func pullbacks() {
    let (value, pullback) = valueWithPullback(at: x) { $0 * $0 }
    #expect(value == x * x)
    #expect(pullback(Tensor([1, 0, 0], scalarType: .double)) == Tensor([0.6, 0, 0], scalarType: .double))
    #expect(pullback(x) == 2 * (x * x))
    #expect(gradient(at: x) { pullback($0).sum() } == 2 * x)
  }

  @Test("stopGradient makes a value constant")
  func stop() {
    #expect(gradient(at: Tensor(3)) { $0 * $0.stopGradient }.item == 3)
    #expect(gradient(at: Tensor(3)) { $0.stopGradient.squared() }.item == 0)
  }

  @Test("captured values are constant, and unused parameters have gradient 0")
  func constants() {
    let captured = Tensor([2, 5])
    let g = gradient(at: [Tensor([1, 1]), Tensor([[7]])]) { ($0[0] * captured).sum() }
    #expect(g == [captured, Tensor([[0]])])
    #expect(gradient(at: Tensor([1, 2])) { _ in Tensor(4) } == Tensor([0, 0]))
    #expect(gradient(at: captured) { _ in captured.sum() } == Tensor([0, 0]))
    #expect(gradient(at: Tensor(3)) { x in x * gradient(at: Tensor(1)) { _ in x } }.item == 0)
  }

  @Test("a value that is used many times sums the derivatives of all its uses")
  func manyUses() {
    #expect(gradient(at: Tensor(2)) { x in (0..<10).reduce(x) { y, _ in y + x } }.item == 11)
    #expect(gradient(at: Tensor(2)) { $0 * $0 * $0 }.item == 12)
    #expect(gradient(at: Tensor(2)) { x in (0..<20).reduce(x) { y, _ in y + y } }.item == 1_048_576)
    let twice = Tensor(2)
    #expect(gradient(at: [twice, twice]) { $0[0] * $0[0] * $0[1] } == [Tensor(8), Tensor(4)])
  }

  @Test("the function may return its argument, or a single number of any rank")
  func identity() {
    #expect(gradient(at: Tensor(3)) { $0 }.item == 1)
    #expect(gradient(at: Tensor([[3]])) { $0 } == Tensor([[1]]))
    #expect(gradient(at: Tensor([3, 4])) { $0[1..<2].expanded(axis: 0) } == Tensor([0, 1]))
  }

  @Test("the value is returned with the gradient, and an error of the function is rethrown")
  func values() {
    struct Stop: Error {}
    let (value, slope) = valueWithGradient(at: Tensor(3)) { $0 * $0 }
    #expect((value.item, slope.item) == (9, 6))
    #expect(throws: Stop.self) { try gradient(at: Tensor(3)) { _ in throw Stop() } }
    #expect(gradient(at: Tensor(3)) { $0 * $0 }.item == 6)
  }

  @Test("maps that are transposes of one another satisfy ⟨A x, y⟩ = ⟨x, Aᵀ y⟩")
  func adjoints() {
    let (x, y) = (spread([4, 3]), spread([5, 3], offset: 9))
    let indices = [1, 3, 3, 0, 2]
    #expect(adjointGap({ $0.gathered(indices) }, { $0.scatterAdded(indices, length: 4) }, x, y) < 1e-14)
    let wide = spread([2, 4, 3])
    #expect(adjointGap({ $0.broadcast(to: [2, 4, 3]) }, { $0.summed(to: [4, 3]) }, x, wide) < 1e-14)
    let padded = spread([4, 6])
    #expect(
      adjointGap(
        { $0.padded(axis: 1, before: 1, after: 2) }, { $0.sliced(1..<4, axis: 1) }, x, padded) < 1e-14)
  }
}
