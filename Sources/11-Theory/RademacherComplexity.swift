// § 11.3  Rademacher complexity

import Messages
import Tensors

/// A class of functions on a fixed sample S = {x₁, …, x_m} whose correlation with signs can be maximized.
/// Definition 11.7
public protocol RademacherClass: Sendable {
  /// m.
  var examples: Int { get }
  /// sup_h (1/m) Σᵢ σᵢ h(xᵢ) for each vector of signs. [N×m] → [N]
  func suprema(_ σ: Tensor) -> Tensor
}

/// An expectation estimated from draws.
public struct MeanOfDraws: Sendable {
  /// The mean and its standard error.
  public let mean, error: Double
}

extension RademacherClass {
  /// R̂_S(H) from `draws` random vectors of signs, with its standard error. (11.5)
  public func complexity(draws: Int, random: RandomSource) -> MeanOfDraws {
    let suprema = suprema(randomSigns(draws, examples: examples, random: random))
    return MeanOfDraws(
      mean: suprema.mean().item, error: (suprema.variance(isUnbiased: true).item / Double(draws)).squareRoot())
  }

  /// R̂_S(H) exactly, over all 2ᵐ vectors of signs, for m ≤ 16. (11.5)
  public var exactComplexity: Double {
    let σ = allSigns(examples)
    let size = min(256, σ.shape[0])  // in parts, to save memory
    let parts = σ.split([Int](repeating: size, count: σ.shape[0] / size), axis: 0)
    return parts.reduce(0) { $0 + suprema($1).mean().item } / Double(parts.count)
  }
}

/// Independent signs ±1 with probability ½. [N×m]
public func randomSigns(_ N: Int, examples m: Int, random: RandomSource) -> Tensor {
  2 * random.bernoulli([N, m], probability: 0.5, scalarType: .double) - 1
}

/// All 2ᵐ vectors of signs, for m ≤ 16. [2ᵐ×m]
public func allSigns(_ m: Int) -> Tensor {
  require(m >= 1 && m <= 16, "cannot list all signs of \(m) examples: 1 to 16 are possible, draw signs for more")
  let bits = (0..<1 << m).flatMap { word in (0..<m).map { word >> $0 & 1 == 1 ? 1.0 : -1.0 } }
  return Tensor(bits, shape: [1 << m, m], scalarType: .double)
}

/// {x ↦ w·x : ‖w‖ ≤ B}: the supremum is reached at w along Σ σᵢ xᵢ. Exercise 11.2
public struct LinearBall: RademacherClass {
  /// The inputs. [m×d]
  public let inputs: Tensor
  /// B.
  public let radius: Double

  /// The class on these inputs. [m×d]
  public init(_ inputs: Tensor, radius B: Double = 1) {
    (self.inputs, radius) = (inputs.converted(to: .double), B)
  }

  /// m.
  public var examples: Int { inputs.shape[0] }

  /// B ‖Σᵢ σᵢ xᵢ‖ / m, by the equality case of Cauchy and Schwarz. [N×m] → [N]
  public func suprema(_ σ: Tensor) -> Tensor { radius * matmul(σ, inputs).norm(axes: [1]) / Double(examples) }

  /// B √(Σᵢ ‖xᵢ‖²) / m, at least the complexity and at most √2 times it. (11.17)
  public var bound: Double { radius * inputs.norm().item / Double(examples) }
}

/// A finite class, given by its values on the sample. Definition 11.7
public struct FiniteValues: RademacherClass {
  /// h(x₁), …, h(x_m), a row for each h. [H×m]
  public let values: Tensor

  /// The class with these values. [H×m]
  public init(_ values: Tensor) { self.values = values.converted(to: .double) }

  /// The class of labels ±1 with these patterns.
  public init(_ patterns: LabelPatterns) {
    let rows = patterns.patterns.map { p in (0..<patterns.points).map { p >> UInt64($0) & 1 == 1 ? 1.0 : -1.0 } }
    self.init(Tensor(rows, scalarType: .double))
  }

  /// m.
  public var examples: Int { values.shape[1] }

  /// max_h (1/m) Σᵢ σᵢ h(xᵢ). [N×m] → [N]
  public func suprema(_ σ: Tensor) -> Tensor {
    matmul(σ, values.transposed).max(axes: [1]) / Double(examples)
  }

  /// max_h ‖(h(x₁), …, h(x_m))‖ √(2 log |H|) / m. Massart's lemma, for (11.5)
  public var bound: Double {
    values.norm(axes: [1]).max().item * (2 * naturalLogarithm(Double(values.shape[0]))).squareRoot()
      / Double(examples)
  }
}

/// The bound on R(h) − R̂_S(h) for all h at once, with probability at least 1 − δ. Theorem 11.8
public struct RademacherBound: Sendable {
  /// R̂_S of the class of losses {(x, y) ↦ ℓ(h(x), y)}, and δ.
  public let complexity, δ: Double

  /// The bound from the complexity of the losses, which must lie in [0, 1].
  ///
  /// The notes write the complexity of H itself. Then (11.6) is false: see `Memorizer`.
  public init(lossComplexity: Double, δ: Double) { (complexity, self.δ) = (lossComplexity, δ) }

  /// 2 R̂_S + 3 √(log(2/δ) / 2m). (11.6)
  public func gap(examples m: Int) -> Double {
    2 * complexity + 3 * (naturalLogarithm(2 / δ) / Double(2 * m)).squareRoot()
  }
}

/// All functions with the values ±scale on m different inputs, whose signs are judged by the 0–1 loss. Theorem 11.8
///
/// If the labels are fair coins, some function fits every sample, R̂_S(h) = 0, and has the risk ½. The complexity of
/// the functions is `scale`, as small as one likes; that of their losses is ½ for any scale.
public struct Memorizer: Sendable {
  /// The size of the outputs.
  public let scale: Double

  /// The class of functions with the values ±scale.
  public init(scale: Double) { self.scale = scale }

  /// R̂_S(H) = scale: h = scale · σ fits any signs. (11.5)
  public var complexity: Double { scale }
  /// R̂_S of the 0–1 losses: the loss 1 where σᵢ = 1 and 0 elsewhere gives (1/m) #{σᵢ = 1}, on average ½.
  public var lossComplexity: Double { 0.5 }
  /// R(h) − R̂_S(h) for the h that fits the sample, on inputs that never repeat.
  public var gap: Double { 0.5 }
}
