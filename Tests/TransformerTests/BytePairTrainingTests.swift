import Checking
import DataSets
import Foundations
import Tensors
import Testing
import Transformer
import ch07

/// The definition: count all pairs of neighbours, take the most frequent one, the first of equals, and replace it from
/// left to right.
private func definition(_ text: [UInt8], merges: Int) -> [(pair: [Int], occurrences: Int, tokens: [Int])] {
  var tokens = text.map(Int.init)
  var bytes = (0...255).map { [UInt8($0)] }
  var steps: [(pair: [Int], occurrences: Int, tokens: [Int])] = []
  while steps.count < merges {
    var (counts, order) = ([[Int]: Int](), [[Int]]())
    for pair in zip(tokens, tokens.dropFirst()).map({ [$0, $1] }) {
      if counts.updateValue((counts[pair] ?? 0) + 1, forKey: pair) == nil { order.append(pair) }
    }
    let new = order.filter { !bytes.contains(bytes[$0[0]] + bytes[$0[1]]) }
    guard let most = new.map({ counts[$0] ?? 0 }).max(), most > 1, let pair = new.first(where: { counts[$0] == most })
    else { break }
    var merged: [Int] = []
    for token in tokens {
      // The pair's first token has been appended already.
      if merged.last == pair[0] && token == pair[1] {
        merged[merged.count - 1] = bytes.count
      } else {
        merged.append(token)
      }
    }
    bytes.append(bytes[pair[0]] + bytes[pair[1]])
    tokens = merged
    steps.append((pair, most, tokens))
  }
  return steps
}

private func trained(_ text: [UInt8], merges: Int, _ splitting: MergeTable.Splitting) -> BytePairTraining {
  var training = BytePairTraining(text, splitting: splitting)
  while training.steps.count < merges, training.merge() != nil {}
  return training
}

@Suite("Lehaut, § 3.3  Learning the merges of a byte-pair encoding")
struct BytePairTrainingTests {
  @Test("Lehaut, § 3.3: aaabdaaabac becomes aaab d aaab a c: aa occurs 4 times, the next two pairs twice each")
  func example() {
    var training = BytePairTraining(Array("aaabdaaabac".utf8), splitting: .none)
    while training.merge() != nil {}
    let encoding = training.encoding()
    #expect(training.steps.map(\.occurrences) == [4, 2, 2] && training.steps.map(\.tokenCount) == [9, 7, 5])
    #expect(training.steps.map { encoding.table.spelled($0.merge.joined) } == ["aa", "aaa", "aaab"])
    #expect(encoding.encode("aaabdaaabac").map(encoding.table.spelled) == ["aaab", "d", "aaab", "a", "c"])
  }

  @Test("Lehaut, § 3.3: three equal tokens are joined from the left: aaa becomes aa a, and aaaa becomes aa aa")
  func fromTheLeft() {
    var training = BytePairTraining(Array("aaaxaaaa".utf8), splitting: .none)
    let step = training.merge()
    #expect(step?.occurrences == 5 && step?.tokenCount == 5)
    let encoding = training.encoding()
    #expect(encoding.encode("aaaxaaaa").map(encoding.table.spelled) == ["aa", "a", "x", "aa", "aa"])
  }

  @Test(
    "Lehaut, § 3.3: of equally frequent pairs, the one that occurs first in the text is joined",
    arguments: ["xyab", "abxy"])
  func ties(text: String) {
    var training = BytePairTraining(Array((text + "." + text).utf8), splitting: .none)
    training.merge()
    #expect(training.encoding().table.tokens.last == Array(text.utf8.prefix(2)))
  }

  @Test(
    "Lehaut, § 3.3: every step is that of the definition, on texts of two, three and many letters",
    arguments: [2, 3, 26])
  func definitions(letters: Int) {
    let random = RandomSource(seed: UInt64(letters))
    for length in [0, 1, 2, 3, 50, 400] {
      let text = (0..<length).map { _ in UInt8(97 + random.integer(below: letters)) }
      let (training, right) = (trained(text, merges: 40, .none), definition(text, merges: 40))
      #expect(training.steps.map { [$0.merge.left, $0.merge.right] } == right.map(\.pair))
      #expect(training.steps.map(\.occurrences) == right.map(\.occurrences))
      #expect(training.steps.map(\.tokenCount) == right.map(\.tokens.count))
      #expect(training.encoding().encode(text) == right.last?.tokens ?? text.map(Int.init))
    }
  }

  @Test("Lehaut, § 3.3: a pair whose bytes are a token already is passed over")
  func passedOver() {
    // abc is made of ab and c; then a and bc would make it again.
    let random = RandomSource(seed: 5)
    let text = (0..<3000).map { _ in UInt8(97 + random.integer(below: 2)) }
    let tokens = trained(text, merges: 200, .none).tokens
    #expect(Set(tokens).count == tokens.count)
  }

  @Test("Lehaut, § 3.3: with every merge the tokens become fewer, and encoding the text gives those of the training")
  func fewer() {
    let text = Array(SmallLanguage.agreement.text(characters: 20_000, from: RandomSource(seed: 1)).utf8)
    for splitting in MergeTable.Splitting.allCases {
      let training = trained(text, merges: 100, splitting)
      let counts = [text.count] + training.steps.map(\.tokenCount)
      #expect(training.steps.count >= 50 && zip(counts, counts.dropFirst()).allSatisfy { $0 > $1 })
      let encoding = training.encoding()
      #expect(encoding.encode(text).count == training.tokenCount)
      #expect(encoding.bytes(of: encoding.encode(text)) == text)
    }
  }

  @Test("Lehaut, § 3.3: GPT-2's cuts: no token joins letters and digits, or what stands before a space")
  func cuts() {
    func pieces(_ text: String) -> [String] {
      MergeTable.Splitting.gpt2.pieces(of: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(pieces("") == [] && pieces("Hello world") == ["Hello", " world"])
    #expect(pieces("I'll say it's 12abc!") == ["I", "'ll", " say", " it", "'s", " 12", "abc", "!"])
    #expect(pieces("a   b\n\nc \n") == ["a", "  ", " b", "\n", "\n", "c", " \n"])
    #expect(pieces(" 'tis") == [" '", "tis"] && pieces("'Tis 'the") == ["'", "Tis", " '", "the"])
    #expect(pieces("größe½ Ⅷ!?ñ\u{A0} x") == ["größe", "½", " Ⅷ", "!?", "ñ", "\u{A0}", " x"])
    let damaged: [UInt8] = [0x61, 0xFF, 0xC3, 0x20, 0xE2, 0x82, 0x62]
    #expect(MergeTable.Splitting.gpt2.pieces(of: damaged) == [[0x61], [0xFF, 0xC3], [0x20, 0xE2, 0x82], [0x62]])
  }

  @Test("Lehaut, § 3.3: tables of 15 to 164 million numbers: 21 % of BERT base, 31 % of GPT-2, 2 % of LLaMA 7B")
  func vocabularies() {
    #expect(vocabularySizes.map(\.parameters) == [15_360_000, 163_840_000, 23_440_896, 38_597_376, 131_072_000])
    #expect(vocabularySizes.compactMap(\.total) == [109_482_240, 124_439_808, 6_738_415_616])
    let shares = vocabularySizes.compactMap { size in size.total.map { Double(size.parameters) / Double($0) } }
    #expect(zip(shares, [0.214, 0.310, 0.0195]).allSatisfy { abs($0 - $1) < 5e-4 }, "\(shares)")
    let table = Embedding(30_000, 512, random: RandomSource(seed: 1))
    #expect(table.parameterCount == vocabularySizes[0].parameters)
  }
}
