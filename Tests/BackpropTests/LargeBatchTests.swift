import Backprop
import Checking
import Tensors
import Testing
import Training

/// The change of some parameters in one step along a gradient.
private func firstStep<O: Optimizer>(_ optimizer: O, from θ: Tensor, along g: Tensor) -> Tensor {
  var (optimizer, moved) = (optimizer, θ)
  optimizer.update(&moved, along: g)
  return moved - θ
}

@Suite("§ 2.9 LARS and LAMB")
struct LargeBatchTests {
  private let θ = spread([6, 4])
  private let g = spread([6, 4], offset: 100)

  @Test("§ 2.9: the first step of LARS is ηκ‖θ‖ long, however large the gradient", arguments: [1e-3, 1, 1e5])
  func lars(scale: Double) {
    let step = firstStep(LARS(learningRate: 2, trust: 0.01), from: θ, along: scale * g)
    expectClose(step.norm(), 0.02 * θ.norm(), tolerance: 1e-12)
    expectClose(step / step.norm(), -g / g.norm(), tolerance: 1e-12)
  }

  @Test("§ 2.9: every step of LAMB is η‖θ‖ long, with and without weight decay", arguments: [0, 0.1])
  func lamb(λ: Double) {
    var (optimizer, moved) = (LAMB(learningRate: 0.05, weightDecay: λ), θ)
    for t in 0..<5 {
      let before = moved
      optimizer.update(&moved, along: spread([6, 4], offset: 100 * t))
      expectClose((moved - before).norm(), 0.05 * before.norm(), tolerance: 1e-12)
    }
  }

  @Test("§ 2.9: a step of LARS and LAMB is differentiated with its lengths, in parameters and in gradient")
  func derivatives() {
    let sum = { (o: any Optimizer, θ: Tensor, g: Tensor) in (firstStep(o, from: θ, along: g) * spread([6, 4])).sum() }
    // Steps as long as the parameters, and a large ε: otherwise LAMB's first step is short and made of the signs of
    // the gradient, and differences cannot see its derivative.
    let optimizers: [any Optimizer] = [
      LARS(learningRate: 2, trust: 0.1, weightDecay: 0.1),
      LAMB(learningRate: 1, constants: AdamConstants(epsilon: 1), weightDecay: 0.1),
    ]
    for optimizer in optimizers {
      expectGradient(at: [θ, g], order: 2) { sum(optimizer, $0[0], $0[1]) }
    }
  }

  @Test("§ 2.9: layers get steps in proportion to themselves, not to their gradients")
  func layers() {
    var (model, optimizer) = ([θ, 100 * θ], LAMB(learningRate: 0.01))
    optimizer.update(&model, along: [1e4 * g, g])
    expectClose(100 * (model[0] - θ), model[1] - 100 * θ, tolerance: 1e-4, scale: 1)
  }

  @Test("§ 2.9: zeros, as biases at the start, move like those of momentum and Adam")
  func zeros() {
    let none = Tensor.zeros([6, 4], scalarType: .double)
    expectClose(firstStep(LARS(learningRate: 0.1), from: none, along: g), -0.1 * g, tolerance: 1e-14)
    expectClose(
      firstStep(LAMB(learningRate: 0.1), from: none, along: g),
      firstStep(AdamByFormula(learningRate: 0.1, constants: AdamConstants(epsilon: 1e-6)), from: none, along: g),
      tolerance: 1e-14)
    #expect(firstStep(LARS(learningRate: 0.1), from: θ, along: none).abs().max().item == 0)
  }
}

@Suite("§ 2.9 Lion")
struct LionTests {
  @Test("§ 2.9: without weight decay every coordinate moves by exactly η")
  func sign() {
    let step = firstStep(Lion(learningRate: 0.25), from: Tensor.zeros([20], scalarType: .double), along: spread([20]))
    #expect(step.abs() == Tensor(repeating: 0.25, [20], scalarType: .double))
  }

  @Test(
    "§ 2.9: the sign is not that of the gradient: after large gradients one of opposite sign does not turn Lion around")
  func momentum() {
    var (x, optimizer) = (Tensor([0.0], scalarType: .double), Lion(learningRate: 1))
    for g in [1.0, 1, 1, -0.1] { optimizer.update(&x, along: Tensor([g], scalarType: .double)) }
    #expect(x.scalars == [-4])
    optimizer = Lion(learningRate: 1, beta1: 0)
    x = Tensor([0.0], scalarType: .double)
    for g in [1.0, 1, 1, -0.1] { optimizer.update(&x, along: Tensor([g], scalarType: .double)) }
    #expect(x.scalars == [-2], "with β₁ = 0 it is the sign of the gradient")
  }

