// A gallery of mistakes: masks and targets, what a Transformer reads, and how it is used

import Attention
import CNN
import DataSets
import Foundations
import Regularization
import Running
import Tensors
import Training

/// Models that see what they should predict, or are judged by what they have seen.
extension Mistake {
  /// (7.15) with rows and columns exchanged: place i sees itself and what comes behind it. § 7.7
  public static func transposedMask(_ n: Int, scalarType type: ScalarType) -> AttentionMask {
    .allowed(Tensor.lowerTriangle(n, n, diagonal: 0, scalarType: type).transposed)
  }

  /// The loss of (7.14) with the symbols that are read for targets: to repeat what was read is enough. § 7.7
  public static func lossOnInputs(_ model: GPT, _ pieces: [[Int]]) -> Tensor {
    let logits = model(pieces.map { Array($0.dropLast()) })
    return logits.reshaped([logits.shape[0] * logits.shape[1], model.symbols])
      .crossEntropy(labels: pieces.flatMap { $0.dropLast() })
  }

  /// Windows of T symbols that begin at every place of a text, shuffled, and only then divided, a tenth for validation:
  /// each of these overlaps windows to learn from. § 7.7
  public static func dividedAfterCutting(
    _ text: [Int], _ T: Int, random: RandomSource
  ) -> (train: [[Int]], held: [[Int]]) {
    let windows = random.permutation(text.count - T).map { Array(text[$0..<$0 + T]) }
    return (Array(windows[..<(windows.count * 9 / 10)]), Array(windows[(windows.count * 9 / 10)...]))
  }
}

/// Numbers that a Transformer lacks, or that drown others.
extension Mistake {
  /// A classifier that reads √d E x without positions: the order of the tokens is lost. § 7.3
  public static func withoutPositions(_ model: TransformerClassifier, _ tokens: Tokens) -> Tensor {
    let h = model.encoder(model.scaledTokens(tokens))
    return model.classifier(maskedMean(h, lengths: tokens.lengths))
  }

  /// A table of N(0, 1), as Listing 7.8 has it: times √d it has variance d, and the positions beside it have ½.
  public static func unitTable(_ V: Int, _ d: Int, random: RandomSource) -> Embedding {
    Embedding(table: random.normal([V, d]))
  }

  /// The sum of all Pre-Norm sub-layers, (7.10) without a normalization behind the last one.
  public static func withoutLastNorm(_ encoder: TransformerEncoder, _ x: Tensor) -> Tensor {
    encoder.blocks.reduce(x) { x, block in block(x) }
  }

  /// The mean over all places of a padded batch, as in Listing 7.8: padding counts.
  public static func paddingCounted(_ model: TransformerClassifier, _ tokens: Tokens) -> Tensor {
    model.classifier(model.encoder(model.embedded(tokens), mask: .padding(tokens.lengths)).mean(axes: [1]))
  }

  /// A matrix of GPT-2's file, [inputs × outputs], taken for one with a row for each output. A square one fits. § 7.7
  public static func matrixAsPublished(_ published: Tensor) -> Linear { Linear(weight: published, bias: nil) }
}

/// Models that are trained or used in the wrong way.
extension Mistake {
  /// The logits after a text in training mode: dropout is at work, and the same text has other logits each time. § 7.7
  public static func drawnInTraining(_ model: GPT, after text: [Int]) -> Tensor {
    var model = model
    return model.observing { $0([text]) }[0, text.count - 1]
  }

  /// What a cache of C tokens computes behind a full context if its oldest entry is dropped and the others stay: they
  /// keep the positions 1 to C − 1, and the new token has C − 1, too. § 7.7
  public static func cacheSlid(_ model: GPT, over window: [Int]) -> Tensor {
    var slid = model
    slid.positions = model.positions.gathered(Array(1..<window.count) + [window.count - 1])
    return slid([window])[0, window.count - 1]
  }

  /// A second copy of the tied table: from the first step on, the two are different. § 7.7
  public static func copiedTable(_ model: GPT) -> GPT {
    var model = model
    model.head = Linear(weight: model.tokens.table, bias: nil)
    return model
  }

  /// AdamW with one weight decay for all parameters, factors of normalizations among them. § 7.8
  public static func decayOnEverything(learningRate η: Double, weightDecay λ: Double) -> Adam {
    Adam(learningRate: η, weightDecay: λ)
  }

  /// Weights that were trained with pairs (x₀, x₁), (x₂, x₃), … turned in pairs of halves. § 7.10
  public static func otherPairing(_ trained: RotaryPositions) -> RotaryPositions {
    RotaryPositions(trained.turned, pairing: trained.pairing == .halves ? .interleaved : .halves, base: trained.base)
  }
}
