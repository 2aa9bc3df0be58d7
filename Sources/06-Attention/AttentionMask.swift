// § 6.10  Masks, by name

import Messages
import Tensors

/// Which keys a query may look at.
///
/// A mask is a rule, such as `.causal`, and becomes a tensor only for given lengths. `&` combines rules: a key is
/// allowed if both sides allow it. Libraries disagree about tensors as masks: in some 1 means visible, in others it
/// means hidden, and others add the mask to the scores. Here a tensor is given either as `.allowed` or as `.added`, and
/// each refuses the values of the other.
public struct AttentionMask: Sendable {
  private indirect enum Rule: Sendable {
    case everything, causal
    case padding([Int])
    case window(Int)
    case strided(Int)
    case allowed(Tensor)
    case both(Rule, Rule), either(Rule, Rule)
  }

  private let rule: Rule
  private init(_ rule: Rule) { self.rule = rule }

  /// Every query sees every key.
  public static let everything = AttentionMask(.everything)

  /// Query i sees key j if j ≤ i. (6.20)
  ///
  /// With n queries and m keys the last query sees all keys, j ≤ i + m − n: the additional keys are the past, as in a
  /// cache.
  public static let causal = AttentionMask(.causal)

  /// The first `lengths[b]` keys of sequence b are elements; the keys after them are padding and are hidden.
  public static func padding(_ lengths: [Int]) -> AttentionMask { AttentionMask(.padding(lengths)) }

  /// Query i sees key j if |i − j| ≤ r: 2r + 1 keys around it; with `.causal` the last r + 1. § 6.12
  public static func window(radius r: Int) -> AttentionMask {
    require(
      r >= 0, "cannot make a window of radius \(r): 0 means the query's own position, 1 its neighbours too")
    return AttentionMask(.window(r))
  }

  /// Query i sees every s-th key, counted from its own position: those with i − j divisible by s. § 6.12
  public static func strided(_ s: Int) -> AttentionMask {
    require(s >= 1, "cannot look at every \(s)-th key: a stride of at least 1 is needed")
    return AttentionMask(.strided(s))
  }

  /// A tensor that is 1 where a query may look and 0 elsewhere. [n×m], or [B×n×m] for B sequences with different masks
  public static func allowed(_ tensor: Tensor) -> AttentionMask {
    let other = tensor.scalars.first { $0 != 0 && $0 != 1 }
    require(
      other == nil && (2...3).contains(tensor.rank),
      "cannot take \(tensor.shape) with the value \(other ?? 0) as a mask: .allowed needs 1 for visible and 0 for "
        + "hidden, as [n×m] or [B×n×m]; a tensor of 0 and −∞ is .added")
    return AttentionMask(.allowed(tensor.stopGradient))
  }

  /// A tensor that is 0 where a query may look and −∞ elsewhere, as M of (6.20). [n×m] or [B×n×m]
  public static func added(_ tensor: Tensor) -> AttentionMask {
    let other = tensor.scalars.first { $0 != 0 && $0 != -.infinity }
    require(
      other == nil && (2...3).contains(tensor.rank),
      "cannot take \(tensor.shape) with the value \(other ?? 0) as a mask: .added needs 0 for visible and −∞ for "
        + "hidden, as [n×m] or [B×n×m]; a tensor of 1 and 0 is .allowed")
    return AttentionMask(.allowed(tensor.stopGradient .== 0))
  }

  /// A key is allowed if both masks allow it.
  public static func & (a: AttentionMask, b: AttentionMask) -> AttentionMask {
    if case .everything = a.rule { return b }
    if case .everything = b.rule { return a }
    return AttentionMask(.both(a.rule, b.rule))
  }

  /// A key is allowed if either mask allows it.
  public static func | (a: AttentionMask, b: AttentionMask) -> AttentionMask { AttentionMask(.either(a.rule, b.rule)) }
}

// MARK: - Numbers

extension AttentionMask {
  /// 1 where a query may look, 0 elsewhere: [n×m] for all sequences, [B×n×m] if the masks of the sequences differ, or
  /// [B×1×m] if only their lengths differ; nil if nothing is hidden.
  public func allowed(queries n: Int, keys m: Int, scalarType: ScalarType = .float) -> Tensor? {
    Self.allowed(rule, n, m, scalarType)
  }

  /// M: 0 where a query may look, −∞ elsewhere, to be added to the scores. (6.20)
  ///
  /// Masks that differ between sequences get `heads` axes of length 1 after the sequences: [B×1×n×m] for scores
  /// [B×h×n×m].
  public func added(queries n: Int, keys m: Int, heads: Int = 0, scalarType: ScalarType = .float) -> Tensor? {
    guard var allowed = allowed(queries: n, keys: m, scalarType: scalarType) else { return nil }
    if allowed.rank == 3 { for _ in 0..<heads { allowed = allowed.expanded(axis: 1) } }
    return allowed.log()  // ln 1 = 0, ln 0 = −∞
  }

  /// Whether the mask contains `.causal`, and the mask without this rule: the kernel has a switch for causal attention,
  /// which saves half of the multiplications.
  var parted: (isCausal: Bool, rest: AttentionMask) {
    switch rule {
    case .causal: return (true, .everything)
    case .both(let a, let b):
      let (a, b) = (AttentionMask(a).parted, AttentionMask(b).parted)
      return (a.isCausal || b.isCausal, a.rest & b.rest)
    default: return (false, self)
    }
  }

  private static func allowed(_ rule: Rule, _ n: Int, _ m: Int, _ type: ScalarType) -> Tensor? {
    // The position of query i among the keys: i + m − n.
    func band(_ reach: ClosedRange<Int>) -> Tensor {
      Tensor.lowerTriangle(n, m, diagonal: m - n + reach.upperBound, scalarType: type)
        * Tensor.upperTriangle(n, m, diagonal: m - n + reach.lowerBound, scalarType: type)
    }
    switch rule {
    case .everything: return nil
    case .causal: return Tensor.lowerTriangle(n, m, diagonal: m - n, scalarType: type)
    case .window(let r): return band(-r...r)
    case .strided(let s):
      let isSeen = (0..<n * m).map { ($0 / m + m - n - $0 % m) % s == 0 ? 1.0 : 0 }
      return Tensor(isSeen, shape: [n, m], scalarType: type)
    case .padding(let lengths): return real(lengths, m, type)
    case .allowed(let tensor):
      require(
        tensor.shape[-2] == n && tensor.shape[-1] == m,
        "cannot mask \(n) queries and \(m) keys by \(tensor.shape): [\(n)×\(m)] or [B×\(n)×\(m)] is needed; one mask "
          + "serves all heads")
      return tensor.converted(to: type)
    case .both(let a, let b):
      guard let x = allowed(a, n, m, type) else { return allowed(b, n, m, type) }
      return allowed(b, n, m, type).map { x * $0 } ?? x
    case .either(let a, let b):
      guard let x = allowed(a, n, m, type), let y = allowed(b, n, m, type) else { return nil }
      return maximum(x, y)
    }
  }

  /// 1 for the elements of each sequence, 0 for its padding. [B×1×m]
  private static func real(_ lengths: [Int], _ m: Int, _ type: ScalarType) -> Tensor {
    require(
      lengths.allSatisfy { 0...m ~= $0 },
      "cannot hide the padding of \(m) keys for sequences of lengths \(lengths): each must lie in 0...\(m)")
    let ends = Tensor(lengths.map(Double.init), shape: [lengths.count, 1, 1], scalarType: type)
    return Tensor.range(0..<m, scalarType: type) .< ends
  }
}
