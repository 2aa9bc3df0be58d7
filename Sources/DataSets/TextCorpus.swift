// A text to learn a language from, and labelled texts to classify.

import Messages
import Tensors

/// A text in two parts, and what is known about its language.
public struct TextCorpus: Sendable {
  /// The name of the text.
  public let name: String
  /// The part for training.
  public let train: String
  /// The part for validation.
  public let validation: String
  /// Which text this is, and where it came from.
  public let origin: String
  /// The language that the text was drawn from; nil for a text that people wrote.
  public let language: SmallLanguage?

  /// The text in these parts.
  public init(name: String, train: String, validation: String, origin: String, language: SmallLanguage? = nil) {
    (self.name, self.train, self.validation) = (name, train, validation)
    (self.origin, self.language) = (origin, language)
  }

  /// A text whose last tenth is for validation.
  public init(name: String, text: String, origin: String) {
    let scalars = Array(text.unicodeScalars)
    let cut = scalars.count * 9 / 10
    func part(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars)
      return String(text)
    }
    self.init(name: name, train: part(scalars[..<cut]), validation: part(scalars[cut...]), origin: origin)
  }

  /// Sentences of a language, about nine tenths of them to learn from, each part of whole sentences; always the same
  /// for the same number of characters.
  public static func generated(
    _ language: SmallLanguage = .agreement, characters: Int, remark: String = ""
  ) -> TextCorpus {
    let source = RandomSource(seed: 1990)
    return TextCorpus(
      name: "generated sentences", train: language.text(characters: characters * 9 / 10, from: source),
      validation: language.text(characters: characters / 10, from: source), origin: "generated sentences\(remark)",
      language: language)
  }

  /// Whether people wrote the text.
  public var isReal: Bool { language == nil }

  /// One line for the card of a run: the origin of the text, and its characters.
  public var provenance: String {
    "\(origin), \(grouped(train.unicodeScalars.count)) + \(grouped(validation.unicodeScalars.count)) characters"
  }
}

/// A text and the number of its class.
public struct LabeledText: Sendable, Equatable {
  /// The text.
  public let text: String
  /// Its class, counted from 0.
  public let label: Int

  /// The text with this label.
  public init(text: String, label: Int) { (self.text, self.label) = (text, label) }

  /// The words of the text, as `Vocabulary.words` separates them.
  public var words: [String] { Vocabulary.words(in: text) }
}

/// A data set for text classification: training texts, test texts, and their origin.
public struct TextClassification: Sendable {
  /// The name of the set.
  public let name: String
  /// The names of the classes, in the order of their numbers.
  public let classNames: [String]
  /// The texts for training, and those for testing.
  public let train, test: [LabeledText]
  /// Which data this is, and where it came from.
  public let origin: String
  /// Whether people wrote the texts; false for generated ones.
  public let isReal: Bool

  /// The data set made of these parts.
  public init(
    name: String, classNames: [String], train: [LabeledText], test: [LabeledText], origin: String, isReal: Bool
  ) {
    (self.name, self.classNames, self.train, self.test) = (name, classNames, train, test)
    (self.origin, self.isReal) = (origin, isReal)
  }

  /// One line for the card of a run: the origin of the data, and how much of it there is.
  public var provenance: String { "\(origin), \(grouped(train.count)) + \(grouped(test.count)) texts" }

  /// The set with at most this many training and test texts, the first ones of both parts.
  public func limited(to count: Int, _ testCount: Int = .max) -> TextClassification {
    TextClassification(
      name: name, classNames: classNames, train: Array(train.prefix(count)), test: Array(test.prefix(testCount)),
      origin: origin, isReal: isReal)
  }
}
