import Checking
import DataSets
import Testing

private let table = MergeTable(
  pairs: [(32, 116), (256, 104), (257, 101), (97, 98), (0xC3, 0xA9)], splitting: .gpt2,
  specials: ["<|endoftext|>", "<é>"])

@Suite("Data: the merges of a byte-pair encoding")
struct DataMergesTests {
  @Test("the tokens are the bytes, what the merges make, and the special ones")
  func tokens() {
    #expect(table.count == 263 && table.tokens[258] == Array(" the".utf8) && table.specials == [261, 262])
    #expect(table.spelled(258) == "Ġthe" && table.spelled(10) == "Ċ" && table.spelled(261) == "<|endoftext|>")
    #expect(table.isSpecial(262) && !table.isSpecial(260))
  }

  @Test("GPT-2's characters for bytes: 188 stand for themselves, the others follow U+00FF")
  func symbols() {
    #expect(Set(ByteSymbols.scalars).count == 256 && ByteSymbols.scalars.max() == "\u{143}")
    #expect(ByteSymbols.scalars.enumerated().count { $0.offset == $0.element.value } == 188)
    #expect(ByteSymbols.scalars[0] == "Ā" && ByteSymbols.scalars[32] == "Ġ" && ByteSymbols.scalars[0xAD] == "\u{143}")
    #expect(Set(ByteSymbols.order).count == 256 && ByteSymbols.order.first == 33 && ByteSymbols.order.last == 0xAD)
  }

  @Test("a table that is written as text and read again is the same")
  func text() throws {
    #expect(try MergeTable(text: table.text) == table)
    #expect(try MergeTable(text: table.text.replacing("\n", with: "\r\n")) == table)
    try TemporaryFolder.temporary { folder in
      try table.write(to: folder.path + "/merges")
      #expect(try MergeTable(path: folder.path + "/merges") == table)
    }
  }

  @Test("a table in GPT-2's two files is the same after reading, whatever the order of its numbers")
  func gpt2() throws {
    try TemporaryFolder.temporary { folder in
      let (vocabulary, merges) = (folder.path + "/vocab.json", folder.path + "/merges.txt")
      try table.write(vocabulary: vocabulary, merges: merges)
      #expect(try MergeTable(vocabulary: vocabulary, merges: merges) == table)
      #expect(try folder.text("merges.txt") == "#version: 0.2\nĠ t\nĠt h\nĠth e\na b\nÃ ©\n")
      // As GPT-2 numbers them: "!" is 0; escapes as its file has them.
      let names = ByteSymbols.order.map { ByteSymbols.spelled([$0]) } + ["\\u0120t", "<|endoftext|>"]
      let members = names.enumerated().map { number, name in
        "\"\(name == "\"" || name == "\\" ? "\\" + name : name)\": \(number)"
      }
      try folder.write("{" + members.joined(separator: ", ") + "}", "vocab.json")
      try folder.write("#version: 0.2\nĠ t\n", "merges.txt")
      let read = try MergeTable(vocabulary: vocabulary, merges: merges)
      #expect(read.tokens[0] == [33] && read.bytes[32] == 220 && read.specials == [257])
      #expect(read.merges == [MergeTable.Merge(220, 83, into: 256)] && read.splitting == .gpt2)
      #expect(try MergeTable(text: read.text) == read)
    }
  }

  @Test(
    "a damaged text is refused with its line",
    arguments: [
      ("", "line 1: it is \"\""), ("byte-pair-encoding both\n", "line 1: it is \"byte-pair-encoding both\""),
      ("byte-pair-encoding none\nbytes 0 1 2\n", "line 2: it is not \"bytes\" and 256 different numbers"),
      ("BYTES\nmerge 97 98\n", "line 3: it is \"merge 97 98\""),
      ("BYTES\nmerge 97 257 256\n", "line 3: this merge joins a token that no earlier one makes"),
      ("BYTES\nmerge 97 98 99\n", "line 3: this merge makes token 99, which is another one"),
      ("BYTES\nmerge 97 98 256\nmerge 256 98 258\nspecial 258 <a>\n", "line 5: another token has the number 258"),
      ("BYTES\nspecial 257 <a>\n", "line 3: no token has the number 256"),
      ("BYTES\nmerge 97 98 256\nspecial 257 ab\n", "line 4: the special token \"ab\" is also another token"),
      ("BYTES\nmerge 97 98 256\nmerge 97 98 257\n", "line 4: an earlier merge joins the same two"),
      ("BYTES\nmerge 99999999999999999999 98 256\n", "line 3: it is \"merge 9999"),
    ])
  func damagedText(text: String, message: String) {
    let head = table.text.split(separator: "\n").prefix(2).joined(separator: "\n")
    let found = dataError { try MergeTable(text: text.replacing("BYTES", with: head), source: "a.txt") }
    #expect(found.hasPrefix("cannot read the merges in a.txt: line ") && found.contains(message), "\(found)")
  }

  @Test("a token of many bytes is refused, so that a short file cannot fill the memory")
  func long() {
    let head = table.text.split(separator: "\n").prefix(2).joined(separator: "\n")
    let lines = (0..<40).map { "merge \($0 == 0 ? 97 : 255 + $0) \($0 == 0 ? 97 : 255 + $0) \(256 + $0)" }
    let found = dataError { try MergeTable(text: ([head] + lines).joined(separator: "\n")) }
    #expect(found.contains("line 13: this merge makes a token of more than 1024 bytes"), "\(found)")
  }

  @Test(
    "damaged or mismatched files of GPT-2 are refused with the file and the place",
    arguments: [
      ("{\"a\": 0", "Ġ t", "vocab.json: byte 7: expected"), ("[1]", "Ġ t", "vocab.json: byte 0: expected '{'"),
      ("{\"a\": \"b\"}", "Ġ t", "vocab.json: byte 1: the token \"a\" has no whole number"),
      ("{\"a\": 0, \"b\": 0}", "Ġ t", "vocab.json: byte 9: a second token, \"b\", has the number 0"),
      ("{\"a\": 2, \"b\": 0}", "Ġ t", "the token \"a\" has the number 2, of 2 tokens"),
      ("{\"a\": 0}", "Ġ t", "the token \"Ā\" of the byte 0 is missing"),
      ("ALL", "Ġ t\nĠt  h", "merges.txt: line 2 is \"Ġt  h\""), ("ALL", "Ġ t\n\nĠt h", "merges.txt: line 2 is \"\""),
      ("ALL", "Ġ t\nĠt z", "merges.txt: line 2: the token \"Ġtz\" is not in"),
      ("ALL", "Ġt h\nĠ t", "merges.txt: line 1: this merge joins a token that no earlier one makes"),
      ("ALL", "Ġ t\nĠ t", "merges.txt: line 2: an earlier merge joins the same two"),
    ])
  func damagedFiles(json: String, lines: String, message: String) throws {
    try TemporaryFolder.temporary { folder in
      let vocabulary = try folder.write(json == "ALL" ? table.vocabularyJSON : json, "vocab.json")
      let merges = try folder.write(lines, "merges.txt")
      let found = dataError { try MergeTable(vocabulary: vocabulary, merges: merges) }
      #expect(found.hasPrefix("cannot read ") && found.contains(message), "\(found)")
    }
  }

  @Test("a table that cannot be made stops with what is wrong")
  func stops() async {
    let missing = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = MergeTable(pairs: [(97, 256)])
    }
    expectMessage(
      missing, "cannot make a table of 1 merges: after 0 of them, this merge joins a token that no earlier one makes")
  }
}
