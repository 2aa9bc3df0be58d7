// § 12.2.3  Texts about residents, and questions about them

import DataSets
import Messages
import Tensors
import Transformer

/// A world of people and places: "anna lives in new york . bruno works in rome ." § 12.2.3
///
/// A text has facts about several people, and each fact has its own random place, so that only the text can tell the
/// answer. Places have one to three words; the answer to a question is such a span.
public struct ResidentWorld: Sendable {
  /// All symbols: the four special ones and then the words.
  public let vocabulary: [String]
  private let numbers: [String: Int]

  /// The people.
  public static let people = [
    "anna", "bruno", "clara", "dario", "elena", "fabio", "greta", "hugo", "irene", "jonas", "klara", "luca",
  ]
  /// What connects a person with a place.
  public static let relations = ["lives in", "works in", "was born in", "studied in"]
  /// The places, of one to three words.
  public static let places = [
    "rome", "paris", "oslo", "lima", "cairo", "delhi", "new york", "new delhi", "cape town", "los angeles",
    "san francisco", "rio de janeiro", "salt lake city", "ho chi minh", "kuala lumpur", "mexico city",
  ]
  /// The numbers of the special symbols.
  public static let padding = 0, classifier = 1, separator = 2, mask = 3

  /// The world with its vocabulary.
  public init() {
    let words = Self.people + Self.relations + Self.places
    let known = Set(words.flatMap { $0.split(separator: " ").map(String.init) } + ["."])
    vocabulary = ["[PAD]", "[CLS]", "[SEP]", "[MASK]"] + known.sorted()
    numbers = Dictionary(uniqueKeysWithValues: vocabulary.enumerated().map { ($1, $0) })
  }

  /// The symbols of a text.
  public func symbols(_ text: String) -> [Int] {
    text.split(separator: " ").map { word in
      guard let number = numbers[String(word)] else {
        fatalError("cannot read “\(word)”: the world of residents has no such word")
      }
      return number
    }
  }

  /// The text of symbols.
  public func text(_ symbols: some Sequence<Int>) -> String {
    symbols.map { vocabulary[$0] }.joined(separator: " ")
  }

  /// A fact of a text.
  public struct Fact: Sendable, Equatable {
    /// The numbers of the person, of the relation and of the place.
    public let person, relation, place: Int
    /// The fact as a sentence.
    public var sentence: String {
      "\(ResidentWorld.people[person]) \(ResidentWorld.relations[relation]) \(ResidentWorld.places[place]) ."
    }
  }

  /// Facts with different relations and random people and places, in random order: the relation tells which of them a
  /// question is about.
  public func facts(_ count: Int, random: RandomSource) -> [Fact] {
    require(
      (1...Self.relations.count).contains(count),
      "cannot write \(count) facts about residents: 1 to \(Self.relations.count), one for each relation, are possible")
    return random.permutation(Self.relations.count).prefix(count).map { relation in
      Fact(
        person: random.integer(below: Self.people.count), relation: relation,
        place: random.integer(below: Self.places.count))
    }
  }

  /// A question about a random fact of a new text. § 12.2.3
  public func question(facts count: Int, random: RandomSource) -> Question {
    let facts = facts(count, random: random)
    return question(about: random.integer(below: count), of: facts)
  }

  /// The question about one of the facts of a text, as a cloze: "[CLS] bruno works in [MASK] . [SEP]" and the text.
  ///
  /// The notation of a question is that of Lewis, Denoyer and Riedel (2019): a statement with a gap.
  public func question(about asked: Int, of facts: [Fact]) -> Question {
    require(
      facts.indices.contains(asked), "cannot ask about fact \(asked) of \(facts.count): there is no such fact")
    let stem = symbols("\(Self.people[facts[asked].person]) \(Self.relations[facts[asked].relation])")
    let head = [Self.classifier] + stem + [Self.mask] + symbols(".") + [Self.separator]
    let body = symbols(facts.map(\.sentence).joined(separator: " ")) + [Self.separator]
    let before = symbols(facts[..<asked].map(\.sentence).joined(separator: " ")).count
    let start = head.count + before + stem.count
    let length = symbols(Self.places[facts[asked].place]).count
    return Question(
      symbols: head + body, types: head.map { _ in 0 } + body.map { _ in 1 }, asked: 1 + stem.count,
      answer: start...start + length - 1)
  }

  /// Two texts without labels for pre-training, and the types of their symbols: some of the facts, and then all of them
  /// in another order. A word that is masked in one text can be found in the other.
  public func unlabeled(facts count: Int, random: RandomSource) -> (symbols: [Int], types: [Int]) {
    let facts = facts(count, random: random)
    let again = random.permutation(count).prefix(1 + random.integer(below: count)).map { facts[$0] }
    let first = [Self.classifier] + symbols(again.map(\.sentence).joined(separator: " ")) + [Self.separator]
    let second = symbols(facts.map(\.sentence).joined(separator: " ")) + [Self.separator]
    return (first + second, first.map { _ in 0 } + second.map { _ in 1 })
  }

  /// The most words of a place.
  public static let longestPlace = 3
}
