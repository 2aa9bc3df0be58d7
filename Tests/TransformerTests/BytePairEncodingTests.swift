import Checking
import DataSets
import Tensors
import Testing
import Transformer

/// The definition: the earliest merge that joins two neighbours is carried out everywhere, from left to right.
private func definition(_ piece: [Int], _ merges: [MergeTable.Merge]) -> [Int] {
  var tokens = piece
  while true {
    let pairs = Array(zip(tokens, tokens.dropFirst()))
    guard let merge = merges.first(where: { merge in pairs.contains { $0 == (merge.left, merge.right) } }) else {
      return tokens
    }
    var merged: [Int] = []
    var isOpen = false
    for token in tokens {
      if isOpen && merged.last == merge.left && token == merge.right {
        merged[merged.count - 1] = merge.joined
        isOpen = false
      } else {
        merged.append(token)
        isOpen = true
      }
    }
    tokens = merged
  }
}

@Suite("Lehaut, § 3.3  Byte-pair encoding")
struct BytePairEncodingTests {
  private static let text = "The cat's 3 kittens and the cat that sat on the mat: \"naïve\" cats.\n\n  They sat there."
  private static let learned = BytePairEncoding(
    learnedFrom: String(repeating: text, count: 3), merges: 60, specials: ["<|endoftext|>"])

  @Test("Lehaut, § 3.3: decoding an encoded text returns it, for every string of bytes", arguments: 0..<40)
  func identity(seed: UInt64) {
    let random = RandomSource(seed: seed)
    let letters = Array(Self.text.utf8)
    let bytes = (0..<random.integer(below: 300)).map { _ in
      random.bernoulli(0.3) ? UInt8(random.integer(below: 256)) : letters[random.integer(below: letters.count)]
    }
    #expect(Self.learned.bytes(of: Self.learned.encode(bytes)) == bytes)
    let whole = BytePairEncoding(learnedFrom: Self.text, merges: 60, splitting: .none)
    #expect(whole.bytes(of: whole.encode(bytes)) == bytes)
  }

  @Test("Lehaut, § 3.3: the merges of a piece are those of the definition, in any order of merges", arguments: 0..<20)
  func definitions(seed: UInt64) {
    let random = RandomSource(seed: seed)
    // Merges as no training makes them: parts of late tokens may be joined early.
    var (pairs, made) = ([(left: Int, right: Int)](), Set((0..<256).map { [UInt8($0)] }))
    var tokens = (0..<256).map { [UInt8($0)] }
    while pairs.count < 30 {
      let choices = [97, 98] + Array(256..<(256 + pairs.count))
      let (a, b) = (choices[random.integer(below: choices.count)], choices[random.integer(below: choices.count)])
      let joined = tokens[a] + tokens[b]
      guard joined.count < 9, made.insert(joined).inserted else { continue }
      tokens.append(joined)
      pairs.append((a, b))
    }
    let encoding = BytePairEncoding(MergeTable(pairs: pairs))
    let text = (0..<60).map { _ in UInt8(97 + random.integer(below: 2)) }
    #expect(encoding.encode(text) == definition(text.map(Int.init), encoding.table.merges))
  }

  @Test("Lehaut, § 3.3: no token crosses a cut, so words are encoded one by one")
  func cuts() {
    let words = ["The", " cat", " sat", "\n", "\n", "They"]
    #expect(Self.learned.encode(words.joined()) == words.flatMap { Self.learned.encode($0) })
  }

  @Test("tokens that are no UTF-8 are decoded to �, and their bytes are kept")
  func damaged() {
    let bytes: [UInt8] = [0x61, 0xFF, 0xC3]
    #expect(Self.learned.decode(Self.learned.encode(bytes)) == "a\u{FFFD}\u{FFFD}")
    #expect(Self.learned.decode(Self.learned.encode("naïve")) == "naïve")
  }

  @Test("a special token's name is plain text, unless special tokens are allowed")
  func specials() throws {
    let end = try #require(Self.learned.number(ofSpecial: "<|endoftext|>"))
    #expect(end == Self.learned.count - 1 && Self.learned.number(ofSpecial: "<pad>") == nil)
    let text = "cat<|endoftext|>The<|endoftext|>"
    #expect(!Self.learned.encode(text).contains(end))
    let numbers = Self.learned.encode(text, allowsSpecials: true)
    #expect(numbers == Self.learned.encode("cat") + [end] + Self.learned.encode("The") + [end])
    #expect(Self.learned.decode(numbers) == text && Self.learned.decode(Self.learned.encode(text)) == text)
  }

  @Test("of two special tokens that begin alike the longer one is taken")
  func longestSpecial() throws {
    let encoding = BytePairEncoding(MergeTable(pairs: [], specials: ["<s>", "<s>2"]))
    let (short, long) = (encoding.number(ofSpecial: "<s>"), encoding.number(ofSpecial: "<s>2"))
    #expect(encoding.encode("<s>2<s>", allowsSpecials: true) == [try #require(long), try #require(short)])
  }

  @Test("the saved encoding is the encoding")
  func saved() throws {
    let again = try BytePairEncoding(MergeTable(text: Self.learned.table.text))
    #expect(again == Self.learned && again.encode(Self.text) == Self.learned.encode(Self.text))
  }
}
