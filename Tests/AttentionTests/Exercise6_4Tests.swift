import Attention
import Checking
import DataSets
import Files
import Foundation
import RNN
import Running
import Synchronization
import Tensors
import Testing
import ch06

private typealias AttentionWriter = Writer<CausalLanguageModel>

@Suite("Exercise 6.4 Learning, writing, cost")
struct Exercise6_4Tests {
  private var model: CausalLanguageModel {
    CausalLanguageModel(symbols: 7, context: 8, width: 8, heads: 2, blocks: 2, random: RandomSource(seed: 1))
  }
  private let vocabulary = Vocabulary(charactersOf: "abcde\n ")

  @Test("Exercise 6.4.1: the model learns from sentences, ends below the 1-gram and never below the language itself")
  func learning() throws {
    var sizes = LanguageSizes(.quick)
    (sizes.context, sizes.width, sizes.steps, sizes.judged) = (24, 24, 150, 1_500)
    let task = try LanguageTask(.generated(characters: 15_000), judged: sizes.judged)
    var told: [String] = []
    let (_, curve) = task.learnByAttention(sizes, random: RandomSource(seed: 1), tell: { told.append($0) })
    #expect(curve.steps == [0, 2, 8, 30, 75, 150] && told.contains { $0.hasPrefix("attention, step 150: ") })
    let truth = try #require(task.truth)
    #expect(curve.loss < task.nGrams[0] && curve.loss > truth && curve.losses[0] > curve.loss)
    #expect(task.nGrams[4] > truth && task.uniform > task.nGrams[0])
  }

  @Test("Exercise 6.4.3: the LSTM beside it has the same number of parameters within 2 %, and sees as many characters")
  func sameSize() throws {
    var sizes = LanguageSizes(.quick)
    (sizes.steps, sizes.judged) = (4, 300)
    let task = try LanguageTask(.generated(characters: 12_000), judged: sizes.judged)
    let lstm = task.learnByLSTM(sizes, parameters: 20_000, random: RandomSource(seed: 1))
    #expect(abs(lstm.model.parameterCount - 20_000) < 400 && lstm.curve.steps.last == 4)
  }

  @Test("Exercise 6.4.2: characters are drawn as often as the model says, temperature 0 and top-1 take the likeliest")
  func frequencies() {
    let logits = Continuation(of: [1, 2, 3], by: model).logits
    let (shares, random, count) = (Sampling().probabilities(logits.scalars), RandomSource(seed: 3), 20_000)
    var found = [Double](repeating: 0, count: 7)
    for _ in 0..<count { found[Sampling().next(from: logits, using: random)] += 1 }
    for (share, n) in zip(shares, found) {
      #expect(abs(n - share * Double(count)) <= 4 * (share * (1 - share) * Double(count)).squareRoot())
    }
    let likeliest = logits.argmax()[0]
    for sampling in [Sampling.greedy, Sampling(topK: 1), Sampling(topP: 1e-9)] {
      #expect((0..<20).allSatisfy { _ in sampling.next(from: logits, using: random) == likeliest })
    }
  }

  @Test("Exercise 6.4.4: the work of a character grows with its place, with a cache far less, and an LSTM's not at all")
  func costs() {
    let recurrent = CharacterModel<LongShortTermMemory>(symbols: 7, width: 4, hidden: 6, random: RandomSource(seed: 1))
    let (first, last) = (CharacterCost(model, recurrent, behind: 1), CharacterCost(model, recurrent, behind: 7))
    #expect(last.again == 4 * first.again - 3 * 8 * 7 + 2 * 2 * 8 * (36 - 4 * 3))
    #expect(last.kept - first.kept == 2 * 2 * 8 * 6 && last.place == 8)
    #expect(last.lstm == first.lstm && last.lstm == 4 * 6 * (4 + 6) + 6 * 7)
    #expect(min(last.againSeconds, last.keptSeconds, last.lstmSeconds) > 0)
  }

