import Checking
import Tensors
import Testing

@Suite("Convolutions")
struct ConvolutionTests {
  @Test("a convolution of a sequence agrees with the definition")
  func sequence() {
    let x = Tensor([1, 2, 4, 8], shape: [1, 1, 4])
    let w = Tensor([1, 10, 100], shape: [1, 1, 3])
    #expect(convolution(x, w) == Tensor([421, 842], shape: [1, 1, 2]))
    #expect(convolution(x, w, padding: 1) == Tensor([210, 421, 842, 84], shape: [1, 1, 4]))
    #expect(convolution(x, w, stride: 2, padding: 1) == Tensor([210, 842], shape: [1, 1, 2]))
    #expect(convolution(x, w, padding: 2, dilation: 2) == Tensor([410, 820, 41, 82], shape: [1, 1, 4]))
    #expect(convolution(x, w, bias: Tensor([0.5])) == Tensor([421.5, 842.5], shape: [1, 1, 2]))
  }

  @Test("a transposed convolution adds the kernel at every place of the sequence")
  func transposedSequence() {
    let x = Tensor([1, 2], shape: [1, 1, 2])
    let w = Tensor([1, 10, 100], shape: [1, 1, 3])
    #expect(transposedConvolution(x, w) == Tensor([1, 12, 120, 200], shape: [1, 1, 4]))
    #expect(transposedConvolution(x, w, stride: 2) == Tensor([1, 10, 102, 20, 200], shape: [1, 1, 5]))
    #expect(
      transposedConvolution(x, w, stride: 2, padding: 1, outputPadding: 1)
        == Tensor([10, 102, 20, 200], shape: [1, 1, 4]))
  }

  @Test(
    "⟨x ∗ w, y⟩ = ⟨x, y ∗ᵀ w⟩ for every stride, padding, dilation and number of groups",
    arguments: [1, 2, 3], [0, 1, 2])
  func adjoint(_ stride: Int, _ padding: Int) {
    for (dilation, groups) in [(1, 1), (2, 1), (1, 2), (3, 4), (1, 4)] {
      let x = spread([3, 4, 13, 11], offset: 1)
      let w = spread([4, 4 / groups, 3, 2], offset: 2)
      let image = convolution(x, w, stride: stride, padding: padding, dilation: dilation, groups: groups)
      let y = spread(image.shape, offset: 3)
      let rest = (13 + 2 * padding - dilation * 2 - 1) % stride
      guard rest == (11 + 2 * padding - dilation - 1) % stride else { continue }
      let back = transposedConvolution(
        y, w, stride: stride, padding: padding, outputPadding: rest, dilation: dilation, groups: groups)
      #expect(back.shape == x.shape)
      expectClose((image * y).sum(), (x * back).sum(), tolerance: 1e-12, scale: 1)
    }
  }

  @Test("a 1 × 1 convolution is a matrix applied to every pixel")
  func pointwise() {
    let (x, w) = (spread([2, 5, 3, 4], offset: 1), spread([7, 5, 1, 1], offset: 2))
    let product = matmul(w.reshaped([7, 5]), x.flattened(from: 2)).reshaped([2, 7, 3, 4])
    expectClose(convolution(x, w), product, tolerance: 1e-13, scale: 1)
  }

  @Test("groups are separate convolutions of their channels", arguments: [2, 3, 6])
  func groups(_ groups: Int) {
    let (x, w) = (spread([2, 6, 5, 4], offset: 1), spread([12, 6 / groups, 3, 3], offset: 2))
    let parts = zip(
      x.split(Array(repeating: 6 / groups, count: groups), axis: 1),
      w.split(Array(repeating: 12 / groups, count: groups), axis: 0))
    expectClose(
      convolution(x, w, padding: 1, groups: groups),
      .concatenated(parts.map { convolution($0, $1, padding: 1) }, axis: 1), tolerance: 1e-13, scale: 1)
  }

  @Test("the cube of a convolution has a third derivative too")
  func third() {
    let (x, w) = (spread([1, 1, 3, 3], offset: 1), spread([1, 1, 2, 2], offset: 2))
    expectGradient(at: x, order: 2) { x in
      gradient(at: x) { x in convolution(x, w, padding: 1).power(3).sum() }.squared().sum()
    }
  }
}
