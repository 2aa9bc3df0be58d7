import DataSets
import Figures
import Foundations
import Regularization
import Running
import Tensors

/// Exercise 3.4: batch normalization from scratch, its gradient check, its effect on training, and small batches.
public let exercise3_4 = Exercise(
  "3.4", "Batch normalization from scratch", stars: 3, seconds: 9, quick: 2, full: 400,
  needs: { DataNeeds(train: $0.choose(quick: 64, standard: 256, full: 256)) }
) {
  run in
  run.show(agreementTable(checkFromScratch(random: run.random.split())), as: "from-scratch")
  run.show(gradientTable(checkGradients(random: run.random.split())), as: "gradcheck")

  let all = try run.data.cifar10(
    drawn: run.choose(quick: 512, standard: 4_096, full: 20_480), run.choose(quick: 256, standard: 1_000, full: 4_000))
  let data = all.limited(to: run.choose(quick: 512, standard: 10_240, full: 50_000), 10_000)
  run.say(data.provenance + "\n")
  let convergence = compareConvergence(on: data, random: run.random.split()) { label in
    run.plan(quick: 2, standard: 10, full: 20, batchSize: 64, label: label)
  }
  run.show(convergenceTable(convergence), as: "convergence")
  run.show(convergenceFigure(convergence, data.name), as: "convergence")

  let small = data.limited(to: run.choose(quick: 256, standard: 2_048, full: 10_240), 10_000)
  let sizes = compareBatchSizes(
    run.choose(quick: [4, 64], standard: [4, 16, 64, 256], full: [4, 16, 64, 256]), on: small,
    random: run.random.split()
  ) { label, size in
    run.plan(quick: 1, standard: 6, full: 10, batchSize: size, label: label)
  }
  run.show(batchSizeTable(sizes), as: "batch-sizes")
  run.show(batchSizeFigure(sizes), as: "batch-sizes")
  run.parameters = convergence.first?.run.network.parameterCount
  run.card("data", data.provenance)
  for result in convergence where result.learningRate == 0.05 {
    run.card("loss, " + result.normalization.rawValue, result.run.history.losses.last ?? .nan)
  }
}

// MARK: - 3.4.1 and 3.4.2: from scratch, and checked

/// The largest differences between the formulas (3.11)–(3.20) and the layer after some steps.
public struct FromScratch: Sendable {
  /// The quantity, and the largest difference between the formulas and the layer.
  public let gaps: [(name: String, gap: Double)]
}

/// Three batches through the formulas, with running statistics by hand, and through the layer of this chapter, which
/// uses kernels and recorded gradients. Exercise 3.4.1
public func checkFromScratch(random: RandomSource) -> FromScratch {
  let (m, D) = (32, 8)
  var layer = BatchNormalization(features: D).converted(to: .double)
  layer.scale = 1 + 0.3 * random.normal([D], scalarType: .double)
  layer.shift = random.normal([D], scalarType: .double)
  var (μ, σ2) = (Tensor.zeros([D], scalarType: .double), Tensor.ones([D], scalarType: .double))
  var gaps: [(name: String, gap: Double)] = []
  func compare(_ name: String, _ a: Tensor, _ b: Tensor) {
    let gap = (a - b).abs().max().item
    if let place = gaps.firstIndex(where: { $0.name == name }) {
      gaps[place].gap = max(gaps[place].gap, gap)
    } else {
      gaps.append((name, gap))
    }
  }
  for _ in 0..<3 {
    let (x, δ) = (2 * random.normal([m, D], scalarType: .double) + 1, random.normal([m, D], scalarType: .double))
    let forward = BatchNormalizationForward(x, scale: layer.scale, shift: layer.shift, epsilon: layer.epsilon)
    let backward = BatchNormalizationBackward(δ, at: forward)
    μ = 0.9 * μ + 0.1 * forward.μ
    σ2 = 0.9 * σ2 + 0.1 * Double(m) / Double(m - 1) * forward.σ2

    let g = gradient(at: layer) { (($0(x)) * δ).sum() }
    compare("y, (3.14)", forward.y, Mode.training { layer(x) })
    compare("∂L/∂γ, (3.15)", backward.scale, g.scale)
    compare("∂L/∂β, (3.16)", backward.shift, g.shift)
    compare("∂L/∂x, (3.20)", backward.input, gradient(at: x, mode: .training) { (layer($0) * δ).sum() })
    layer.adoptStatistics(of: g)
    compare("running mean", μ, layer.runningMean)
    compare("running variance", σ2, layer.runningVariance)
  }
  return FromScratch(gaps: gaps)
}

/// The difference between the formulas and finite differences, for one input of the normalization.
public struct GradientCheck: Sendable {
  /// The input: x, γ or β.
  public let name: String
  /// The number of its elements.
  public let count: Int
  /// The largest difference between (3.15), (3.16), (3.20) and the central differences.
  public let gap: Double
}

/// Central differences (L(θ + h) − L(θ − h)) / 2h in double precision, with L = Σ δ ⊙ y. Exercise 3.4.2
public func checkGradients(random: RandomSource) -> [GradientCheck] {
  let normal = { (shape: Shape) in random.normal(shape, scalarType: .double) }
  let (x, γ, β, δ) = (normal([6, 4]), 1 + 0.3 * normal([4]), normal([4]), normal([6, 4]))
  let backward = BatchNormalizationBackward(δ, at: BatchNormalizationForward(x, scale: γ, shift: β))
  let loss = { (x: Tensor, γ: Tensor, β: Tensor) in
    (BatchNormalizationForward(x, scale: γ, shift: β).y * δ).sum().item
  }
  func check(_ name: String, _ point: Tensor, _ analytic: Tensor, _ f: (Tensor) -> Double) -> GradientCheck {
    let h = 1e-5
    let gaps = (0..<point.count).map { i in
      let step = h * Tensor.identity(point.count, scalarType: .double)[i].reshaped(point.shape)
      return abs((f(point + step) - f(point - step)) / (2 * h) - analytic.scalars[i])
    }
    return GradientCheck(name: name, count: point.count, gap: gaps.max() ?? 0)
  }
  return [
    check("x", x, backward.input) { loss($0, γ, β) }, check("γ", γ, backward.scale) { loss(x, $0, β) },
    check("β", β, backward.shift) { loss(x, γ, $0) },
  ]
}

private func agreementTable(_ result: FromScratch) -> Table {
  Table(
    "The formulas and the layer, three batches of 32", columns: ["quantity", "largest difference"],
    rows: result.gaps.map { [.text($0.name), .scientific($0.gap)] })
}

private func gradientTable(_ checks: [GradientCheck]) -> Table {
  Table(
    "The formulas and central differences", columns: ["input", "numbers", "largest difference"],
    rows: checks.map { [.text($0.name), .integer($0.count), .scientific($0.gap)] })
}
