// § 11.2  Which labellings of given points linear classifiers realize

import Messages
import Tensors

/// A set of labellings of m points: bit i of a pattern is the label of point i. Definition 11.4
public struct LabelPatterns: Sendable {
  /// The number of points, m.
  public let points: Int
  /// The patterns (h(x₁), …, h(x_m)) that occur, each once, ascending.
  public let patterns: [UInt64]

  /// These patterns of m ≤ 20 points.
  public init(points m: Int, _ patterns: some Sequence<UInt64>) {
    require(m >= 0 && m <= 20, "cannot enumerate the labellings of \(m) points: at most 20 are possible")
    (points, self.patterns) = (m, Set(patterns).sorted())
  }

  /// The patterns of rules with the labels 0 and 1, one list of labels per rule.
  public init(_ rules: [[Int]]) {
    self.init(
      points: rules.first?.count ?? 0,
      rules.map { h in zip(0..., h).reduce(0) { $0 | UInt64($1.1) << UInt64($1.0) } })
  }

  /// Whether all 2^|A| labellings of the subset A occur, where bit i of A says whether point i belongs to it.
  /// Definition 11.4
  public func isShattered(_ A: UInt64) -> Bool {
    Set(patterns.map { $0 & A }).count == 1 << A.nonzeroBitCount
  }

  /// The smallest training error on these labels, by trying all patterns.
  ///
  /// With labels ±1, σᵢ h(xᵢ) is 1 for a right label and −1 for a wrong one. So the complexity (11.5) is 1 − 2 · the
  /// mean of this error over random labels: it measures how well the class fits noise. § 11.3
  public func smallestError(on labels: UInt64) -> Double {
    Double(patterns.map { ($0 ^ labels).nonzeroBitCount }.min() ?? points) / Double(points)
  }

  /// The size of the largest shattered subset of these points, by enumeration. Definition 11.4
  public var dimension: Int {
    (0..<UInt64(1) << UInt64(points)).filter(isShattered).map(\.nonzeroBitCount).max() ?? -1
  }
}

/// A Radon partition: two disjoint sets of points whose convex hulls meet, so that no half-space separates them.
public struct RadonPartition: Sendable {
  /// The points of either side: bit i for point i.
  public let positive, negative: UInt64
  /// A linear dependence Σᵢ λᵢ xᵢ = 0, Σᵢ λᵢ = 0 of the points: λᵢ > 0 on one side, with the first point, and < 0 on
  /// the other. [m]
  public let coefficients: [Double]

  /// Whether one side has only the label 1 and the other only 0, which no linear classifier realizes.
  public func forbids(_ labels: UInt64) -> Bool {
    positive & ~labels == 0 && negative & labels == 0 || negative & ~labels == 0 && positive & labels == 0
  }
}

/// The labellings of points in ℝᵈ by linear classifiers sign(w·x + b), or sign(w·x) without a bias.
/// Proposition 11.5
///
/// A labelling is realized unless some k + 1 points have a Radon partition with one label on one side and the other
/// label on the other (k = d + 1 parameters, or d without a bias). This follows from theorems of Gordan and
/// Carathéodory, so no linear program is needed.
public struct LinearDichotomies: Sendable {
  /// The points with a constant 1 appended if there is a bias. [m×k]
  public let lifted: Tensor
  /// The Radon partitions of all k + 1 points, in general position one for each choice. Without a bias the coefficients
  /// need not sum to 0.
  public let partitions: [RadonPartition]

  /// The labellings of these points. [m×d]
  ///
  /// Stops the program unless min(m, k) of the points are linearly independent, the constant included.
  public init(_ points: Tensor, hasBias: Bool = true) {
    let (m, x) = (points.shape[0], points.converted(to: .double))
    lifted = hasBias ? .concatenated([x, .ones([m, 1], scalarType: .double)], axis: 1) : x
    let k = lifted.shape[1]
    let (u, values, _) = LinearAlgebra.svd(lifted)
    let s = values.scalars
    require(
      (s.min() ?? 0) > 1e-9 * (s.max() ?? 0) && m <= 20,
      "cannot enumerate the labellings of \(m) points in ℝ^\(points.shape[1]): at most 20 are possible, and they must "
        + "not lie in a smaller \(hasBias ? "affine " : "")subspace")
    // The left singular vectors have the same dependences as the points, at a scale of 1.
    partitions = choices(k + 1, of: m).compactMap { Self.partition($0, u) }
  }

