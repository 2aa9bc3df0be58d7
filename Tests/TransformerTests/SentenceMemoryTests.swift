import Checking
import DataSets
import Tensors
import Testing
import Transformer
import ch07

@Suite("§ 7.6  The reader's sentences")
struct SentenceMemoryTests {
  @Test("§ 7.6: a sentence is answered with the earlier ones, the nearest first, at most three, each with its cosine")
  func nearest() throws {
    let golden: RecordedWeights = try Checking.golden("transformer_weights")
    let tokenizer = try WordPiece(pieces: golden.wordPiece.pieces)
    let encoder = BERTEncoder(
      BERTSizes(symbols: tokenizer.count, width: 16, heads: 2, blocks: 1, positions: 32), random: RandomSource(seed: 1))
    let sentences = try SentenceEncoder(encoder, tokenizer: tokenizer, longest: 32)
    var memory = SentenceMemory(sentences)
    let texts = ["the dogs", "unaffable", "a b b a", "quietly the"]
    #expect(memory.answer(to: "  ") == "write a sentence, or :quit")
    #expect(memory.answer(to: texts[0]).contains("first"))
    for text in texts.dropFirst() { _ = memory.answer(to: text) }
    let answer = memory.answer(to: texts[1]).split(separator: "\n").map(String.init)
    let vectors = sentences.embedded(texts)
    let cosines = matmul(vectors, vectors[1].expanded(axis: 1)).scalars
    let order = texts.indices.sorted { cosines[$0] > cosines[$1] }
    #expect(answer.map { String($0.drop { $0 != " " }.drop { $0 == " " }) } == order.prefix(3).map { texts[$0] })
    #expect(answer[0] == "1.000  unaffable")
  }
}
