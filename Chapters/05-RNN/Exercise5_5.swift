import Backprop
import DataSets
import Figures
import Foundation
import Messages
import RNN
import Running
import Tensors
import Training

/// Exercise 5.5: word counts, a bidirectional LSTM, a bidirectional GRU and a small encoder by attention classify
/// texts. The default are generated reviews in which opinions are negated; with `--data`, IMDB and AG News.
///
/// The data are Exercise 5.5.1, the models Exercise 5.5.2, their accuracy and cost Exercise 5.5.3, the dependence on
/// the length of a text Exercise 5.5.4, and what one more word costs Exercise 5.5.5.
public let exercise5_5 = Exercise(
  "5.5", "LSTM, GRU and an encoder by attention on texts", stars: 3, seconds: 20, quick: 3, full: 600,
  needs: { DataNeeds.texts(train: $0 == .quick ? 100 : 500, test: 50) }
) { run in
  let sets = try run.data.labeledTexts(generated: run.choose(quick: 200, standard: 4_000, full: 10_000), 1_000)
  for (place, data) in sets.enumerated() {
    let name = sets.count == 1 ? "" : "-\(place + 1)"
    let setting = TextSetting(data, run.options.budget)
    run.say("\(data.provenance); at most \(setting.longest) words of each\n")
    let result = try compareClassifiers(on: data, setting, epochs: run.options.epochs, random: run.random.split()) {
      run.reporting($1, $0)
    }
    run.show(result.table, as: "models" + name)
    run.show(result.lengthTable, as: "lengths" + name)
    run.show(result.chart, as: "lengths" + name)
    run.show(result.streamingTable, as: "streaming" + name)
    let ending = sets.count == 1 ? "" : ", \(data.name)"
    run.card("data" + ending, data.provenance)
    for row in result.rows { run.card("test accuracy, \(row.name)" + ending, row.accuracy) }
    run.parameters = result.rows.first { $0.name == "BiLSTM" }?.parameters
  }
}

/// The sizes that suit a set of texts.
public struct TextSetting: Sendable {
  /// How many words of a text are read, and how many different ones are known.
  public var longest, words: Int
  /// The numbers of a word's vector, the units of each direction, and the blocks of the encoder.
  public var width, hidden, blocks: Int
  /// The epochs of the networks and their batches.
  public var epochs, batchSize: Int
  /// What the linear layer behind the recurrent layers gets.
  public var usesMaximum: Bool
  /// The deviation of the words' first vectors. Vectors of rare words hardly change from there, and a text of large
  /// ones is known by them instead of by what it says.
  public var wordScale: Double

  /// The setting for a set and a budget.
  public init(_ data: TextClassification, _ budget: Budget) {
    let isLong = data.name == "IMDB"
    longest = isLong ? budget.choose(quick: 20, standard: 100, full: 400) : data.isReal ? 50 : 80
    (words, usesMaximum, wordScale) = (10_000, data.isReal, data.isReal ? 0.1 : 1)
    width = data.isReal ? 64 : 32
    hidden = isLong ? 48 : data.isReal ? 64 : 32
    (blocks, batchSize) = (2, data.isReal ? 32 : 64)
    epochs = budget.choose(quick: 1, standard: isLong ? 2 : data.isReal ? 3 : 10, full: data.isReal ? 5 : 30)
  }
}

/// How well one classifier did, and what it took.
public struct TextTrial: Sendable {
  /// What it is called.
  public let name: String
  /// Its numbers; 0 where all are counts.
  public let parameters: Int
  /// Whether each test text was classified correctly.
  public let hits: [Bool]
  /// The seconds of an epoch, evaluation not counted.
  public let secondsPerEpoch: Double
  /// The most memory that the process held during its training, in MiB; nil where the system does not tell.
  public let peakMemory: Double?

  /// A classifier with these hits.
  public init(
    name: String, parameters: Int = 0, hits: [Bool], secondsPerEpoch: Double = 0, peakMemory: Double? = nil
  ) {
    (self.name, self.parameters, self.hits) = (name, parameters, hits)
    (self.secondsPerEpoch, self.peakMemory) = (secondsPerEpoch, peakMemory)
  }

  /// The share that is right.
  public var accuracy: Double { Double(hits.count { $0 }) / Double(hits.count) }
}

/// All classifiers on one set.
public struct TextComparison: Sendable {
  /// The classifiers.
  public let rows: [TextTrial]
  /// The length of each test text, in the words that are read.
  public let lengths: [Int]
  /// Milliseconds to read one more word after 10, 100 and 1,000 words: LSTM, GRU, encoder.
  public let streaming: [(name: String, milliseconds: [Double])]

  /// These classifiers on texts of these lengths.
  public init(rows: [TextTrial], lengths: [Int], streaming: [(name: String, milliseconds: [Double])] = []) {
    (self.rows, self.lengths, self.streaming) = (rows, lengths, streaming)
  }
}

