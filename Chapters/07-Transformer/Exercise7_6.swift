import Attention
import DataSets
import Figures
import Messages
import RNN
import Running
import Tensors
import Training
import Transformer

/// Exercise 7.6: 4 blocks of 8 heads learn to classify texts; what each head looks at, and what is left without it.
public let exercise7_6 = Exercise(
  "7.6", "What heads look at, and which are needed", stars: 3, seconds: 20, quick: 2, full: 300,
  needs: { DataNeeds.texts(train: $0 == .quick ? 40 : 500, test: 20) }
) { run in
  let data = try run.data.agNews(generated: run.choose(quick: 120, standard: 8_000, full: 20_000), 2_000)
  let limited = data.limited(
    to: data.isReal ? run.choose(quick: 40, standard: 6_000, full: .max) : .max,
    run.choose(quick: 40, standard: 2_000, full: .max))
  let task = try TextTask(limited, longest: data.isReal ? 32 : 24)
  run.say(task.description + "\n")
  let result = task.trainListing(
    epochs: run.epochs(quick: 1, standard: data.isReal ? 3 : 6, full: data.isReal ? 4 : 15),
    width: run.choose(quick: 16, standard: 64, full: 128), hidden: run.choose(quick: 16, standard: 256, full: 512),
    heads: 8, dropout: 0, learningRate: 2e-3, random: run.random.split()
  ) { run.reporting($0, "4 × 8 heads") }
  let heads = StudiedHeads(result, sentences: run.choose(quick: 4, standard: 100, full: 200))
  run.show(heads.kindTable, as: "kinds")
  run.show(heads.headTable, as: "heads")
  run.show(heads.mapGrid(of: heads.example), as: "maps")
  run.show(heads.chosenMaps, as: "chosen")

  let pruning = HeadPruningStudy(result, texts: run.choose(quick: 10, standard: 300, full: 1_000))
  run.show(pruning.table(heads), as: "without-one")
  run.show(pruning.figure, as: "pruning")

  run.parameters = result.model.parameterCount
  run.card("data", data.provenance)
  run.card("test accuracy", result.accuracies.last ?? .nan)
  run.card("bag of words", result.bagOfWords)
  run.card("accuracy on the texts for pruning", pruning.whole)
  run.card("without the head that is needed most", pruning.single.map(\.mean).min() ?? .nan)
  run.card("without the half that is needed least", pruning.accuracy(without: 16))
}

/// The heads of a trained classifier, with what they look at.
public struct StudiedHeads: Sendable {
  /// The classifier and its texts.
  public let result: TextResult
  /// The profiles over some test texts. [block][head]
  public let profiles: [[HeadProfile]]
  /// The mean weight from an adjective to the negation before it; nil for texts that people wrote. [block][head]
  public let negation: [[Double]]?
  /// A short text, with a negation if there is one.
  public let example: [Int]

  /// The heads of a trained classifier, over the first of its test texts.
  public init(_ result: TextResult, sentences: Int) {
    let task = result.task
    let texts = Array(task.test.sequences.filter { $0.count >= 3 }.prefix(sentences))
    self.result = result
    profiles = result.model.headProfiles(on: texts)
    let pairs = { (text: [Int]) in negatedPairs(text.map { task.vocabulary[$0] }) }
    negation = task.isReal ? nil : result.model.meanWeights(on: texts, pairs: pairs)
    let short = texts.filter { (6...12).contains($0.count) }
    example = short.first { !pairs($0).isEmpty } ?? short.first ?? texts[0]
  }

  /// The number of heads of each kind.
  public var counts: [HeadKind: Int] {
    Dictionary(grouping: profiles.flatMap { $0 }) { $0.kind() }.mapValues(\.count)
  }
}

/// The places of adjectives whose opinion is negated, each with the place of its negation: "was not very good".
public func negatedPairs(_ words: [String]) -> [(query: Int, key: Int)] {
  words.indices.filter { ["not", "never", "hardly"].contains(words[$0]) && $0 + 1 < words.count }.map { place in
    let isDegree = ["very", "quite", "really"].contains(words[place + 1]) && place + 2 < words.count
    return (query: place + (isDegree ? 2 : 1), key: place)
  }
}

/// What is left of a classifier without single heads, and without more and more of them.
public struct HeadPruningStudy: Sendable {
  /// The accuracy with all heads.
  public let whole: Double
  /// The accuracies without each head, the one that is needed least first. Head i of block b is number 8 b + i.
  public let single: [PrunedHead]
  /// The accuracies without the first k of these, by k.
  public let cumulative: [(removed: Int, accuracy: Double)]

  /// The study on the first test texts.
  public init(_ result: TextResult, texts: Int) {
    let judged = result.task.test.subset(0..<min(texts, result.task.test.count))
    func accuracy(_ removed: [Int]) -> Double { judged.accuracy(of: result.model.without(heads: removed)) }
    let heads = result.model.encoder.blocks.map(\.attention.heads).reduce(0, +)
    let sorted = withoutEachHead(heads) { [accuracy($0)] }.sorted { ($1.mean, $0.head) < ($0.mean, $1.head) }
    (whole, single) = (accuracy([]), sorted)
    cumulative = [0, 2, 4, 8, 12, 16, 20, 24, 28, 32].filter { $0 <= heads }.map { count in
      (count, accuracy(sorted.prefix(count).map(\.head)))
    }
  }

  /// The accuracy without this many heads, where that was measured.
  public func accuracy(without count: Int) -> Double { cumulative.first { $0.removed == count }?.accuracy ?? .nan }
}
