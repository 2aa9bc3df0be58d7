import BookText
import Checking
import Foundation
import Testing
import book

@Suite("book check, progress, next, hint, reset and solution")
struct ExerciseCommandsTests {
  private let folder: TemporaryFolder
  private let root: String

  private static let starter = Result { try Starter(of: ReaderExercises()) }

  /// The files of a reader's copy that these commands read, for each test.
  init() throws {
    folder = try TemporaryFolder()
    root = folder.path + "/copy/"
    for (path, text) in try Self.starter.get().changed { try folder.write(text, "copy/" + path) }
    for file in Book.swift where file.path.hasPrefix("Tests/RegularizationTests/") {
      try folder.write(file.text, "copy/" + file.path)
    }
  }

  private var count: Int { get throws { try copy().withHoles.count } }
  private func copy() throws -> ReaderExercises { try ReaderExercises(root: root) }
  private func assignment(_ number: String) throws -> ReaderExercise {
    try copy().meant(by: [number], command: "check")
  }

  /// What the check of an exercise says if `swift test` prints these lines, with the filter that was asked for.
  private func check(_ number: String, _ status: Int32, _ output: String) -> (text: String, filter: String) {
    var filter = ""
    do {
      let lines = try copy().report(try assignment(number)) { command, place in
        #expect(command.dropLast() == ["DEEP_LEARNING_CHAPTER=3", "swift", "test", "--filter"] && place == root)
        filter = command.last ?? ""
        return (status, output)
      } out: { _ in
      }
      return (lines.joined(separator: "\n"), filter)
    } catch {
      return ("\(error)", filter)
    }
  }

  /// Writes the original bodies into the copy: all functions of an exercise, or the first of them.
  private func solve(_ number: String, first count: Int = .max) throws {
    let originals = try #require(try Originals.kept(in: root))
    for hole in try assignment(number).holes.prefix(count) {
      let text = try folder.text("copy/" + hole.path)
      let body = try #require(originals.bodies.first { $0.belongs(to: hole) }).lines
      let now = try #require(Hole.all(path: hole.path, text: text).first { $0.signature == hole.signature })
      try folder.write(Hole.replacing([(now, body)], in: text), "copy/" + hole.path)
    }
  }

  private let passed = """
    Test Suite 'All tests' passed
    Executed 0 tests, with 0 failures
    ✔ Test run with 9 tests in 2 suites passed after 0.5 seconds.
    """

