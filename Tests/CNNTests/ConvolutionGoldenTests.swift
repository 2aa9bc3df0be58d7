import CNN
import Checking
import Tensors
import Testing

@Suite("§§ 4.2 and 4.3 beside PyTorch")
struct ConvolutionGoldenTests {
  private struct Golden: Decodable {
    struct Convolution: Decodable { let output, image, filters, bias: [Double] }
    struct Transposed: Decodable { let stride, padding: Int, output: [Double] }
    struct Pooling: Decodable { let window, stride, dilation: Int, maximum, gradient, mean: [Double] }
    let convolution: Convolution
    let transposed: [Transposed]
    let pooling: [Pooling]
    let padding: [String: [Double]]
    let patches, depthwise: [Double]
  }

  private func expectEqual(_ tensor: Tensor, _ numbers: [Double], _ name: String) {
    expectClose(tensor, Tensor(numbers, shape: tensor.shape, scalarType: .double), tolerance: 1e-12, scale: 1, name)
  }

  @Test("(4.3) and its gradients are those of conv2d")
  func convolutions() throws {
    let recorded = try golden("cnn_convolution", as: Golden.self).convolution
    let (X, K) = (spread([3, 7, 5]), spread([4, 3, 3, 2], offset: 200))
    let Y = multichannelConvolution(X, filters: K, bias: spread([4], offset: 300))
    let gradients = MultichannelGradients(spread(Y.shape, offset: 400), image: X, filters: K)
    expectEqual(Y, recorded.output, "Y")
    expectEqual(gradients.image, recorded.image, "∂L/∂X")
    expectEqual(gradients.filters, recorded.filters, "∂L/∂K")
    expectEqual(gradients.bias, recorded.bias, "∂L/∂b")
  }

  @Test("§ 4.2.2: transposed convolutions and borders are those of conv_transpose2d and pad")
  func borders() throws {
    let recorded = try golden("cnn_convolution", as: Golden.self)
    for one in recorded.transposed {
      let Y = transposedConvolutionByKernels(
        spread([3, 4, 3]), filters: spread([3, 2, 3, 3], offset: 200), stride: (one.stride, one.stride),
        padding: (one.padding, one.padding))
      expectEqual(Y, one.output, "stride \(one.stride)")
    }
    for (name, numbers) in recorded.padding {
      let mode = try #require(PaddingMode(rawValue: name))
      expectEqual(padded(spread([1, 2, 4, 5]), by: 2, mode: mode), numbers, name)
    }
  }

  @Test("§ 4.2.3: patches are those of unfold, and a depthwise, dilated convolution is that of conv2d")
  func windows() throws {
    let recorded = try golden("cnn_convolution", as: Golden.self)
    expectEqual(
      patches(spread([2, 3, 7, 7]), kernel: 3, stride: 3, padding: 2, dilation: 2), recorded.patches, "unfold")
    let filters = blockDiagonal(spaced(spread([4, 1, 3, 3], offset: 200), by: 2), groups: 4)
    let Y = multichannelConvolution(spread([4, 6, 6]), filters: filters, bias: Tensor.zeros([4], scalarType: .double))
    expectEqual(Y, recorded.depthwise, "depthwise")
  }

  @Test("(4.4) and (4.5), with their gradients, are those of max_pool2d and avg_pool2d, ties included")
  func pooling() throws {
    let numbers = (4 * spread([2, 7, 8])).scalars.map { $0.rounded(.toNearestOrEven) }
    let x = Tensor(numbers, shape: [2, 7, 8], scalarType: .double)
    for one in try golden("cnn_convolution", as: Golden.self).pooling {
      let y = maxPooling(x, window: one.window, stride: one.stride, dilation: one.dilation)
      expectEqual(y, one.maximum, "maximum")
      let δ = spread(y.shape, offset: 500)
      expectEqual(
        maxPoolingGradient(δ, at: x, window: one.window, stride: one.stride, dilation: one.dilation), one.gradient,
        "gradient")
      expectEqual(averagePooling(x, window: one.window, stride: one.stride), one.mean, "mean")
    }
  }
}
