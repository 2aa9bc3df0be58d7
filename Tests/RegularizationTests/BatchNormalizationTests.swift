import Checking
import Foundations
import Regularization
import Tensors
import Testing
import Training

@Suite("§ 3.5 Batch normalization")
struct BatchNormalizationTests {
  private let x = 3 * spread([6, 4]) + 1
  private let γ = 1 + 0.5 * spread([4], offset: 3)
  private let β = spread([4], offset: 11)
  private let δ = spread([6, 4], offset: 50)
  private var forward: BatchNormalizationForward { BatchNormalizationForward(x, scale: γ, shift: β) }

  @Test("(3.11), (3.12): mean and variance of the batch, the variance with 1/m")
  func moments() {
    expectClose(forward.μ, x.mean(axes: [0]), tolerance: 1e-14)
    expectClose(forward.σ2, x.variance(axes: [0]), tolerance: 1e-14)
    expectClose(forward.σ2 * 6 / 5, x.variance(axes: [0], isUnbiased: true), tolerance: 1e-14)
  }

  @Test("(3.13): the normalized batch has mean 0 and variance σ² / (σ² + ε)", arguments: [0, 1e-5, 0.5])
  func normalized(ε: Double) {
    let f = BatchNormalizationForward(x, scale: γ, shift: β, epsilon: ε)
    expectClose(f.x̂.mean(axes: [0]), Tensor.zeros([4], scalarType: .double), tolerance: 1e-14, scale: 1)
    expectClose(f.x̂.variance(axes: [0]), f.σ2 / (f.σ2 + ε), tolerance: 1e-13)
  }

  @Test("(3.14), § 3.5.2: the kernels compute the formulas, and γ = √(σ² + ε), β = μ restore the batch")
  func output() {
    expectClose(forward.y, batchNormalized(x, scale: γ, shift: β).value, tolerance: 1e-13, scale: 1)
    let f = forward
    let identity = BatchNormalizationForward(x, scale: (f.σ2 + f.ε).squareRoot(), shift: f.μ)
    expectClose(identity.y, x, tolerance: 1e-14, scale: 1)
    let nearly = BatchNormalizationForward(x, scale: f.σ2.squareRoot(), shift: f.μ)
    #expect(largestGap(nearly.y, x, scale: 1).relative < f.ε && nearly.y != x)
  }

  @Test("(3.15)–(3.20), Proposition 3.5: the formulas match the recorded gradient")
  func backward() {
    let b = BatchNormalizationBackward(δ, at: forward)
    let recorded = gradient(at: [x, γ, β]) {
      (BatchNormalizationForward($0[0], scale: $0[1], shift: $0[2]).y * δ).sum()
    }
    let kernel = gradient(at: [x, γ, β]) { (batchNormalized($0[0], scale: $0[1], shift: $0[2]).value * δ).sum() }
    for g in [recorded, kernel] {
      for (mine, theirs) in zip([b.input, b.scale, b.shift], g) {
        expectClose(mine, theirs, tolerance: 1e-12, scale: 1)
      }
    }
  }

  @Test("(3.15), (3.16): the gradients of γ and β are sums over the batch")
  func affine() {
    let b = BatchNormalizationBackward(δ, at: forward)
    let g = gradient(at: [γ, β]) { (($0[0] * forward.x̂ + $0[1]) * δ).sum() }
    expectClose(b.scale, g[0], tolerance: 1e-13, scale: 1)
    expectClose(b.shift, g[1], tolerance: 1e-13, scale: 1)
  }

  @Test("(3.17), (3.18), (3.19): the inner gradients are those with the other quantities held fixed")
  func inner() {
    let (b, f) = (BatchNormalizationBackward(δ, at: forward), forward)
    let x̂ = gradient(at: f.x̂) { ((γ * $0 + β) * δ).sum() }
    expectClose(b.normalized, x̂, tolerance: 1e-13, scale: 1)
    let σ2 = gradient(at: f.σ2) { ((γ * (x - f.μ) / ($0 + f.ε).squareRoot() + β) * δ).sum() }
    expectClose(b.variance, σ2, tolerance: 1e-12, scale: 1)
    let μ = gradient(at: f.μ) { ((γ * (x - $0) / (f.σ2 + f.ε).squareRoot() + β) * δ).sum() }
    expectClose(b.mean, μ, tolerance: 1e-12, scale: 1)
  }

  @Test("§ 3.5.3, (3.19): the path through the variance is left out because it is 0")
  func meanOfVariance() {
    let slope = gradient(at: forward.μ) { (x - $0).squared().mean(axes: [0]).sum() }
    #expect(slope.abs().max().item < 1e-15)
  }

