import Applications
import Attention
import DataSets
import Figures
import Messages
import Running
import Tensors
import Training

/// § 12.10, beside the notes: one network that hears, transcribes and translates, as a token tells it.
public let section12_10h = Exercise(
  .section, "12.10h", "Speech: an encoder, a decoder and task tokens", seconds: 25, quick: 1
) {
  run in
  let counts = run.choose(quick: (30, 10, 4), standard: (3_000, 300, 700), full: (10_000, 1_000, 3_000))
  let sounds = Utterances(SpokenVowels(count: counts.0, vowels: 0...4, from: run.random.split()))
  let held = Utterances(SpokenVowels(count: counts.1, vowels: 0...4, from: run.random.split()))
  let found = SpeechRun(on: sounds, steps: counts.2, random: run.random.split(), report: run.progress("training"))
  let scores = SpeechTask.allCases.map { TaskScore(found.model, held, $0) }
  run.show(taskTable(scores), as: "tasks")
  run.show(exampleTable(found.model, held), as: "examples")
  run.show(lossFigure(found), as: "loss")
  run.parameters = found.model.parameterCount
  for score in scores { run.card("exact, \(score.task)", score.exact) }
  run.card("speech or not", scores[0].detection)
}

/// A model trained on both tasks at once. § 12.10
public struct SpeechRun: Sendable {
  /// The trained model.
  public let model: SpeechTransformer
  /// The mean losses of groups of steps, with their last step.
  public let losses: [(step: Double, loss: Double)]

  /// A model trained for `steps` steps of 32 sounds, each with a random task.
  public init(
    on sounds: Utterances, steps: Int, random: RandomSource, report: (@Sendable (TrainingProgress) -> Void)? = nil
  ) {
    let each = max(1, steps / 25)
    var plan = SequencePlan(steps: steps, learningRate: 3e-3, warmup: steps / 20, stepsPerCheck: each)
    plan.report = report
    let drawn = random.split()
    let (model, history) = SpeechTransformer(random: random.split()).trained(by: plan, random: random.split()) {
      model in
      let places = (0..<32).map { _ in drawn.integer(below: sounds.count) }
      let tasks = places.map { _ in drawn.bernoulli(0.5) ? SpeechTask.transcribe : .translate }
      return model.loss(sounds.subset(places), tasks)
    }
    self.model = model
    losses = history.losses.enumerated().map { (Double(($0 + 1) * each), $1) }
  }
}

/// How well a task is done. § 12.10
public struct TaskScore: Sendable {
  /// The task.
  public let task: SpeechTask
  /// The share of sounds for which it is known whether somebody speaks.
  public let detection: Double
  /// Of the sounds with speech, the share of exact texts, and the symbol error.
  public let exact, symbolError: Double

  /// The score of a model.
  public init(_ model: SpeechTransformer, _ held: Utterances, _ task: SpeechTask) {
    let written = model.written(held.features, held.vowels.map { _ in task })
    detection = Double(zip(written, held.vowels).count { ($0 == nil) == $1.isEmpty }) / Double(held.count)
    let spoken = held.vowels.indices.filter { !held.vowels[$0].isEmpty }
    let targets = spoken.map { task.target(of: held.vowels[$0], symbols: model.symbols) }
    let texts = spoken.map { written[$0] ?? [] }
    exact = Double(zip(texts, targets).count { $0 == $1 }) / Double(max(1, spoken.count))
    symbolError = symbolErrorRate(texts, targets)
    self.task = task
  }
}

private func taskTable(_ scores: [TaskScore]) -> Table {
  Table(
    "One network, told by a token what to do; sounds of unseen speakers, some without speech",
    columns: ["task", "speech or not", "exact texts", "symbol error"],
    rows: scores.map {
      [
        .text("\($0.task)"), .number($0.detection, decimals: 3), .number($0.exact, decimals: 3),
        .number($0.symbolError, decimals: 4),
      ]
    })
}

private func exampleTable(_ model: SpeechTransformer, _ held: Utterances) -> Table {
  let shown = Array(0..<min(6, held.count))
  let part = held.subset(shown)
  let written = SpeechTask.allCases.map { task in model.written(part.features, shown.map { _ in task }) }
  func text(_ symbols: [Int]?, _ task: SpeechTask) -> String {
    guard let symbols else { return "no speech" }
    return task == .transcribe ? Vowel.text(symbols) : symbols.map { String(UnicodeScalar(UInt8(97 + $0))) }.joined()
  }
  return Table(
    "The first sounds; the other language writes one letter for each vowel, from the last to the first",
    columns: ["said", "transcribe", "translate", "right translation"],
    rows: shown.map { place in
      let vowels = part.vowels[place]
      let right = SpeechTask.translate.target(of: vowels, symbols: model.symbols)
      return [
        .text(vowels.isEmpty ? "nothing" : Vowel.text(vowels)), .text(text(written[0][place], .transcribe)),
        .text(text(written[1][place], .translate)), .text(vowels.isEmpty ? "no speech" : text(right, .translate)),
      ]
    })
}

private func lossFigure(_ found: SpeechRun) -> LineChart {
  LineChart(
    "Two tasks and the detection of speech at once", x: Axis("step"), y: Axis("cross-entropy, nats"),
    series: [Series("", x: found.losses.map(\.step), found.losses.map(\.loss))])
}
