import Checking
import Kernels
import Tensors
import Testing

/// The bytes of large buffers that the second derivative of a function allocates, for rows of `length` ones and zeros.
private func bytes(_ length: Int, _ f: (Tensor) -> Tensor) -> Int {
  var row = [Double](repeating: 1, count: length)
  (row[3], row[length - 2]) = (0, 0)
  let x = Tensor(row)
  let before = Buffer.bytesOfLargeBuffers
  _ = gradient(at: x) { gradient(at: $0) { f($0).sum() }.squared().sum() }
  return Buffer.bytesOfLargeBuffers - before
}

@Suite("Running sums and products")
struct ScansTests {
  private static let types = [ScalarType.float, .double]

  @Test("the running sum with factors agrees with the loop, and is a discounted sum for equal factors")
  func recurrence() {
    let (x, f) = (Tensor([[1, 2, 3], [4, 5, 6]]), Tensor([[7, 2, -1], [.nan, 0, 0.5]]))
    #expect(x.cumulativeSum(axis: 1, factors: f) == Tensor([[1, 4, -1], [4, 5, 8.5]]))
    #expect(x.transposed.cumulativeSum(axis: 0, factors: f.transposed) == Tensor([[1, 4], [4, 5], [-1, 8.5]]))
    #expect(x.cumulativeSum(axis: 0, factors: Tensor.ones([2, 3])) == x.cumulativeSum(axis: 0))
    #expect(Tensor.zeros([2, 0]).cumulativeSum(axis: 1, factors: .zeros([2, 0])) == Tensor.zeros([2, 0]))
    #expect(gradient(at: Tensor.zeros([2, 0])) { $0.cumulativeSum(axis: 1, factors: $0).sum() } == .zeros([2, 0]))
  }

  @Test(
    "the gradient of a product is the product of the other factors: 0 if another factor is zero", arguments: types)
  func product(type: ScalarType) {
    func slopes(_ x: [Double]) -> [Double] { gradient(at: Tensor(x, scalarType: type)) { $0.product() }.scalars }
    #expect(slopes([2, 3, 4]) == [12, 8, 6])
    #expect(slopes([2, 0, 4]) == [0, 8, 0])
    #expect(slopes([0, 0, 4]) == [0, 0, 0])
    #expect(slopes([5]) == [1])
    #expect(slopes([0]) == [1])
  }

  @Test("the second derivatives of a product are the products of the other factors", arguments: types)
  func secondOfProduct(type: ScalarType) {
    func curvatures(_ x: [Double]) -> Tensor { hessian(at: Tensor(x, scalarType: type)) { $0.product() } }
    func table(_ rows: [[Double]]) -> Tensor { Tensor(rows, scalarType: type) }
    #expect(curvatures([2, 3, 4]) == table([[0, 4, 3], [4, 0, 2], [3, 2, 0]]))
    #expect(curvatures([2, 0, 4]) == table([[0, 4, 0], [4, 0, 2], [0, 2, 0]]))
    #expect(curvatures([0, 0, 4]) == table([[0, 4, 0], [4, 0, 0], [0, 0, 0]]))
  }

  @Test("the Jacobian of a running product is that of its definition, with no zero, one and two", arguments: types)
  func runningProduct(type: ScalarType) {
    func slopes(_ x: [Double]) -> Tensor { jacobian(at: Tensor(x, scalarType: type)) { $0.cumulativeProduct(axis: 0) } }
    func table(_ rows: [[Double]]) -> Tensor { Tensor(rows, scalarType: type) }
    #expect(slopes([2, 3, 4]) == table([[1, 0, 0], [3, 2, 0], [12, 8, 6]]))
    #expect(slopes([2, 0, 4]) == table([[1, 0, 0], [0, 2, 0], [0, 8, 0]]))
    #expect(slopes([0, 0, 4]) == table([[1, 0, 0], [0, 0, 0], [0, 0, 0]]))
    let x = Tensor([2, 0, 4], scalarType: type)
    let last = hessian(at: x) { $0.cumulativeProduct(axis: 0)[2] }
    #expect(last == hessian(at: x) { $0.product() })
  }

  @Test("many small factors have a derivative where their product underflows", arguments: types)
  func underflow(type: ScalarType) {
    let least = type == .float ? 1e-30 : 1e-160
    let x = Tensor([least, least, 1], scalarType: type)
    #expect(abs(gradient(at: x) { $0.product() }[1].item / least - 1) < 1e-6)
    #expect(abs(gradient(at: x) { $0.cumulativeProduct(axis: 0)[2] }[0].item / least - 1) < 1e-6)
  }

  @Test("a noise schedule of a million steps is differentiated: ∂ᾱ_T/∂β_t = −ᾱ_T / (1 − β_t)")
  func schedule() {
    let β = Tensor.linear(from: 1e-7, to: 2e-6, count: 1_000_000, scalarType: .double)
    let (ᾱ, slopes) = valueWithGradient(at: β) { (1 - $0).cumulativeProduct(axis: 0)[-1] }
    expectClose(slopes, -ᾱ / (1 - β), tolerance: 1e-9)
  }

  @Test("twice the factors, with zeros, take at most twice the memory, to second order")
  func linear() async {
    await #expect(processExitsWith: .success) {
      let (few, many) = (1 << 17, 1 << 18)
      #expect(bytes(many) { $0.product() } <= 2 * bytes(few) { $0.product() })
      #expect(bytes(many) { $0.cumulativeProduct(axis: 0) } <= 2 * bytes(few) { $0.cumulativeProduct(axis: 0) })
      #expect(bytes(few) { $0.product() } > 1 << 20)
    }
  }
}
