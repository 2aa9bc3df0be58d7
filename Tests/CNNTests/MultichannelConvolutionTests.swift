import CNN
import Checking
import Tensors
import Testing
import ch04

@Suite("§ 4.2.3 Many channels")
struct MultichannelConvolutionTests {
  private static let sizes = [[1, 1, 1, 1, 1, 1], [3, 7, 5, 4, 3, 2], [2, 17, 3, 5, 1, 3], [5, 6, 11, 3, 6, 7]]

  private func operands(_ s: [Int]) -> (X: Tensor, K: Tensor, b: Tensor) {
    (spread([s[0], s[1], s[2]]), spread([s[3], s[0], s[4], s[5]], offset: 200), spread([s[3]], offset: 300))
  }

  private func fast(_ X: Tensor, _ K: Tensor, _ b: Tensor) -> Tensor {
    convolution(X.expanded(axis: 0), K, bias: b).squeezed(axis: 0)
  }

  @Test("(4.3) is the tensors' convolution", arguments: sizes)
  func forward(sizes: [Int]) {
    let (X, K, b) = operands(sizes)
    let Y = multichannelConvolution(X, filters: K, bias: b)
    expectClose(Y, fast(X, K, b), tolerance: 1e-13, scale: 1)
    var total = b[0].item
    for c in 0..<sizes[0] {
      for m in 0..<sizes[4] { for n in 0..<sizes[5] { total += X[c, m, n].item * K[0, c, m, n].item } }
    }
    #expect(abs(Y[0, 0, 0].item - total) < 1e-13)
  }

  @Test("(4.3): ∂L/∂X, ∂L/∂K and ∂L/∂b as sums are the recorded gradients", arguments: sizes)
  func gradients(sizes: [Int]) {
    let (X, K, b) = operands(sizes)
    let δ = spread(fast(X, K, b).shape, offset: 400)
    let sums = MultichannelGradients(δ, image: X, filters: K)
    expectClose(sums.image, gradient(at: X) { (fast($0, K, b) * δ).sum() }, tolerance: 1e-13, scale: 1)
    expectClose(sums.filters, gradient(at: K) { (fast(X, $0, b) * δ).sum() }, tolerance: 1e-13, scale: 1)
    expectClose(sums.bias, gradient(at: b) { (fast(X, K, $0) * δ).sum() }, tolerance: 1e-13, scale: 1)
  }

  @Test("§ 4.2.3: windows as columns make the convolution a matrix product, for every stride, padding and dilation")
  func columns() {
    for (s, p, d) in [(1, 0, 1), (2, 1, 1), (3, 2, 2), (1, 4, 3)] {
      for k in [1, 2, 3] {
        let (X, K, b) = (spread([2, 3, 11, 8]), spread([4, 3, k, k], offset: 600), spread([4], offset: 700))
        expectClose(
          convolutionByPatches(X, filters: K, bias: b, stride: s, padding: p, dilation: d),
          convolution(X, K, bias: b, stride: s, padding: p, dilation: d), tolerance: 1e-13, scale: 1)
      }
    }
    #expect(patches(Tensor.ones([2, 3, 32, 32]), kernel: 3, padding: 1).shape == [2, 27, 1_024])
  }

  @Test("§ 4.2.4: the diagram shows the shapes of filters, windows, product and output")
  func diagram() {
    let nodes = patchesDiagram().nodes
    #expect(
      nodes.map { $0.lines[0] } == [
        "[64×3×3×3]", "[1×3×32×32]", "[64]", "[64×27]", "[1×27×1024]", "[1×64×1024]", "[1×64×32×32]",
      ])
    #expect(nodes.map(\.inputs) == [[], [], [], [0], [1], [3, 4], [5, 2]])
  }

  @Test("§ 4.2.2: padding is a border of zeros, and stride s keeps every s-th row and column", arguments: [1, 2, 3])
  func strides(s: Int) {
    let (X, K, b) = operands([2, 9, 8, 3, 3, 3])
    let all = multichannelConvolution(padded(X, by: 2), filters: K, bias: b)
    let kept = all.sliced(0..<all.shape[1], axis: 1, by: s).sliced(0..<all.shape[2], axis: 2, by: s)
    let layer = convolution(X.expanded(axis: 0), K, bias: b, stride: s, padding: 2)
    expectClose(kept, layer.squeezed(axis: 0), tolerance: 1e-13, scale: 1)
  }

  @Test("§ 4.2.3: C_out (C_in k_H k_W + 1) parameters, the same as the layer's")
  func parameters() {
    for (inputs, outputs, k) in [(1, 1, 1), (3, 64, 3), (16, 20, 5)] {
      for hasBias in [true, false] {
        let layer = Convolution(inputs, outputs, kernel: k, hasBias: hasBias, random: RandomSource(seed: 1))
        #expect(
          layer.parameterCount
            == convolutionParameters(inputs: inputs, outputs: outputs, kernel: (k, k), hasBias: hasBias))
      }
    }
    #expect(convolutionParameters(inputs: 2, outputs: 5, kernel: (3, 1)) == 5 * (2 * 3 + 1))
  }

  @Test("Remark 4.2: 150,528,000 weights against 1,728; 150,529,000 and 1,792 with biases")
  func remark() {
    #expect(denseParameters(inputs: 224 * 224 * 3, outputs: 1000, hasBias: false) == 150_528_000)
    #expect(denseParameters(inputs: 224 * 224 * 3, outputs: 1000) == 150_529_000)
    #expect(convolutionParameters(inputs: 3, outputs: 64, kernel: (3, 3), hasBias: false) == 1_728)
    #expect(convolutionParameters(inputs: 3, outputs: 64, kernel: (3, 3)) == 1_792)
    let image = 256 * 256 * 3
    #expect(denseParameters(inputs: image, outputs: image, hasBias: false) == 38_654_705_664)
  }

  @Test("channels that do not match stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) {
      _ = multichannelConvolution(Tensor.ones([2, 3, 3]), filters: Tensor.ones([1, 3, 2, 2]), bias: Tensor.ones([1]))
    }
    await #expect(processExitsWith: .failure) {
      let K = Tensor.ones([2, 2, 2, 2])
      _ = MultichannelGradients(Tensor.ones([3, 2, 2]), image: Tensor.ones([2, 3, 3]), filters: K)
    }
    await #expect(processExitsWith: .failure) { _ = patches(Tensor.ones([3, 3]), kernel: 2) }
  }
}
