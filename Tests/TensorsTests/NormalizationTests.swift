import Checking
import Tensors
import Testing

extension Operation {
  static let normalizations = [
    Operation("batchNormalized", [[3, 2, 2], [2], [2]]) {
      batchNormalized($0[0], scale: $0[1], shift: $0[2], then: .silu).value
    },
    Operation("batchNormalized, of a matrix", [[4, 3], [3], [3]]) {
      batchNormalized($0[0], scale: $0[1], shift: $0[2]).value
    },
    Operation("batchNormalized by known statistics", [[3, 2, 2], [2], [2], [2], [2]], .positive) {
      batchNormalized($0[0], mean: $0[1], variance: $0[2], scale: $0[3], shift: $0[4], then: .tanh)
    },
    Operation("layerNormalized", [[3, 4], [4], [4]]) {
      layerNormalized($0[0], scale: $0[1], shift: $0[2], then: .gelu)
    },
    Operation("layerNormalized over two axes", [[2, 3, 2], [3, 2], [3, 2]]) {
      layerNormalized($0[0], scale: $0[1], shift: $0[2], epsilon: 0.1)
    },
    Operation("groupNormalized", [[2, 4, 3], [4], [4]]) {
      groupNormalized($0[0], groups: 2, scale: $0[1], shift: $0[2], then: .sigmoid)
    },
    Operation("groupNormalized, of a matrix", [[2, 6], [6], [6]]) {
      groupNormalized($0[0], groups: 2, scale: $0[1], shift: $0[2])
    },
    Operation("instanceNormalized", [[2, 2, 3], [2], [2]]) {
      instanceNormalized($0[0], scale: $0[1], shift: $0[2], then: .leakyReLU(slope: 0.3))
    },
  ]
}

extension Mistake {
  static let normalizations = [
    Mistake(
      "cannot normalize a batch of shape [4×3] with one number for each channel in [3] and [2]: channels are axis 1"
    ) { batchNormalized(.zeros([4, 3]), scale: .ones([3]), shift: .zeros([2])).value },
    Mistake(
      "cannot normalize a batch of shape [4] with one number for each channel in [4] and [4]: channels are axis 1"
    ) {
      batchNormalized(.zeros([4]), scale: .ones([4]), shift: .zeros([4])).value
    },
    Mistake(
      "cannot normalize, by mean and variance, a batch of shape [4×3] with one number for each channel in [1] and [3]"
    ) {
      batchNormalized(.zeros([4, 3]), mean: .zeros([1]), variance: .ones([3]), scale: .ones([3]), shift: .zeros([3]))
    },
    Mistake("cannot normalize the last axes of [4×3] with scale [4] and shift [4]: give both the shape of these axes") {
      layerNormalized(.zeros([4, 3]), scale: .ones([4]), shift: .zeros([4]))
    },
    Mistake("cannot normalize the last axes of [3] with scale [4×3] and shift [4×3]: give both the shape of these axes")
    {
      layerNormalized(.zeros([3]), scale: .ones([4, 3]), shift: .zeros([4, 3]))
    },
    Mistake("cannot normalize [2×6×5] in 4 groups of equal size: it has 6 channels") {
      groupNormalized(.zeros([2, 6, 5]), groups: 4, scale: .ones([6]), shift: .zeros([6]))
    },
    Mistake("cannot normalize, in groups of channels, [2×6×5] with one number for each channel in [3] and [3]") {
      groupNormalized(.zeros([2, 6, 5]), groups: 3, scale: .ones([3]), shift: .zeros([3]))
    },
    Mistake("cannot normalize, channel by channel, [6] with one number for each channel in [6] and [6]") {
      instanceNormalized(.zeros([6]), scale: .ones([6]), shift: .zeros([6]))
    },
    Mistake("cannot normalize a float tensor and a double tensor: convert one with converted(to:)") {
      layerNormalized(.zeros([2]), scale: .ones([2], scalarType: .double), shift: .zeros([2], scalarType: .double))
    },
  ]
}

@Suite("Normalization of tensors")
struct NormalizationTests {
  let x = 3 * spread([6, 8, 5, 3])
  let scale = spread([8], offset: 1)
  let shift = spread([8], offset: 2)

