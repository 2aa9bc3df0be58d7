// § 12.3.1  Sites that change together

import Messages
import Tensors

/// A family of aligned sequences: letters at L sites, where sites in contact agree more often than by chance, as in the
/// multiple alignments from which AlphaFold reads a fold. § 12.3.1
///
/// p(s) ∝ exp(Σ over contacts J_ij [s_i = s_j]), a Potts model.
public struct AlignedFamily: Sendable {
  /// The number of sites and of letters.
  public let sites, letters: Int
  /// The sites in contact, as a graph.
  public let contacts: Graph
  /// The strength J of every contact.
  public let strengths: [Double]

  /// A family with these contacts.
  public init(sites: Int, letters: Int, contacts: Graph, strengths: [Double]) {
    require(
      contacts.vertices == sites && strengths.count == contacts.edges.count && letters >= 2,
      "cannot make a family of \(sites) sites: \(contacts.vertices) sites have contacts, and \(strengths.count) "
        + "strengths are given for \(contacts.edges.count) contacts")
    (self.sites, self.letters, self.contacts, self.strengths) = (sites, letters, contacts, strengths)
  }

  /// A chain of 24 sites with three more contacts between distant ones: 26 of 276 pairs. Along the chain three strong
  /// contacts of 2 follow each weak one of 0.9, so the ends of two strong contacts in a row agree more often than those
  /// of a weak one.
  public static let folded: AlignedFamily = {
    let contacts = Graph(vertices: 24, edges: (0..<23).map { ($0, $0 + 1) } + [(2, 13), (5, 20), (9, 17)])
    let strengths = contacts.edges.map { $0[1] - $0[0] > 1 || $0[0] % 4 == 3 ? 0.9 : 2 }
    return AlignedFamily(sites: 24, letters: 4, contacts: contacts, strengths: strengths)
  }()

  /// Sequences drawn by Gibbs sampling: every one is a chain of its own, and each site is redrawn `sweeps` times given
  /// its neighbours. [count][sites]
  public func sequences(_ count: Int, sweeps: Int = 60, random: RandomSource) -> [[Int]] {
    var around = [[(site: Int, factor: Double)]](repeating: [], count: sites)
    for (edge, J) in zip(contacts.edges, strengths) {
      let factor = Tensor(J, scalarType: .double).exp().item
      around[edge[0]].append((edge[1], factor))
      around[edge[1]].append((edge[0], factor))
    }
    return (0..<count).map { _ in
      var letter = (0..<sites).map { _ in random.integer(below: letters) }
      for _ in 0..<sweeps {
        for i in 0..<sites {
          var weights = [Double](repeating: 1, count: letters)
          for (j, factor) in around[i] { weights[letter[j]] *= factor }
          letter[i] = random.categorical(weights)
        }
      }
      return letter
    }
  }
}

/// Pairs of sites by the evidence that they are in contact, from an alignment. § 12.3.1
public struct ContactScores: Sendable {
  /// The correlation of two sites: the norm of the block of their letters' covariances. [L×L]
  public let correlation: Tensor
  /// The direct coupling of two sites: the norm of the block of the inverse covariance. [L×L]
  public let coupling: Tensor

  /// Scores from sequences of letters 0..<letters, in mean-field approximation: J = −C⁻¹. Morcos et al. (2011)
  ///
  /// C is the covariance of one-hot letters without the last, with pseudocounts of the given weight so that it can be
  /// inverted.
  public init(_ sequences: [[Int]], letters q: Int, pseudocount λ: Double = 0.1) throws(LinearAlgebraError) {
    let (N, L) = (sequences.count, sequences[0].count)
    let codes = Tensor.oneHot(sequences.flatMap { $0 }, classes: q, scalarType: .double).reshaped([N, L, q])
    let x = codes[0..<q - 1, axis: 2].reshaped([N, L * (q - 1)])
    let f = (1 - λ) * x.mean(axes: [0]) + λ / Double(q)
    // Pseudocounts: pairs of different sites as if independent and uniform, pairs at one site as equal.
    let sameSite = (0..<L * (q - 1)).flatMap { a in
      (0..<L * (q - 1)).map { b -> Double in
        a == b ? 1 / Double(q) : a / (q - 1) == b / (q - 1) ? 0 : 1 / Double(q * q)
      }
    }
    let prior = Tensor(sameSite, shape: [L * (q - 1), L * (q - 1)], scalarType: .double)
    let pairs = (1 - λ) * matmul(x.transposed, x) / Double(N) + λ * prior
    let C = pairs - f.expanded(axis: 1) * f
    correlation = Self.norms(C, sites: L)
    coupling = Self.norms(try LinearAlgebra.inverse(C), sites: L)
  }

  private static func norms(_ blocks: Tensor, sites L: Int) -> Tensor {
    let w = blocks.shape[0] / L
    return blocks.reshaped([L, w, L, w]).squared().sum(axes: [1, 3]).squareRoot()
  }

  /// The share of contacts among the `count` pairs with the largest scores; by default as many as there are contacts.
  public static func precision(of scores: Tensor, contacts: Graph, count: Int? = nil) -> Double {
    let L = contacts.vertices
    let chosen = rankedPairs(scores).prefix(count ?? contacts.edges.count)
    let isContact = Set(contacts.edges.map { $0[0] * L + $0[1] })
    return Double(chosen.count { isContact.contains($0[0] * L + $0[1]) }) / Double(chosen.count)
  }

  /// All pairs i < j, the largest score first. [L×L]
  public static func rankedPairs(_ scores: Tensor) -> [[Int]] {
    let (L, values) = (scores.shape[0], scores.scalars)
    let pairs = (0..<L).flatMap { i in (i + 1..<max(L, i + 1)).map { [i, $0] } }
    return pairs.enumerated().sorted { a, b in
      let (x, y) = (values[a.element[0] * L + a.element[1]], values[b.element[0] * L + b.element[1]])
      return x == y ? a.offset < b.offset : x > y
    }.map(\.element)
  }
}