  @Test("Proposition 3.5: summed up, (3.20) is γ (m δᵢ − Σ δⱼ − x̂ᵢ Σ δⱼ x̂ⱼ) / (m √(σ² + ε))")
  func closedForm() {
    let (b, f) = (BatchNormalizationBackward(δ, at: forward), forward)
    let sums = δ.sum(axes: [0]) + f.x̂ * (δ * f.x̂).sum(axes: [0])
    expectClose(b.input, γ * (6 * δ - sums) / (6 * (f.σ2 + f.ε).squareRoot()), tolerance: 1e-13, scale: 1)
  }

  @Test("§ 3.5.3, (3.20): the gradient of the input is orthogonal to 1 and, for ε = 0, to x̂")
  func orthogonal() {
    let f = BatchNormalizationForward(x, scale: γ, shift: β, epsilon: 0)
    let b = BatchNormalizationBackward(δ, at: f)
    #expect(b.input.sum(axes: [0]).abs().max().item < 1e-14)
    #expect((b.input * f.x̂).sum(axes: [0]).abs().max().item < 1e-13)
  }

  @Test("shapes that do not fit stop with a message")
  func mistakes() async {
    let factors = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = BatchNormalizationForward(Tensor.ones([2, 3]), scale: Tensor.ones([2]), shift: Tensor.ones([2]))
    }
    #expect(errorText(factors).contains("cannot normalize a batch [2×3] with factors [2] and offsets [2]"))
    let cotangent = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let γ = Tensor.ones([3])
      let forward = BatchNormalizationForward(Tensor.ones([2, 3]), scale: γ, shift: γ)
      _ = BatchNormalizationBackward(Tensor.ones([2, 2]), at: forward)
    }
    #expect(errorText(cotangent).contains("cannot pull back [2×2] through a batch normalization of [2×3]"))
    let momentum = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = BatchNormalization(features: 3, momentum: 2)
    }
    #expect(errorText(momentum).contains("cannot normalize 3 features with α = 2.0"))
    let single = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Mode.training { BatchNormalization(features: 3)(Tensor.ones([1, 3])) }
    }
    #expect(
      errorText(single).contains("cannot normalize [1×3] by its own statistics: a single number per channel has no"))
    #expect(errorText(single).contains("every batch needs at least two examples, including the last batch of an epoch"))
    let rows = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = BatchNormalization(features: 3).folded(weight: Tensor.ones([2, 3]), bias: nil)
    }
    #expect(errorText(rows).contains("cannot fold the normalization of 3 channels into weights [2×3]"))
  }
}

@Suite("§ 3.5 Batch normalization as a layer")
struct BatchNormalizationLayerTests {
  private let x = 3 * spread([6, 4]) + 1

  /// A layer after a few batches, with factors and offsets.
  private func trained(_ shape: Shape) -> BatchNormalization {
    var layer = BatchNormalization(features: shape[1]).converted(to: .double)
    layer.scale = 1 + 0.5 * spread([shape[1]])
    layer.shift = spread([shape[1]], offset: 7)
    for step in 1...3 { layer.observing { _ = $0(Double(step) * spread(shape, offset: 9 * step) + 1) } }
    return layer
  }

  @Test("§ 3.5.2: each channel of an image has mean 0 and variance 1 over examples and pixels")
  func images() {
    let layer = BatchNormalization(features: 3, epsilon: 0)
    let y = Mode.training { layer.converted(to: .double)(2 * spread([4, 3, 5, 5]) - 1) }
    expectClose(y.mean(axes: [0, 2, 3]), Tensor.zeros([3], scalarType: .double), tolerance: 1e-13, scale: 1)
    expectClose(y.variance(axes: [0, 2, 3]), Tensor.ones([3], scalarType: .double), tolerance: 1e-13)
  }

  @Test("§ 3.5: the running variance averages the unbiased variance of the batches, the running mean their mean")
  func running() {
    var layer = BatchNormalization(features: 4).converted(to: .double)
    layer.observing { _ = $0(x) }
    expectClose(layer.runningMean, 0.1 * x.mean(axes: [0]), tolerance: 1e-13)
    expectClose(layer.runningVariance, 0.9 + 0.1 * x.variance(axes: [0], isUnbiased: true), tolerance: 1e-13)
    var settled = layer
    for _ in 0..<300 { settled.observing { _ = $0(x) } }
    expectClose(settled.runningMean, x.mean(axes: [0]), tolerance: 1e-12)
    expectClose(settled.runningVariance, x.variance(axes: [0], isUnbiased: true), tolerance: 1e-12)
  }

