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
import Training
import Transformer
import ch07

@Suite("§ 7.7  A GPT that learns, writes and is saved")
struct Section7_7Tests {
  private let vocabulary = Vocabulary(charactersOf: "abcde\n ")
  private var writer: Writer<GPT> {
    let model = GPT(symbols: 7, context: 8, width: 8, heads: 2, blocks: 2, hidden: 12, random: RandomSource(seed: 1))
    return Writer(model, vocabulary: vocabulary, origin: "a test")
  }

  @Test("§ 7.7: a GPT of sentences ends below the 1-gram, and never below the language itself")
  func learning() throws {
    var sizes = GPTSizes(.quick, isReal: false)
    (sizes.context, sizes.width, sizes.steps, sizes.warmup) = (24, 24, 150, 15)
    let task = try LanguageTask(.generated(characters: 15_000), judged: 1_500)
    var told: [String] = []
    let (_, curve) = task.learn(sizes, random: RandomSource(seed: 1), tell: { told.append($0) })
    #expect(curve.steps == [0, 2, 8, 30, 75, 150] && told.contains { $0.hasPrefix("GPT, step 150: ") })
    let truth = try #require(task.truth)
    #expect(curve.loss < task.nGrams[0] && curve.loss > truth && curve.losses[0] > curve.loss)
    #expect(curve.charactersPerSecond > 0)
  }

  @Test("§ 7.7: the standard sizes are those of the guide: 809,856 parameters for a real text")
  func sizes() {
    let sizes = GPTSizes(.standard, isReal: true)
    let model = GPT(
      symbols: 65, context: sizes.context, width: sizes.width, heads: sizes.heads, blocks: sizes.blocks,
      random: RandomSource(seed: 1))
    #expect(model.parameterCount == 809_856 && sizes.steps == 2_000 && sizes.batch == 12 && sizes.warmup == 100)
  }

  @Test("§ 7.7: a GPT is saved with all that writing needs, and writes the same when it is read again")
  func saved() throws {
    try TemporaryFolder.temporary { folder in
      let (writer, path) = (writer, folder.path + "/gpt.safetensors")
      try Files.save(writer.model, metadata: writer.metadata, to: path)
      let again = try Writer<GPT>(path: path)
      #expect(again.origin == "a test" && again.vocabulary == vocabulary && again.model.sizes == writer.model.sizes)
      func written(_ writer: Writer<GPT>) throws -> String {
        try writer.continuation(of: "ab", length: 30, using: RandomSource(seed: 6))
      }
      #expect(try written(writer) == written(again))
      // A file of another chapter, and one with other sizes than it says.
      #expect(
        dataError { try Writer<CausalLanguageModel>(path: path) }.contains(
          "it holds a GPT of characters, and a causal attention model of characters is needed"))
      var metadata = writer.metadata
      metadata["hidden"] = "90000"
      try Files.save(writer.model, metadata: metadata, to: path)
      #expect(dataError { try Writer<GPT>(path: path) }.contains("2 heads, 90000 hidden units, are not those of its"))
      metadata["hidden"] = "x"
      try Files.save(writer.model, metadata: metadata, to: path)
      #expect(dataError { try Writer<GPT>(path: path) }.contains("its hidden is \"x\""))
    }
  }

  @Test("§ 7.7: what the last character looks at is shown by block and head, and sums to 1")
  func view() throws {
    let (symbols, weights) = try writer.lastWeights("abcab cde")
    #expect(symbols.count == 5 && weights.count == 2 && weights.allSatisfy { $0.count == 2 })
    for row in weights.flatMap({ $0 }) {
      let sum: Double = row.reduce(0, +)
      #expect(row.count == symbols.count && abs(sum - 1) < 1e-5)
    }
    #expect(try attentionView(of: writer, reading: "abc").split(separator: "\n").count == 5)
  }

  @Test("§ 7.7: with --from nothing is trained, samples are repeated exactly, and lines from a pipe are continued")
  func commands() throws {
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/gpt.safetensors"
      try Files.save(writer.model, metadata: writer.metadata, to: path)
      func run(_ words: [String], _ typed: [String] = []) -> (status: Int32, out: String, err: String) {
        let printed = Mutex("")
        let errors = Mutex("")
        let lines = Mutex(typed)
        var console = Console(
          out: { text in printed.withLock { $0 += text } }, err: { text in errors.withLock { $0 += text } })
        console.input = { lines.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
        let status = chapter7.run(
          ["section", "7.7", "--from", path, "--out", folder.path + "/r"] + words, console: console)
        return (status, printed.withLock { $0.components(separatedBy: "── section")[0] }, errors.withLock { $0 })
      }
      let options = ["--prompt", "ab", "--length", "20", "--samples", "2", "--top-k", "3"]
      let first = run(options)
      #expect(first.status == 0 && first.out.contains("── sample 2\nab") && first.out == run(options).out)
      let wrong = run(["--prompt", "abX"])
      #expect(wrong.status == 1 && wrong.err.contains("the character \"X\" at place 3"))
      let talk = run(["--interactive", "--length", "5"], ["ab", ":attention", ":probabilities", "é", ":quit", "cd"])
      #expect(talk.status == 0 && talk.out.contains("block 1, head 1") && talk.err.contains("\"é\""))
    }
  }
}
