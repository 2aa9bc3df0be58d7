import Checking
import RNN
import Tensors
import Testing
import ch05

@Suite("§ 5.10 Linear state-space models")
struct StateSpaceTests {
  /// A stable system of 3 states with two inputs and two outputs.
  private let model = StateSpaceModel(
    spread([3, 3]) - 1.5 * Tensor.identity(3, scalarType: .double), spread([3, 2], offset: 20),
    spread([2, 3], offset: 40), spread([2, 2], offset: 60))
  private let x = spread([37, 2], offset: 80)

  @Test(
    "(5.23), inputs held: Euler's method tends to the zero-order hold, ten times closer with ten times the steps"
  )
  func zeroOrderHold() {
    let exact = model.discretized(step: 0.1).recurrence(x)
    let errors = [20, 200, 2_000].map {
      (model.eulerOutputs(x, step: 0.1, substeps: $0) - exact).abs().max().item / exact.abs().max().item
    }
    #expect(errors[1] < 5e-4 && errors[2] > 1e-6)
    for (coarse, fine) in zip(errors, errors.dropFirst()) { #expect(abs(coarse / fine - 10) < 0.5, "\(errors)") }
  }

  @Test("(5.23): B̄ is A⁻¹(Ā − I) B where A has an inverse, and Δ B for A = 0, where it has none")
  func heldInput() throws {
    let discrete = model.discretized(step: 0.3)
    let I = Tensor.identity(3, scalarType: .double)
    expectClose(
      discrete.B, try LinearAlgebra.solve(model.A, matmul(discrete.A - I, model.B)), tolerance: 1e-13, scale: 1)
    let integrator = StateSpaceModel(0 * model.A, model.B, model.C, model.D).discretized(step: 0.3)
    expectClose(integrator.A, I, tolerance: 1e-15, scale: 1)
    expectClose(integrator.B, 0.3 * model.B, tolerance: 1e-15, scale: 1)
  }

  @Test("(5.24): the response to an impulse is C Āᵏ B̄, and D on top of the first")
  func impulse() {
    let discrete = model.discretized(step: 0.2)
    let K = discrete.impulseResponse(9)
    for input in 0..<2 {
      let impulse = Tensor.oneHot([input], classes: 2, scalarType: .double).padded(axis: 0, before: 0, after: 8)
      expectClose(
        discrete.recurrence(impulse), K.sliced(input..<input + 1, axis: 2).squeezed(axis: 2), tolerance: 1e-14, scale: 1
      )
    }
    let power = (0..<4).reduce(discrete.B) { power, _ in matmul(discrete.A, power) }
    expectClose(K[4], matmul(discrete.C, power), tolerance: 1e-14, scale: 1)
    expectClose(K[0], matmul(discrete.C, discrete.B) + discrete.D, tolerance: 1e-15, scale: 1)
  }

  @Test(
    "§ 5.10: the convolution by Fourier transforms equals the recurrence, whatever the length",
    arguments: [1, 2, 17, 37])
  func convolution(T: Int) {
    let discrete = model.discretized(step: 0.2)
    expectClose(discrete.convolution(x[0..<T]), discrete.recurrence(x[0..<T]), tolerance: 2e-15, scale: 1)
  }

  @Test(
    "§ 5.10: the recurrence takes O(T) multiplications, the transforms of the parallel form O(T log T)"
  )
  func cost() {
    for T in [256, 4_096, 65_536] {
      let (loop, sum, fast) = (
        StateSpaceCost.recurrence(T, states: 16), StateSpaceCost.sum(T), StateSpaceCost.transforms(T)
      )
      #expect(loop.multiplications == 49 * T && loop.rounds == T)
      #expect(fast.multiplications > loop.multiplications && fast.rounds < 40)
      #expect(T < 1_000 || sum.multiplications > fast.multiplications)
      #expect(StateSpaceCost.recurrence(2 * T, states: 16).multiplications == 2 * loop.multiplications)
      #expect(StateSpaceCost.transforms(2 * T).multiplications > 2 * fast.multiplications)
    }
  }

  @Test("§ 5.10: the Fourier transform is the sum of its definition, is undone by its inverse, and has derivatives")
  func transform() {
    let (x, y) = (spread([2, 8]), spread([2, 8], offset: 30))
    let X = fourierTransform(ComplexTensor(x, y))
    for k in 0..<8 {
      let angles = -2 * Double.pi * Double(k) / 8 * Tensor.range(0..<8, scalarType: .double)
      let (c, s) = (angles.cos(), angles.sin())
      expectClose(
        X.real.sliced(k..<k + 1, axis: 1), (x * c - y * s).sum(axes: [1], keepsAxes: true), tolerance: 1e-14, scale: 1)
      expectClose(
        X.imaginary.sliced(k..<k + 1, axis: 1), (x * s + y * c).sum(axes: [1], keepsAxes: true), tolerance: 1e-14,
        scale: 1)
    }
    let back = inverseFourierTransform(X)
    expectClose(back.real, x, tolerance: 1e-15, scale: 1)
    expectClose(back.imaginary, y, tolerance: 1e-15, scale: 1)
    expectGradient(at: [spread([2, 5]), spread([2, 5], offset: 9)], order: 2) { parts in
      (causalConvolution(parts[0], parts[1]) * spread([2, 5], offset: 50)).squared().sum()
    }
  }

  @Test("§ 5.10: e^A of a rotation turns, of a nilpotent matrix is a finite sum, and e^A e^(−A) = I")
  func exponential() {
    let angle = 2.5
    let rotation = matrixExponential(Tensor([[0, -angle], [angle, 0]], scalarType: .double))
    let turn = Tensor(angle, scalarType: .double)
    expectClose(
      rotation.reshaped([4]), Tensor.stacked([turn.cos(), -turn.sin(), turn.sin(), turn.cos()], axis: 0),
      tolerance: 1e-14, scale: 1)
    let shift = Tensor([[0, 1, 0], [0, 0, 1], [0, 0, 0]], scalarType: .double)
    expectClose(
      matrixExponential(shift), Tensor([[1, 1, 0.5], [0, 1, 1], [0, 0, 1]], scalarType: .double), tolerance: 1e-15,
      scale: 1)
    let A = 4 * spread([3, 3])
    expectClose(
      matmul(matrixExponential(A), matrixExponential(-A)), Tensor.identity(3, scalarType: .double), tolerance: 1e-12,
      scale: 1)
  }

  @Test("§ 5.10: shapes and lengths that do not fit stop with a message that names them")
  func mistakes() async {
    let length = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = fourierTransform(ComplexTensor(Tensor.ones([2, 6])))
    }
    expectMessage(length, "cannot transform 6 numbers: the length must be a power of 2")
    let square = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = matrixExponential(Tensor.ones([2, 3]))
    }
    expectMessage(square, "cannot take the exponential of [2×3]: a square is needed")
    let system = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = StateSpaceModel(Tensor.ones([2, 2]), Tensor.ones([3, 1]), Tensor.ones([1, 2]), Tensor.ones([1, 1]))
    }
    expectMessage(system, "cannot make a state-space model of A [2×2], B [3×1], C [1×2], D [1×1]")
  }
}
