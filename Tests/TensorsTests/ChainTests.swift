import Checking
import Tensors
import Testing

@Suite("A chain of modules")
struct ChainTests {
  /// x ↦ a x + b.
  private struct Affine: Module {
    var a, b: Tensor
    static var parameters: [PartialKeyPath<Affine>] { [\.a, \.b] }
    init(_ a: Double, _ b: Double) { (self.a, self.b) = (Tensor(a), Tensor(b)) }
    func callAsFunction(_ x: Tensor) -> Tensor { a * x + b }
  }

  private let chain = [Affine(2, 1), Affine(3, -4), Affine(-1, 0.5)]

  @Test("each module takes the output of the one before it, and an empty chain changes nothing")
  func order() {
    // −(3 (2 · 5 + 1) − 4) + 0.5
    #expect(chain(Tensor(5)).item == -28.5)
    #expect(chain.dropFirst()(Tensor(5)).item == -10.5)
    #expect([Affine]()(Tensor(5)).item == 5)
  }

  @Test("the gradient reaches every module")
  func gradients() {
    let g = gradient(at: chain) { $0(Tensor(5)) }
    // ∂/∂a₁ = −3 · 5, ∂/∂a₂ = −(2 · 5 + 1), ∂/∂a₃ = 29
    #expect(g.map(\.a.item) == [-15, -11, 29])
    #expect(g.map(\.b.item) == [-3, -1, 1])
  }
}
