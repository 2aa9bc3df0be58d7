import BookText
import Foundation

/// What a reader's copy keeps of the original: the removed bodies and the solutions, so that `book hint`, `book
/// solution` and `book reset` work without the original.
///
/// They are stored as Base64, so that nobody reads them by accident.
public struct Originals: Codable, Sendable {
  /// The place of the file in a copy.
  public static let path = ".book/solutions.json"

  /// A removed body.
  public struct Body: Codable, Sendable {
    /// The number of its exercise, the file, the function's name and the declaration without the body.
    public let number, path, name, signature: String
    let body: Data

    /// The body of a function.
    public init(_ hole: Hole) {
      (number, path, name, signature) = (hole.number, hole.path, hole.name, hole.signature)
      body = Data(hole.body.joined(separator: "\n").utf8)
    }

    /// The lines of the body.
    public var lines: [String] { String(decoding: body, as: UTF8.self).components(separatedBy: "\n") }
    /// Whether a function is the one that had this body, perhaps with an edited declaration.
    public func belongs(to hole: Hole) -> Bool { (number, path, name) == (hole.number, hole.path, hole.name) }
  }

  /// The bodies.
  public let bodies: [Body]
  /// SOLUTIONS.md of every chapter, by the number of the chapter.
  let pages: [Int: Data]

  /// The bodies and the solutions of a package; nothing is removed from it.
  public init(of assignments: ReaderExercises) throws {
    bodies = assignments.all.flatMap(\.holes).map(Body.init)
    pages = try Book.written.reduce(into: [:]) { pages, chapter in
      pages[chapter.number] = Data(try Book.file("Chapters/\(chapter.folder)/SOLUTIONS.md").text.utf8)
    }
  }

  /// Reads what a copy keeps; nil in the original.
  public static func kept(in root: String) throws -> Originals? {
    guard FileManager.default.fileExists(atPath: root + path) else { return nil }
    do {
      return try JSONDecoder().decode(Originals.self, from: Data(contentsOf: URL(filePath: root + path)))
    } catch {
      throw BookError(
        "cannot read \(root)\(path): \(error). Make a new copy with book start, and move your files there")
    }
  }

  /// The file as text.
  func encoded() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// The bodies of an exercise.
  public func bodies(of exercise: String) -> [Body] { bodies.filter { Hole.exercise(of: $0.number) == exercise } }

  /// The solution of an exercise in words, without its heading.
  public func page(of exercise: String) -> [Substring] {
    let chapter = exercise.split(separator: ".").first.flatMap { Int($0) } ?? 0
    let text = String(decoding: pages[chapter] ?? Data(), as: UTF8.self)
    let headings = Heading.all(of: Book.File(path: "", text: text))
    return headings.first { $0.title.hasPrefix("Exercise \(exercise) ") }?.lines ?? []
  }

  /// The question of an exercise: the first paragraph of its solution.
  public func question(of exercise: String) -> [Substring] {
    Array(page(of: exercise).drop(while: \.isEmpty).prefix { !$0.isEmpty })
  }

  /// The bodies and solutions of a package: those that a copy keeps, or those of the original itself.
  static func current(_ assignments: ReaderExercises) throws -> Originals {
    try kept(in: assignments.root) ?? Originals(of: assignments)
  }
}