  /// The gradients of a fused operation and of its plain form.
  private func expectSame(
    _ inputs: [Tensor], _ fused: ([Tensor]) -> Tensor, _ plain: ([Tensor]) -> Tensor,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let weights = spread(inputs[0].shape, offset: 3)
    expectClose(fused(inputs), plain(inputs), tolerance: 1e-13, scale: 1, sourceLocation: sourceLocation)
    let (f, p) = (
      gradient(at: inputs) { (weights * fused($0)).sum() }, gradient(at: inputs) { (weights * plain($0)).sum() }
    )
    for (f, p) in zip(f, p) { expectClose(f, p, tolerance: 1e-12, scale: 1, sourceLocation: sourceLocation) }
  }

  private func standardized(_ x: Tensor, _ axes: [Int]) -> Tensor {
    (x - x.mean(axes: axes, keepsAxes: true)) / (x.variance(axes: axes, keepsAxes: true) + 1e-5).squareRoot()
  }

  @Test("batch normalization has the values and derivatives of its formula", arguments: ActivationTests.all)
  func batch(f: Activation) {
    expectSame([x, scale, shift]) {
      batchNormalized($0[0], scale: $0[1], shift: $0[2], then: f).value
    } _: {
      (standardized($0[0], [0, 2, 3]) * $0[1].reshaped([8, 1, 1]) + $0[2].reshaped([8, 1, 1])).activated(by: f)
    }
  }

  @Test("layer normalization has the values and derivatives of its formula", arguments: ActivationTests.all)
  func layer(f: Activation) {
    expectSame([x.reshaped([6, 5, 3, 8]), scale, shift]) {
      layerNormalized($0[0], scale: $0[1], shift: $0[2], then: f)
    } _: {
      (standardized($0[0], [-1]) * $0[1] + $0[2]).activated(by: f)
    }
  }

  @Test("group normalization has the values and derivatives of its formula", arguments: ActivationTests.all)
  func group(f: Activation) {
    expectSame([x, scale, shift]) {
      groupNormalized($0[0], groups: 4, scale: $0[1], shift: $0[2], then: f)
    } _: {
      let grouped = standardized($0[0].reshaped([6, 4, 30]), [2]).reshaped([6, 8, 5, 3])
      return (grouped * $0[1].reshaped([8, 1, 1]) + $0[2].reshaped([8, 1, 1])).activated(by: f)
    }
  }

  @Test("instance normalization has the values and derivatives of its formula")
  func instance() {
    expectSame([x, scale, shift]) {
      instanceNormalized($0[0], scale: $0[1], shift: $0[2])
    } _: {
      standardized($0[0], [2, 3]) * $0[1].reshaped([8, 1, 1]) + $0[2].reshaped([8, 1, 1])
    }
  }

  @Test("the statistics of a batch are its mean and variance, and constants")
  func statistics() {
    let result = batchNormalized(x, scale: scale, shift: shift)
    expectClose(result.mean, x.mean(axes: [0, 2, 3]), tolerance: 1e-14, scale: 1)
    expectClose(result.variance, x.variance(axes: [0, 2, 3]), tolerance: 1e-14)
    let g = gradient(at: x) {
      let result = batchNormalized($0, scale: scale, shift: shift)
      return result.mean.sum() + result.variance.sum()
    }
    #expect(g == Tensor.zeros(x.shape, scalarType: .double))
  }

  @Test("with the batch's own statistics given, the values are the same")
  func known() {
    let own = batchNormalized(x, scale: scale, shift: shift, then: .relu)
    let given = batchNormalized(
      x, mean: own.mean, variance: own.variance, scale: scale, shift: shift, then: .relu)
    #expect(given == own.value)
  }

  @Test("normalization is invariant to a change of offset and unit")
  func invariance() {
    let y = layerNormalized(x, scale: spread([3]), shift: spread([3]), epsilon: 0)
    expectClose(
      layerNormalized(7 * x - 2, scale: spread([3]), shift: spread([3]), epsilon: 0), y, tolerance: 1e-12, scale: 1)
  }
}
