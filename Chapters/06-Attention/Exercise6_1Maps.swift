import Attention
import DataSets
import Figures
import Messages
import Tensors

// Exercise 6.1: tables and figures

func exactTable(_ results: [NumberResult], _ task: NumberTask) -> Table {
  func steps(_ result: NumberResult) -> Table.Cell {
    result.steps(to: 0.95).map { .integer($0) } ?? .text("never")
  }
  let rows = zip(["fixed context", "attention"], results).map { name, result -> [Table.Cell] in
    [
      .text(name), .integer(result.network.parameterCount), .number(result.exact.last ?? .nan, decimals: 3),
      steps(result),
    ]
  }
  return Table(
    "Numbers below \(grouped(task.bound)) from words to digits: \(grouped(task.numbers.unseen.count)) unseen ones, "
      + "after \(task.steps) steps",
    columns: ["decoder", "parameters", "right to the last digit", "steps to 0.95"], rows: rows)
}

func exactFigure(_ results: [NumberResult], _ task: NumberTask, _ title: String) -> LineChart {
  LineChart(
    "\(title): unseen numbers that come out right", x: Axis("step"), y: Axis("share", range: 0...1),
    series: zip(["fixed context", "attention"], results).map { name, result in
      Series(
        name, x: result.exact.indices.map { Double(($0 + 1) * result.stepsPerCheck) }, result.exact, style: .both)
    })
}

func alignmentTable(_ alignment: DigitAlignment) -> Table {
  Table(
    "Digits whose largest weight is on the word that says them",
    columns: ["hundreds", "tens", "ones", "all digits", "whole numbers"],
    rows: [
      (alignment.byPlace + [alignment.digits, alignment.numbers]).map { .number($0, decimals: 3) }
    ])
}

/// The maps of three numbers: a row for each digit and one for the end.
func numberMaps(_ network: Translator, _ task: NumberTranslation) -> Panels {
  Panels("Where the decoder looks", columns: 3, [123, 417, 705].map { numberMap($0, network, task) })
}

/// The weights of one number's translation.
func numberMap(_ number: Int, _ network: Translator, _ task: NumberTranslation) -> HeatMap {
  let translation = network.translate(task.pairs([number]).sourceTokens, longest: 5)[0]
  let written = translation.tokens.map { "\($0)" } + ["end"]
  return alignmentMap(
    "\(number)", written: Array(written.prefix(translation.weights.count)), read: task.words(of: number),
    weights: translation.weights)
}

/// The first unseen numbers that come out wrong.
func errorTable(_ network: Translator, _ task: NumberTranslation) -> Table {
  let pairs = task.pairs(task.unseen)
  let translations = network.translate(pairs.sourceTokens, longest: 5)
  let wrong = zip(task.unseen, translations).filter { "\($0)" != $1.tokens.map(String.init).joined() }
  return Table(
    "Unseen numbers that come out wrong with attention: \(wrong.count) of \(task.unseen.count)",
    columns: ["words", "digits", "written", "ln P"],
    rows: wrong.prefix(8).map { number, translation in
      [
        .text(NumberWords.words(number)), .text("\(number)"), .text(translation.tokens.map(String.init).joined()),
        .number(translation.logProbability, decimals: 2),
      ]
    })
}
