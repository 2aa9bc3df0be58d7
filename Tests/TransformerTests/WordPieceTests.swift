import Checking
import DataSets
import Testing

@Suite("§ 7.6  Pieces of words")
struct WordPieceTests {
  private let golden: RecordedWeights.Pieces

  init() throws { golden = try Checking.golden("transformer_weights", as: RecordedWeights.self).wordPiece }

  private func tokenizer(_ cleaning: WordPiece.Cleaning = WordPiece.Cleaning()) throws -> WordPiece {
    try WordPiece(pieces: golden.pieces, cleaning: cleaning)
  }

  @Test("§ 7.6: accents, capitals, controls, punctuation, Chinese, Korean, emoji: pieces as by the published tokenizer")
  func published() throws {
    for wanted in golden.cases {
      var cleaning = WordPiece.Cleaning()
      cleaning.lowercases = wanted.lowercases
      cleaning.stripsAccents = wanted.stripsAccents
      cleaning.separatesIdeographs = wanted.separatesIdeographs
      let tokenizer = try tokenizer(cleaning)
      for (sentence, numbers) in zip(golden.sentences, wanted.numbers) {
        #expect(tokenizer.encode(sentence) == numbers, "\(sentence.debugDescription) with \(cleaning)")
      }
    }
  }

  @Test("§ 7.6: a long text is cut behind its first pieces, two texts where the longer one is long, as published")
  func cut() throws {
    let tokenizer = try tokenizer()
    for (sentence, numbers) in zip(golden.sentences, golden.cut) {
      #expect(tokenizer.encode(sentence, longest: 8) == numbers, "\(sentence.debugDescription)")
    }
    for (place, first) in golden.firsts.enumerated() {
      let (numbers, types) = tokenizer.encode(first, golden.seconds[place], longest: 8)
      #expect(numbers == golden.pairs[place] && types == golden.types[place], "\(first)")
    }
  }

  @Test("§ 7.6: the longest piece is taken first, and a word that leaves a rest is unknown as a whole")
  func longestFirst() throws {
    let tokenizer = try tokenizer()
    func pieces(_ text: String) -> [String] { tokenizer.numbers(of: text).map { tokenizer[$0] } }
    #expect(pieces("unaffable") == ["un", "##aff", "##able"])
    #expect(pieces("unaffablez") == ["[UNK]"] && pieces("abba") == ["a", "##b", "##b", "##a"])
    #expect(pieces(String(repeating: "x", count: 100)).count == 100)
    #expect(pieces(String(repeating: "x", count: 101)) == ["[UNK]"])
  }

  @Test("§ 7.6: numbers become text again, pieces joined, without [CLS], [SEP] and padding")
  func decoding() throws {
    let tokenizer = try tokenizer()
    #expect(tokenizer.decode(tokenizer.encode("The dogs, quietly [MASK]!") + [0, 0]) == "the dogs , quietly [MASK] !")
    #expect(tokenizer.decode([]) == "" && tokenizer.mask == 5)
  }

  @Test("§ 7.6: vocab.txt and tokenizer.json give the same tokenizer; a folder is searched for either")
  func files() throws {
    try TemporaryFolder.temporary { folder in
      try folder.write(golden.pieces.joined(separator: "\r\n") + "\n", "vocab.txt")
      let first = try WordPiece(path: folder.path)
      #expect(first.pieces == golden.pieces && first.cleaning == WordPiece.Cleaning())
      try folder.write(#"{"do_lower_case": false, "strip_accents": null}"#, "tokenizer_config.json")
      let cased = try WordPiece(path: folder.path + "/vocab.txt").cleaning
      #expect(!cased.lowercases && !cased.stripsAccents && cased.separatesIdeographs)
      try folder.write(json(), "tokenizer.json")
      let second = try WordPiece(path: folder.path)
      #expect(second.pieces == golden.pieces && second.encode("Café") == first.encode("Café"))
    }
  }

  @Test("§ 7.6: another tokenizer, a damaged file and a vocabulary that lacks [UNK] are refused in words")
  func refused() throws {
    try TemporaryFolder.temporary { folder in
      #expect(dataError { try WordPiece(path: folder.path) }.contains("neither tokenizer.json nor vocab.txt"))
      let mistakes: [(text: String, name: String, message: String)] = [
        (json(type: "BPE"), "tokenizer.json", "its model is BPE, not WordPiece"),
        (json(normalizer: "NFC"), "tokenizer.json", "cleaned by NFC"),
        ("{}", "tokenizer.json", "it has no model with a vocab"),
        (String(json().dropLast(9)), "tokenizer.json", "at byte"),
        (json().replacing(": 3,", with: ": 4,"), "tokenizer.json", "has no number of its own below"),
        ("a\nb\n", "vocab.txt", "[PAD], [UNK], [CLS], [SEP], [MASK] is not among its 2 pieces"),
        ("a\nb\na\n", "vocab.txt", "\"a\" has the numbers 0 and 2"),
      ]
      for (text, name, message) in mistakes {
        let path = try folder.write(text, name)
        #expect(dataError { try WordPiece(path: path) }.contains(message))
      }
    }
  }

  /// A tokenizer.json with the pieces.
  private func json(type: String = "WordPiece", normalizer: String = "BertNormalizer") -> String {
    let vocabulary = golden.pieces.enumerated().map { "\"\($1)\": \($0)" }.joined(separator: ", ")
    return """
      {"version": "1.0", "normalizer": {"type": "\(normalizer)", "lowercase": true, "strip_accents": null},
      "model": {"type": "\(type)", "continuing_subword_prefix": "##", "vocab": {\(vocabulary)}}}
      """
  }
}
