import Checking
import DataSets
import Tensors
import Testing

@Suite("Data: sequences of unequal length, and vocabularies")
struct DataTokensTests {
  @Test("a batch is padded at the ends, and gives back its sequences")
  func batch() {
    let tokens = Tokens([[5, 6, 7], [], [8]], padding: 9)
    #expect(tokens.numbers == [5, 6, 7, 9, 9, 9, 8, 9, 9] && tokens.lengths == [3, 0, 1])
    #expect(tokens.shape == [3, 3] && tokens.sequences == [[5, 6, 7], [], [8]])
    #expect(tokens.isReal == [true, true, true, false, false, false, true, false, false])
    #expect(tokens.subset([2, 2]).numbers == [8, 8] && tokens.subset([2, 2]).time == 1)
    #expect(Tokens([[1, 2, 3], [4]], longest: 2).sequences == [[1, 2], [4]])
    #expect(Tokens([]).shape == [0, 0])
  }

  @Test("the places of a batch that are not padding are those that a loss counts")
  func loss() {
    let tokens = Tokens([[1, 2], [0]], padding: 2)
    let logits = RandomSource(seed: 1).normal([4, 3], scalarType: .double)
    let all = logits.crossEntropy(labels: tokens.numbers, where: tokens.isReal).item
    let alone = logits.gathered([0, 1, 2]).crossEntropy(labels: [1, 2, 0]).item
    #expect(abs(all - alone) < 1e-15)
  }

  @Test("characters come back to the last byte, also those that look alike or are not shown")
  func characters() throws {
    let text = "a\r\nb \u{212B}\u{C5}e\u{301}\u{200D}\\"
    let vocabulary = Vocabulary(charactersOf: text)
    #expect(Array(vocabulary.decode(try vocabulary.encode(text)).utf8) == Array(text.utf8))
    #expect(vocabulary.count == 11 && vocabulary[0] == "\n")
    let again = try Vocabulary(text: vocabulary.text)
    #expect(again == vocabulary)
    #expect(Array(again.decode(try again.encode(text)).utf8) == Array(text.utf8))
  }

  @Test("words are runs of letters, digits and inner apostrophes in lower case")
  func words() {
    let words = Vocabulary.words(in: "It's GOOD!<br /><br />'Really' good: 10/10, naïve-ish a<b")
    #expect(words == ["it's", "good", "really", "good", "10", "10", "naïve", "ish", "a", "b"])
  }

  @Test("the most frequent words are numbered after the special symbols, others are unknown")
  func frequent() throws {
    let texts = [["b", "a", "c"], ["a", "c"], ["a", "d"]]
    let vocabulary = Vocabulary(wordsOf: texts, atMost: 2, specials: [.end, .padding, .unknown])
    #expect(vocabulary.specials == [.padding, .unknown, .end] && vocabulary.symbols == ["a", "c"])
    #expect(try vocabulary.encode("A d c") == [3, 1, 4] && vocabulary.decode([3, 0, 1, 4, 2]) == "a <unknown> c")
    #expect(vocabulary.number(of: .start) == nil && vocabulary[2] == "<end>")
    #expect(Vocabulary(wordsOf: texts, atLeast: 2).symbols == ["a", "c"])
    #expect(Vocabulary(wordsOf: texts, atLeast: 1).symbols == ["a", "c", "b", "d"])
  }

  @Test("a symbol that is missing is named with its place")
  func missing() {
    let vocabulary = Vocabulary(charactersOf: "ab\n")
    #expect(
      dataError { try vocabulary.encode("ab\nbé") }
        == "cannot encode a text: the character \"é\" at line 2, place 2 is not among the 3 characters of the "
        + "vocabulary. Leave it out, or write another in its place.")
    let words = Vocabulary(wordsOf: [["a"]], specials: [])
    #expect(dataError { try words.encode("a b") }.contains("the word \"b\" at place 2 is not among the 1 words"))
  }

  @Test("a vocabulary is saved as text, and read again")
  func saving() throws {
    try TemporaryFolder.temporary { folder in
      let vocabulary = Vocabulary(wordsOf: [["it's", "10"]], specials: [.padding, .start])
      let path = folder.path + "/words.txt"
      try vocabulary.write(to: path)
      #expect(try folder.text("words.txt") == "words padding start\n10\nit's\n")
      #expect(try Vocabulary(path: path) == vocabulary)
      try folder.write("characters\r\na\r\n\\u{20}\r\n", "crlf.txt")
      #expect(try Vocabulary(path: folder.path + "/crlf.txt").symbols == ["a", " "])
    }
  }

  @Test(
    "a text that is not a vocabulary is refused, and the line is named",
    arguments: [
      ("", "line 1: it begins with \"\". Begin with \"characters\" or \"words\"."),
      ("letters\na\n", "line 1: it begins with \"letters\""),
      (
        "words pad\na\n",
        "line 1: \"pad\" is not a special symbol. The special symbols are padding, unknown, start, end."
      ),
      ("words end end\na\n", "line 1: a special symbol is named twice"),
      ("characters\na\n\\q\n", "line 3: \"\\q\" has an escape that is unknown"),
      ("characters\na\n\\u{110000}\n", "line 3"), ("characters\n\\u{20\n", "line 2"),
      ("characters\nab\n", "line 2: \"ab\" is not one of the characters. Write one character a line."),
      ("words\na\n\nb\n", "line 3: \"\" is not one of the words"), ("words\nA\n", "line 2: \"A\""),
      ("characters\na\nb\na\n", "line 4: \"a\" is already on line 2"),
    ])
  func broken(text: String, message: String) {
    #expect(dataError { try Vocabulary(text: text, source: "v.txt") }.contains("from v.txt: \(message)"))
  }
}