  @Test("an exercise is done if its tests have run and passed; the filter runs the tests that cite it")
  func done() throws {
    try solve("3.2")
    let result = check("3.2", 0, passed)
    #expect(
      result.text == "\(try assignment("3.2").title): done, 9 tests passed. 1 of \(try count) exercises are done.")
    #expect(result.text.hasPrefix("Exercise 3.2 ★★ Elastic net: "))
    #expect(result.filter.contains(#"RegularizationTests\.Exercise3_2Tests/"#) && !result.filter.contains("3_1"))
    #expect(try Progress.read(in: root).checks == ["3.2": Progress.Check(done: true, tests: 9)])
  }

  @Test("if no test has run, that is an error and not a pass, and nothing is kept")
  func empty() throws {
    try solve("3.2")
    let none = "✔ Test run with 0 tests in 0 suites passed after 0.001 seconds."
    #expect(check("3.2", 0, none).text.hasPrefix("no test ran: swift test --filter 'Regul"))
    #expect(check("3.2", 0, "").text.hasPrefix("no test ran"))
    #expect(try Progress.read(in: root) == Progress())
  }

  @Test("a missing body, the first failing test and a broken build are told, and the exercise is not done any more")
  func failed() throws {
    try solve("3.2")
    _ = check("3.2", 0, passed)
    let hole =
      "Regularization/ElasticNet.swift:43: Fatal error: Exercise 3.2.1 is yours: Sources/03-R/E.swift:43 has no body"
    #expect(
      check("3.2", 1, "◇ Test run started.\n\(hole)\n").text
        == "Exercise 3.2 is not done\n  Exercise 3.2.1 is yours: Sources/03-R/E.swift:43 has no body")
    let issues = """
      ✘ Test "a claim" recorded an issue at A.swift:3:5: Expectation failed: 1 == 2
      ↳ the numbers differ
      ✘ Test "another" recorded an issue at A.swift:9:5: Expectation failed
      ✘ Test run with 9 tests in 2 suites failed after 0.5 seconds with 2 issues.
      """
    #expect(
      check("3.2", 1, issues).text == """
        Exercise 3.2 is not done
          Test "a claim" recorded an issue at A.swift:3:5: Expectation failed: 1 == 2
          the numbers differ
        """)
    #expect(try Progress.read(in: root).checks == ["3.2": Progress.Check(done: false, tests: 9)])
    let build = check("3.2", 1, "[1/9] Compiling\n/x/E.swift:4:3: error: cannot find 'y' in scope\nerror: fatalError")
    #expect(build.text.contains("\n  /x/E.swift:4:3: error: cannot find 'y' in scope"))
  }

  @Test("the last step of a build that is printed is shown on one line of a terminal")
  func steps() {
    #expect(buildStep(in: "[1/9] Compiling A\n[2/9] Compiling B\nwarning: c\n") == "[2/9] Compiling B")
    #expect(buildStep(in: "[3/9] " + String(repeating: "x", count: 100))?.count == 78)
    #expect(buildStep(in: "Building for debugging...\n[") == nil)
  }

  @Test("while all functions are missing nothing is run; while one is, the exercise is not done though its tests pass")
  func missing() throws {
    let all = check("3.2", 0, passed)
    #expect(all.filter.isEmpty && all.text.split(separator: "\n").count == 5)
    #expect(all.text.contains("\n  Exercise 3.2.1 is yours: Sources/03-Regularization/ElasticNet.swift:"))
    try solve("3.2", first: 1)
    let rest = check("3.2", 0, passed)
    #expect(!rest.filter.isEmpty && rest.text.split(separator: "\n").count == 4 && !rest.text.contains("3.2.1"))
    #expect(try Progress.read(in: root).checks == ["3.2": Progress.Check(done: false, tests: 0)])
  }

  @Test("progress counts the exercises that have passed, next names the first that has not")
  func progress() throws {
    var progress = Progress()
    for number in ["1.1", "1.2", "3.5"] { progress.checks[number] = Progress.Check(done: true, tests: 2) }
    progress.checks["1.3"] = Progress.Check(done: false, tests: 2)
    let lines = progress.lines(try copy())
    #expect(lines[0] == " 1  Foundations     ■■□□□   2 of 5" && lines[2] == " 3  Regularization  □□□□■   1 of 5")
    #expect(lines.last == "3 of \(try count) exercises done")
    let next = try copy().next(after: progress)
    #expect(next[0].hasPrefix("Exercise 1.3 ★★ "))
    #expect(next[1].hasPrefix("  Chapters/01-Foundations/Exercise1_3.swift:"))
    #expect(next.suffix(3) == ["swift run ch01 exercise 1.3", "swift run book hint 1.3", "swift run book check 1.3"])
    for assignment in try copy().all { progress.checks[assignment.number] = Progress.Check(done: true, tests: 1) }
    #expect(try copy().next(after: progress) == ["All \(try count) exercises are done."])
  }

  @Test("a damaged file of progress is told, and is not overwritten")
  func damaged() throws {
    try solve("3.2")
    try folder.write("{", "copy/results/progress.json")
    #expect(check("3.2", 0, passed).text.contains("Delete it, and check your exercises again"))
    #expect(try folder.text("copy/results/progress.json") == "{")
  }

  @Test("the solution completes the copy, reset empties it again and keeps the reader's version")
  func roundTrip() throws {
    let path = "Sources/03-Regularization/ElasticNet.swift"
    let (open, originals) = (try folder.text("copy/" + path), try #require(try Originals.kept(in: root)))
    #expect(try copy().reset(assignment("3.2")) == [])
    let shown = try copy().solution(of: assignment("3.2"))
    #expect(shown.contains("-   unsolved(\"3.2.1\")") && shown.contains("+   let (λ, α) = (strength, mix)"))
    let filled = try assignment("3.2").holes.filter { $0.path == path }.map { hole in
      (hole, try #require(originals.bodies.first { $0.belongs(to: hole) }).lines)
    }
    let solved = Hole.replacing(filled, in: open)
    #expect(solved == (try Book.file(path).text))
    try folder.write(solved, "copy/" + path)
    let same = try copy().solution(of: assignment("3.2")).filter { $0.hasPrefix("+ ") || $0.hasPrefix("- ") }
    #expect(!same.contains { $0.contains("3.2.1") })
    #expect(try copy().reset(assignment("3.2")) == ["results/kept/ElasticNet-1.swift"])
    #expect(try folder.text("copy/results/kept/ElasticNet-1.swift") == solved)
    #expect(try folder.text("copy/" + path) == open)
    try folder.write(solved, "copy/" + path)
    #expect(try copy().reset(assignment("3.2")) == ["results/kept/ElasticNet-2.swift"])
  }

  @Test("reset keeps a version of every file that it empties, and names them all")
  func resetsFiles() throws {
    try solve("3.2")
    let kept = try copy().reset(assignment("3.2"))
    let names = ["Exercise3_2", "Exercise3_2Comparison", "ElasticNet"]
    #expect(kept == names.map { "results/kept/\($0)-1.swift" })
    for path in kept { #expect(try folder.text("copy/" + path).contains("Exercise 3.2.")) }
  }

  @Test("a function whose comment has lost its citation is named, and the original is never emptied")
  func lost() throws {
    let path = "Sources/03-Regularization/ElasticNet.swift"
    let text = try folder.text("copy/" + path).replacing("Exercise 3.2.1", with: "mine")
    try folder.write(text, "copy/" + path)
    do {
      _ = try copy().reset(assignment("3.2"))
      Issue.record("nothing is missed")
    } catch {
      #expect("\(error)".contains("cannot find splitStep of Exercise 3.2.1 in \(path)"))
    }
    #expect(throws: BookError.self) {
      try ReaderExercises().reset(ReaderExercises().meant(by: ["3.2"], command: "reset"))
    }
  }

  @Test("a hint has the question, what the guide asks, and where to write, but no answer")
  func hint() throws {
    let text = try copy().hint(assignment("3.2")).joined(separator: "\n")
    #expect(text.hasPrefix("Exercise 3.2 ★★ ") && text.contains("Derive the proximal step"))
    #expect(text.contains("The guide asks in § 3.") && text.contains("?\n"))
    #expect(text.contains("Sources/03-Regularization/ElasticNet.swift:") && !text.contains("thresholds, then shrinks"))
    let (copy, originals) = (try copy(), try #require(try Originals.kept(in: root)))
    for exercise in copy.all {
      let question = originals.question(of: exercise.number).map(String.init)
      #expect(try !question.isEmpty && copy.hint(exercise).contains(question), "\(exercise.number)")
      #expect(try copy.hint(exercise).contains { $0.hasPrefix("The guide asks in ") }, "\(exercise.number)")
    }
  }

  @Test("an unknown exercise is answered with the nearest")
  func unknown() throws {
    func message(_ words: String...) -> String {
      do {
        return try copy().meant(by: words, command: "check").number
      } catch {
        return "\(error)"
      }
    }
    #expect(message("3.2") == "3.2" && message("exercise", "3.2") == "3.2" && message("3.2.1") == "3.2")
    #expect(
      message("3.9")
        == "there is no exercise '3.9'. Chapter 3 has exercises 3.1 to 3.5. Did you mean 3.1? book check 3.1")
    #expect(message("31.2").contains("Did you mean 1.2?"))
    #expect(message() == "check needs an exercise: book check 3.2")
    #expect(runBook(["check", "3.9"], out: { _ in }, err: { _ in }) == 64)
    #expect(runBook(["start"], out: { _ in }, err: { _ in }) == 64)
  }

  @Test("a command runs in its folder, and its status and both of its outputs are read")
  func process() throws {
    let result = try runProcess(["sh", "-c", "pwd; echo two >&2; exit 3"], in: folder.path)
    #expect(result.status == 3 && result.output.hasSuffix("/\(folder.path.split(separator: "/").last ?? "")\ntwo\n"))
  }
}
