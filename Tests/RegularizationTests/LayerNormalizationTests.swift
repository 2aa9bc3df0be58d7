import Checking
import Regularization
import Tensors
import Testing

@Suite("§ 3.6 Layer normalization")
struct LayerNormalizationTests {
  private let x = 3 * spread([5, 6]) + 1
  private let γ = 1 + 0.5 * spread([6], offset: 3)
  private let β = spread([6], offset: 11)

  @Test("(3.21): mean and variance are those of each example alone")
  func moments() {
    let (μ, σ2) = layerMoments(x)
    #expect(μ.shape == [5, 1] && σ2.shape == [5, 1])
    for i in 0..<5 {
      expectClose(μ[i].sum(), x[i].mean(), tolerance: 1e-14)
      expectClose(σ2[i].sum(), x[i].variance(), tolerance: 1e-14)
    }
  }

  @Test("(3.22): the kernel computes the formula and its gradient, and the formula agrees with differences")
  func formula() {
    expectClose(
      layerNormalization(x, scale: γ, shift: β), layerNormalized(x, scale: γ, shift: β), tolerance: 1e-13, scale: 1)
    let δ = spread([5, 6], offset: 70)
    let slow = gradient(at: [x, γ, β]) { (layerNormalization($0[0], scale: $0[1], shift: $0[2]) * δ).sum() }
    let fast = gradient(at: [x, γ, β]) { (layerNormalized($0[0], scale: $0[1], shift: $0[2]) * δ).sum() }
    for (a, b) in zip(slow, fast) { expectClose(a, b, tolerance: 1e-12, scale: 1) }
    expectGradient(at: [x, γ, β]) { (layerNormalization($0[0], scale: $0[1], shift: $0[2]) * δ).sum() }
  }

  @Test("Remark 3.6: layer normalization does not see the other examples, batch normalization does")
  func companions() {
    let (layer, batch) = (LayerNormalization(features: 6), BatchNormalization(features: 6))
    let other = Tensor.concatenated([x[0..<1], 5 - x[1..<5]], axis: 0)
    let (a, b) = (x.converted(to: .float), other.converted(to: .float))
    Mode.training {
      #expect(layer(a)[0] == layer(b)[0] && layer(a)[0..<1] == layer(a[0..<1]))
      #expect(batch(a)[0] != batch(b)[0])
    }
  }

  @Test("Remark 3.6: layer normalization is the same in training and in evaluation, batch normalization is not")
  func modes() {
    let a = x.converted(to: .float)
    let (layer, batch) = (LayerNormalization(features: 6), BatchNormalization(features: 6))
    #expect(Mode.training { layer(a) } == layer(a) && layer.statistics == [])
    #expect(Mode.training { batch(a) } != batch(a))
  }

  @Test("§ 3.6: over an image, layer normalization has moments over channels and pixels, and a gain for each number")
  func images() {
    let layer = LayerNormalization([3, 4, 5], epsilon: 0).converted(to: .double)
    let y = layer(2 * spread([2, 3, 4, 5]) + 1)
    expectClose(y.mean(axes: [1, 2, 3]), Tensor.zeros([2], scalarType: .double), tolerance: 1e-13, scale: 1)
    expectClose(y.variance(axes: [1, 2, 3]), Tensor.ones([2], scalarType: .double), tolerance: 1e-13)
    #expect(layer.parameterCount == 2 * 60)
  }

  @Test("§ 3.6: batch, layer and instance normalization are one formula over other axes")
  func axes() {
    let x = 2 * spread([4, 3, 2, 5]) + 1
    let one = Tensor.ones([3], scalarType: .double)
    let zero = Tensor.zeros([3], scalarType: .double)
    let batch = batchNormalized(x, scale: one, shift: zero).value
    expectClose(standardized(x, over: [0, 2, 3]), batch, tolerance: 1e-13, scale: 1)
    let instance = GroupNormalization.instance(channels: 3).converted(to: .double)
    expectClose(standardized(x, over: [2, 3]), instance(x), tolerance: 1e-13, scale: 1)
    let group = GroupNormalization(channels: 3, groups: 1).converted(to: .double)
    let layer = LayerNormalization([3, 2, 5]).converted(to: .double)
    expectClose(standardized(x, over: [1, 2, 3]), group(x), tolerance: 1e-13, scale: 1)
    expectClose(layer(x), group(x), tolerance: 1e-13, scale: 1)
  }

  @Test("§ 3.6: instance normalization removes contrast and brightness from every channel of an image")
  func style() {
    let image = spread([1, 3, 4, 4])
    let styled = image * Tensor([2, 0.5, 7], scalarType: .double).reshaped([3, 1, 1]) - 4
    let layer = GroupNormalization.instance(channels: 3, epsilon: 0).converted(to: .double)
    expectClose(layer(image), layer(styled), tolerance: 1e-12, scale: 1)
    #expect(layer(image).mean(axes: [2, 3]).abs().max().item < 1e-13)
    expectClose(layer(image).variance(axes: [2, 3]), Tensor.ones([1, 3], scalarType: .double), tolerance: 1e-12)
  }

  @Test("groups that do not divide the channels, and no features, stop with a message")
  func mistakes() async {
    let groups = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = GroupNormalization(channels: 6, groups: 4)
    }
    #expect(errorText(groups).contains("cannot divide 6 channels into 4 groups"))
    let features = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LayerNormalization([])
    }
    #expect(errorText(features).contains("cannot normalize over axes []: at least one number is needed"))
  }
}

private func errorText(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}
