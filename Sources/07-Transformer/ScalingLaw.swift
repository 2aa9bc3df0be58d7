// § 7.10  Losses of larger and larger language models

import DataSets
import Foundations
import Messages
import Tensors

extension PowerLaw {
  /// L(N) = (N_c/N)^α_N with α_N = 0.076 and N_c = 8.8 · 10¹³, in nats per token. (7.16)
  ///
  /// N counts the parameters without those of the symbols' vectors. The notes do not give N_c. Kaplan et al. (2020).
  public static let kaplan = PowerLaw(exponent: 0.076, scale: 8.8e13)

  /// By what the loss above the floor is multiplied when N grows by a factor.
  public func ratio(ofGrowing factor: Double) -> Double {
    Tensor(factor, scalarType: .double).power(-exponent).item
  }

  /// How far the measured losses are from the law, as the root mean square of ln(L − L∞) minus its fit.
  public func residual(_ n: Tensor, _ loss: Tensor) -> Double {
    let (n, loss) = (n.converted(to: .double), loss.converted(to: .double))
    return ((loss - floor).log() - (self(n) - floor).log()).squared().mean().squareRoot().item
  }
}

/// Pieces of a small language that begin with a sentence, and what each of their characters costs a reader who knows
/// the language. § 7.10
///
/// Whoever reads from the beginning of a sentence has seen everything that matters, so no loss is due to the window.
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
    require(!starts.isEmpty, "cannot cut pieces of \(T) characters from \(numbers.count)")
    (self.numbers, self.language, length) = (numbers, language, T)
  }

  /// A random piece: the end of a sentence, which is only read, and T characters.
  public func draw(_ random: RandomSource) -> [Int] { piece(starts[random.integer(below: starts.count)]) }

  /// The first pieces, none within another, at most `count`.
  public func pieces(_ count: Int) -> [[Int]] {
    var (pieces, end) = ([[Int]](), 0)
    for start in starts where pieces.count < count && start >= end {
      pieces.append(piece(start))
      end = start + length
    }
    return pieces
  }

  private func piece(_ start: Int) -> [Int] { Array(numbers[start...start + length]) }

  /// The mean loss of the language itself on pieces, in nats per character: what no model can undercut.
  public func floor(of pieces: [[Int]]) -> Double {
    let losses = pieces.map { language.loss(of: vocabulary.decode($0.dropFirst())) }
    return losses.reduce(0, +) / Double(pieces.count * length)
  }
}

/// A model of some size, and what it has reached. § 7.10
public struct ScalingRun: Sendable {
  /// The width of its vectors.
  public let width: Int
  /// N, without the vectors of the symbols and the output, and all parameters.
  public let parameters, all: Int
  /// The loss on new sentences, in nats per character.
  public let loss: Double

  /// What a model of this size has reached.
  public init(width: Int, parameters: Int, all: Int, loss: Double) {
    (self.width, self.parameters, self.all, self.loss) = (width, parameters, all, loss)
  }
}
