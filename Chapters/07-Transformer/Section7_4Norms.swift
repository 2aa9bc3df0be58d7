import Attention
import Figures
import Foundations
import Messages
import Regularization
import Running
import Tensors
import Transformer

// § 7.4.3: what the two placements do to numbers and to gradients, before any training.

/// An untrained stack of blocks, in both placements. § 7.4.3
public struct DepthScale: Sendable {
  /// The number of blocks.
  public let blocks: Int
  /// The root of the mean square of Pre-Norm's output, before the last normalization; that of the input is 1.
  public let rms: Double
  /// ‖∂ℓ/∂x₀‖ / ‖∂ℓ/∂x_L‖ for a random gradient at the output.
  public let preNorm, postNorm: Double
}

/// Measures stacks of blocks of width d, from this rule for the matrices, or from the library's own: means over some
/// networks and gradients.
public func measureDepths(
  _ depths: [Int], width d: Int = 64, rule: Initialization? = nil, networks: Int = 4, random: RandomSource
) -> [DepthScale] {
  depths.map { L in
    let measured = (0..<networks).map { _ in measureDepth(L, width: d, rule: rule, random: random) }
    func mean(_ value: KeyPath<DepthScale, Double>) -> Double {
      measured.reduce(0) { $0 + $1[keyPath: value] } / Double(networks)
    }
    return DepthScale(blocks: L, rms: mean(\.rms), preNorm: mean(\.preNorm), postNorm: mean(\.postNorm))
  }
}

private func measureDepth(_ L: Int, width d: Int, rule: Initialization?, random: RandomSource) -> DepthScale {
  let (x, g) = (random.normal([1, 16, d], scalarType: .double), random.normal([1, 16, d], scalarType: .double))
  let seed = random.next()
  func stack(_ placement: NormPlacement) -> SubLayerStack {
    let source = RandomSource(seed: seed)
    let encoder = TransformerEncoder(
      d, heads: 4, hidden: 4 * d, blocks: L, placement: placement, activation: .relu, random: source)
    return SubLayerStack((rule.map { encoder.withMatrices($0, random: source) } ?? encoder).converted(to: .double))
  }
  let pre = stack(.preNorm)
  return DepthScale(
    blocks: L, rms: pre(x).squared().mean().squareRoot().item / x.squared().mean().squareRoot().item,
    preNorm: pre.gradientRatio(at: x, along: g), postNorm: stack(.postNorm).gradientRatio(at: x, along: g))
}

func depthScales(_ run: Run) -> Table {
  let depths = run.choose(quick: [2, 4], standard: [2, 6, 12, 24], full: [2, 6, 12, 24, 48])
  let rules: [(String, Initialization?)] = [("U(−1/√n, 1/√n)", nil), ("Xavier", .xavier)]
  return Table(
    "Untrained stacks: Pre-Norm's output, and how much of a gradient at the output reaches the input",
    columns: ["matrices", "blocks", "Pre-Norm: rms", "Pre-Norm: gradient", "Post-Norm: gradient"],
    rows: rules.flatMap { name, rule in
      measureDepths(depths, rule: rule, random: run.random.split()).map {
        [
          .text(name), .integer($0.blocks), .number($0.rms, decimals: 2), .number($0.preNorm, decimals: 2),
          .number($0.postNorm, decimals: 2),
        ]
      }
    })
}

/// The Jacobian of Pre-Norm stacks, and the sum (7.11): the largest difference, by the number of blocks.
public func jacobianGaps(random: RandomSource) -> [(blocks: Int, gap: Double, largest: Double)] {
  [1, 2, 4].map { L in
    let stack = SubLayerStack(
      TransformerEncoder(8, heads: 2, hidden: 16, blocks: L, random: random).converted(to: .double))
    let x = random.normal([1, 3, 8], scalarType: .double)
    let jacobian = stack.jacobian(at: x)
    return (L, (jacobian - stack.jacobianBySum(at: x)).abs().max().item, jacobian.abs().max().item)
  }
}

func jacobianTable(_ rows: [(blocks: Int, gap: Double, largest: Double)]) -> Table {
  Table(
    "∂x_L/∂x₀ beside I + Σ ∂SubLayer/∂x₀ (7.11)",
    columns: ["blocks", "sub-layers", "largest entry", "largest difference"],
    rows: rows.map {
      [.integer($0.blocks), .integer(2 * $0.blocks), .number($0.largest, decimals: 2), .scientific($0.gap)]
    })
}

/// The singular values of a Pre-Norm sub-layer that cancels the identity, at a place of 8 numbers: with s = √(σ² + ε),
/// and with s = σ. Proposition 7.7
public func cancelledValues(random: RandomSource) -> (exact: [Double], rounded: [Double]) {
  let x = random.normal([8], scalarType: .double)
  let σ = layerMoments(x).variance.squareRoot().item
  func values(_ scale: Double?) -> [Double] {
    LinearAlgebra.singularValues(SubLayerStack.cancelling(at: x, scale: scale).jacobian(at: x)).scalars
  }
  return (values(nil), values(σ))
}

func scientificText(_ x: Double) -> String { x > 0.1 ? NumberText.rounded(x, "%.5f") : scientific(x, digits: 2) }
