// § 12.3.1  Attention over the rows and columns of an alignment

import Attention
import Diffusion
import Foundations
import Messages
import Regularization
import Tensors
import Training

/// Attention over an alignment of S sequences with L sites: along each sequence, then down each column of sites.
/// § 12.3.1
///
/// It costs S L² + L S² scores per head, where attention over all S L letters would cost (S L)².
public struct AlignmentBlock: Module {
  /// Attention inside a sequence and inside a column.
  public var rows, columns: MultiHeadAttention
  /// The normalizations before them.
  public var rowNorm, columnNorm: LayerNormalization

  /// A block for letters of `width` numbers.
  public init(width: Int, heads: Int, random: RandomSource) {
    rows = MultiHeadAttention(width, heads: heads, random: random)
    columns = MultiHeadAttention(width, heads: heads, random: random)
    rowNorm = LayerNormalization(features: width)
    columnNorm = LayerNormalization(features: width)
  }

  /// Rows, then columns.
  public static var parameters: [PartialKeyPath<AlignmentBlock>] { [\.rows, \.columns, \.rowNorm, \.columnNorm] }

  /// The new values of all letters. [N×S×L×width] → [N×S×L×width]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let (N, S, L, d) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let h = x + rows(rowNorm(x).reshaped([N * S, L, d])).reshaped([N, S, L, d])
    let turned = columnNorm(h).permuted([0, 2, 1, 3]).reshaped([N * L, S, d])
    return h + columns(turned).reshaped([N, L, S, d]).permuted([0, 2, 1, 3])
  }

  /// The number of scores that a head computes, and the number for attention over all letters at once.
  public static func scores(sequences S: Int, sites L: Int) -> (rowsAndColumns: Int, all: Int) {
    (S * L * L + L * S * S, S * L * S * L)
  }
}

/// From an alignment to the distances of its sites: attention over rows and columns, the mean product of every two
/// columns, and a network for each pair of sites, whose answer goes round several times. § 12.3.1; Jumper et al. (2021)
public struct FoldNetwork: Module {
  /// Letters to vectors, and the block over the alignment.
  public var embedding: Linear, block: AlignmentBlock
  /// Vectors to the short ones whose products are averaged.
  public var shortening: Linear
  /// For a pair: from the products, the distance along the chain and the last answer to the distance in space.
  public var pair: MLP
  /// How many times the answer is recycled: 0 for a single pass.
  public var recycles: Int

  /// A network for alignments of `letters` letters.
  public init(
    letters: Int = 4, width: Int = 16, heads: Int = 2, short: Int = 6, recycles: Int = 2, random: RandomSource
  ) {
    embedding = Linear(letters, width, random: random)
    block = AlignmentBlock(width: width, heads: heads, random: random)
    shortening = Linear(width, short, random: random)
    pair = MLP([short * short + 4, 32, 1], random: random)
    self.recycles = recycles
  }

  /// Embedding, block, shortening, pair network.
  public static var parameters: [PartialKeyPath<FoldNetwork>] { [\.embedding, \.block, \.shortening, \.pair] }

  /// The distances after the last pass. One-hot letters [N×S×L×letters] → [N×L×L]
  public func callAsFunction(_ alignment: Tensor) -> Tensor {
    let all = passes(alignment)
    return all[all.count - 1]
  }

