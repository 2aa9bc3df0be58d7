import Checking
import Tensors
import Testing

extension Operation {
  static let activations =
    ActivationTests.all.map { f in Operation("activated by \(f)", [[2, 3]]) { $0[0].activated(by: f) } }
}

@Suite("Activation functions of tensors")
struct ActivationTests {
  static let all: [Activation] = [
    .identity, .relu, .sigmoid, .tanh, .silu, .gelu, .leakyReLU(slope: 0.1), .leakyReLU(slope: -0.5), .square,
    .geluByTanh,
  ]

  @Test("the kernels' derivative is that of the plain formula", arguments: all)
  func pullback(f: Activation) {
    let x = 4 * spread([7, 11])
    let weights = spread([7, 11], offset: 3)
    let fused = gradient(at: x) { (weights * $0.activated(by: f)).sum() }
    let plain = gradient(at: x) { (weights * definition(f, $0)).sum() }
    expectClose(fused, plain, tolerance: 1e-13, scale: 1)
    expectClose(x.activated(by: f), definition(f, x), tolerance: 1e-14, scale: 1)
  }

  private func definition(_ f: Activation, _ x: Tensor) -> Tensor {
    switch f {
    case .identity: x
    case .relu: maximum(0, x)
    case .step: x .> 0
    case .square: x * x
    case .geluByTanh: x * (2 * (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)).sigmoid()
    case .sigmoid: x.sigmoid()
    case .tanh: x.tanh()
    case .silu: x * x.sigmoid()
    case .gelu: x * (0.5 + 0.5 * (x / 2.0.squareRoot()).erf())
    case .leakyReLU(let slope): maximum(0, x) - slope * maximum(0, -x)
    }
  }

  @Test("the step is 1 above 0 and has no slope anywhere")
  func step() {
    let x = Tensor([-2, -0.0, 0, 1e-30, 3])
    #expect(x.activated(by: .step).scalars == [0, 0, 0, 1, 1])
    #expect(gradient(at: x) { $0.activated(by: .step).sum() }.scalars == [0, 0, 0, 0, 0])
  }

  @Test("a tensor without elements stays without elements", arguments: all)
  func empty(f: Activation) {
    #expect(gradient(at: Tensor.zeros([0, 3])) { $0.activated(by: f).sum() }.shape == [0, 3])
  }
}
