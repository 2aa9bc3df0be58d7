// § 7.10  Pre-training without labels, fine-tuning with few labels

import DataSets
import Foundations
import Messages
import Tensors

/// A classifier that is initialized with a language model: a linear map computes the logits from the state at the last
/// symbol, the only state that has seen the whole sequence. Groudiev, *Deep Learning*, § 6.6.3
public struct LlamaClassifier: Module {
  /// The language model. Its output layer is not used.
  public var model: Llama
  /// From the last state to the logits of K classes.
  public var head: Linear

  /// A classifier for K classes: a language model with a new head.
  public init(_ model: Llama, classes K: Int, random: RandomSource) {
    self.model = model
    head = Linear(model.output.weight.shape[1], K, random: random)
  }

  /// The language model and the head.
  public static var parameters: [PartialKeyPath<LlamaClassifier>] { [\.model, \.head] }

  /// The logits of each sequence, whatever follows its end, because the model is causal. [N×K]
  public func callAsFunction(_ sequences: Tokens) -> Tensor {
    let (N, T) = (sequences.count, sequences.time)
    let states = model.states(of: (0..<N).map { Array(sequences.numbers[$0 * T..<($0 + 1) * T]) })  // [N×T×d]
    let last = sequences.lengths.enumerated().map { $0 * T + $1 - 1 }
    return head(states.reshaped([N * T, states.shape[2]]).gathered(last))
  }
}

/// A question about unfinished sentences of `SmallLanguage.agreement`: will the next verb be singular or plural? "the
/// dogs that the old farmer sees " is followed by "sleep", which agrees with "dogs". § 7.10
///
/// A language model must know this to predict the verb, although it is trained without labels. Linzen, Dupoux and
/// Goldberg (2016).
public enum AgreementQuestion {
  /// A sentence with a relative clause up to its main verb, and the number of that verb: 0 for singular, 1 for plural.
  /// The text begins with the line break that ends the previous sentence.
  public static func draw(from source: RandomSource) -> LabeledText {
    while true {
      let sentence = SmallLanguage.agreement.sentence(from: source).split(separator: " ").map(String.init)
      guard let clause = sentence.firstIndex(of: "that"), let verb = sentence.lastIndex(where: isMainVerb) else {
        continue
      }
      let subject = sentence[clause - 1]
      return LabeledText(
        text: "\n" + sentence[..<verb].map { $0 + " " }.joined(), label: subject.hasSuffix("s") ? 1 : 0)
    }
  }

  /// Whether a word is an intransitive verb, in the singular or in the plural.
  private static func isMainVerb(_ word: String) -> Bool {
    ["sleep", "run", "sing", "wait", "dance", "laugh"].contains { word.hasPrefix($0) }
  }
}
