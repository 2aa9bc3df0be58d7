import Applications
import Attention
import Figures
import Messages
import Running
import Tensors
import Training
import Transformer

/// § 12.2.3: an encoder that was pre-trained without labels learns to answer questions; one from scratch does not.
public let section12_2_3 = Exercise(.section, "12.2.3", "Answers as spans of a text", seconds: 60, quick: 1) { run in
  let (world, facts) = (ResidentWorld(), 4)
  let sizes = run.choose(
    quick: BERTSizes(symbols: world.vocabulary.count, width: 16, heads: 2, blocks: 1, hidden: 32, positions: 90),
    standard: readerSizes(world), full: readerSizes(world))
  let pretraining = readerPlan(run.choose(quick: 4, standard: 600, full: 2_000), 3e-3, run.progress("pre-training"))
  let tuning = run.choose(quick: 4, standard: 400, full: 1_500)
  let labels = run.choose(quick: 50, standard: 2_000, full: 4_000)
  run.say("\(grouped(32 * pretraining.steps)) texts without labels, then \(grouped(labels)) questions about others")

  let random = run.random
  let start = MaskedLanguageModel(sizes, random: random.split()).mapParameters { $0.rank == 2 ? 3.5 * $0 : $0 }
  let model = world.pretrained(start, facts: facts, plan: pretraining, random: random.split())
  let losses = [start, model].map {
    world.maskedLoss(of: $0, facts: facts, texts: 200, random: RandomSource(seed: 9)).item
  }
  run.say("Loss of a masked word: \(decimals(losses[0], 3)) nats before, \(decimals(losses[1], 3)) after pre-training")

  let questions = (0..<labels).map { _ in world.question(facts: facts, random: random) }
  let unseen = (0..<run.choose(quick: 50, standard: 500, full: 1_000)).map { _ in
    world.question(facts: facts, random: random)
  }
  let results = [("pre-trained", model.encoder), ("from scratch", start.encoder)].map { name, encoder in
    let reader = SpanReader(encoder)
    var (steps, exact) = ([0], [reader.exactMatch(unseen, longest: ResidentWorld.longestPlace)])
    let plan = readerPlan(tuning, 1.5e-3, run.progress(name))
    let tuned = reader.fineTuned(on: questions, plan: plan, random: RandomSource(seed: 12)) { reader, step in
      steps.append(step)
      exact.append(reader.exactMatch(unseen, longest: ResidentWorld.longestPlace))
    }
    run.say(
      "\(name): \(decimals(100 * (exact.last ?? 0), 1)) % of \(unseen.count) unseen questions are answered exactly")
    return ReaderResult(name: name, reader: tuned, steps: steps, exact: exact)
  }
  run.show(readerTable(results, questions, unseen), as: "exact")
  run.show(readerFigure(results), as: "exact")
  let text = world.facts(facts - 1, random: RandomSource(seed: 3))  // short enough for a figure
  run.show(answersTable(results, world, text), as: "answers")
  run.show(passageFigure(results, world, text), as: "passage")

  run.parameters = results[0].reader.parameterCount
  for result in results { run.card("unseen questions, exact, \(result.name)", result.exact.last ?? .nan) }
  run.card("nats of a masked word after pre-training", losses[1])
}

private func readerSizes(_ world: ResidentWorld) -> BERTSizes {
  BERTSizes(symbols: world.vocabulary.count, width: 64, heads: 4, blocks: 2, hidden: 128, positions: 90)
}

private func readerPlan(
  _ steps: Int, _ rate: Double, _ report: @escaping @Sendable (TrainingProgress) -> Void
) -> SequencePlan {
  var plan = SequencePlan(
    steps: steps, batch: 32, learningRate: rate, warmup: steps / 10, stepsPerCheck: max(1, steps / 6))
  plan.report = report
  return plan
}

/// A fine-tuned reader, and its exact matches during the fine-tuning.
private struct ReaderResult {
  let name: String, reader: SpanReader, steps: [Int], exact: [Double]
}

private func readerTable(_ results: [ReaderResult], _ seen: [Question], _ unseen: [Question]) -> Table {
  Table(
    "§ 12.2.3: questions answered exactly, with \(grouped(seen.count)) questions for fine-tuning",
    columns: ["encoder", "parameters", "steps", "loss", "exact, seen", "exact, unseen"],
    rows: results.map { result in
      [
        .text(result.name), .integer(result.reader.parameterCount), .integer(result.steps.last ?? 0),
        .number(result.reader.loss(Array(unseen.prefix(200))).item, decimals: 3),
        .number(
          result.reader.exactMatch(Array(seen.prefix(500)), longest: ResidentWorld.longestPlace), decimals: 3),
        .number(result.exact.last ?? .nan, decimals: 3),
      ]
    })
}

private func readerFigure(_ results: [ReaderResult]) -> LineChart {
  LineChart(
    "Unseen questions that are answered exactly", x: Axis("step of fine-tuning"), y: Axis("fraction", range: 0...1),
    series: results.map { Series($0.name, x: $0.steps.map(Double.init), $0.exact, style: .both) })
}

private func answersTable(_ results: [ReaderResult], _ world: ResidentWorld, _ facts: [ResidentWorld.Fact]) -> Table {
  let questions = facts.indices.map { world.question(about: $0, of: facts) }
  let answers = results.map { $0.reader.answers(questions, longest: ResidentWorld.longestPlace) }
  return Table(
    "§ 12.2.3: " + facts.map(\.sentence).joined(separator: " "), columns: ["question", "right"] + results.map(\.name),
    rows: questions.enumerated().map { i, q in
      [.text(world.text(q.symbols[1...q.asked])), .text(world.text(q.symbols[q.answer]))]
        + answers.map { .text(world.text(q.symbols[$0[i]])) }
    })
}

/// One text, and for each question the probability of every word that it is in the answer.
private func passageFigure(_ results: [ReaderResult], _ world: ResidentWorld, _ facts: [ResidentWorld.Fact]) -> Panels {
  let questions = facts.indices.map { world.question(about: $0, of: facts) }
  return Panels(
    "Where the answer is: probability that a word belongs to it", columns: 1,
    results.map { result in
      let (start, end) = result.reader.logProbabilities(of: questions)
      let rows = questions.enumerated().map { i, q -> [Double] in
        let first = q.types.firstIndex(of: 1) ?? 0, count = q.symbols.count
        let covered = spanCoverage(
          start: Array(start[i].scalars.prefix(count)), end: Array(end[i].scalars.prefix(count)),
          longest: ResidentWorld.longestPlace)
        return Array(covered[first..<count - 1])
      }
      let words = facts.flatMap { $0.sentence.split(separator: " ").map(String.init) }
      return HeatMap(
        result.name, rows: questions.map { world.text($0.symbols[1..<$0.asked]) }, columns: words,
        values: rows, format: nil, range: 0...1)
    })
}
