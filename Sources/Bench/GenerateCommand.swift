import Attention
import Figures
import Foundation
import Kernels
import Tensors
import Transformer

// The speed of writing: every new symbol needs all weights once, so memory is what limits it.

extension Bench {
  /// Prints how fast a GPT writes, how fast it reads its weights, and which share of the memory's speed that is.
  static func generate(_ arguments: [String]) {
    let selection = Selection(arguments, options: ["--against", "--rounds"], usual: [1, 4]) { word in
      Int(word).flatMap { 1...64 ~= $0 ? $0 : nil }
    } advice: {
      "generate needs numbers of texts from 1 to 64, found '\($0)'"
    }
    tell("making a GPT of GPT-2's size\n")
    let model = Generation.model()
    let results = selection.subjects.map { texts in
      GenerationSpeed(
        texts: texts, weights: Generation.weights(of: model),
        rounds: (1...selection.rounds).map { round in
          tell("\(texts) \(texts == 1 ? "text" : "texts"), round \(round)\n")
          // Before and after: what else runs on the machine changes from second to second.
          let before = Peak.reading()
          let ours = Generation(of: texts, by: model).milliseconds()
          let bandwidth = (before + Peak.reading()) / 2
          return (ours, bandwidth, selection.rival.map { milliseconds(of: "\(texts)", $0) })
        })
    }
    let rivals = selection.rival == nil ? [] : ["rival's", "ratio", "least", "most"]
    let columns = ["texts", "ms a step", "symbols/s", "GB/s of weights", "of memory", "share %", "best %"] + rivals
    let threads = ThreadLimit.current == 1 ? "1 thread" : "\(ThreadLimit.current) threads"
    let title = "Writing by a GPT of \(model.parameterCount / 1_000_000) million parameters, \(threads)"
    print(Table(title, columns: columns, rows: results.map(\.row)).text, terminator: "")
  }
}

/// Some texts that a GPT of the size of GPT-2 small writes at once.
struct Generation {
  private let model: GPT
  private var cache: KeyValueCache
  private var symbols: [Int]

  /// 12 blocks of width 768 with 12 heads, 50,257 symbols, 1,024 positions: random weights, which cost the same.
  static func model() -> GPT {
    GPT(symbols: 50_257, context: 1024, width: 768, heads: 12, blocks: 12, random: RandomSource(seed: 1))
  }

  /// The bytes of weights that a step reads: all but the positions, of which it needs one.
  static func weights(of model: GPT) -> Int { 4 * (model.parameterCount - model.positions.count) }

  /// Texts that begin with the same 512 symbols, half a context.
  init(of texts: Int, by model: GPT) {
    (self.model, cache, symbols) = (model, model.emptyCache(), [])
    let prompt = (0..<512).map { 97 * $0 % model.symbols }
    symbols = model([[Int]](repeating: prompt, count: texts), cache: &cache).argmax()
  }

  /// Adds the likeliest symbol to each text.
  mutating func write() { symbols = model(symbols.map { [$0] }, cache: &cache).argmax() }

  /// The median milliseconds of 64 steps, behind two for warming up.
  func milliseconds() -> Double {
    var generation = self
    let times = (0..<66).map { _ in
      let start = Stopwatch.now()
      generation.write()
      return (Stopwatch.now() - start) * 1e3
    }
    return Stopwatch.median(Array(times.dropFirst(2)))
  }
}

/// The times of a step of writing, measured in rounds.
public struct GenerationSpeed {
  /// The number of texts that are written at once.
  public let texts: Int
  /// The median milliseconds of a step.
  public let ours: Double
  /// The median milliseconds of the rival's step, if there is a rival.
  public let theirs: Double?
  /// The median GB/s of reading memory.
  public let bandwidth: Double
  /// The share of it that reading the weights reaches, in each round.
  public let shares: [Double]
  /// The rival's time over ours in each round.
  public let ratios: [Double]
  /// The bytes of weights.
  private let weights: Double

  /// The speed in some rounds: our milliseconds, the memory's GB/s, and the rival's milliseconds.
  public init(texts: Int, weights: Int, rounds: [(ours: Double, bandwidth: Double, theirs: Double?)]) {
    (self.texts, self.weights) = (texts, Double(weights))
    ours = Stopwatch.median(rounds.map(\.ours))
    bandwidth = Stopwatch.median(rounds.map(\.bandwidth))
    let rivals = rounds.compactMap(\.theirs)
    theirs = rivals.isEmpty ? nil : Stopwatch.median(rivals)
    shares = rounds.map { Double(weights) / $0.ours * 1e-6 / $0.bandwidth }
    ratios = rounds.compactMap { round in round.theirs.map { $0 / round.ours } }
  }

  /// The symbols of all texts per second.
  public var symbolsPerSecond: Double { 1e3 * Double(texts) / ours }
  /// The GB of weights read per second.
  public var speed: Double { weights / ours * 1e-6 }

  var row: [Table.Cell] {
    let own: [Table.Cell] = [
      .integer(texts), .number(ours, decimals: 1), .number(symbolsPerSecond, decimals: 1),
      .number(speed, decimals: 1), .number(bandwidth, decimals: 1),
      .number(100 * Stopwatch.median(shares), decimals: 0), .number(100 * (shares.max() ?? .nan), decimals: 0),
    ]
    guard let theirs else { return own }
    return own + [
      .number(1e3 * Double(texts) / theirs, decimals: 1), .number(Stopwatch.median(ratios), decimals: 2),
      .number(ratios.min() ?? .nan, decimals: 2), .number(ratios.max() ?? .nan, decimals: 2),
    ]
  }
}
