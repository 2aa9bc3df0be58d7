import CNN
import Checking
import Tensors
import Testing

@Suite("§ 4.2.2 The transposed convolution as a layer")
struct TransposedConvolutionLayerTests {
  @Test("§ 4.2.2: the layer puts down the kernels of its weight, and adds one bias to each map")
  func kernels() {
    var layer = TransposedConvolution(3, 2, kernel: 4, stride: 2, padding: 1, random: RandomSource(seed: 1))
      .converted(to: .double)
    layer.bias = Tensor([10, -10], scalarType: .double)
    let x = spread([2, 3, 4, 5])
    let each = (0..<2).map { example in
      transposedConvolutionByKernels(x[example], filters: layer.weight, stride: (2, 2), padding: (1, 1))
    }
    let biases = Tensor([10, -10], shape: [2, 1, 1], scalarType: .double)
    expectClose(layer(x), Tensor.stacked(each, axis: 0) + biases, tolerance: 1e-13, scale: 1)
    #expect(layer.parameterNames == ["weight", "bias"] && layer.parameterCount == 3 * 2 * 16 + 2)
    expectGradient(at: layer, order: 1) { $0(x).squared().sum() }
  }

  @Test(
    "§ 4.2.2: it is the transpose of the convolution with the same numbers: ⟨C x, y⟩ = ⟨x, Cᵀ y⟩, for any remainder"
  )
  func transposed() {
    for (size, rest) in [(7, 0), (8, 1)] {
      let layer = TransposedConvolution(
        2, 3, kernel: 3, stride: 2, padding: 1, outputPadding: rest, hasBias: false, random: RandomSource(seed: 2)
      ).converted(to: .double)
      let (x, y) = (spread([1, 3, size, size]), spread([1, 2, 4, 4], offset: 9))
      let forward = convolution(x, layer.weight, stride: 2, padding: 1)
      #expect(forward.shape == y.shape && layer(y).shape == x.shape)
      let (left, right) = ((forward * y).sum().item, (x * layer(y)).sum().item)
      #expect(abs(left - right) < 1e-12 * abs(left))
    }
  }

  @Test("kernels start uniformly within ±1/√(C_out k²), as PyTorch's do")
  func start() {
    let layer = TransposedConvolution(64, 32, kernel: 4, random: RandomSource(seed: 3))
    let bound = 1 / 512.0.squareRoot()
    let largest = layer.weight.abs().max().item
    #expect(largest < bound && largest > 0.999 * bound && layer.bias.map { $0.abs().max().item < bound } == true)
    #expect(abs(layer.weight.variance().item / (bound * bound / 3) - 1) < 0.02)
  }

  @Test("a layer without maps stops with a message")
  func mistakes() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = TransposedConvolution(3, 0, kernel: 2, random: RandomSource(seed: 1))
    }
    expectMessage(result, "cannot make 0 maps with kernels of size 2 × 2 for 3 channels")
  }
}
