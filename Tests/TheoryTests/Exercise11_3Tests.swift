import Tensors
import Testing
import Theory

@Suite("Exercise 11.3  The tangent kernel of one hidden layer")
struct Exercise11_3Tests {
  private static let x = RandomSource(seed: 1).normal([5, 3], scalarType: .double)

  @Test("Exercise 11.3.1: Σⱼ ∂f(x)/∂wⱼ · ∂f(x′)/∂wⱼ is x·x′/n Σ aⱼ² over the gates that both inputs open")
  func formula() {
    let network = GatedNetwork(inputs: 3, width: 9, random: RandomSource(seed: 2))
    let other = RandomSource(seed: 3).normal([4, 3], scalarType: .double)
    let Θ = network.tangentKernel(Self.x, other)
    #expect((Θ - tangentKernel(of: network, at: Self.x, and: other)).abs().max().item < 1e-14)
    #expect(network.parameters.count == 1)  // a is fixed
    // As printed, with the same derivative twice, the sum depends on x alone: the diagonal of Θ(x, x).
    let printed = parameterJacobian(of: network, at: Self.x).squared().sum(axes: [1]).scalars
    let diagonal = network.tangentKernel(Self.x, Self.x)
    #expect(printed.indices.allSatisfy { (printed[$0] - diagonal[$0, $0].item).magnitude < 1e-14 })
  }

  @Test("Exercise 11.3.2: the kernel has the limit as its mean, and the standard deviation √((3q − q²)/n) |x·x′|")
  func limit() {
    let (x, other) = (Tensor([[1, 0.2]], scalarType: .double), Tensor([[0.1, 0.9]], scalarType: .double))
    let limit = GatedNetwork.limitKernel(x, other).item
    for n in [30, 300] {
      let random = RandomSource(seed: 4)
      let draws = Tensor(
        (0..<2_000).map { _ in
          GatedNetwork(inputs: 2, width: n, random: random).tangentKernel(x, other).item
        }, scalarType: .double)
      let deviation = GatedNetwork.kernelDeviation(x, other, width: n).item
      #expect((draws.mean().item - limit).magnitude < 4 * deviation / 2_000.0.squareRoot())
      #expect((draws.variance().item.squareRoot() / deviation - 1).magnitude < 0.08)
    }
    let wide = GatedNetwork(inputs: 2, width: 1_000_000, random: RandomSource(seed: 5)).tangentKernel(x, other).item
    #expect((wide - limit).magnitude < 1e-3)
  }

  @Test("Exercise 11.3.3: x·x′ (π − θ)/2π: half of |x|² at 0, nothing at 90 and 180 degrees, negative between them")
  func angle() {
    let x = Tensor([[2, 0]], scalarType: .double)
    let others = Tensor([[2, 0], [0, 1], [-1, 0], [1, 1], [-1, 1]], scalarType: .double)
    let Θ = GatedNetwork.limitKernel(x, others).scalars
    let exact = [2, 0, 0, 2 * (3.0 / 8), -2 * (1.0 / 8)]
    #expect(zip(Θ, exact).allSatisfy { ($0 - $1).magnitude < 1e-7 })
    // (π − θ)/2π is the share of weights with both gates open.
    let w = RandomSource(seed: 6).normal([100_000, 2], scalarType: .double)
    let both = ((matmul(w, x[0]) .> 0) * (matmul(w, others[3]) .> 0)).mean().item
    #expect((both - 3.0 / 8).magnitude < 0.006)
    #expect(LinearAlgebra.symmetricEigen(GatedNetwork.limitKernel(Self.x, Self.x)).values[0].item > -1e-8)
  }
}
