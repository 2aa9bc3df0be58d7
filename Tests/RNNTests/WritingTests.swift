import Checking
import DataSets
import Files
import Foundation
import RNN
import Running
import Synchronization
import Tensors
import Testing
import Training
import ch05

private typealias Writer = RNN.Writer<CharacterModel<LongShortTermMemory>>

@Suite("§ 5.2 Models of language, and how they write")
struct WritingTests {
  private func model(_ symbols: Int = 7) -> CharacterModel<LongShortTermMemory> {
    CharacterModel(symbols: symbols, width: 4, hidden: 5, layers: 2, random: RandomSource(seed: 1))
  }

  @Test("§ 5.2.1: the state carries all that was read: piece by piece the logits (5.2) are those of the whole text")
  func carried() {
    let (model, text) = (model(), [1, 2, 3, 4, 5, 6, 0, 1, 2])
    let whole = model([text]).logits
    var position = model.position(after: [text[0]])
    #expect(largestGap(position.logits, whole[0]).relative < 1e-6)
    for t in 1..<text.count {
      position = model.position(after: [text[t]], from: position)
      #expect(largestGap(position.logits, whole[t]).relative < 1e-5)
    }
    // Without the state, a model sees the last symbol alone.
    #expect((model.position(after: [2]).logits - whole[8]).abs().max().item > 1e-3)
  }

  @Test("(5.3): the loss of a text read in parts is that of the text in one piece")
  func lossInParts() {
    let random = RandomSource(seed: 2)
    let (model, text) = (model(), (0..<400).map { _ in random.integer(below: 7) })
    let whole = model.loss([text]).item
    #expect(abs(model.loss(of: text, streams: 1) - whole) < 1e-5)
    // Parts that begin with what was before them have forgotten the rest.
    #expect(abs(model.loss(of: text, streams: 5, warmUp: 100) - whole) < 1e-4)
    #expect(abs(model.loss(of: text, streams: 5, warmUp: 0) - whole) > 1e-5)
  }

  @Test("temperature, top-k and top-p make these distributions of logits")
  func distributions() {
    let logits = [0.25, 0.5, 0.125, 0.125].map { Foundation.log($0) }
    func shares(_ sampling: Sampling) -> [Double] {
      sampling.probabilities(logits).map { ($0 * 1e12).rounded() / 1e12 }
    }
    #expect(shares(Sampling()) == [0.25, 0.5, 0.125, 0.125])
    #expect(shares(.greedy) == [0, 1, 0, 0])
    #expect(shares(Sampling(topK: 2)) == shares(Sampling(topP: 0.7)))
    #expect(zip(shares(Sampling(topK: 2)), [1.0 / 3, 2.0 / 3, 0, 0]).allSatisfy { abs($0 - $1) < 1e-11 })
    #expect(shares(Sampling(topP: 0.5)) == [0, 1, 0, 0] && shares(Sampling(topK: 9)) == [0.25, 0.5, 0.125, 0.125])
    // Equal logits: the first are kept.
    #expect(shares(Sampling(topK: 3))[2] > 0 && shares(Sampling(topK: 3))[3] == 0)
    let squares = [1.0, 4, 0.25, 0.25].map { $0 / 5.5 }
    #expect(zip(shares(Sampling(temperature: 0.5)), squares).allSatisfy { abs($0 - $1) < 1e-11 })
    #expect(Sampling(topP: 1).probabilities([0, -.infinity]) == [1, 0])
    #expect(Sampling(temperature: 0.01).probabilities([1_000, -1_000]) == [1, 0])
  }

  @Test("symbols are drawn as often as the distribution says, and with temperature 0 always the likeliest")
  func frequencies() {
    let logits = Tensor([0, 1, 2, 0.5], shape: [4], scalarType: .double)
    let sampling = Sampling(temperature: 0.8, topK: 3)
    let (shares, random, count) = (sampling.probabilities(logits.scalars), RandomSource(seed: 3), 20_000)
    var found = [Double](repeating: 0, count: 4)
    for _ in 0..<count { found[sampling.next(from: logits, using: random)] += 1 }
    for (share, n) in zip(shares, found) {
      #expect(abs(n - share * Double(count)) <= 4 * (share * (1 - share) * Double(count)).squareRoot())
    }
    #expect((0..<20).allSatisfy { _ in Sampling.greedy.next(from: logits, using: random) == 2 })
  }