  @Test("§ 2.9: Lion depends only on the ratios of gradients, not on their size")
  func scale() {
    var (a, b) = (Tensor.zeros([3], scalarType: .double), Tensor.zeros([3], scalarType: .double))
    var (lion, twin) = (Lion(), Lion())
    for t in 0..<20 {
      let g = spread([3], offset: 3 * t)
      lion.update(&a, along: g)
      twin.update(&b, along: 1024 * g)
    }
    #expect(a == b)
  }
}

@Suite("§ 2.9 Muon")
struct MuonTests {
  @Test(
    "§ 2.9: Newton–Schulz brings all singular values near 1 and does not change the singular vectors",
    arguments: [[8, 8], [5, 12], [12, 5]])
  func newtonSchulz(shape: [Int]) {
    let G = RandomSource(seed: 1).normal(Shape(shape), scalarType: .double)
    let (u, s, v) = LinearAlgebra.svd(G)
    let O = orthogonalized(G)
    let middle = matmul(matmul(u.transposed, O), v)
    let values = middle * Tensor.identity(s.count, scalarType: .double)
    expectClose(middle, values, tolerance: 1e-9, scale: 1, "U and V diagonalize it")
    for value in values.sum(axes: [0]).scalars { #expect((0.6...1.25).contains(value), "\(value)") }
    #expect(LinearAlgebra.conditionNumber(O) < 2 && s.scalars[0] / s.scalars[s.count - 1] > 2)
  }

  @Test("§ 2.9: each step is a s + b s³ + c s⁵ on every singular value")
  func polynomial() {
    let s = [0.9, 0.4, 0.1, 0.01]
    let G = Tensor.identity(4, scalarType: .double) * Tensor(s, scalarType: .double)
    let length = G.norm().item
    var values = s.map { $0 / length }
    for steps in 0...5 {
      let X = orthogonalized(G, steps: steps)
      expectClose(X.sum(axes: [0]), Tensor(values, scalarType: .double), tolerance: 1e-12)
      values = values.map { 3.4445 * $0 - 4.7750 * $0 * $0 * $0 + 2.0315 * $0 * $0 * $0 * $0 * $0 }
    }
  }

  @Test("§ 2.9: a step has nearly the same length along every direction, whatever the gradient's shape or size")
  func steps() {
    let random = RandomSource(seed: 2)
    let (θ, g) = (random.normal([6, 6], scalarType: .double), random.normal([6, 6], scalarType: .double))
    for scale in [1e-4, 1, 1e4] {
      let step = firstStep(Muon(learningRate: 0.1), from: θ, along: scale * g)
      let s = LinearAlgebra.singularValues(step).scalars
      #expect(s.allSatisfy { (0.06...0.125).contains($0) }, "\(s)")
    }
    let tall = firstStep(
      Muon(learningRate: 0.1), from: spread([24, 6]), along: random.normal([24, 6], scalarType: .double))
    #expect(LinearAlgebra.singularValues(tall).scalars.allSatisfy { (0.12...0.25).contains($0) }, "√(24/6) = 2 times")
  }

  @Test("§ 2.9: parameters that are not matrices are moved by Adam, with its own learning rate")
  func biases() {
    let g = spread([5])
    let step = firstStep(Muon(learningRate: 0.2, adamShare: 0.1), from: spread([5], offset: 9), along: g)
    let adam = firstStep(AdamByFormula(learningRate: 0.02), from: spread([5], offset: 9), along: g)
    expectClose(step, adam, tolerance: 1e-14)
  }

  @Test("§ 2.9: zero gradients leave matrices unchanged, except for the decay")
  func still() {
    let θ = spread([3, 4])
    var (moved, optimizer) = (θ, Muon(learningRate: 0.1, weightDecay: 0.5))
    optimizer.update(&moved, along: Tensor.zeros([3, 4], scalarType: .double))
    expectClose(moved, 0.95 * θ, tolerance: 1e-14)
  }

  @Test("§ 2.9: orthogonalizing does not depend on the length of a matrix, so its derivative along the matrix is 0")
  func derivativeOfOrthogonalized() {
    let G = spread([2, 3])
    let slope = gradient(at: G) { (orthogonalized($0) * spread([2, 3], offset: 50)).sum() }
    #expect(abs((slope * G).sum().item) < 1e-12 && slope.norm().item > 0.1)
    // Five polynomials of degree 5, one within the other, have a large fifth derivative, which limits differences.
    expectGradient(at: G, order: 2, tolerance: 1e-6) { (orthogonalized($0) * spread([2, 3], offset: 50)).sum() }
  }

  @Test("a tensor that is not a matrix cannot be orthogonalized")
  func mistake() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = orthogonalized(Tensor.ones([3]))
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot orthogonalize a tensor of shape [3]: a matrix is needed"))
  }
}
