import BookText
import Checking
import Foundation
import Testing
import book

@Suite("book start: a copy without the solutions")
struct StarterTests {
  private static let assignments = Result { try ReaderExercises() }
  private static let starter = Result { try Starter(of: try assignments.get()) }
  private var all: [ReaderExercise] { get throws { try Self.assignments.get().all } }
  private var starter: Starter { get throws { try Self.starter.get() } }

  @Test("every exercise has a function to write, or is solved on paper, with the reason")
  func complete() throws {
    for assignment in try all {
      let isOnPaper = paperExercises.contains { $0.key == assignment.number }
      #expect(assignment.holes.isEmpty == isOnPaper, "\(assignment.title)")
    }
    #expect(try starter.holes.count > 110)
  }

  @Test("every function to write belongs to a folder of its exercise's chapter, and says what it returns")
  func places() throws {
    for assignment in try all {
      for hole in assignment.holes {
        #expect(hole.path.contains("/\(assignment.item.program.dropFirst(2))-"), "\(hole.path):\(hole.line)")
        #expect(!hole.signature.contains("-> some "), "\(hole.path):\(hole.line): no body, no type")
      }
    }
  }

  @Test("every exercise with a function to write has tests, and no file of other tests names the function")
  func tests() throws {
    let files = Book.swift.filter { $0.path.hasPrefix("Tests/") && !$0.path.hasPrefix("Tests/BenchTests") }
    let cases = Dictionary(grouping: files.flatMap { TestCase.all(path: $0.path, text: $0.text) }, by: \.path)
    for assignment in try all where !assignment.holes.isEmpty {
      #expect(try !Self.assignments.get().filter(for: assignment).isEmpty)
      for hole in assignment.holes where hole.name.count > 11 {
        let places =
          hole.path.hasPrefix("Chapters/")
          ? Book.written.filter { $0.program == assignment.item.program }
          : Book.written.filter { $0.number >= (Int(assignment.item.program.dropFirst(2)) ?? 0) }
        let reach = places.map { "Tests/\($0.name)Tests/" }
        let callers = files.filter { file in
          reach.contains { file.path.hasPrefix($0) } && file.text.contains(hole.name + "(")
        }
        for file in callers {
          let isOwn = cases[file.path]?.contains { $0.exercises.contains(assignment.number) } == true
          #expect(isOwn, "\(file.path) calls \(hole.name) of Exercise \(hole.number), but holds other things")
        }
      }
    }
  }

  @Test("in the copy every one of them is open, its file is otherwise the same, and it imports Messages")
  func emptied() throws {
    let starter = try starter
    for (path, holes) in Dictionary(grouping: starter.holes, by: \.path) {
      let original = try Book.file(path).text
      let text = try #require(starter.changed[path])
      let open = Hole.all(path: path, text: text)
      #expect(open.map(\.signature) == holes.sorted { $0.line < $1.line }.map(\.signature), "\(path)")
      #expect(open.allSatisfy(\.isOpen) && text.contains("import Messages\n"), "\(path)")
      let bodies = holes.sorted { $0.line < $1.line }.map(\.body)
      let filled = Hole.replacing(zip(open, bodies).map { ($0, $1) }, in: text)
      func words(_ text: String) -> String {
        text.replacing("import Messages\n", with: "").filter { !$0.isWhitespace }
      }
      #expect(words(filled) == words(original), "\(path)")
      #expect(text.count { $0 == "{" } == text.count { $0 == "}" }, "\(path)")
    }
  }

  @Test("no three lines of a removed body, and no whole shorter one, survive anywhere in the copy")
  func removed() throws {
    let starter = try starter
    var shingles: [String: [(lines: [String], hole: Hole)]] = [:]
    for hole in starter.holes {
      let lines = hole.body.map(trimmed).filter { !$0.isEmpty }
      for start in 0..<max(1, lines.count - 2) {
        let shingle = Array(lines[start..<min(start + 3, lines.count)])
        if shingle.joined().count > 50 { shingles[shingle[0], default: []].append((shingle, hole)) }
      }
    }
    #expect(shingles.count > 600)
    let paths = starter.copied.filter { $0.hasSuffix(".swift") || $0.hasSuffix(".md") }
    let texts = try paths.map { ($0, try Book.file($0).text) } + starter.changed.map { ($0, $1) }
    for (path, text) in texts {
      let lines = text.split(separator: "\n").map { trimmed(String($0)) }.filter { !$0.isEmpty }
      for (place, line) in lines.enumerated() {
        for (shingle, hole) in shingles[line] ?? [] where lines[place...].starts(with: shingle) {
          Issue.record("\(path) has lines of \(hole.name), Exercise \(hole.number): \(shingle)")
        }
      }
    }
  }

  private func trimmed(_ line: String) -> String { line.trimmingCharacters(in: .whitespaces) }

  @Test("the pages of solutions keep questions, commands and errata, and lose the answers; the bodies stay as Base64")
  func pages() throws {
    let page = try #require(try starter.changed["Chapters/03-Regularization/SOLUTIONS.md"])
    #expect(page.contains("\n## Exercise 3.2 ★★ Elastic net\n\nDerive the proximal step"))
    #expect(page.contains("\nswift run ch03 exercise 3.2\n") && page.contains("> **Erratum.** Exercise 3.1:"))
    #expect(!page.contains("Hence the step thresholds") && !page.contains("optimality gap"))
    let kept = try #require(try starter.changed[Originals.path])
    #expect(!kept.contains("softThreshold") && kept.contains("\"name\" : \"splitStep\""))
  }

  @Test("the copy has the package's files, but no results, builds or tests of the book as a whole")
  func files() throws {
    let starter = try starter
    let paths = Set(starter.copied + starter.changed.keys)
    let manifest = try #require(starter.changed["Package.swift"])
    #expect(paths.isSuperset(of: ["README.md", ".gitignore", "Sources/Messages/Unsolved.swift", "Chapters/README.md"]))
    #expect(manifest.contains("\"BenchTests\"") && !manifest.contains("\"BookTests\""))
    let others = paths.filter { path in
      path.contains("results/") || path.contains("__pycache__") || path.hasPrefix("Tests/BookTests/")
        || (path.contains("/.") && path != Originals.path)
    }
    #expect(others == [])
  }

  @Test("a copy is written as a whole into a new folder, and never over a reader's files")
  func written() throws {
    let folder = try TemporaryFolder()
    let (starter, path) = (try starter, folder.path + "/copy")
    #expect(try starter.write(into: path) == starter.copied.count + starter.changed.count)
    let open = try ReaderExercises(root: path + "/").all.flatMap(\.holes)
    #expect(open.count == starter.holes.count && open.allSatisfy(\.isOpen))
    #expect(throws: BookError.self) { try starter.write(into: path) }
    #expect(throws: BookError.self) { try Starter(of: ReaderExercises(root: path + "/")) }
    #expect(folder.names == ["copy"])
  }
}
