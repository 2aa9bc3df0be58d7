import Applications
import Attention
import CNN
import DataSets
import Figures
import Messages
import Running
import Tensors
import Transformer

/// § 12.2.2: numbers from words to digits and from digits to words, greedily and by beam search.
public let section12_2_2 = Exercise(.section, "12.2.2", "Number words to digits, and back", seconds: 30, quick: 1) {
  run in
  run.say("Two Transformers learn 3,000 numbers below 10,000, one for each direction; 500 others are for the test.")
  let task = NumberTranslation(below: 10_000, seen: 3_000, unseen: 500, random: run.random.split())
  let digits = (0..<10).map { "\($0)" }
  let (seen, unseen) = (task.pairs(task.seen), task.pairs(task.unseen))
  let ways = [
    Way("words → digits", read: task.words, written: digits, seen: seen, unseen: unseen),
    Way("digits → words", read: digits, written: task.words, seen: seen.exchanged, unseen: unseen.exchanged),
  ]
  let results = ways.map { $0.learned(run) }
  run.show(exactTable(results), as: "exact")
  run.show(exactFigure(results), as: "exact")

  let sources = run.choose(quick: 3, standard: 60, full: 200)
  let early = results.map { result in
    [2, 4].map { result.early.compared(on: result.way.unseen.subset(0..<sources), width: $0) }
  }
  run.show(searchTable(results, early), as: "search")
  run.show(changedTable(results, early.map { $0[1] }), as: "changed")
  run.show(attentionMaps(results, task), as: "attention")

  run.parameters = results[0].model.parameterCount
  for result in results {
    run.card("\(result.way.name), unseen numbers, exact", result.model.exactMatch(result.way.unseen))
  }
  run.card("there and back again, exact", roundTrip(results))
  for (result, all) in zip(results, early) {
    run.card("\(result.way.name), gain of a beam of 4 after \(result.earlySteps) steps", all[1].meanGain)
  }
}

/// A direction of translation.
private struct Way {
  let name: String, read: [String], written: [String], seen: SequencePairs, unseen: SequencePairs

  init(_ name: String, read: [String], written: [String], seen: SequencePairs, unseen: SequencePairs) {
    (self.name, self.read, self.written, self.seen, self.unseen) = (name, read, written, seen, unseen)
  }

  /// Trains a Transformer of 2 + 2 blocks; the first check keeps a model that is not yet sure.
  func learned(_ run: Run) -> WayResult {
    let start = EncoderDecoderTransformer(
      sourceSymbols: read.count, targetSymbols: written.count, width: 64, heads: 4, hidden: 128, blocks: 2, longest: 16,
      random: run.random.split())
    let steps = run.choose(quick: 4, standard: 400, full: 1_500)
    var plan = SequencePlan(
      steps: steps, batch: run.choose(quick: 8, standard: 64, full: 64), learningRate: 3e-3, warmup: steps / 10,
      stepsPerCheck: max(1, steps / 8))
    plan.report = run.progress(name)
    let (drawn, batch) = (run.random.split(), plan.batch)
    let judged = unseen.subset(0..<run.choose(quick: 20, standard: 200, full: 500))
    var (early, at, exact) = (EncoderDecoderTransformer?.none, [0], [start.exactMatch(judged)])
    let model = start.trained(by: plan, with: ParameterGroups.adamW(of: start), random: run.random.split()) { model in
      let part = seen.subset((0..<batch).map { _ in drawn.integer(below: seen.count) })
      return model.loss(part.sourceTokens, part.targetTokens)
    } evaluate: { model, step in
      if early == nil { early = model }
      at.append(step)
      exact.append(model.exactMatch(judged))
      return [:]
    }.model
    run.say("\(name): \(decimals(100 * (exact.last ?? 0), 1)) % of \(judged.count) unseen numbers after \(steps) steps")
    return WayResult(
      way: self, model: model, early: early ?? model, earlySteps: plan.stepsPerCheck, steps: at, exact: exact)
  }
}

/// What a direction's training led to.
private struct WayResult {
  let way: Way, model: EncoderDecoderTransformer, early: EncoderDecoderTransformer, earlySteps: Int
  let steps: [Int], exact: [Double]
}

