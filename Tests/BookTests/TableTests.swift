import BookText
import Checking
import Testing
import book

@Suite("book table: all exercises for a teacher")
struct TableTests {
  private static let citations = Result { try Citations() }

  @Test("Chapters/TEACHING.md is what book table prints, with a row for every exercise")
  func page() throws {
    let page = try teachingPage(try Self.citations.get()) + "\n"
    let committed = try Book.file("Chapters/TEACHING.md").text
    let (old, new) = (Set(committed.split(separator: "\n")), Set(page.split(separator: "\n")))
    #expect(
      page == committed,
      "swift run book table > Chapters/TEACHING.md; new lines: \(new.subtracting(old).sorted().prefix(5))")
    let exercises = try Self.citations.get().items.filter { $0.kind == "exercise" }
    #expect(page.split(separator: "\n").count { $0.hasPrefix("| [") } == exercises.count)
    #expect(exercises.count > 60)
  }

  @Test("every exercise has stars, a time and a suite of its chapter, and its mistakes are its own")
  func complete() throws {
    let citations = try Self.citations.get()
    var mistakes: [String: String] = [:]
    for chapter in Book.written {
      for assignment in try Assignment.all(of: chapter, citations: citations) {
        let number = assignment.item.number
        #expect((1...3).contains(assignment.item.stars), "\(number)")
        #expect(assignment.item.seconds > 0, "\(number)")
        #expect(assignment.suites.contains { $0.path.hasPrefix("Tests/\(chapter.name)Tests/") }, "\(number)")
        for suite in assignment.suites {
          let text = try Book.file(suite.path).text
          #expect(text.contains("struct \(suite.name) "), "\(number): \(suite)")
        }
        for mistake in assignment.lesson.mistakes {
          let other = mistakes.updateValue(number, forKey: mistake)
          #expect(other == nil, "\(number) repeats a mistake of \(other ?? ""): \(mistake)")
        }
      }
    }
  }

  @Test("the line has four parts, in their order")
  func form() throws {
    let lesson = try Lesson(
      "**Goal.** Count. **Read first.** § 1.2.2 and § 1.3. **Work.** 20 minutes. **Mistakes.** no biases; no layers.")
    #expect(lesson.goal == "Count." && lesson.minutes == 20 && lesson.mistakes == ["no biases", "no layers"])
    #expect(lesson.sections.map(\.description) == ["§ 1.2.2", "§ 1.3"])
  }

  @Test(
    "a line of another form is refused with what is wrong",
    arguments: [
      ("![A figure](figure.svg)", "Goal is expected at \"![A figure](figure.svg)\""),
      ("**Goal.** Count. **Work.** 20 minutes.", "Read first is missing after Goal"),
      (Self.line(goal: "Count. Add."), "Goal must be one sentence: Count. Add"),
      (Self.line(sections: "§ 1.99"), "Read first must name sections of the notes"),
      (Self.line(sections: "Theorem 1.3"), "Read first must name sections of the notes"),
      (Self.line(work: "an hour"), "Work must be 5 to 600 minutes: an hour"),
      (Self.line(work: "3 minutes"), "Work must be 5 to 600 minutes: 3 minutes"),
      (Self.line(mistakes: "no biases"), "Mistakes must be two or three"),
      (Self.line(mistakes: "a; b; c; d"), "Mistakes must be two or three"),
      (Self.line() + " More", "Mistakes must end with a full stop"),
    ])
  func errors(line: String, message: String) {
    #expect { try Lesson(line) } throws: { "\($0)".hasPrefix(message) }
  }

  static func line(
    goal: String = "Count.", sections: String = "§ 1.2", work: String = "20 minutes", mistakes: String = "a; b"
  ) -> String {
    "**Goal.** \(goal) **Read first.** \(sections). **Work.** \(work). **Mistakes.** \(mistakes)."
  }
}
