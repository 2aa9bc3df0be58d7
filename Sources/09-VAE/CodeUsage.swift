// Exercise 9.5.4  How many codes are used

import Messages
import Tensors

/// How often each code of a codebook was used. Exercise 9.5.4
public struct CodeUsage: Codable, Sendable {
  /// The uses of each code. [K]
  public private(set) var counts: [Int]

  /// No uses of K codes.
  public init(codes K: Int) { counts = [Int](repeating: 0, count: K) }

  /// The uses of K codes in a list.
  public init(_ codes: [Int], of K: Int) {
    self.init(codes: K)
    add(codes)
  }

  /// Counts more uses.
  public mutating func add(_ codes: [Int]) {
    for code in codes {
      require(counts.indices ~= code, "cannot count code \(code): the codes are 0 to \(counts.count - 1)")
      counts[code] += 1
    }
  }

  /// The number of codes that were used at least once.
  public var used: Int { counts.count { $0 > 0 } }
  /// The codes that were never used.
  public var dead: [Int] { counts.indices.filter { counts[$0] == 0 } }
  /// The number of all uses.
  public var total: Int { counts.reduce(0, +) }

  /// H = −Σ p_k ln p_k of the codes' shares, in nats; 0 without uses.
  public var entropy: Double {
    let total = Double(total)
    let p = Tensor(counts.filter { $0 > 0 }.map { Double($0) / total }, scalarType: .double)
    return p.count == 0 ? 0 : -(p * p.log()).sum().item
  }

  /// e^H: the number of codes that, used equally often, would have the same entropy. At most `used`.
  public var perplexity: Double { Tensor(entropy, scalarType: .double).exp().item }
}

/// n log₂ K: the bits of n codes out of K that are all equally likely. One of 512 codes has 9 bits, a 7×7 grid of them
/// has 441. Definition 9.8
public func codeBits(_ K: Int, places n: Int) -> Double {
  require(K >= 1 && n >= 0, "cannot count the bits of \(n) codes out of \(K): at least 1 code is needed")
  return Double(n) * log(Double(K)) / ln2
}
