import Attention
import DataSets
import Figures
import Foundation
import Messages
import RNN
import Running
import Tensors

// Exercise 6.4: the leak, and the cost of a character

/// A mask that is off by one: the training loss falls below what is possible, and the model has learned to copy.
func leakTable(_ task: LanguageTask, _ sizes: LanguageSizes, random: RandomSource) -> Table {
  let (T, V) = (min(sizes.context, 32), task.vocabulary.count)
  let start = CausalLanguageModel(symbols: V, context: T, width: 32, heads: 2, blocks: 1, random: random.split())
  let plan = SequencePlan(
    steps: min(sizes.steps, 300), batch: 16, learningRate: 4e-3, stepsPerCheck: min(sizes.steps, 300))
  let seed = random.next()
  let masks: [(String, AttentionMask)] = [
    ("j ≤ i", .causal), ("j ≤ i + 1", .allowed(.lowerTriangle(T, T, diagonal: 1))),
  ]
  let rows = masks.map { name, mask -> [Table.Cell] in
    var model = start
    for place in model.blocks.indices { model.blocks[place].mask = mask }
    var trained = model.trained(on: task.train, by: plan, random: RandomSource(seed: seed)).model
    let windows = stride(from: 0, to: min(task.held.count, 64 * T) - T, by: T).map { Array(task.held[$0...$0 + T]) }
    let seen = trained.loss(windows).item
    for place in trained.blocks.indices { trained.blocks[place].mask = .causal }
    let sample = trained.continuation(of: task.prompt, length: 30, sampling: .greedy, using: RandomSource(seed: 5))
    return [
      .text(name), .number(seen, decimals: 3), .number(trained.loss(windows).item, decimals: 3),
      .text(displayed(task.vocabulary.decode(task.prompt + sample)).replacing("\n", with: "¶")),
    ]
  }
  return Table(
    "One block, trained for \(plan.steps) steps with a mask: nats per character",
    columns: [
      "key j is seen by query i if", "loss with this mask", "loss when the future is hidden", "what it writes",
    ],
    rows: rows)
}

/// What a character costs at several places of a text, and all characters up to the last of them. Exercise 6.4.4
func showCosts(_ V: Int, _ lstm: CharacterModel<LongShortTermMemory>, _ run: Run) {
  let places = run.choose(quick: [4, 8, 16], standard: [32, 64, 128, 256, 512], full: [32, 64, 128, 256, 512])
  let d = run.choose(quick: 16, standard: 256, full: 256)
  let model = CausalLanguageModel(
    symbols: V, context: places[places.count - 1], width: d, heads: 8, blocks: 2, random: RandomSource(seed: 1))
  let costs = places.map { CharacterCost(model, lstm, behind: $0 - 1) }
  run.show(placeTable(costs), as: "cost")
  run.show(placeFigure(costs), as: "cost", isMeasured: true)

  // As many characters more as the prompt has.
  let length = places[places.count - 1] / 2
  let prompt = (0..<length).map { $0 % V }
  let whole = [false, true].map { model.multiplications(writing: length, after: length, usesCache: $0) }
  let seconds = [false, true].map { usesCache in
    shortest(
      2,
      timed: {
        _ = model.continuation(
          of: prompt, length: length, sampling: .greedy, usesCache: usesCache, using: RandomSource(seed: 1))
      })
  }
  run.card("parameters of the model that is timed", Double(model.parameterCount))
  run.card(
    "multiplications without cache over with, \(length) characters behind \(length)",
    Double(whole[0]) / Double(whole[1]))
  run.card("time without cache over with, \(length) characters behind \(length)", measured: seconds[0] / seconds[1])
  let at = costs.first { $0.place == length } ?? costs[costs.count - 1]
  run.card("time without cache over with, character \(at.place)", measured: at.againSeconds / at.keptSeconds)
}

/// The work and the time of one character more, from the text before it to the logits.
public struct CharacterCost: Sendable {
  /// Which character of the text it is, counted from 1.
  public let place: Int
  /// Multiplications: everything read again, keys and values kept, an LSTM.
  public let again, kept, lstm: Int
  /// The shortest of several times in seconds.
  public let againSeconds, keptSeconds, lstmSeconds: Double

  /// The cost of a character behind n others.
  public init(_ model: CausalLanguageModel, _ recurrent: CharacterModel<LongShortTermMemory>, behind n: Int) {
    place = n + 1
    again = model.multiplications(reading: n + 1, behind: 0)
    kept = model.multiplications(reading: 1, behind: n)
    lstm = recurrent.multiplicationsPerSymbol
    let text = (0...n).map { $0 % min(model.symbols, recurrent.symbols) }
    againSeconds = shortest(5, timed: { _ = Continuation.recomputed(text, by: model) })
    let before = Continuation(of: Array(text.dropLast(min(n, 1))), by: model)
    var copy = before
    keptSeconds = shortest(
      5, prepared: { copy = Continuation(of: before.text, by: model) }, timed: { copy.append(text[n]) })
    let position = recurrent.position(after: text)
    lstmSeconds = shortest(5, timed: { _ = recurrent.position(after: [text[n]], from: position) })
  }
}

/// The shortest of several times in seconds.
private func shortest(_ rounds: Int, prepared: () -> Void = {}, timed body: () -> Void) -> Double {
  (0..<rounds).map { _ in
    prepared()
    let start = Date()
    body()
    return Date().timeIntervalSince(start)
  }.min() ?? 0
}

private func placeTable(_ costs: [CharacterCost]) -> Table {
  Table(
    "One character more: everything read again, or keys and values kept",
    columns: [
      "character", "products, again", "products, kept", "products, LSTM", "µs, again", "µs, kept", "µs, LSTM",
      "again over kept",
    ],
    rows: costs.map { cost in
      [.integer(cost.place), .integer(cost.again), .integer(cost.kept), .integer(cost.lstm)]
        + [cost.againSeconds, cost.keptSeconds, cost.lstmSeconds].map { .measured($0 * 1e6, decimals: 0) }
        + [.measured(cost.againSeconds / cost.keptSeconds, decimals: 1)]
    })
}

private func placeFigure(_ costs: [CharacterCost]) -> LineChart {
  let x = costs.map { Double($0.place) }
  func series(_ name: String, _ seconds: [Double]) -> Series {
    Series(name, x: x, seconds.map { $0 * 1e6 }, style: .both)
  }
  return LineChart(
    "Time for one character more", x: Axis("character", .logarithmic), y: Axis("µs", .logarithmic),
    series: [
      series("everything read again", costs.map(\.againSeconds)),
      series("keys and values kept", costs.map(\.keptSeconds)), series("LSTM", costs.map(\.lstmSeconds)),
    ])
}