  /// The distances after every pass: the first knows no answer, each further one gets the last.
  ///
  /// Of the last answer a pair sees its own distance, and the shortest way through a third site, D_ik + D_kj, which by
  /// the triangle inequality no distance exceeds; gradients flow through the last pass only, as in AlphaFold.
  public func passes(_ alignment: Tensor) -> [Tensor] {
    let (N, L) = (alignment.shape[0], alignment.shape[2])
    let products = outerProducts(alignment)
    let place = Tensor.range(0..<L, scalarType: alignment.scalarType)
    let gap = (place.expanded(axis: 1) - place).abs()
    let bonds = (0..<L * L).map { abs($0 / L - $0 % L) == 1 ? 1.0 : 0 }
    let isNext = Tensor(bonds, shape: [L, L], scalarType: alignment.scalarType)
    let known = Tensor.stacked([gap / Double(L), isNext], axis: 2).broadcast(to: [N, L, L, 2])
    var answers: [Tensor] = []
    var last = Tensor.zeros([N, L, L], scalarType: alignment.scalarType)
    for _ in 0...recycles {
      let past = Tensor.stacked([last, shortestWays(last)], axis: 3)
      let raw = pair(Tensor.concatenated([products, known, past], axis: 3).reshaped([N * L * L, pair.widths[0]]))
      let D = raw.softplus().reshaped([N, L, L]) * gap.clamped(to: 0...1)
      let symmetric = 0.5 * (D + D.permuted([0, 2, 1]))
      answers.append(symmetric)
      last = symmetric.stopGradient
    }
    return answers
  }

  /// mean_s a_si b_sjᵀ for every two sites: what AlphaFold calls the outer product mean. [N×L×L×short²]
  public func outerProducts(_ alignment: Tensor) -> Tensor {
    let (N, S, L) = (alignment.shape[0], alignment.shape[1], alignment.shape[2])
    let x = shortening(block(embedding(alignment)))
    let k = x.shape[3]
    let flat = x.reshaped([N, S, L * k])
    let means = matmul(flat.permuted([0, 2, 1]), flat) / Double(S)
    return means.reshaped([N, L, k, L, k]).permuted([0, 1, 3, 2, 4]).reshaped([N, L, L, k * k])
  }

  /// min_k D_ik + D_kj over k ≠ i, j. [N×L×L] → [N×L×L]
  private func shortestWays(_ D: Tensor) -> Tensor {
    let L = D.shape[1]
    let blocked = D + 100 * Tensor.identity(L, scalarType: D.scalarType)
    return (blocked.expanded(axis: 2) + blocked.expanded(axis: 1)).min(axes: [3])
  }

  /// Trains by the mean squared error of the distances, on average over the passes. The learning rate falls to 0.
  /// [N×S×L×letters], [N×L×L]
  @discardableResult
  public mutating func train(
    on alignments: Tensor, distances: Tensor, learningRate: Double = 0.02, plan: TrainingPlan, random: RandomSource
  ) -> History {
    var optimizer = Adam(learningRate: learningRate)
    return Training.train(
      &self, with: &optimizer, examples: alignments.shape[0],
      plan: plan.annealed(from: learningRate, examples: alignments.shape[0]), random: random
    ) {
      m, batch in
      let target = distances.gathered(batch)
      let errors = m.passes(alignments.gathered(batch)).map { ($0 - target).squared().mean() }
      return errors.reduce(Tensor(0, scalarType: target.scalarType)) { $0 + $1 } / Double(errors.count)
    }
  }
}

/// Folds with alignments of their families. § 12.3.1
public struct DrawnFolds: Sendable {
  /// The folds.
  public let folds: [LatticeFold]
  /// One-hot letters. [N×S×L×letters]
  public let alignments: Tensor
  /// The distances of the sites. [N×L×L]
  public let distances: Tensor

  /// Draws `count` folds of `sites` sites, and `sequences` sequences of each family.
  public init(_ count: Int, sites L: Int = 12, sequences S: Int = 32, letters q: Int = 4, random: RandomSource) {
    folds = (0..<count).map { _ in LatticeFold.drawn(L, random) }
    let letters = folds.flatMap { $0.family(letters: q).sequences(S, sweeps: 20, random: random).flatMap { $0 } }
    alignments = Tensor.oneHot(letters, classes: q).reshaped([count, S, L, q])
    distances = Tensor.stacked(folds.map { $0.distances() }, axis: 0)
  }
}