/// Trains all classifiers on the same texts. Exercise 5.5.3
public func compareClassifiers(
  on data: TextClassification, _ setting: TextSetting, epochs: Int? = nil, random: RandomSource,
  reporting: (_ label: String, TrainingPlan) -> TrainingPlan = { $1 }
) throws -> TextComparison {
  let vocabulary = Vocabulary(wordsOf: data.train.map(\.words), atMost: setting.words)
  let classes = data.classNames.count
  func encoded(_ texts: [LabeledText], _ longest: Int) throws -> LabeledTokens {
    try LabeledTokens(texts, vocabulary: vocabulary, longest: longest)
  }
  let (train, test) = (try encoded(data.train, setting.longest), try encoded(data.test, setting.longest))
  // Counting reads whole texts: it costs nothing.
  let (wholeTrain, wholeTest) = (try encoded(data.train, .max), try encoded(data.test, .max))
  let V = vocabulary.count
  var rows: [TextTrial] = []

  func add<M: Module<Tokens, Tensor>>(
    _ name: String, _ model: M, on set: LabeledTokens, _ held: LabeledTokens, _ recipe: TokenRecipe, epochs: Int
  ) -> M {
    var model = model
    let memory = ProcessMemory()
    var plan = reporting(name, TrainingPlan(epochs: epochs, batchSize: setting.batchSize))
    let steps = plan.stepsPerEpoch(of: set.count) * epochs
    plan.learningRate = warmupCosine(
      to: recipe.learningRate, warmup: min(20, steps / 4), over: max(steps, 2), startingAt: 0.1, endingAt: 0)
    let history = trainOnTokens(&model, by: recipe, on: set, plan: plan, random: random.split())
    let seconds = history.epochs.map(\.seconds).reduce(0, +) / Double(epochs)
    rows.append(
      TextTrial(
        name: name, parameters: model.parameterCount, hits: held.hits(of: model), secondsPerEpoch: seconds,
        peakMemory: memory.peak))
    return model
  }
  rows.append(
    TextTrial(name: "naive Bayes", hits: NaiveBayes(wholeTrain, symbols: V, classes: classes).hits(wholeTest)))
  var recipe = TokenRecipe()
  recipe.learningRate = 3e-3
  let passes = epochs ?? setting.epochs
  _ = add(
    "bag of words", BagOfWords(symbols: V, classes: classes), on: wholeTrain, wholeTest, recipe, epochs: passes + 3)
  func recurrent<Layer: RecurrentLayer>(_: Layer.Type, _ name: String) -> FlexibleNetwork<Layer> {
    var network = FlexibleNetwork<Layer>(
      symbols: V, width: setting.width, hidden: setting.hidden, classes: classes,
      summary: setting.usesMaximum ? .maximum : .final, random: random.split())
    network.embedding.table = setting.wordScale * network.embedding.table
    return add(name, network, on: train, test, recipe, epochs: passes)
  }
  let lstm = recurrent(LongShortTermMemory.self, "BiLSTM")
  let gru = recurrent(GatedRecurrentUnit.self, "BiGRU")
  var start = SmallEncoder(
    symbols: V, width: setting.width, blocks: setting.blocks, classes: classes, random: random.split())
  start.embedding.table = setting.wordScale * start.embedding.table
  let encoder = add(
    "encoder, \(setting.blocks) blocks", start, on: train, test, recipe, epochs: passes)
  return TextComparison(
    rows: rows, lengths: test.sequences.map(\.count), streaming: streamingCosts(lstm, gru, encoder))
}

/// What one more word costs after 10, 100 and 1,000 words, the shortest of seven times in milliseconds. A recurrent
/// layer continues from its state; an encoder that sees both sides reads everything again. Only the forward directions
/// stream. Exercise 5.5.5
public func streamingCosts(
  _ lstm: FlexibleNetwork<LongShortTermMemory>, _ gru: FlexibleNetwork<GatedRecurrentUnit>, _ encoder: SmallEncoder
) -> [(name: String, milliseconds: [Double])] {
  let lengths = [10, 100, 1_000]
  func milliseconds(_ work: () -> Void) -> Double {
    let times = (0..<7).map { _ in
      let start = Date()
      work()
      return Date().timeIntervalSince(start) * 1_000
    }
    return times.min() ?? .nan
  }
  func recurrent<Layer: RecurrentLayer>(_ network: FlexibleNetwork<Layer>) -> [Double] {
    let layer = network.layers.layers[0].forward
    return lengths.map { length in
      let text = network.embedding([Int](repeating: 1, count: length), shape: [1, length])
      let state = layer(text).final
      let next = network.embedding([1], shape: [1, 1])
      return milliseconds { _ = layer(next, initial: state).final }
    }
  }
  let whole = lengths.map { length in
    let tokens = Tokens([[Int](repeating: 1, count: length)])
    return milliseconds { _ = encoder(tokens) }
  }
  return [("LSTM", recurrent(lstm)), ("GRU", recurrent(gru)), ("encoder", whole)]
}
