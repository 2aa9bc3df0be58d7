// The options of a program that generates text.

import Files
import Messages

/// What the reader asked of an item that generates text; nil leaves the item its own choice.
public struct GenerationOptions: Sendable, Equatable {
  /// The text to continue, or `@` and the name of a file that holds it.
  public var prompt: String?
  /// How many tokens to add.
  public var length: Int?
  /// The number by which the logits are divided; 0 always takes the likeliest token.
  public var temperature: Double?
  /// How many of the likeliest tokens are allowed.
  public var topK: Int?
  /// The total probability of the allowed tokens.
  public var topP: Double?
  /// How many samples to write.
  public var samples: Int?
  /// The file with a saved model, or the folder of a published one, so that nothing is trained.
  public var model: String?
  /// Whether lines are read and continued until there are none.
  public var isInteractive = false

  /// No wishes.
  public init() {}

  /// The text to continue, read from its file if the prompt names one; nil if there is no prompt.
  ///
  /// Throws a `DataError` if the file cannot be read.
  public func promptText() throws -> String? {
    guard let prompt, prompt.hasPrefix("@") else { return prompt }
    return try DataFile(path: String(prompt.dropFirst())).text()
  }

  /// The options as arguments.
  var arguments: [String] {
    let values: [(String, String?)] = [
      ("--prompt", prompt), ("--length", length.map { "\($0)" }), ("--temperature", temperature.map { "\($0)" }),
      ("--top-k", topK.map { "\($0)" }), ("--top-p", topP.map { "\($0)" }), ("--samples", samples.map { "\($0)" }),
      ("--from", model),
    ]
    let words = values.flatMap { name, value in
      value.map { $0.hasPrefix("-") ? ["\(name)=\($0)"] : [name, $0] } ?? []
    }
    return words + (isInteractive ? ["--interactive"] : [])
  }

  /// The part of file names that states these wishes; empty if there are none.
  var ending: String { self == GenerationOptions() ? "" : model == nil ? "-prompted" : "-from-file" }
}

extension Arguments {
  /// The options of items that generate text.
  static let generating: [(name: String, value: String?, what: String)] = [
    ("--prompt", "TEXT", "the text to continue; @FILE takes it from a file"),
    ("--length", "N", "how many tokens to add"),
    ("--temperature", "X", "0 takes the likeliest token, 1 draws from the model, above 1 more evenly"),
    ("--top-k", "K", "draw only from the K likeliest tokens"),
    ("--top-p", "P", "draw only from the likeliest tokens with a total probability of P"),
    ("--samples", "N", "how many samples to write"),
    ("--from", "FILE", "use the model that a run saved in FILE, and train nothing"),
    ("--interactive", nil, "read lines and continue them; :help lists what else can be typed"),
  ]

  /// Records a wish; an unknown name is ignored.
  func set(_ name: String, _ value: String, in wishes: inout GenerationOptions) throws {
    switch name {
    case "--prompt": wishes.prompt = value
    case "--length": wishes.length = try whole(name, value, in: 1...1_000_000, "400")
    case "--temperature": wishes.temperature = try number(name, value, "from 0 to 10", "0.8") { (0...10).contains($0) }
    case "--top-k": wishes.topK = try whole(name, value, in: 1...1_000_000, "20")
    case "--top-p": wishes.topP = try number(name, value, "above 0 and at most 1", "0.9") { $0 > 0 && $0 <= 1 }
    case "--samples": wishes.samples = try whole(name, value, in: 1...1000, "5")
    case "--from": wishes.model = try modelFile(value)
    case "--interactive": wishes.isInteractive = true
    default: return
    }
  }

  /// Refuses wishes of an item that generates nothing, and those that contradict each other.
  func check(_ wishes: GenerationOptions, of item: Exercise, _ options: RunOptions) throws {
    if wishes.arguments.isEmpty { return }
    var refused = wishes
    if item.readsModels { refused.model = nil }
    if !item.generatesText, let first = refused.arguments.first?.split(separator: "=").first {
      let others = items.filter(\.generatesText).map { "\(program) \($0.command)" }
      let advice =
        others.isEmpty ? "leave \(first) out" : "leave \(first) out, or try \(others.joined(separator: ", "))"
      throw UsageError("\(item.command) generates no text: \(advice)")
    }
    if let path = wishes.model, !item.readsModelFolders, case .folder = SystemPath.kind(path) {
      throw UsageError("--from needs a file with a model, but '\(path)' is a folder: name a file in it")
    }
    if wishes.model != nil && options.checkpoint != nil {
      throw UsageError(
        "--from uses a saved model and trains nothing, so there is nothing to keep: leave --checkpoint out")
    }
  }

  private func whole(_ name: String, _ text: String, in range: ClosedRange<Int>, _ example: String) throws -> Int {
    guard let number = Int(text), range.contains(number) else {
      throw UsageError(
        "\(name) needs a whole number from \(range.lowerBound) to \(range.upperBound), "
          + "found '\(text)': \(name) \(example)"
      )
    }
    return number
  }

  private func number(
    _ name: String, _ text: String, _ range: String, _ example: String, _ isAllowed: (Double) -> Bool
  ) throws -> Double {
    guard let number = Double(text), isAllowed(number) else {
      throw UsageError("\(name) needs a number \(range), found '\(text)': \(name) \(example)")
    }
    return number
  }

  private func modelFile(_ path: String) throws -> String {
    switch SystemPath.kind(path) {
    case .file, .folder: return path
    case .missing:
      throw UsageError("--from needs a file with a model, but there is none at '\(path)': check the path")
    case .other(let kind): throw UsageError("--from needs a file with a model, but '\(path)' is a \(kind)")
    case .brokenLink(let target):
      throw UsageError(
        "--from needs a file with a model, but '\(path)' is a link to '\(target)', which does not exist")
    case .unreachable(let reason): throw UsageError("cannot access the model '\(path)': \(reason)")
    }
  }
}
