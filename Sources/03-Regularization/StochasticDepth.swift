// § 3.12  Stochastic depth

import Messages
import Tensors

/// The probability that residual block l of L survives: p_l = 1 − l/L (1 − p_L), from nearly 1 at the first block to
/// p_L at the last. § 3.12
///
/// Huang, Sun, Liu, Sedra and Weinberger (2016), "Deep networks with stochastic depth".
public func survivalProbability(block l: Int, of L: Int, last p_L: Double) -> Double {
  require(
    1...max(1, L) ~= l && L >= 1 && 0...1 ~= p_L,
    "cannot compute how block \(l) of \(L) survives with p_L = \(p_L): 1 ≤ l ≤ L and 0 ≤ p_L ≤ 1 are needed")
  return 1 - Double(l) / Double(L) * (1 - p_L)
}

/// The expected number of blocks that survive: Σ p_l = L − (L + 1) / 2 · (1 − p_L), three quarters of L for p_L = ½.
/// § 3.12
public func expectedDepth(blocks L: Int, last p_L: Double) -> Double {
  (1...max(1, L)).reduce(0) { $0 + survivalProbability(block: $1, of: L, last: p_L) }
}

/// A residual block that is skipped at random: y = x + b f(x) in training, with b ~ Bernoulli(p_l), and
/// y = x + p_l f(x) otherwise. § 3.12
///
/// The branch of a skipped block is not computed.
public struct StochasticDepth<Branch: Module>: Module where Branch.Input == Tensor, Branch.Output == Tensor {
  /// The branch f.
  public var branch: Branch
  /// The probability p_l that the block survives a training pass.
  public let survival: Double
  private var noise: Noise

  /// The block around a branch; one number from `random` determines all passes.
  public init(_ branch: Branch, survival p: Double, random: RandomSource) {
    require(0...1 ~= p, "cannot let a block survive with probability \(p): it must be in 0...1")
    (self.branch, survival, noise) = (branch, p, Noise(from: random))
  }

  /// The branch, and the noise, which has no parameters.
  public static var parameters: [PartialKeyPath<StochasticDepth>] { [\.branch, \.noise] }

  /// x + b f(x) in training mode, x + p_l f(x) otherwise.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    if Mode.current == .evaluation { return x + survival * branch(x) }
    return noise.next().bernoulli(survival) ? x + branch(x) : x
  }
}

/// DropPath: a branch is dropped for some examples of the batch and divided by 1 − p for the others, which keeps its
/// mean. § 3.12
///
/// Larsson, Maire and Shakhnarovich (2017). It applies to the output [N×…] of a branch, before the skip connection is
/// added.
public struct DropPath: Module {
  /// The probability p that the branch is dropped for an example.
  public let probability: Double
  private var noise: Noise

  /// DropPath with probability p; one number from `random` determines all masks.
  public init(probability p: Double, random: RandomSource) {
    require(0..<1 ~= p, "cannot drop paths with probability \(p): 0 ≤ p < 1 is needed")
    (probability, noise) = (p, Noise(from: random))
  }

  /// The noise, which has no parameters.
  public static var parameters: [PartialKeyPath<DropPath>] { [\.noise] }

  /// mₙ / (1 − p) xₙ for every example n in training mode, x otherwise.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    if Mode.current == .evaluation { return x }
    let examples = Shape([x.shape[0]] + x.shape.lengths.dropFirst().map { _ in 1 })  // [N×1×…]
    let m = dropoutMask(examples, probability: probability, scalarType: x.scalarType, random: noise.next())
    return invertedDropout(x, by: m, probability: probability)
  }
}
