import CNN
import Checking
import Tensors
import Testing

@Suite("§ 4.2.3 Dilated, grouped and depthwise convolutions")
struct SparseKernelsTests {
  private let x = spread([2, 6, 13, 11])

  @Test(
    "§ 4.2.2: dilation d is the kernel with d − 1 zeros between its numbers, which spans 1 + d(k−1)",
    arguments: 1...4)
  func dilation(d: Int) {
    let K = spread([4, 6, 3, 2], offset: 900)
    let wide = spaced(K, by: d)
    #expect(wide.shape == [4, 6, 1 + 2 * d, 1 + d])
    #expect(wide.scalars.count { $0 != 0 } == K.count)
    expectClose(convolution(x, wide), convolution(x, K, dilation: d), tolerance: 1e-13, scale: 1)
    #expect(spaced(Tensor([[1, 2], [3, 4]]), by: 2) == Tensor([[1, 0, 2], [0, 0, 0], [3, 0, 4]]))
  }

  @Test("§ 4.2.3: a grouped convolution is the full one with block-diagonal filters", arguments: [1, 2, 3, 6])
  func groups(g: Int) {
    let K = spread([12, 6 / g, 3, 3], offset: 900)
    let full = blockDiagonal(K, groups: g)
    #expect(full.shape == [12, 6, 3, 3])
    #expect(full.scalars.count { $0 != 0 } == K.count)
    expectClose(convolution(x, full), convolution(x, K, groups: g), tolerance: 1e-13, scale: 1)
  }

  @Test("§ 4.2.3: depthwise, each map sees only its own channel")
  func depthwise() {
    let K = spread([6, 1, 3, 3], offset: 900)
    let full = blockDiagonal(K, groups: 6)
    for o in 0..<6 {
      for c in 0..<6 { #expect(full[o, c] == (o == c ? K[o, 0] : Tensor.zeros([3, 3], scalarType: .double))) }
      expectClose(
        convolution(x, K, groups: 6)[1, o], crossCorrelation(x[1, o], K[o, 0]), tolerance: 1e-13, scale: 1)
    }
  }

  @Test("groups that do not divide the filters, and steps below 1, stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = blockDiagonal(Tensor.ones([3, 1, 2, 2]), groups: 2) }
    await #expect(processExitsWith: .failure) { _ = spaced(Tensor.ones([3, 3]), by: 0) }
  }
}
