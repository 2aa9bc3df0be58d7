import CNN
import Checking
import Tensors
import Testing
import ch04

@Suite("§ 4.2.2 Sequences and transposed convolutions")
struct TransposedConvolutionTests {
  @Test(
    "(4.3), § 4.2.3, for sequences is the tensors' convolution",
    arguments: [[1, 1, 1, 1], [3, 9, 4, 3], [2, 7, 5, 7]])
  func sequences(s: [Int]) {
    let (X, K, b) = (spread([s[0], s[1]]), spread([s[2], s[0], s[3]], offset: 100), spread([s[2]], offset: 200))
    let Y = sequenceConvolution(X, filters: K, bias: b)
    #expect(Y.shape == [s[2], s[1] - s[3] + 1])
    expectClose(Y, convolution(X.expanded(axis: 0), K, bias: b).squeezed(axis: 0), tolerance: 1e-13, scale: 1)
    expectGradient(at: K) { sequenceConvolution(X, filters: $0, bias: b).squared().sum() }
  }

  @Test("§ 4.2.2: 1, 2 put down the kernel 1, 10, 100 twice")
  func byHand() {
    let (x, K) = (Tensor([[1, 2]]), Tensor([1, 10, 100], shape: [1, 1, 3]))
    #expect(sequenceTransposedConvolution(x, filters: K) == Tensor([[1, 12, 120, 200]]))
    #expect(sequenceTransposedConvolution(x, filters: K, stride: 2) == Tensor([[1, 10, 102, 20, 200]]))
    #expect(sequenceTransposedConvolution(x, filters: K, stride: 2, padding: 1) == Tensor([[10, 102, 20]]))
  }

  @Test(
    "§ 4.2.2: the sum of shifted kernels is the tensors' transposed convolution", arguments: [(1, 0), (2, 1), (3, 1)])
  func images(s: Int, p: Int) {
    let (X, K) = (spread([3, 4, 5]), spread([3, 2, 3, 3], offset: 100))
    let Y = transposedConvolutionByKernels(X, filters: K, stride: (s, s), padding: (p, p))
    #expect(Y.shape == [2, 3 * s - 2 * p + 3, 4 * s - 2 * p + 3])
    let fast = transposedConvolution(X.expanded(axis: 0), K, stride: s, padding: p)
    expectClose(Y, fast.squeezed(axis: 0), tolerance: 1e-13, scale: 1)
  }

  @Test("§ 4.2.2: ⟨x ∗ K, y⟩ = ⟨x, y ∗ᵀ K⟩, along one axis and along two", arguments: [1, 2, 3])
  func adjoint(s: Int) {
    let (K, p) = (spread([4, 2, 3, 3], offset: 100), 1)
    let small = outputSize(3 * s + 1, kernel: 3, stride: s, padding: p)
    let (x, y) = (spread([2, 3 * s + 1, 3 * s + 1], offset: 1), spread([4, small, small], offset: 2))
    let gap = adjointGap(
      { convolution($0.expanded(axis: 0), K, stride: s, padding: p).squeezed(axis: 0) },
      { transposedConvolutionByKernels($0, filters: K, stride: (s, s), padding: (p, p)) }, x, y)
    #expect(gap < 1e-13)

    let (k, sequence) = (spread([4, 2, 3], offset: 100), spread([2, 3 * s + 1], offset: 1))
    let line = adjointGap(
      { convolution($0.expanded(axis: 0), k, stride: s, padding: p).squeezed(axis: 0) },
      { sequenceTransposedConvolution($0, filters: k, stride: s, padding: p) }, sequence, spread([4, small], offset: 2))
    #expect(line < 1e-13)
  }

  @Test("§ 4.2.2: a transposed convolution is the transpose, not an inverse")
  func noInverse() {
    let (x, K) = (spread([1, 6, 6]), spread([1, 1, 3, 3], offset: 9))
    let y = convolution(x.expanded(axis: 0), K).squeezed(axis: 0)
    let back = transposedConvolutionByKernels(y, filters: K, stride: (1, 1), padding: (0, 0))
    #expect(back.shape == x.shape)
    #expect(largestGap(back, x, scale: 1).relative > 0.1)
    let M = matrix(of: { convolution($0, K) }, inputs: [1, 1, 6, 6])
    expectClose(
      back.reshaped([36, 1]), matmul(M.transposed, y.reshaped([16, 1])), tolerance: 1e-13, scale: 1)
  }

  @Test(
    "§ 4.2.2: where the stride divides the kernel's size, all inner pixels get equally many kernels, otherwise not")
  func overlapping() {
    func inside(_ k: Int, _ s: Int) -> Set<Double> {
      let counts = overlaps(side: 6, kernel: k, stride: s)
      let n = counts.shape[0]
      return Set(counts.sliced(k..<n - k, axis: 0).sliced(k..<n - k, axis: 1).scalars)
    }
    #expect(inside(2, 2) == [1] && inside(4, 2) == [4] && inside(3, 3) == [1])
    #expect(inside(3, 2) == [1, 2, 4])
  }

  @Test("operands that do not match stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) {
      _ = sequenceConvolution(Tensor.ones([2, 3]), filters: Tensor.ones([1, 3, 2]), bias: Tensor.ones([1]))
    }
    await #expect(processExitsWith: .failure) {
      _ = sequenceTransposedConvolution(Tensor.ones([2, 3]), filters: Tensor.ones([3, 1, 2]))
    }
    await #expect(processExitsWith: .failure) {
      let K = Tensor.ones([1, 1, 2, 2])
      _ = transposedConvolutionByKernels(Tensor.ones([1, 1, 1]), filters: K, stride: (1, 1), padding: (1, 1))
    }
  }
}
