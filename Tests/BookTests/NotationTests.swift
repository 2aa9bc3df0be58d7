import BookText
import Checking
import Testing
import book

@Suite("Chapters/NOTATION.md: every letter of the guides")
struct NotationTests {
  private static let notation = Result { Notation(try Book.file("Chapters/NOTATION.md")) }

  @Test("letters of formulas are found, words and operators are not")
  func found() {
    #expect(letters(in: "x_i^2 + \\sin 2\\alpha") == ["x", "i", "\\alpha"])
    #expect(
      letters(in: "\\mathcal L + \\mathcal{N}(\\mathbf 0, \\mathbf{I})") == [
        "\\mathcal{L}", "\\mathcal{N}", "\\mathbf{I}",
      ])
    #expect(letters(in: "\\boldsymbol\\varepsilon_\\theta") == ["\\boldsymbol{\\varepsilon}", "\\theta"])
    #expect(letters(in: "d_\\text{ff} \\operatorname{diag}(p) \\mathrm{ReLU} \\mathrm d x") == ["d", "p", "x"])
    #expect(letters(in: "\\operatorname*{arg min}_w") == ["w"])
    #expect(letters(in: "\\begin{pmatrix}a&1\\\\b&2\\end{pmatrix}") == ["a", "b"])
    #expect(letters(in: "\\hat y \\le 10^3 \\lVert \\nabla L \\rVert") == ["y", "L"])
  }

  @Test("a row has the first letter of each formula of its first cell, its place, and every name in Swift")
  func row() throws {
    let text = """
      ## Chapter 3. X

      | symbol | meaning | shape | first | Swift |
      | --- | --- | --- | --- | --- |
      | $x_1$, $y$ | an input | number | § 3.1 | `x` and `y` |
      """
    let row = try #require(Notation(Book.File(path: "", text: text)).chapters[3]?.first)
    #expect(row.letters == ["x", "y"] && row.place == "§ 3.1" && row.names == ["x", "y"])
  }

  @Test("every letter of a chapter's guides is in its table or in that of the whole book, and no other")
  func complete() throws {
    let notation = try Self.notation.get()
    var uses: [String: Int] = [:]
    for chapter in Book.written {
      let letters = try guideLetters(of: chapter)
      let rows = try #require(notation.chapters[chapter.number], "no table for chapter \(chapter.number)")
      let (own, common) = (rows.flatMap(\.letters), Set(notation.common.flatMap(\.letters)))
      #expect(Set(own).count == own.count, "chapter \(chapter.number) has a letter twice: \(own)")
      for letter in letters where !own.contains(letter.letter) {
        let isCommon = common.contains(letter.letter)
        #expect(
          isCommon, "chapter \(chapter.number), \(letter.place): \(letter.letter) has no row")
        uses[letter.letter, default: 0] += 1
      }
      for letter in own {
        let occurs = letters.contains { $0.letter == letter }
        #expect(occurs, "chapter \(chapter.number): \(letter) has a row and does not occur")
      }
    }
    for letter in notation.common.flatMap(\.letters) {
      #expect(uses[letter, default: 0] > 1, "\(letter) of the whole book's table is in fewer than two chapters")
    }
    #expect(notation.chapters.values.map(\.count).reduce(0, +) > 350)
  }

  @Test("the column first names the part in which the first letter of a row first occurs")
  func places() throws {
    let notation = try Self.notation.get()
    var first: [String: String] = [:]
    for chapter in Book.written {
      let letters = try guideLetters(of: chapter)
      for letter in letters where first[letter.letter] == nil {
        first[letter.letter] = "chapter \(chapter.number), \(letter.place)"
      }
      for row in notation.chapters[chapter.number] ?? [] {
        let place = letters.first { row.letters.contains($0.letter) }?.place ?? ""
        #expect(row.place == place, "chapter \(chapter.number), \(row.cells[0])")
      }
    }
    for row in notation.common {
      #expect(
        row.letters.contains { first[$0] == row.place }, "\(row.cells[0]): \(row.letters.map { first[$0] ?? "" })")
    }
  }

  @Test("every Swift name is in the code of its chapter")
  func names() throws {
    let notation = try Self.notation.get()
    var all: Set<String> = []
    for chapter in Book.written {
      let files = Book.swift.filter { $0.path.hasPrefix("Sources/\(chapter.folder)/") }
      let words = files.reduce(into: Set<String>()) { $0.formUnion(Self.words(of: $1)) }
      all.formUnion(words)
      for row in notation.chapters[chapter.number] ?? [] {
        for name in row.names {
          let isThere = words.contains(name)
          #expect(isThere, "chapter \(chapter.number), \(row.cells[0]): no source has \(name)")
        }
      }
    }
    for row in notation.common {
      for name in row.names {
        let isThere = all.contains(name)
        #expect(isThere, "\(row.cells[0]): no source has \(name)")
      }
    }
  }

  /// The words of a source file, without its comments.
  private static func words(of file: Book.File) -> Set<String> {
    let (slash, newline) = (UInt8(ascii: "/"), UInt8(ascii: "\n"))
    var (words, word, isComment, last): (Set<String>, [UInt8], Bool, UInt8) = ([], [], false, newline)
    for byte in file.text.utf8 {
      if byte == slash && last == slash { isComment = true }
      if byte == newline { isComment = false }
      last = byte
      let isLetter = byte >= 128 || (byte | 32 >= 97 && byte | 32 <= 122) || (byte >= 48 && byte <= 57) || byte == 95
      if isLetter && !isComment {
        word.append(byte)
      } else if !word.isEmpty {
        words.insert(String(decoding: word, as: UTF8.self))
        word = []
      }
    }
    return words
  }

  @Test("the comparison has a meaning exactly where the chapter's table has the letter")
  func compared() throws {
    let notation = try Self.notation.get()
    #expect(notation.compared.letters.count == 8)
    for chapter in Book.written {
      let cells = try #require(notation.compared.cells[chapter.number], "no row for chapter \(chapter.number)")
      let own = Set((notation.chapters[chapter.number] ?? []).flatMap(\.letters))
      for (letter, cell) in zip(notation.compared.letters, cells) {
        let names = letter == "\\varepsilon" ? [letter, "\\epsilon", "\\boldsymbol{\\varepsilon}"] : [letter]
        #expect((cell != "–") == names.contains(where: own.contains), "chapter \(chapter.number), \(letter): \(cell)")
      }
    }
  }
}
