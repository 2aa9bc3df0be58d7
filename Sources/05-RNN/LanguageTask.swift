// Exercise 5.1  A text to learn from, and the losses of simple models on it

import DataSets
import Figures
import Messages
import Running
import Tensors
import Training

/// A text to learn to write from, and the losses to compare a model with.
public struct LanguageTask: Sendable {
  /// The characters.
  public let vocabulary: Vocabulary
  /// The training text and the validation text.
  public let train, held: [Int]
  /// The losses of n-grams on the validation text, n = 1 to 6, and that of uniform guessing, in nats per character.
  public let nGrams: [Double], uniform: Double
  /// The loss of the language itself on the same text, and its entropy in nats per character; nil for a natural text.
  public let truth, entropy: Double?
  /// The beginning of every sample.
  public let prompt: [Int]
  /// What the text is.
  public let origin: String

  /// The task of a text; the losses are measured on the first `judged` characters of its validation part.
  public init(_ corpus: TextCorpus, judged: Int) throws {
    let vocabulary = Vocabulary(charactersOf: corpus.train + corpus.validation)
    train = try vocabulary.encode(corpus.train)
    let held = Array(try vocabulary.encode(corpus.validation).prefix(judged))
    let known = train
    nGrams = (1...6).map { NGramModel(order: $0, of: known, vocabulary: vocabulary.count).loss(of: held) }
    uniform = NGramModel(order: 1, of: [], vocabulary: vocabulary.count).loss(of: held)
    truth = corpus.language.map { $0.loss(of: vocabulary.decode(held)) / Double(held.count) }
    entropy = corpus.language?.entropy
    prompt = try vocabulary.encode(
      String(corpus.train.prefix { $0 != "\n" && $0 != " " }) + (corpus.isReal ? "\n" : " "))
    (self.vocabulary, self.held, origin) = (vocabulary, held, corpus.provenance)
  }

  /// What the text is and how hard it is to guess, in two lines.
  public var description: String {
    "\(origin)\n\(vocabulary.count) different characters, \(grouped(held.count)) judged\n\n"
      + "nats per character: guessing \(decimals(uniform, 3)), 1-, 2- and 5-grams "
      + [0, 1, 4].map { decimals(nGrams[$0], 3) }.joined(separator: ", ")
      + (truth.map { ", the language itself \(decimals($0, 3))" } ?? "") + "\n"
  }

  /// The steps at which a model is evaluated: 0, 1, 5, 20, 50 and 100 % of all.
  public static func watched(of steps: Int) -> [Int] {
    var seen = Set<Int>()
    return [0, 0.01, 0.05, 0.2, 0.5, 1].map { Int((Double(steps) * $0).rounded(.up)) }
      .filter { seen.insert($0).inserted }
  }

  /// A line with the loss, and the first two lines of the prompt with its continuation.
  public func told(_ name: String, step: Int, loss: Double, sample: [Int]) -> String {
    let lines = displayed(vocabulary.decode(prompt + sample)).split(separator: "\n", omittingEmptySubsequences: false)
    return "\(name), step \(step): \(decimals(loss, 3)) nats, \(decimals(bits(loss), 3)) bits\n"
      + lines.prefix(2).map { "  | \($0.prefix(100))" }.joined(separator: "\n") + "\n"
  }

  // MARK: - Results

  /// All losses, from guessing to the best.
  public func table(_ curves: [LanguageCurve]) -> Table {
    var rows = [("guessing", uniform)]
    rows += nGrams.enumerated().map { ("\($0 + 1)-gram, Witten–Bell", $1) }
    rows += curves.map { ($0.name, $0.loss) }
    if let truth { rows.append(("the language itself, on this text", truth)) }
    if let entropy { rows.append(("its entropy", entropy)) }
    return Table(
      "What is left to guess of the next character", columns: ["model", "nats", "bits"],
      rows: rows.map { [.text($0), .number($1, decimals: 4), .number(bits($1), decimals: 4)] })
  }

  /// The losses over the steps, with those of two n-grams and of the language itself for comparison.
  public func chart(_ curves: [LanguageCurve]) -> LineChart {
    let ends = [0, Double(curves.compactMap { $0.steps.last }.max() ?? 1)]
    func mark(_ name: String, _ nats: Double) -> Series { Series(name, x: ends, [bits(nats), bits(nats)]) }
    let lines = curves.map { curve in
      Series(curve.name, x: curve.steps.map(Double.init), curve.losses.map { bits($0) }, style: .both)
    }
    return LineChart(
      "Learning to write", x: Axis("step"), y: Axis("bits per character, validation"),
      series: lines + [mark("2-gram", nGrams[1]), mark("5-gram", nGrams[4])]
        + (truth.map { [mark("the language itself", $0)] } ?? []))
  }
}

/// The validation losses of a model after some of its steps.
public struct LanguageCurve: Sendable {
  /// The name of the model.
  public let name: String
  /// The steps, and the losses after them in nats per character.
  public private(set) var steps: [Int] = [], losses: [Double] = []
  /// The number of training characters per second, without the steps after which the model was evaluated.
  public private(set) var charactersPerSecond = 0.0
  /// The last loss.
  public var loss: Double { losses.last ?? .nan }

  /// A curve without points.
  public init(_ name: String) { self.name = name }

  /// Adds a point.
  public mutating func add(_ step: Int, _ loss: Double) { (steps, losses) = (steps + [step], losses + [loss]) }

  /// Adds the points of a training whose history has the metric "validation", and its speed.
  public mutating func add(_ history: History, stepsPerEpoch: Int = 1, charactersPerStep: Int) {
    for epoch in history.epochs {
      if let loss = epoch.metrics["validation"] { add(epoch.number * stepsPerEpoch, loss) }
    }
    let seconds = history.epochs.filter { $0.metrics["validation"] == nil }.map(\.seconds)
    charactersPerSecond = Double(seconds.count * stepsPerEpoch * charactersPerStep) / seconds.reduce(0, +)
  }
}

extension Run {
  /// Generates text with a language model according to the command's options, and measures which fraction of a longer
  /// text belongs to a known language.
  ///
  /// Returns the last text, or nil after a conversation. Throws a `DataError` for a prompt that cannot be read.
  @discardableResult
  public func write<M: WritingModel>(
    with writer: Writer<M>, views: [String: (String) throws -> String] = [:], language: SmallLanguage? = nil
  ) throws -> String? {
    let first = ["ROMEO:\n", "the "].first { (try? writer.vocabulary.encode($0)) != nil } ?? writer.vocabulary[0]
    let length = choose(quick: 40, standard: 200, full: 400)
    guard let last = try write(writer.generator(views: views), prompt: first, length: length) else { return nil }
    if let language {
      let text = try writer.continuation(
        of: "\n", length: choose(quick: 100, standard: 4_000, full: 20_000), using: random.split())
      card("share of its lines that are sentences of the language", language.share(ofSentencesIn: text))
    }
    return last
  }

  /// The writer in the file that the command names, with a line on the card; nil if the command names none.
  ///
  /// Throws a `DataError` if the file holds no such writer.
  public func savedWriter<M: WritingModel>(_ kind: M.Type) throws -> Writer<M>? {
    guard let path = options.generation.model else { return nil }
    let writer = try Writer<M>(path: path)
    card("model", "\(path), learned from \(writer.origin)")
    parameters = writer.model.parameterCount
    return writer
  }
}
