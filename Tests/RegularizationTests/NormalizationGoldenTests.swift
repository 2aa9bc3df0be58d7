import Checking
import Foundations
import Regularization
import Tensors
import Testing

@Suite("Chapter 3 normalizes as PyTorch does")
struct NormalizationGoldenTests {
  private let reference: Reference

  init() throws { reference = try golden("regularization") }

  @Test(
    "Exercise 3.4.1, (3.14)–(3.20): outputs, gradients and running statistics over three steps are those of PyTorch",
    arguments: ["BatchNorm1d", "BatchNorm2d"])
  func batch(name: String) throws {
    let r = try #require(reference.batch[name])
    let shape = Shape(r.shape)
    var layer = BatchNormalization(features: r.shape[1]).converted(to: .double)
    (layer.scale, layer.shift) = (vector(r.scale), vector(r.shift))
    for (step, expected) in r.steps.enumerated() {
      let x = Double(step + 1) * spread(shape, offset: 100 * step) + Double(step)
      let δ = spread(shape, offset: 700 + step)
      let g = gradient(at: layer) { layer in
        let y = layer(x)
        expectClose(y.flattened(from: 0), vector(expected.outputs), tolerance: 1e-10, scale: 1, name)
        return (y * δ).sum()
      }
      expectClose(g.scale, vector(expected.scaleGradients), tolerance: 1e-10, scale: 1, name)
      expectClose(g.shift, vector(expected.shiftGradients), tolerance: 1e-10, scale: 1, name)
      let slope = gradient(at: x, mode: .training) { (layer($0) * δ).sum() }
      expectClose(slope.flattened(from: 0), vector(expected.inputGradients), tolerance: 1e-10, scale: 1, name)
      layer.adoptStatistics(of: g)
      expectClose(layer.runningMean, vector(expected.runningMean), tolerance: 1e-12, scale: 1, name)
      expectClose(layer.runningVariance, vector(expected.runningVariance), tolerance: 1e-12, scale: 1, name)
    }
    let y = layer(spread(shape, offset: 400))
    expectClose(y.flattened(from: 0), vector(r.evaluation), tolerance: 1e-10, scale: 1, name)
  }

  @Test("Exercise 3.4.1: the forward and the backward pass from scratch are those of PyTorch's BatchNorm1d")
  func formulas() throws {
    let r = try #require(reference.batch["BatchNorm1d"])
    let x = spread([6, 4])
    let forward = BatchNormalizationForward(x, scale: vector(r.scale), shift: vector(r.shift))
    let backward = BatchNormalizationBackward(spread([6, 4], offset: 700), at: forward)
    let expected = r.steps[0]
    expectClose(forward.y.flattened(from: 0), vector(expected.outputs), tolerance: 1e-10, scale: 1)
    expectClose(backward.input.flattened(from: 0), vector(expected.inputGradients), tolerance: 1e-10, scale: 1)
    expectClose(backward.scale, vector(expected.scaleGradients), tolerance: 1e-10, scale: 1)
    expectClose(backward.shift, vector(expected.shiftGradients), tolerance: 1e-10, scale: 1)
  }

  @Test("(3.22), § 3.6: layer, instance and group normalization have PyTorch's outputs and gradients")
  func single() throws {
    #expect(reference.single.count == 4)
    try check("LayerNorm") { LayerNormalization([6]).filled($0) }
    try check("LayerNorm over images") { LayerNormalization([3, 4, 5]).filled($0) }
    try check("InstanceNorm2d") { GroupNormalization.instance(channels: 3).filled($0) }
    try check("GroupNorm") { GroupNormalization(channels: 4, groups: 2).filled($0) }
  }

  private func check<M: Module>(_ name: String, _ make: (Reference.Single) -> M) throws
  where M.Input == Tensor, M.Output == Tensor {
    let r = try #require(reference.single[name])
    let layer = make(r)
    let (x, δ) = (3 * spread(Shape(r.shape), offset: 50) + 1, spread(Shape(r.shape), offset: 900))
    expectClose(layer(x).flattened(from: 0), vector(r.pass.outputs), tolerance: 1e-10, scale: 1, name)
    let slope = gradient(at: x) { (layer($0) * δ).sum() }
    expectClose(slope.flattened(from: 0), vector(r.pass.inputGradients), tolerance: 1e-10, scale: 1, name)
    let g = gradient(at: layer) { ($0(x) * δ).sum() }
    expectClose(g.flattened, vector(r.pass.scaleGradients + r.pass.shiftGradients), tolerance: 1e-10, scale: 1, name)
  }
}

extension Module {
  /// The module with the factors and offsets of the reference.
  fileprivate func filled(_ r: Reference.Single) -> Self {
    converted(to: .double).withParameters(from: vector(r.scale + r.shift))
  }
}

private func vector(_ scalars: [Double]) -> Tensor { Tensor(scalars, scalarType: .double) }

/// What Golden/regularization.py writes about normalization.
private struct Reference: Decodable {
  struct Pass: Decodable {
    let outputs, inputGradients, scaleGradients, shiftGradients: [Double]
  }
  struct Step: Decodable {
    let outputs, inputGradients, scaleGradients, shiftGradients, runningMean, runningVariance: [Double]
  }
  struct Batch: Decodable {
    let shape: [Int]
    let scale, shift, evaluation: [Double]
    let steps: [Step]
  }
  struct Single: Decodable {
    let shape: [Int]
    let scale, shift: [Double]
    let pass: Pass
  }
  let batch: [String: Batch]
  let single: [String: Single]
}