  @Test("logits that are no numbers are refused")
  func notNumbers() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Sampling().probabilities([0, .nan])
    }
    expectMessage(result, "cannot sample from 2 logits of which the largest is")
  }

  @Test("§ 5.3: a model of a language whose entropy is known comes near the entropy, and never below it")
  func known() throws {
    let end = SmallLanguage.end
    let language = SmallLanguage(states: [
      [.init(0.75, "ab", to: 1), .init(0.25, "b", to: 2)],
      [.init(0.5, "c", to: end), .init(0.5, "aa", to: end)], [.init(1, "ca", to: end)],
    ])
    let corpus = TextCorpus.generated(language, characters: 20_000)
    let vocabulary = Vocabulary(charactersOf: corpus.train)
    let (train, held) = (try vocabulary.encode(corpus.train), try vocabulary.encode(corpus.validation))
    var model = CharacterModel<GatedRecurrentUnit>(symbols: 3, width: 8, hidden: 16, random: RandomSource(seed: 4))
    var recipe = CharacterRecipe(steps: 150)
    (recipe.window, recipe.learningRate) = (32, 1e-2)
    var watched: [Int] = []
    trainOnText(
      &model, by: recipe, on: train, random: RandomSource(seed: 5), isWatched: { $0 == 75 },
      watch: { step, _ in
        watched.append(step)
        return [:]
      })
    let truth = language.loss(of: corpus.validation) / Double(held.count)
    let excess = model.loss(of: held) - truth
    #expect(watched == [0, 75] && excess > 0 && excess < 0.04)
  }

  @Test("Exercise 5.1.2: both networks learn to write, the LSTM ends between the 1-gram and the language itself")
  func writing() throws {
    var plan = WritingPlan(.quick, isReal: false)
    (plan.simpleSteps, plan.lstmSteps, plan.judged) = (10, 60, 1_500)
    var told: [String] = []
    let result = try learnToWrite(
      .generated(characters: 15_000), plan: plan, random: RandomSource(seed: 1), tell: { told.append($0) })
    #expect(result.lstm.steps == [0, 1, 3, 12, 30, 60] && result.simple.steps == [0, 1, 2, 5, 10])
    let truth = try #require(result.task.truth)
    #expect(result.lstm.loss < result.task.nGrams[0] && result.lstm.loss > truth && result.task.nGrams[4] > truth)
    #expect(result.lstm.losses[0] > result.lstm.loss && result.task.uniform > result.task.nGrams[0])
    let table = result.task.table([result.simple, result.lstm])
    #expect(told.contains { $0.hasPrefix("LSTM, step 60: ") } && table.rows.count == 11)
  }

  @Test("the speed of a training leaves out the steps after which the model was measured")
  func speed() throws {
    let json = """
      {"epochs": [{"number": 1, "loss": 3, "metrics": {"validation": 2.5}, "seconds": 100},
        {"number": 2, "loss": 2, "metrics": {}, "seconds": 2}, {"number": 3, "loss": 1, "metrics": {}, "seconds": 3}]}
      """
    var curve = LanguageCurve("a model")
    curve.add(try JSONDecoder().decode(History.self, from: Data(json.utf8)), stepsPerEpoch: 4, charactersPerStep: 10)
    #expect(curve.steps == [4] && curve.losses == [2.5] && curve.charactersPerSecond == 2 * 4 * 10 / 5)
  }

  @Test("a model is saved with all that writing needs, and writes the same when it is read again")
  func saved() throws {
    try TemporaryFolder.temporary { folder in
      let vocabulary = Vocabulary(charactersOf: "abcde\n ")
      let writer = Writer(model(), vocabulary: vocabulary, origin: "a test")
      let path = folder.path + "/writer.safetensors"
      try Files.save(writer.model, metadata: writer.metadata, to: path)
      let again = try Writer(path: path)
      #expect(again.origin == "a test" && again.vocabulary == vocabulary)
      func written(_ writer: Writer) throws -> String {
        try writer.continuation(of: "ab", length: 30, using: RandomSource(seed: 6))
      }
      #expect(try written(writer) == written(again))
      let likeliest = try again.likeliest(after: "ab", 2)
      #expect(likeliest.count == 2 && likeliest[0].1 >= likeliest[1].1)
      #expect(
        dataError { try again.continuation(of: "aé", length: 1, using: RandomSource(seed: 1)) }.contains(
          "\"é\" at place 2"))
      #expect(try again.continuation(of: "", length: 3, using: RandomSource(seed: 1)).count == 3)
    }
  }

  @Test("a file of another model, and one with other sizes than its weights, are refused with what they are")
  func otherFiles() throws {
    try TemporaryFolder.temporary { folder in
      let writer = Writer(model(), vocabulary: Vocabulary(charactersOf: "abcdefg"), origin: "")
      func check(_ metadata: [String: String], _ expected: String) throws {
        let path = folder.path + "/\(metadata.count).safetensors"
        try Files.save(writer.model, metadata: metadata, to: path)
        let message = dataError { try Writer(path: path) }
        #expect(message.contains(expected), "\(message)")
      }
      try check([:], "it holds a CharacterModel<LongShortTermMemory>, and an LSTM of characters is needed")
      var metadata = writer.metadata
      metadata["hidden"] = "6"
      try check(metadata, "width 4, 6 units, are not those of its weights, [7×4] and [20×5]")
      metadata["hidden"] = "many"
      try check(metadata, "its hidden is \"many\"")
      metadata = writer.metadata
      metadata["vocabulary"] = "characters\naa\n"
      try check(metadata, "line 2: \"aa\" is not one of the characters")
    }
  }

  @Test("a damaged file of a writer is refused with an error in words, or still writes; it never stops the program")
  func damagedFiles() throws {
    try TemporaryFolder.temporary { folder in
      let writer = Writer(model(), vocabulary: Vocabulary(charactersOf: "abcdefg"), origin: "a test")
      let path = folder.path + "/writer.safetensors"
      try Files.save(writer.model, metadata: writer.metadata, to: path)
      let outcomes = try DamagedFiles(
        of: Array(Data(contentsOf: URL(filePath: path))), count: 300, random: RandomSource(seed: 3)
      ) {
        let likeliest = try Writer(path: $0).likeliest(after: "", 2)
        #expect(likeliest.count == 2)
      }
      #expect(outcomes.accepted > 10 && Set(outcomes.refused.map { $0.prefix(60) }).count > 5)
      #expect(outcomes.accepted + outcomes.refused.count == 300)
      // Weights that are no numbers are refused, too.
      var broken = writer.model
      broken.output.bias = Tensor(repeating: .nan, [7])
      try Files.save(broken, metadata: writer.metadata, to: path)
      #expect(dataError { try Writer(path: path) }.contains("infinite or NaN"))
    }
  }

  @Test("Exercise 5.1 writes with a saved model, trains nothing then, and answers lines from a pipe")
  func items() throws {
    try TemporaryFolder.temporary { folder in
      let writer = Writer(model(), vocabulary: Vocabulary(charactersOf: "abcd e\n"), origin: "a test")
      let path = folder.path + "/writer.safetensors"
      try Files.save(writer.model, metadata: writer.metadata, to: path)
      let out = folder.path + "/out"
      let first = run([
        "--from", path, "--prompt", "ab", "--length", "20", "--samples", "2", "--top-k", "3", "--out", out,
      ])
      #expect(first.status == 0 && first.out.contains("── sample 2\nab"))
      let samples = first.out.components(separatedBy: "── sample ").dropFirst().map { $0.dropFirst() }
      #expect(samples.count == 2 && samples[0] != samples[1])
      #expect(
        first.out
          == run(["--from", path, "--prompt", "ab", "--length", "20", "--samples", "2", "--top-k", "3", "--out", out])
          .out)
      let wrong = run(["--from", path, "--prompt", "abX", "--out", out])
      #expect(wrong.status == 1 && wrong.err.contains("the character \"X\" at place 3 is not among the 7 characters"))
      let talk = run(
        ["--from", path, "--interactive", "--length", "5", "--out", out],
        lines: ["ab", ":gates", ":probabilities", "X"])
      #expect(talk.status == 0 && talk.out.contains("forget ") && talk.err.contains("\"X\""))
      #expect(talk.out.contains("input  ") && talk.out.contains("output "))
    }
  }

  /// Runs exercise 5.1 on a console of its own; the card, which has seconds, is left out.
  private func run(_ words: [String], lines: [String] = []) -> (status: Int32, out: String, err: String) {
    let texts = Texts(lines)
    var console = Console(out: { texts.add($0, isError: false) }, err: { texts.add($0, isError: true) })
    console.input = { texts.next() }
    let status = chapter5.run(["exercise", "5.1"] + words, console: console)
    return (status, texts.out.components(separatedBy: "── exercise")[0], texts.err)
  }
}

/// What a console wrote, and what it reads. A class because its identity is the console's.
private final class Texts: Sendable {
  private let texts: Mutex<(out: String, err: String, lines: [String])>
  var out: String { texts.withLock { $0.out } }
  var err: String { texts.withLock { $0.err } }
  init(_ lines: [String]) { texts = Mutex(("", "", lines)) }
  func add(_ text: String, isError: Bool) { texts.withLock { if isError { $0.err += text } else { $0.out += text } } }
  func next() -> String? { texts.withLock { $0.lines.isEmpty ? nil : $0.lines.removeFirst() } }
}
