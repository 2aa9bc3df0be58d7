import Tensors
import Testing

@Suite("The matrix product with bias and activation")
struct MatrixProductTests {
  private static let functions: [Activation] = [
    .identity, .relu, .sigmoid, .tanh, .silu, .gelu, .leakyReLU(slope: 0.2), .leakyReLU(slope: -1),
  ]

  @Test(
    "values and gradients are those of product, sum and activation one after the other, to the last bit",
    arguments: functions)
  func composition(_ f: Activation) {
    let random = RandomSource(seed: 1)
    for shape in [[5, 7], [33, 600], [2, 3, 40], [20], [1, 9]] as [Shape] {
      let (x, bias) = (random.normal(shape), random.normal([70]))
      let weight = random.normal([70, shape[-1]])
      let parts: [Tensor] = [x, weight, bias]
      let fused = { (p: [Tensor]) in matmul(p[0], p[1].transposed, plus: p[2], then: f) }
      let plain = { (p: [Tensor]) in (matmul(p[0], p[1].transposed) + p[2]).activated(by: f) }
      #expect(fused(parts).scalars == plain(parts).scalars)
      let (a, b) = (valueWithGradient(at: parts) { fused($0).sum() }, valueWithGradient(at: parts) { plain($0).sum() })
      #expect(a.value.item == b.value.item)
      for (a, b) in zip(a.gradient, b.gradient) { #expect(a.scalars == b.scalars, "\(shape)") }
    }
  }

  @Test("empty results stay empty, and a sum over nothing is the bias")
  func empty() {
    let bias = Tensor([1, -2, 3])
    #expect(matmul(.zeros([0, 4]), .zeros([4, 3]), plus: bias).shape == [0, 3])
    #expect(matmul(.zeros([2, 0]), .zeros([0, 3]), plus: bias, then: .relu).scalars == [1, 0, 3, 1, 0, 3])
    #expect(matmul(.zeros([2, 2, 0]), .zeros([0, 3]), plus: bias).shape == [2, 2, 3])
  }

  @Test("a bias that is a view is read in place")
  func views() {
    let table = Tensor([[0, 1], [0, 2], [0, 3]])
    let bias = table.transposed[1]
    #expect(matmul(Tensor([[1, 1]]), .ones([2, 3]), plus: bias).scalars == [3, 4, 5])
  }
}
