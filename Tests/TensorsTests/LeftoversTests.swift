import Checking
import Tensors
import Testing

@Suite("Extreme numbers: leftovers in memory")
struct LeftoversTests {
  /// Fills memory of many sizes with NaN and frees it, so that the next tensors get it.
  private func leaveNaN(_ type: ScalarType) {
    for count in Array(stride(from: 1, to: 600, by: 9)) + [1024, 2048, 5000, 20_000, 70_000, 150_000] {
      for _ in 0..<3 {
        let tensors = (0..<4).map { _ in Tensor(repeating: .nan, [count], scalarType: type) }
        _ = tensors.count
      }
    }
  }

  /// The value and the gradients of an operation, before and after `leaveNaN`.
  private func expectSame(_ inputs: [Tensor], _ apply: @Sendable ([Tensor]) -> Tensor) {
    func results() -> [[Double]] {
      let y = apply(inputs)
      let weights = spread(y.shape, offset: 5).converted(to: y.scalarType)
      return [y.scalars] + gradient(at: inputs) { (weights * apply($0)).sum() }.map(\.scalars)
    }
    let before = results()
    leaveNaN(inputs[0].scalarType)
    #expect(results() == before)
  }

  @Test("reaches no result and no derivative", arguments: Operation.all)
  func operations(_ operation: Operation) { expectSame(operation.inputs, operation.apply) }

  struct Layer: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let shapes: [Shape]
    let apply: @Sendable ([Tensor]) -> Tensor

    init(_ name: String, _ shapes: [Shape], _ apply: @escaping @Sendable ([Tensor]) -> Tensor) {
      (testDescription, self.shapes, self.apply) = (name, shapes, apply)
    }
  }

  static let layers = [
    Layer("product", [[13, 37], [37, 21]]) { matmul($0[0], $0[1]) },
    Layer("long product", [[5, 20_000], [20_000, 7]]) { matmul($0[0], $0[1]) },
    Layer("product with bias", [[13, 37], [37, 21], [21]]) { matmul($0[0], $0[1], plus: $0[2], then: .gelu) },
    Layer("convolution 3 × 3", [[2, 5, 7, 9], [7, 5, 3, 3], [7]]) {
      convolution($0[0], $0[1], bias: $0[2], padding: 1)
    },
    Layer("convolution 3 × 3, many channels", [[1, 35, 12, 32], [33, 35, 3, 3]]) {
      convolution($0[0], $0[1], padding: 1)
    },
    Layer("convolution with stride", [[2, 5, 9, 9], [7, 5, 3, 3]]) { convolution($0[0], $0[1], stride: 2) },
    Layer("convolution of channels", [[2, 19, 7, 9], [19, 1, 3, 3]]) {
      convolution($0[0], $0[1], padding: 1, groups: 19)
    },
    Layer("transposed convolution", [[2, 5, 4, 4], [5, 7, 3, 3]]) { transposedConvolution($0[0], $0[1], stride: 2) },
    Layer("maximum pooling", [[2, 3, 9, 9]]) { $0[0].maxPooled2D(window: 3, stride: 2, padding: 1) },
    Layer("average pooling", [[2, 3, 9, 9]]) { $0[0].averagePooled2D(window: 2) },
    Layer("batch normalization", [[5, 19], [19], [19]]) {
      batchNormalized($0[0], scale: $0[1], shift: $0[2], then: .relu).value
    },
    Layer("batch normalization of images", [[3, 5, 3, 7], [5], [5]]) {
      batchNormalized($0[0], scale: $0[1], shift: $0[2], then: .silu).value
    },
    Layer("layer normalization", [[5, 21], [21], [21]]) { layerNormalized($0[0], scale: $0[1], shift: $0[2]) },
    Layer("group normalization", [[2, 6, 3, 5], [6], [6]]) {
      groupNormalized($0[0], groups: 2, scale: $0[1], shift: $0[2], then: .gelu)
    },
    Layer("attention", [[2, 19, 5], [2, 23, 5], [2, 23, 9]]) {
      scaledDotProductAttention($0[0], $0[1], $0[2], isCausal: true)
    },
    Layer("softmax", [[7, 19]]) { $0[0].softmax() }, Layer("ln softmax", [[7, 19]]) { $0[0].logSoftmax() },
    Layer("cross-entropy", [[3, 19]]) { $0[0].crossEntropy(labels: [0, 7, 18], smoothing: 0.1) },
    Layer("reductions", [[3, 19, 5]]) { $0[0].max(axes: [1]) + $0[0].sum(axes: [1]) * $0[0].variance() + $0[0].norm() },
    Layer("GRU", [[3, 4, 5], [21, 5], [21, 7], [21], [21]]) {
      gru(
        $0[0], inputWeight: $0[1], recurrentWeight: $0[2], inputBias: $0[3], recurrentBias: $0[4], lengths: [2, 4, 0]
      ).states
    },
    Layer("LSTM", [[3, 4, 5], [28, 5], [28, 7], [28], [28]]) {
      lstm(
        $0[0], inputWeight: $0[1], recurrentWeight: $0[2], inputBias: $0[3], recurrentBias: $0[4], lengths: [2, 4, 0]
      ).states
    },
  ]

  @Test("reaches no result and no derivative in Float either", arguments: layers)
  func floats(_ layer: Layer) {
    expectSame(layer.shapes.enumerated().map { spread($1, offset: 31 * $0).converted(to: .float) }, layer.apply)
  }
}
