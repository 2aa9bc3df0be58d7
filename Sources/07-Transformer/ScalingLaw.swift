// § 7.10  Losses of language models of increasing size

import DataSets
import Foundations
import Messages
import Tensors

extension PowerLaw {
  /// L(N) = (N_c/N)^α_N with α_N = 0.076 and N_c = 8.8 · 10¹³, in nats per token. (7.16)
  ///
  /// N counts the parameters without the embeddings. The notes do not give N_c. Kaplan et al. (2020).
  public static let kaplan = PowerLaw(exponent: 0.076, scale: 8.8e13)

  /// The factor by which the loss above its floor changes when N grows by a given factor.
  public func ratio(ofGrowing factor: Double) -> Double {
    Tensor(factor, scalarType: .double).power(-exponent).item
  }

  /// The error of the fit: the root mean square of the difference between ln(L − L∞) and the law.
  public func residual(_ n: Tensor, _ loss: Tensor) -> Double {
    let (n, loss) = (n.converted(to: .double), loss.converted(to: .double))
    return ((loss - floor).log() - (self(n) - floor).log()).squared().mean().squareRoot().item
  }
}

/// Pieces of text of a small language that begin with a sentence, and the loss of the language itself for each of their
/// characters. § 7.10
///
/// The probabilities depend only on the current sentence, so starting a piece with a sentence causes no additional
/// loss.
public struct SentenceWindows: Sendable {
  /// The characters.
  public let vocabulary: Vocabulary
  /// The number of characters T that are predicted in a piece.
  public let length: Int
  private let numbers, starts: [Int]
  private let language: SmallLanguage

  /// Pieces of T characters of a text of the language.
  public init(_ language: SmallLanguage, characters: Int, length T: Int, random: RandomSource) throws {
    let text = "\n" + language.text(characters: characters, from: random)
    vocabulary = Vocabulary(charactersOf: text)
    let numbers = try vocabulary.encode(text)
    let end = try vocabulary.encode("\n")[0]
    starts = numbers.indices.filter { numbers[$0] == end && $0 + T < numbers.count }
    require(!starts.isEmpty, "cannot cut pieces of \(T) characters from \(numbers.count): a longer text is needed")
    (self.numbers, self.language, length) = (numbers, language, T)
  }

  /// A random piece: the line break before a sentence, which is only read, and T characters to predict.
  public func draw(_ random: RandomSource) -> [Int] { piece(starts[random.integer(below: starts.count)]) }

  /// The first pieces that do not overlap, at most `count`.
  public func pieces(_ count: Int) -> [[Int]] {
    var (pieces, end) = ([[Int]](), 0)
    for start in starts where pieces.count < count && start >= end {
      pieces.append(piece(start))
      end = start + length
    }
    return pieces
  }

  private func piece(_ start: Int) -> [Int] { Array(numbers[start...start + length]) }

  /// The mean loss of the language itself on pieces, in nats per character: no model can have a lower expected loss.
  public func floor(of pieces: [[Int]]) -> Double {
    let losses = pieces.map { language.loss(of: vocabulary.decode($0.dropFirst())) }
    return losses.reduce(0, +) / Double(pieces.count * length)
  }
}

/// A model of some size, and its loss. § 7.10
public struct ScalingRun: Sendable {
  /// The width of its vectors.
  public let width: Int
  /// N, the parameters without embeddings and output, and the number of all parameters.
  public let parameters, all: Int
  /// The loss on new sentences, in nats per character.
  public let loss: Double

  /// The result of a model of this size.
  public init(width: Int, parameters: Int, all: Int, loss: Double) {
    (self.width, self.parameters, self.all, self.loss) = (width, parameters, all, loss)
  }
}
