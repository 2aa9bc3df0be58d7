// Text that is continued line by line, as --interactive asks.

import Foundation
import Messages
import Tensors
import Training

/// How text is continued.
public struct GenerationSettings: Sendable, Equatable {
  /// How many tokens to add.
  public var length: Int
  /// The number by which the logits are divided; 0 always takes the likeliest token.
  public var temperature: Double
  /// How many of the likeliest tokens are allowed; nil for all.
  public var topK: Int?
  /// The total probability of the allowed tokens; nil for all.
  public var topP: Double?

  /// Settings with the values that the reader asked for, and these values for the others.
  public init(_ wishes: GenerationOptions = GenerationOptions(), length: Int = 200, temperature: Double = 1) {
    (self.length, self.temperature) = (wishes.length ?? length, wishes.temperature ?? temperature)
    (topK, topP) = (wishes.topK, wishes.topP)
  }
}

/// A generator of text, as closures, so that the console does not depend on a model.
public struct TextGenerator {
  /// Continues a text: hands over token by token, until the length is reached or `emit` returns false.
  public var proceed:
    (_ text: String, _ settings: GenerationSettings, _ random: RandomSource, _ emit: (String) -> Bool) throws -> Void
  /// The likeliest next tokens after a text, each with its probability, before top-k and top-p.
  public var likeliest: (_ text: String, _ count: Int, _ temperature: Double) throws -> [(token: String, share: Double)]
  /// Other things to show, by the name of their command, such as "gates": each returns a text to print.
  public var views: [String: (_ text: String) throws -> String] = [:]

  /// A generator of these parts.
  public init(
    proceed: @escaping (String, GenerationSettings, RandomSource, (String) -> Bool) throws -> Void,
    likeliest: @escaping (String, Int, Double) throws -> [(token: String, share: Double)]
  ) {
    (self.proceed, self.likeliest) = (proceed, likeliest)
  }
}

extension Run {
  /// Reads lines from standard input and continues the text with each, until there are no more, or until `:quit`.
  ///
  /// Every line is added to the text so far, and so is what is generated. Control-C ends a continuation, a second one
  /// the program. If the generator throws an error, it is shown, and the next line is read.
  public func converse(_ generator: TextGenerator, settings: GenerationSettings, prompt: String = "") {
    var conversation = Conversation(generator: generator, settings: settings, text: prompt, random: random.split())
    endProgress()
    while !conversation.isOver {
      if console.isTerminal { console.out("> ") }
      guard let line = console.input() else { break }
      conversation.answer(line, to: console)
    }
  }
}

extension Run {
  /// Reads lines from standard input and prints the answer to each, until there are no more, or until `:quit`.
  ///
  /// If `answer` throws an error, it is shown, and the next line is read.
  public func answerLines(_ answer: (String) throws -> String) {
    endProgress()
    while true {
      if console.isTerminal { console.out("> ") }
      guard let line = console.input(), line != ":quit" else { break }
      do { console.out(displayed(try answer(line)) + "\n") } catch {
        console.err(displayed("\(error)\n"))
      }
    }
  }
}

/// The state of a conversation.
private struct Conversation {
  let generator: TextGenerator
  var settings: GenerationSettings
  var text: String
  var random: RandomSource
  var isOver = false

  private static let commands = [
    ":temperature X", ":top-k K", ":top-p P", ":length N", ":seed N", ":probabilities", ":reset", ":help", ":quit",
  ]

  mutating func answer(_ line: String, to console: Console) {
    do {
      if line.hasPrefix(":") { return try obey(line, console) }
      try proceed(line, console)
    } catch { console.err(displayed("\(error)\n")) }
  }

  private mutating func proceed(_ line: String, _ console: Console) throws {
    let start = text + line
    var added = ""
    Interruption.listen()
    defer { Interruption.stopListening() }
    console.out(displayed(line))
    try generator.proceed(start, settings, random) { token in
      added += token
      console.out(displayed(token))
      return !Interruption.isAsked
    }
    console.out("\n")
    text = start + added
  }

  private mutating func obey(_ line: String, _ console: Console) throws {
    let words = line.split(separator: " ", maxSplits: 1).map(String.init)
    let (name, value) = (words[0], words.count > 1 ? words[1] : "")
    switch name {
    case ":quit": isOver = true
    case ":reset": text = ""
    case ":help": console.out(help)
    case ":seed":
      guard let seed = UInt64(value) else { throw UsageError(":seed needs a whole number, found '\(value)': :seed 3") }
      random = RandomSource(seed: seed)
    case ":probabilities":
      for (token, share) in try generator.likeliest(text, 5, settings.temperature) {
        console.out("\(NumberText.formatted(share, "%.3f"))  \(displayed(token).debugDescription)\n")
      }
    case ":temperature", ":top-k", ":top-p", ":length":
      var wishes = GenerationOptions()
      (wishes.length, wishes.temperature) = (settings.length, settings.temperature)
      (wishes.topK, wishes.topP) = (settings.topK, settings.topP)
      do { try Arguments(program: "", items: []).set("--" + name.dropFirst(), value, in: &wishes) } catch {
        throw UsageError("\(error)".replacing("--", with: ":"))
      }
      settings = GenerationSettings(wishes)
    default:
      guard let view = generator.views[String(name.dropFirst())] else {
        let names = (Self.commands + views).map { String($0.split(separator: " ")[0]) }
        let near = nearest(to: name, in: names).map { "did you mean '\($0)'?" } ?? ":help lists what there is"
        throw UsageError("unknown command '\(name)': \(near)")
      }
      console.out(try view(text) + "\n")
    }
  }

  private var views: [String] { generator.views.keys.sorted().map { ":" + $0 } }
  private var help: String { "a line continues the text; " + (Self.commands + views).joined(separator: ", ") + "\n" }
}

/// A text as it may be sent to a terminal: control characters other than line breaks and tabs are shown as �.
public func displayed(_ text: String) -> String {
  var shown = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    let isControl = [.control, .format].contains(scalar.properties.generalCategory)
    shown.append(isControl && scalar != "\n" && scalar != "\t" ? "\u{FFFD}" : scalar)
  }
  return String(shown)
}
