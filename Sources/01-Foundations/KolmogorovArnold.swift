// § 1.8  State of the art: Kolmogorov–Arnold networks

import Messages
import Tensors

/// The B-spline basis of degree k on equal intervals: functions that are positive, local, and sum to 1.
///
/// Cox and de Boor: B⁰ᵢ(x) = 1 on [tᵢ, tᵢ₊₁), Bᵏᵢ(x) = (x − tᵢ)/(kh) Bᵏ⁻¹ᵢ(x) + (tᵢ₊ₖ₊₁ − x)/(kh) Bᵏ⁻¹ᵢ₊₁(x), with
/// knots tᵢ at distance h.
public struct SplineBasis: Hashable, Sendable {
  /// The interval on which the basis sums to 1, without its upper end for degree 0.
  public let lower, upper: Double
  /// The number of intervals G between them.
  public let intervals: Int
  /// The degree k: 3 makes curves with continuous curvature.
  public let degree: Int

  /// The basis on `intervals` equal parts of [lower, upper].
  public init(from lower: Double = -1, to upper: Double = 1, intervals: Int = 5, degree: Int = 3) {
    require(
      upper > lower && intervals >= 1 && degree >= 0,
      "cannot make splines on \(intervals) parts of [\(lower), \(upper)]")
    (self.lower, self.upper, self.intervals, self.degree) = (lower, upper, intervals, degree)
  }

  /// The number of basis functions, G + k.
  public var count: Int { intervals + degree }

  /// The values of all basis functions at every element of x, as a new last axis. […] → [… × G+k]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let h = (upper - lower) / Double(intervals)
    let knots = (-degree...intervals + degree).map { lower + Double($0) * h }
    let t = Tensor(knots, scalarType: x.scalarType)
    let x = x.expanded(axis: -1)
    let last = t.count - 1
    var B = (x .>= t[0..<last]) * (x .< t[1..<last + 1])  // degree 0: the interval that holds x
    for k in stride(from: 1, through: degree, by: 1) {
      let n = last - k
      let rising = (x - t[0..<n]) / (Double(k) * h)
      let falling = (t[k + 1..<k + 1 + n] - x) / (Double(k) * h)
      B = rising * B.sliced(0..<n, axis: -1) + falling * B.sliced(1..<n + 1, axis: -1)
    }
    return B
  }
}

/// A layer of a Kolmogorov–Arnold network: outputs Σᵢ φⱼᵢ(xᵢ), with a learnable function φⱼᵢ of one variable on every
/// edge. § 1.8
///
/// φ(x) = w silu(x) + Σₘ cₘ Bₘ(x), silu(x) = x σ(x). A KAN learns the activation function, which an MLP fixes. Liu et
/// al. (2024).
public struct KolmogorovArnoldLayer: Module {
  /// The weights w of the smooth part of every edge. [outputs × inputs]
  public var base: Tensor
  /// The spline coefficients cₘ of every edge. [outputs × inputs × (G+k)]
  public var coefficients: Tensor
  /// The spline basis that all edges share.
  public let basis: SplineBasis

  /// A layer with small random splines.
  public init(_ inputs: Int, _ outputs: Int, basis: SplineBasis = SplineBasis(), random: RandomSource) {
    base = Initialization.xavier.weight(outputs: outputs, inputs: inputs, random: random)
    coefficients = random.normal([outputs, inputs, basis.count], standardDeviation: 0.1)
    self.basis = basis
  }

  /// The weights and the spline coefficients.
  public static var parameters: [PartialKeyPath<KolmogorovArnoldLayer>] { [\.base, \.coefficients] }

  /// Σᵢ φⱼᵢ(xᵢ) for inputs stored as rows. [N×inputs] → [N×outputs]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let (outputs, inputs) = (base.shape[0], base.shape[1])
    let B = basis(x).reshaped([x.shape[0], inputs * basis.count])
    let c = coefficients.reshaped([outputs, inputs * basis.count])
    return matmul(x * sigmoid(x), base.transposed) + matmul(B, c.transposed)
  }
}

/// A Kolmogorov–Arnold network: layers of learnable functions on edges, one after the other. § 1.8
public struct KolmogorovArnoldNetwork: Module {
  /// The layers, in the order in which they are applied.
  public var layers: [KolmogorovArnoldLayer]

  /// A network of these widths for inputs in the range of the basis.
  public init(_ widths: [Int], basis: SplineBasis = SplineBasis(), random: RandomSource) {
    layers = zip(widths, widths.dropFirst()).map { KolmogorovArnoldLayer($0, $1, basis: basis, random: random) }
  }

  /// The layers.
  public static var parameters: [PartialKeyPath<KolmogorovArnoldNetwork>] { [\.layers] }

  /// The network's outputs for inputs stored as rows. [N×n₀] → [N×n_L]
  public func callAsFunction(_ x: Tensor) -> Tensor { layers(x) }
}
