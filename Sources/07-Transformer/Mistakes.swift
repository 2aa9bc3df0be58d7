// A gallery of mistakes: masks and targets, inputs, and the use of a Transformer

import Attention
import CNN
import DataSets
import Foundations
import Regularization
import Running
import Tensors
import Training

/// Models that see what they should predict, or are evaluated on text that they have seen.
extension Mistake {
  /// (7.15) with rows and columns exchanged: position i sees itself and what comes after it. § 7.7
  public static func transposedMask(_ n: Int, scalarType type: ScalarType) -> AttentionMask {
    .allowed(Tensor.lowerTriangle(n, n, diagonal: 0, scalarType: type).transposed)
  }

  /// The loss of (7.14) with the symbols that are read as targets: a model that repeats its input has a low loss. § 7.7
  public static func lossOnInputs(_ model: GPT, _ pieces: [[Int]]) -> Tensor {
    let logits = model(pieces.map { Array($0.dropLast()) })
    return logits.reshaped([logits.shape[0] * logits.shape[1], model.symbols])
      .crossEntropy(labels: pieces.flatMap { $0.dropLast() })
  }

  /// Windows of T symbols that begin at every position of a text, split only after shuffling, a tenth for validation:
  /// each validation window overlaps training windows. § 7.7
  public static func dividedAfterCutting(
    _ text: [Int], _ T: Int, random: RandomSource
  ) -> (train: [[Int]], held: [[Int]]) {
    let windows = random.permutation(text.count - T).map { Array(text[$0..<$0 + T]) }
    return (Array(windows[..<(windows.count * 9 / 10)]), Array(windows[(windows.count * 9 / 10)...]))
  }
}

/// Inputs that are missing or have the wrong scale.
extension Mistake {
  /// A classifier that reads √d E x without positions: the order of the tokens is lost. § 7.3
  public static func withoutPositions(_ model: TransformerClassifier, _ tokens: Tokens) -> Tensor {
    let h = model.encoder(model.scaledTokens(tokens))
    return model.classifier(maskedMean(h, lengths: tokens.lengths))
  }

  /// A table of N(0, 1), as Listing 7.8 has it: multiplied by √d it has variance d, but the positions have variance ½.
  public static func unitTable(_ V: Int, _ d: Int, random: RandomSource) -> Embedding {
    Embedding(table: random.normal([V, d]))
  }

  /// The sum of all Pre-Norm sub-layers, (7.10) without a normalization after the last one.
  public static func withoutLastNorm(_ encoder: TransformerEncoder, _ x: Tensor) -> Tensor {
    encoder.blocks.reduce(x) { x, block in block(x) }
  }

  /// The mean over all positions of a padded batch, as in Listing 7.8: padding counts.
  public static func paddingCounted(_ model: TransformerClassifier, _ tokens: Tokens) -> Tensor {
    model.classifier(model.encoder(model.embedded(tokens), mask: .padding(tokens.lengths)).mean(axes: [1]))
  }

  /// A matrix of GPT-2's file, [inputs × outputs], read as [outputs × inputs]. If it is square, the shapes fit. § 7.7
  public static func matrixAsPublished(_ published: Tensor) -> Linear { Linear(weight: published, bias: nil) }
}

/// Models that are trained or used in the wrong way.
extension Mistake {
  /// The logits after a text in training mode: dropout is active, and the same text gets different logits each time.
  /// § 7.7
  public static func drawnInTraining(_ model: GPT, after text: [Int]) -> Tensor {
    var model = model
    return model.observing { $0([text]) }[0, text.count - 1]
  }

  /// The logits from a full cache of C tokens if its oldest entry is dropped and the others are kept: these still have
  /// the positions 1 to C − 1, and the new token also gets position C − 1. § 7.7
  public static func cacheSlid(_ model: GPT, over window: [Int]) -> Tensor {
    var slid = model
    slid.positions = model.positions.gathered(Array(1..<window.count) + [window.count - 1])
    return slid([window])[0, window.count - 1]
  }

  /// A copy of the tied table: after the first step the two tables differ. § 7.7
  public static func copiedTable(_ model: GPT) -> GPT {
    var model = model
    model.head = Linear(weight: model.tokens.table, bias: nil)
    return model
  }

  /// AdamW with one weight decay for all parameters, including the factors of normalizations. § 7.8
  public static func decayOnEverything(learningRate η: Double, weightDecay λ: Double) -> Adam {
    Adam(learningRate: η, weightDecay: λ)
  }

  /// Weights that were trained with the pairs (x₀, x₁), (x₂, x₃), …, used with the pairing by halves. § 7.10
  public static func otherPairing(_ trained: RotaryPositions) -> RotaryPositions {
    RotaryPositions(trained.turned, pairing: trained.pairing == .halves ? .interleaved : .halves, base: trained.base)
  }
}
