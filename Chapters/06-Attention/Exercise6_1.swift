import Attention
import DataSets
import Figures
import Running
import Tensors
import Training

/// Exercise 6.1: Bahdanau attention in an LSTM encoder–decoder that translates number words into digits.
public let exercise6_1 = Exercise(
  "6.1", "Bahdanau attention: number words to digits", stars: 1, seconds: 25, quick: 1, full: 80
) { run in
  let small = NumberTask(
    bound: 1000, seen: 800, unseen: 200, steps: run.choose(quick: 16, standard: 500, full: 1500), checks: 10)
  let results = compare(small, run, "0 to 999")
  run.show(exactTable(results, small), as: "exact")
  run.show(exactFigure(results, small, "Numbers from 0 to 999"), as: "training")

  let network = results[1].network
  let alignment = DigitAlignment(of: network, small.numbers)
  run.show(alignmentTable(alignment), as: "alignment")
  run.show(numberMaps(network, small.numbers), as: "maps")
  run.show(errorTable(network, small.numbers), as: "errors")

  let large = NumberTask(
    bound: 1_000_000, seen: 100_000, unseen: run.choose(quick: 50, standard: 1000, full: 1000),
    steps: run.choose(quick: 8, standard: 1000, full: 3000), checks: run.choose(quick: 2, standard: 8, full: 12))
  let wide = compare(large, run, "0 to 999,999")
  run.show(exactTable(wide, large), as: "exact-large")

  run.parameters = network.parameterCount
  run.card("exact on unseen numbers, fixed context", results[0].exact.last ?? .nan)
  run.card("exact on unseen numbers, attention", results[1].exact.last ?? .nan)
  run.card("digits whose largest weight is on their word", alignment.digits)
  run.card("numbers with all digits on their words", alignment.numbers)
  run.card("exact below 1,000,000, fixed context", wide[0].exact.last ?? .nan)
  run.card("exact below 1,000,000, attention", wide[1].exact.last ?? .nan)
}

/// The task of Exercise 6.1.2: words to digits, learned from some numbers and judged by others.
public struct NumberTask: Sendable {
  /// The numbers.
  public let numbers: NumberTranslation
  /// All numbers are below this one.
  public let bound: Int
  /// The number of steps, each on 64 of the numbers that are seen.
  public let steps: Int
  /// How often the unseen numbers are looked at.
  public let checks: Int

  /// A task of this size; the same numbers for the same size.
  public init(bound: Int, seen: Int, unseen: Int, steps: Int, checks: Int) {
    numbers = NumberTranslation(below: bound, seen: seen, unseen: unseen, random: RandomSource(seed: 123))
    (self.bound, self.steps, self.checks) = (bound, steps, checks)
  }

  /// Trains a network with or without attention.
  public func run(
    hasAttention: Bool, seed: UInt64, report: (@Sendable (TrainingProgress) -> Void)? = nil
  ) -> NumberResult {
    let random = RandomSource(seed: seed)
    let start = Translator(
      sourceSymbols: numbers.words.count, targetSymbols: 10, hasAttention: hasAttention, random: random.split())
    var plan = SequencePlan(steps: steps, learningRate: 3e-3, stepsPerCheck: max(1, steps / checks))
    plan.report = report
    let (drawn, order) = (random.split(), random.split())
    let unseen = numbers.pairs(numbers.unseen)
    let (network, history) = start.trained(by: plan, random: order) { network in
      let batch = (0..<64).map { _ in numbers.seen[drawn.integer(below: numbers.seen.count)] }
      let pairs = numbers.pairs(batch)
      return network.loss(pairs.sourceTokens, pairs.targetTokens)
    } evaluate: { network in
      ["exact": network.exactMatch(unseen)]
    }
    return NumberResult(network: network, stepsPerCheck: plan.stepsPerCheck, exact: history["exact"])
  }
}

/// What a training on number words led to.
public struct NumberResult: Sendable {
  /// The network.
  public let network: Translator
  /// The steps between two looks at the unseen numbers.
  public let stepsPerCheck: Int
  /// The share of unseen numbers that come out right to the last digit, at each look.
  public let exact: [Double]

  /// The steps after which a share was first reached; nil if it never was.
  public func steps(to share: Double) -> Int? {
    exact.firstIndex { $0 >= share }.map { ($0 + 1) * stepsPerCheck }
  }
}

/// How often the largest weight of a digit is on the word that says it, over the unseen numbers. Exercise 6.1.3
public struct DigitAlignment: Sendable {
  /// The share of digits, and of numbers all of whose digits are so; digits that no word says, such as the 0 of 105,
  /// are left out.
  public let digits, numbers: Double
  /// The same share by the place of the digit: hundreds, tens, ones.
  public let byPlace: [Double]

  /// The alignment of a network on the unseen numbers below 1,000.
  public init(of network: Translator, _ task: NumberTranslation) {
    let pairs = task.pairs(task.unseen)
    let translations = network.translate(pairs.sourceTokens, longest: 5)
    var (hits, counts, whole) = ([0, 0, 0], [0, 0, 0], 0)
    for (number, translation) in zip(task.unseen, translations) {
      let words = NumberTranslation.wordOfDigit(number)
      let right = zip(words, translation.peaks + [Int](repeating: -1, count: 3)).map { word, peak in
        word.map { $0 == peak }
      }
      for (place, isRight) in right.enumerated() {
        guard let isRight else { continue }
        let column = 3 - right.count + place
        counts[column] += 1
        hits[column] += isRight ? 1 : 0
      }
      whole += right.allSatisfy { $0 != false } ? 1 : 0
    }
    digits = Double(hits.reduce(0, +)) / Double(max(1, counts.reduce(0, +)))
    numbers = Double(whole) / Double(max(1, task.unseen.count))
    byPlace = zip(hits, counts).map { Double($0) / Double(max(1, $1)) }
  }
}

private func compare(_ task: NumberTask, _ run: Run, _ name: String) -> [NumberResult] {
  let seed = run.random.next()
  return [false, true].map { hasAttention in
    task.run(
      hasAttention: hasAttention, seed: seed,
      report: run.progress("\(name), \(hasAttention ? "attention" : "fixed context")"))
  }
}