  /// The number of parameters k of a classifier: its VC dimension. Proposition 11.5
  public var parameters: Int { lifted.shape[1] }
  /// The number of points m.
  public var count: Int { lifted.shape[0] }

  /// The coefficients by Cramer's rule: λᵢ = (−1)ⁱ det of the other points; nil if they are all 0.
  private static func partition(_ chosen: [Int], _ rows: Tensor) -> RadonPartition? {
    let minors = chosen.indices.map { place -> Double in
      let others = chosen.indices.filter { $0 != place }.map { chosen[$0] }
      let value = LinearAlgebra.determinant(rows.gathered(others))
      return place.isMultiple(of: 2) ? value : -value
    }
    let size = minors.reduce(0) { max($0, abs($1)) }
    guard size > 1e-10 else { return nil }
    var (λ, positive, negative) = ([Double](repeating: 0, count: rows.shape[0]), UInt64(0), UInt64(0))
    let first = minors.first { abs($0) > 1e-9 * size } ?? size
    for (point, minor) in zip(chosen, minors) where abs(minor) > 1e-9 * size {
      λ[point] = first > 0 ? minor / size : -minor / size
      if λ[point] > 0 { positive |= 1 << UInt64(point) } else { negative |= 1 << UInt64(point) }
    }
    return RadonPartition(positive: positive, negative: negative, coefficients: λ)
  }

  /// The partition that proves that no classifier gives these labels; nil if one does.
  public func obstacle(to labels: UInt64) -> RadonPartition? { partitions.first { $0.forbids(labels) } }

  /// The labellings that occur.
  public var patterns: LabelPatterns {
    LabelPatterns(points: count, (0..<UInt64(1) << UInt64(count)).filter { obstacle(to: $0) == nil })
  }

  /// Parameters (w, b) that give these labels, or nil if there are none. [k]
  ///
  /// For m ≤ k points by solving w·xᵢ + b = ±1, as in the proof of Proposition 11.5. For more points by the perceptron
  /// rule. It ends because the points are separable (Novikoff, 1962), but if the margin is tiny it gives up after a
  /// million steps and returns nil too.
  public func classifier(for labels: UInt64) -> Tensor? {
    guard obstacle(to: labels) == nil else { return nil }
    let y = Tensor((0..<count).map { labels >> UInt64($0) & 1 == 1 ? 1 : -1 }, scalarType: .double)
    if count <= parameters { return matmul(LinearAlgebra.pseudoinverse(lifted), y) }
    let signed = lifted * y.expanded(axis: 1)
    var w = signed.sum(axes: [0])
    for _ in 0..<1_000_000 {
      guard let wrong = matmul(signed, w).scalars.firstIndex(where: { $0 <= 0 }) else { return w }
      w += signed[wrong]
    }
    return nil  // the margin is below 1/1,000 of the points' norms
  }
}

// MARK: - Counting

/// All choices of k of the numbers 0..<n, each ascending.
func choices(_ k: Int, of n: Int) -> [[Int]] {
  guard k > 0 else { return [[]] }
  return (0..<max(0, n)).flatMap { last in choices(k - 1, of: last).map { $0 + [last] } }
}

/// C(n, k) as a number, 0 for k > n.
public func binomial(_ n: Int, _ k: Int) -> Double {
  k > n ? 0 : (0..<k).reduce(1) { $0 * Double(n - $1) / Double($1 + 1) }
}

/// Σ_{i ≤ d} C(m, i): the largest number of labellings of m points by a class of VC dimension d. (11.4)
public func sauerShelahBound(points m: Int, dimension d: Int) -> Double {
  d < 0 ? 0 : (0...d).reduce(0) { $0 + binomial(m, $1) }
}

/// 2 Σ_{i < k} C(m − 1, i): the number of labellings of m points in general position by a linear function of k
/// parameters. Cover (1965); it is at most (11.4) with d = k.
public func coverCount(points m: Int, parameters k: Int) -> Double {
  2 * sauerShelahBound(points: m - 1, dimension: k - 1)
}
