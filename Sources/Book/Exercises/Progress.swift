import BookText
import Foundation

/// What the reader has solved: the exercises whose tests have passed, and those whose tests have failed last.
public struct Progress: Codable, Sendable, Equatable {
  /// The last check of an exercise.
  public struct Check: Codable, Sendable, Equatable {
    /// Whether all its tests passed.
    public let done: Bool
    /// The number of tests that ran.
    public let tests: Int

    /// A check.
    public init(done: Bool, tests: Int) { (self.done, self.tests) = (done, tests) }
  }

  /// The last check of every exercise that was checked, by its number.
  public var checks: [String: Check] = [:]

  /// Nothing checked yet.
  public init() {}

  /// Whether the last check of an exercise passed.
  public func isDone(_ exercise: String) -> Bool { checks[exercise]?.done == true }

  private static func path(in root: String) -> String { root + "results/progress.json" }

  /// Reads the progress kept in a package; nothing is checked yet if there is none.
  public static func read(in root: String) throws -> Progress {
    let path = path(in: root)
    guard FileManager.default.fileExists(atPath: path) else { return Progress() }
    do {
      return try JSONDecoder().decode(Progress.self, from: Data(contentsOf: URL(filePath: path)))
    } catch {
      throw BookError("cannot read \(path): \(error). Delete it, and check your exercises again")
    }
  }

  /// Keeps the progress in a package: writes the file as a whole.
  public func write(in root: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    try writeWhole(String(decoding: try encoder.encode(self), as: UTF8.self) + "\n", to: Self.path(in: root))
  }

  /// The chapters as bars, with the numbers of exercises done and of all that have something to write.
  public func lines(_ assignments: ReaderExercises) -> [String] {
    let width = Book.written.map(\.name.count).max() ?? 0
    let chapters = Book.written.map { chapter in
      (chapter, assignments.withHoles.filter { $0.item.program == chapter.program }.map { isDone($0.number) })
    }
    let rows = chapters.filter { !$0.1.isEmpty }.map { chapter, done in
      let number = (chapter.number < 10 ? " " : "") + "\(chapter.number)"
      let name = chapter.name + String(repeating: " ", count: width - chapter.name.count)
      let bar = done.map { $0 ? "■" : "□" }.joined()
      let space = String(repeating: " ", count: max(0, 8 - done.count))
      return "\(number)  \(name)  \(bar)\(space)\(done.count { $0 }) of \(done.count)"
    }
    let all = chapters.flatMap(\.1)
    return rows + ["\(all.count { $0 }) of \(all.count) exercises done"]
  }
}
