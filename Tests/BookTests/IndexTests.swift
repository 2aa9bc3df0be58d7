import BookText
import Checking
import Testing
import book

@Suite("book where and book index: from a number of the notes to its place")
struct IndexTests {
  private static let citations = Result { try Citations() }
  private var index: NumberIndex { get throws { NumberIndex(try Self.citations.get()) } }

  @Test("a text's numbers are found alone and in lists, with their words, and no others")
  func cited() {
    func cited(_ text: String) -> [String] { NotesNumber.cited(in: text).map(\.description) }
    #expect(cited("x̂ = (x − µ) / σ. (3.13)") == ["(3.13)"])
    #expect(
      cited("Theorems 8.4, 8.5 and 8.8, § 8.2.1 and § 8.3") == [
        "Theorem 8.4", "Theorem 8.5", "Theorem 8.8", "§ 8.2.1", "§ 8.3",
      ])
    let many = (1...12).map { "Theorem 8.\($0)" }
    #expect(cited(many.joined(separator: " and ")) == many)
    #expect(cited("Listing 10.8a by exercise 3.5.3") == ["Listing 10.8a", "Exercise 3.5.3"])
    #expect(cited("Lehaut, § 3.3 and 3.4, by § 4.1; Fleuret § 3.2, by § 5.1") == ["§ 4.1", "§ 5.1"])
    #expect(cited("within 0.05 of (0.5, 2.5), v1.2.3, f(x, 3.14), Swift 6.3") == [])
    #expect(cited("(11.14), Exercise 11.6.1: (1.2.3)") == ["(11.14)", "Exercise 11.6.1"])
  }

  @Test("what is listed as a test is a test of a chapter or of the ground, with its whole name")
  func names() throws {
    let found = try Self.citations.get().tests.values.flatMap(\.self)
    #expect(found.count > 2_000 && !found.contains { $0.path.hasPrefix("Tests/BookTests/") })
    #expect(found.contains { $0.name.contains("one pair of rows carries \"systematically\"") })
  }

  @Test("a reader's words mean a number of the notes, with or without its word")
  func meant() {
    func meant(_ words: String...) -> [String] { NotesNumber.meant(by: words).map(\.description) }
    #expect(meant("11.14") == ["(11.14)", "Remark 11.14"])
    #expect(meant("(11.14)") == ["(11.14)"])
    #expect(meant("theorem", "8.4") == ["Theorem 8.4"])
    #expect(meant("§", "3.1") == ["§ 3.1"] && meant("section", "3.1") == ["§ 3.1"])
    #expect(meant("exercise", "4.3.2") == ["Exercise 4.3.2"])
    #expect(meant("3.99") == [] && meant("lemma", "8.4") == [] && meant() == [])
  }

  @Test("an item is read from its declaration: a title may have quotes, stars and seconds may be missing")
  func items() throws {
    let text = """
      public let shapes = Exercise("1.2", "The \\"right\\" shapes", stars: 2, seconds: 1_200) { print in }
      public let sums = Exercise(
        .section, "1.3", "Sums") { print in }
      """
    let items = Item.declared(in: Book.File(path: "A.swift", text: text), program: "ch01")
    let (shapes, sums) = (try #require(items["shapes"]), try #require(items["sums"]))
    #expect(shapes.command == "ch01 exercise 1.2" && shapes.title == "The \"right\" shapes")
    #expect(shapes.stars == 2 && shapes.seconds == 1_200)
    #expect(sums.command == "ch01 section 1.3" && sums.title == "Sums" && sums.stars == 0 && sums.seconds == 0)
  }

  @Test("every number of the written chapters has code, a test, a command and a part of the guide")
  func complete() throws {
    let (index, written) = (try index, Set(Book.written.map(\.number)))
    #expect(NotesNumber.all.count > 790)
    // Remark 12.1 is about a program that cannot be run here, and the summary § 12.11 is held by a test alone.
    let (untested, uncoded): (Set, Set) = (["Remark 12.1"], ["Remark 12.1", "§ 12.11"])
    for number in NotesNumber.all where written.contains(number.chapter) {
      #expect(!index.sources(number).isEmpty || uncoded.contains("\(number)"), "\(number): no source cites it")
      // The texts in quotes above are no names of tests, so they cite nothing.
      #expect(index.tests(number).isEmpty == untested.contains("\(number)"), "\(number): no test cites it")
      #expect(!index.commands(number).isEmpty, "\(number): no command shows it")
      #expect(index.guide(number) != nil, "\(number): no guide tells it")
    }
  }

  @Test("a number's part is that of its heading, else where it belongs, and its command is one of its chapter")
  func places() throws {
    let index = try index
    for (kind, number, title) in [
      ("§", "4.2.2", "§ 4.2 Convolution"), ("§", "11.5", "§ 11.5.1 The neural tangent kernel"),
      ("§", "11.11", "§ 11.11 Grokking"), ("§", "12.6", "§ 12.6.1 Sources of bias"),
      ("Listing", "4.8", "Ablation 4.8: kernels, filters, depth"), ("", "9.16", "§ 9.4 The reparameterization trick"),
      ("Exercise", "4.4.1", "Exercise 4.4 ★★ Depthwise separable convolutions"),
    ] {
      #expect(index.guide(NotesNumber(kind: kind, number: number))?.title == title, "\(kind) \(number)")
    }
    for number in NotesNumber.all where Book.written.contains(where: { $0.number == number.chapter }) {
      let program = "swift run ch\(number.chapter < 10 ? "0" : "")\(number.chapter) "
      for command in index.commands(number) {
        #expect(command.hasPrefix(program) || command.hasPrefix("swift test --filter"), "\(number): \(command)")
      }
      guard ["§", "Exercise"].contains(number.kind), let title = index.guide(number)?.title else { continue }
      let whole = number.number.split(separator: ".").prefix(2).joined(separator: ".")
      #expect(title.contains(" \(whole)"), "\(number) leads to \(title)")
    }
  }

  @Test("a number leads to code that is wrong on purpose only if no other code of its chapter cites it")
  func mistakes() throws {
    let index = try index
    #expect(index.sources(NotesNumber(kind: "", number: "10.18")).first?.path.hasSuffix("/NoiseSchedule.swift") == true)
    for number in NotesNumber.all where Book.written.contains(where: { $0.number == number.chapter }) {
      let folder = Book.chapters.first { $0.number == number.chapter }?.folder ?? ""
      let paths = index.sources(number).map(\.path).filter { $0.contains("/\(folder)/") }
      guard let first = paths.first, first.contains(/\/(?:Mistakes|Gallery)/) else { continue }
      #expect(paths.allSatisfy { $0.contains(/\/(?:Mistakes|Gallery)/) }, "\(number) leads to \(first)")
    }
  }

  @Test("book where prints the line that defines (3.13), the test that holds it, its command and its section")
  func found() throws {
    let lines = try index.lines(NotesNumber(kind: "", number: "3.13"))
    #expect(lines.first == "(3.13)")
    let code = try #require(lines.first { $0.hasPrefix("  code") })
    let place = try #require(code.firstMatch(of: /(Sources\/03-\S+):(\d+)  x̂$/))
    let line = try Book.file(String(place.1)).lines[(Int(place.2) ?? 0) - 1]
    #expect(line.contains("(3.13)"))
    #expect(lines.contains { $0.contains("BatchNormalizationTests.swift") && $0.contains("  (3.13): ") })
    #expect(lines.contains("  run    swift run ch03 section 3.5"))
    #expect(lines.contains { $0.hasPrefix("  guide  § 3.5") && $0.contains("03-Regularization/README.md#-35-") })
  }

  @Test("Chapters/INDEX.md is what book index prints")
  func page() throws {
    let page = indexPage(try Self.citations.get()) + "\n"
    let committed = try Book.file("Chapters/INDEX.md").text
    let (old, new) = (Set(committed.split(separator: "\n")), Set(page.split(separator: "\n")))
    #expect(
      page == committed,
      "swift run book index > Chapters/INDEX.md; new lines: \(new.subtracting(old).sorted().prefix(5))")
  }

  @Test("words that mean nothing are answered with what to type, and status 64")
  func errors() {
    func answer(_ words: String...) -> (status: Int32, text: String) {
      var text = ""
      let status = runBook(words, out: { text += $0 + "\n" }, err: { text += $0 + "\n" })
      return (status, text)
    }
    #expect(
      answer("wher", "3.13") == (
        64, "book: there is no command 'wher'. Did you mean where? book help lists all commands\n"
      ))
    #expect(answer("where").status == 64 && answer("where").text.contains("such as 11.14"))
    #expect(
      answer("where", "3.99") == (64, "book: the notes have no '3.99'. The last equation of chapter 3 is (3.35)\n"))
    #expect(answer("where", "13.1") == (64, "book: the notes have no '13.1'. They have chapters 1 to 12\n"))
    #expect(answer().status == 0 && answer("--help").text.contains("where NUMBER"))
  }
}
