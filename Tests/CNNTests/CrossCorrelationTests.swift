import CNN
import Checking
import Tensors
import Testing

@Suite("§ 4.2.1 The 2D discrete convolution")
struct CrossCorrelationTests {
  private static let sizes = [(1, 1, 1, 1), (5, 7, 3, 2), (3, 3, 3, 3), (17, 2, 5, 1), (11, 13, 4, 7)]

  @Test("(4.1) is its sum, number by number", arguments: sizes)
  func sums(H: Int, W: Int, kH: Int, kW: Int) {
    let (X, K) = (spread([H, W]), spread([kH, kW], offset: 50))
    let Y = crossCorrelation(X, K)
    #expect(Y.shape == [H - kH + 1, W - kW + 1])
    for i in 0...H - kH {
      for j in 0...W - kW {
        var total = 0.0
        for m in 0..<kH { for n in 0..<kW { total += X[i + m, j + n].item * K[m, n].item } }
        #expect(abs(Y[i, j].item - total) < 1e-14)
      }
    }
  }

  @Test("(4.1) is the tensors' convolution with one channel and one filter", arguments: sizes)
  func fast(H: Int, W: Int, kH: Int, kW: Int) {
    let (X, K) = (spread([H, W]), spread([kH, kW], offset: 50))
    let fast = convolution(X.reshaped([1, 1, H, W]), K.reshaped([1, 1, kH, kW]))
    expectClose(crossCorrelation(X, K), fast.squeezed(axis: 0).squeezed(axis: 0), tolerance: 1e-14, scale: 1)
  }

  @Test(
    "§ 4.2.1: the kernel of the mathematical convolution is turned, and where it lies inside the image the two agree")
  func turning() {
    let (X, K) = (spread([6, 5]), spread([3, 2], offset: 50))
    let full = fullConvolution(X, K)
    #expect(full.shape == [8, 6])
    let inside = full.sliced(2..<6, axis: 0).sliced(1..<5, axis: 1)
    expectClose(inside, crossCorrelation(X, turned(K)), tolerance: 1e-14, scale: 1)
    #expect(largestGap(inside, crossCorrelation(X, K), scale: 1).relative > 0.1)
    #expect(turned(Tensor([[1, 2], [3, 4]])) == Tensor([[4, 3], [2, 1]]))
    var corner = Tensor.zeros([3, 3], scalarType: .double)
    corner[0, 0] = Tensor(1, scalarType: .double)
    expectClose(fullConvolution(corner, K).sliced(0..<3, axis: 0).sliced(0..<2, axis: 1), K, tolerance: 0)
  }

  @Test("§ 4.2.1: the mathematical convolution is commutative and associative, (4.1) is neither")
  func laws() {
    let (a, b, c) = (spread([4, 3]), spread([2, 5], offset: 20), spread([3, 3], offset: 40))
    expectClose(fullConvolution(a, b), fullConvolution(b, a), tolerance: 1e-14, scale: 1)
    expectClose(
      fullConvolution(fullConvolution(a, b), c), fullConvolution(a, fullConvolution(b, c)), tolerance: 1e-14, scale: 1)
    let correlation = { (x: Tensor, k: Tensor) in fullConvolution(x, turned(k)) }
    #expect(largestGap(correlation(a, b), correlation(b, a), scale: 1).relative > 0.1)
    let (left, right) = (correlation(correlation(a, b), c), correlation(a, correlation(b, c)))
    #expect(largestGap(left, right, scale: 1).relative > 0.1)
    expectClose(correlation(a, b), turned(correlation(b, a)), tolerance: 1e-14, scale: 1)
  }

  @Test("§ 4.2.1: two convolutions without an activation are one with the composed kernel; with ReLU they are not")
  func stack() {
    let (X, first, second) = (spread([9, 8]), spread([3, 2], offset: 50), spread([2, 3], offset: 60))
    let kernel = composed(first, then: second)
    #expect(kernel.shape == [4, 4])
    let twice = crossCorrelation(crossCorrelation(X, first), second)
    expectClose(crossCorrelation(X, kernel), twice, tolerance: 1e-14, scale: 1)
    let between = crossCorrelation(maximum(0, crossCorrelation(X, first)), second)
    #expect(largestGap(crossCorrelation(X, kernel), between, scale: 1).relative > 0.1)
  }

  @Test("the derivatives of (4.1) and of the mathematical convolution are right")
  func derivatives() {
    let (X, K) = (spread([5, 4]), spread([2, 3], offset: 50))
    expectGradient(at: X) { (crossCorrelation($0, K).squared()).sum() }
    expectGradient(at: K) { (fullConvolution(X, $0).squared()).sum() }
  }

  @Test("kernels larger than the image, and operands that are not planes, stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = crossCorrelation(Tensor.ones([2, 2]), Tensor.ones([3, 1])) }
    await #expect(processExitsWith: .failure) { _ = fullConvolution(Tensor.ones([1, 2, 2]), Tensor.ones([1, 1])) }
  }
}