  @Test("§ 3.5: training updates the statistics through the optimizer, evaluation does not, and copies keep theirs")
  func training() {
    let layer = BatchNormalization(features: 4).converted(to: .double)
    let g = gradient(at: layer) { $0(x).squared().sum() }
    #expect(g.runningMean != layer.runningMean && g.scale.shape == [4])
    #expect(gradient(at: layer, mode: .evaluation) { $0(x).sum() }.runningMean == layer.runningMean)
    var moved = layer
    moved.adoptStatistics(of: g)
    #expect(moved.runningMean == g.runningMean && layer.runningMean == Tensor.zeros([4]).converted(to: .double))
    #expect(moved.parameterCount == 8 && moved.statistics.count == 2)
  }

  @Test("§ 3.5: 33 examples in batches of 32 train: one is left out, a different one in every epoch")
  func rest() {
    let random = RandomSource(seed: 1)
    let x = random.normal([33, 3])
    var (network, optimizer) = (
      NormalizedNetwork([3, 4, 2], .batch, random: random), GradientDescent(learningRate: 0.1)
    )
    var left: [Int] = []
    let plan = TrainingPlan(epochs: 3, batchSize: 32)
    let history = train(&network, with: &optimizer, examples: 33, plan: plan, random: random) { network, batch in
      left += Set(0..<33).subtracting(batch)
      return network(x.gathered(batch)).squared().mean()
    }
    #expect(left.count == 3 && Set(left).count > 1 && history.epochs.count == 3 && !history.hasDiverged)
  }

  @Test("§ 3.5: after training an example's output does not depend on the rest of its batch, in training it does")
  func evaluation() {
    let layer = trained([6, 4])
    let (alone, together) = (layer(x[0..<1]), layer(x)[0..<1])
    expectClose(alone, together, tolerance: 1e-14, scale: 1)
    let companions = Tensor.concatenated([x[0..<1], -x[1..<6]], axis: 0)
    #expect(Mode.training { layer(x)[0] != layer(companions)[0] })
    #expect(layer(x)[0] == layer(companions)[0])
  }

  @Test("§ 3.5: the trained layer is the affine map a x + b of every channel", arguments: [[6, 4], [3, 4, 2, 5]])
  func affine(shape: [Int]) {
    let layer = trained(Shape(shape))
    let x = spread(Shape(shape), offset: 90)
    let (a, b) = layer.affineMap
    let channels = Shape([4] + shape.dropFirst(2).map { _ in 1 })
    expectClose(layer(x), a.reshaped(channels) * x + b.reshaped(channels), tolerance: 1e-13, scale: 1)
  }

  @Test("§ 3.5: folded into the linear or convolutional layer before it, the normalization gives the same outputs")
  func folding() {
    let linear = Linear(weight: spread([4, 5]), bias: spread([4], offset: 30))
    let norm = trained([6, 4])
    let (weight, bias) = norm.folded(weight: linear.weight, bias: linear.bias)
    let x = spread([3, 5], offset: 60)
    expectClose(Linear(weight: weight, bias: bias)(x), norm(linear(x)), tolerance: 1e-13, scale: 1)
    let kernel = spread([4, 2, 3, 3], offset: 20)
    let (kernels, offsets) = norm.folded(weight: kernel, bias: nil)
    let image = spread([2, 2, 6, 6], offset: 70)
    expectClose(
      convolution(image, kernels, bias: offsets), norm(convolution(image, kernel)), tolerance: 1e-13, scale: 1)
  }

  @Test("§ 3.5: averaged standard deviations are below the root of averaged variances, unless batches agree")
  func spreads() {
    var deviation = RunningEstimate(.standardDeviation, first: x)
    var variance = RunningEstimate(.variance, first: x)
    expectClose(deviation.standardDeviation, variance.standardDeviation, tolerance: 1e-14)
    for scale in [4.0, 0.5, 3] {
      deviation.observe(scale * x)
      variance.observe(scale * x)
    }
    #expect((deviation.standardDeviation .< variance.standardDeviation).min().item == 1)
    expectClose(deviation.mean, variance.mean, tolerance: 0)
    let expected = 0.9 * (0.9 * (0.9 + 0.1 * 4) + 0.1 * 0.5) + 0.1 * 3
    expectClose(deviation.standardDeviation, expected * x.variance(axes: [0]).squareRoot(), tolerance: 1e-13)
  }
}

private func errorText(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}