private func exactTable(_ results: [WayResult]) -> Table {
  Table(
    "§ 12.2.2: unseen numbers below 10,000 that come out right to the last symbol",
    columns: ["direction", "reads", "writes", "parameters", "steps", "numbers", "exact"],
    rows: results.map { result in
      [
        .text(result.way.name), .integer(result.way.read.count), .integer(result.way.written.count),
        .integer(result.model.parameterCount), .integer(result.steps.last ?? 0), .integer(result.way.unseen.count),
        .number(result.model.exactMatch(result.way.unseen), decimals: 3),
      ]
    })
}

private func exactFigure(_ results: [WayResult]) -> LineChart {
  LineChart(
    "Translations of unseen numbers that are right", x: Axis("step"), y: Axis("fraction", range: 0...1),
    series: results.map { Series($0.way.name, x: $0.steps.map(Double.init), $0.exact, style: .both) })
}

private func searchTable(_ results: [WayResult], _ compared: [[SearchComparison]]) -> Table {
  Table(
    "§ 12.2.2: a beam against greedy decoding, by the models after \(results[0].earlySteps) steps",
    columns: [
      "direction", "width", "more probable", "equal", "less probable", "mean gain, nats", "greedy exact", "beam",
    ],
    rows: zip(results, compared).flatMap { result, all in
      all.map { c in
        [
          .text(result.way.name), .integer(c.width), .integer(c.better), .integer(c.targets.count - c.better - c.worse),
          .integer(c.worse), .number(c.meanGain, decimals: 4), .number(c.greedyExact, decimals: 3),
          .number(c.beamExact, decimals: 3),
        ]
      }
    })
}

/// The translations that the beam improved most.
private func changedTable(_ results: [WayResult], _ compared: [SearchComparison]) -> Table {
  Table(
    "§ 12.2.2: where the beam of 4 found something more probable, each with ln p",
    columns: ["read", "greedy", "ln p", "beam", "ln p", "right"],
    rows: zip(results, compared).flatMap { result, c -> [[Table.Cell]] in
      let gains = zip(c.beamLogProbabilities, c.greedyLogProbabilities).map { $0 - $1 }
      let places = gains.indices.filter { gains[$0] > 1e-4 }.sorted { (gains[$1], $0) < (gains[$0], $1) }.prefix(3)
      func text(_ symbols: [Int], _ names: [String]) -> Table.Cell {
        .text(symbols.map { names[$0] }.joined(separator: names.count == 10 ? "" : " "))
      }
      return places.map { i in
        [
          text(result.way.unseen.sources[i], result.way.read), text(c.greedy[i], result.way.written),
          .number(c.greedyLogProbabilities[i], decimals: 2), text(c.beam[i], result.way.written),
          .number(c.beamLogProbabilities[i], decimals: 2), text(c.targets[i], result.way.written),
        ]
      }
    })
}

/// The mean weights of the last block's heads while 4,017 is translated, both ways: the digit 0 has no word.
private func attentionMaps(_ results: [WayResult], _ task: NumberTranslation) -> Panels {
  let pair = task.pairs([4_017])
  return Panels(
    "Where the decoder looks for 4,017: the 0 has no word",
    zip(results, [pair.sources[0], pair.targets[0]]).map { result, source in
      let written = result.model.translate(Tokens([source]), longest: 12)[0]
      let weights = result.model.crossWeights(source, written).last?.mean(axes: [0]) ?? Tensor(0)
      var map = alignmentMap(
        result.way.name, written: written.map { result.way.written[$0] } + ["end"],
        read: source.map { result.way.read[$0] }, weights: (0...written.count).map { weights[$0].scalars })
      map.format = nil
      return map
    })
}

/// The fraction of unseen numbers that come back when one model writes their words and the other reads them.
private func roundTrip(_ results: [WayResult]) -> Double {
  let digits = results[1].way.unseen
  let words = results[1].model.translate(digits.sourceTokens, longest: 10)
  return results[0].model.exactMatch(SequencePairs(sources: words, targets: digits.sources))
}