  @Test("Exercise 6.4: a model is saved with all that writing needs, and writes the same when it is read again")
  func saved() throws {
    try TemporaryFolder.temporary { folder in
      let writer = AttentionWriter(model, vocabulary: vocabulary, origin: "a test")
      let path = folder.path + "/writer.safetensors"
      try Files.save(writer.model, metadata: writer.metadata, to: path)
      let again = try AttentionWriter(path: path)
      #expect(again.origin == "a test" && again.vocabulary == vocabulary)
      func written(_ writer: AttentionWriter) throws -> String {
        try writer.continuation(of: "ab", length: 30, using: RandomSource(seed: 6))
      }
      #expect(try written(writer) == written(again))
      let likeliest = try again.likeliest(after: "ab", 2)
      #expect(likeliest.count == 2 && likeliest[0].1 >= likeliest[1].1)
      #expect(
        dataError { try again.continuation(of: "aé", length: 1, using: RandomSource(seed: 1)) }.contains(
          "\"é\" at place 2"))
    }
  }

  @Test("Exercise 6.4: a file of another chapter, or with other sizes than it says, is refused with what it is")
  func refused() throws {
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/model.safetensors"
      let other = CharacterModel<LongShortTermMemory>(symbols: 7, width: 4, hidden: 5, random: RandomSource(seed: 1))
      try Files.save(other, metadata: ["writer": "an LSTM of characters"], to: path)
      #expect(dataError { try AttentionWriter(path: path) }.contains("it holds an LSTM of characters"))
      var metadata = AttentionWriter(model, vocabulary: vocabulary, origin: "").metadata
      metadata["context"] = "9000"
      try Files.save(model, metadata: metadata, to: path)
      #expect(dataError { try AttentionWriter(path: path) }.contains("context 9000"))
      metadata["context"] = "x"
      try Files.save(model, metadata: metadata, to: path)
      #expect(dataError { try AttentionWriter(path: path) }.contains("its context is \"x\""))
    }
  }

  @Test("Exercise 6.4: a damaged file is refused with an error in words, or still writes; it never stops the program")
  func damagedFiles() throws {
    try TemporaryFolder.temporary { folder in
      let writer = AttentionWriter(model, vocabulary: vocabulary, origin: "a test")
      let path = folder.path + "/writer.safetensors"
      try Files.save(writer.model, metadata: writer.metadata, to: path)
      let outcomes = try DamagedFiles(
        of: Array(Data(contentsOf: URL(filePath: path))), count: 300, random: RandomSource(seed: 3)
      ) {
        let likeliest = try AttentionWriter(path: $0).likeliest(after: "", 2)
        #expect(likeliest.count == 2)
      }
      #expect(outcomes.accepted > 10 && Set(outcomes.refused.map { $0.prefix(60) }).count > 5)
    }
  }

  @Test("Exercise 6.4: what the last character looks at is shown by block and head, and sums to 1")
  func view() throws {
    let writer = AttentionWriter(model, vocabulary: vocabulary, origin: "a test")
    let (symbols, weights) = try writer.lastWeights("abcab cd")
    #expect(symbols.count == 8 && weights.count == 2 && weights.allSatisfy { $0.count == 2 })
    for row in weights.flatMap({ $0 }) {
      let sum: Double = row.reduce(0, +)
      #expect(row.count == 8 && abs(sum - 1) < 1e-5)
    }
    let shown = try attentionView(of: writer, reading: "abcab\ncd").split(separator: "\n")
    #expect(shown.count == 5 && shown[0].hasSuffix("abcab¶cd") && shown[1].hasPrefix("block 0, head 0"))
    #expect(try attentionView(of: writer, reading: "") == "there is no text yet")
  }

  @Test("Exercise 6.4: lines from a pipe are continued, one by one, and the run ends")
  func pipe() throws {
    try TemporaryFolder.temporary { folder in
      let writer = AttentionWriter(model, vocabulary: vocabulary, origin: "a test")
      let path = folder.path + "/writer.safetensors"
      try Files.save(writer.model, metadata: writer.metadata, to: path)
      let printed = Mutex("")
      let errors = Mutex("")
      let lines = Mutex(["ab", ":attention", ":probabilities", "é", ":quit", "cd"])
      var console = Console(
        out: { text in printed.withLock { $0 += text } }, err: { text in errors.withLock { $0 += text } })
      console.input = { lines.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
      let status = chapter6.run(
        ["exercise", "6.4", "--from", path, "--interactive", "--length", "5", "--out", folder.path + "/r"],
        console: console)
      let text = printed.withLock { $0 }
      #expect(status == 0 && text.contains("block 1, head 1") && lines.withLock { $0 } == ["cd"])
      #expect(errors.withLock { $0 }.contains("\"é\""))
    }
  }
}
