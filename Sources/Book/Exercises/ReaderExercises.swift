import BookText
import Foundation
import Messages

/// An exercise of the notes, with the functions that solve it.
public struct ReaderExercise: Sendable {
  /// Its item in the chapter's program.
  public let item: Item
  /// The functions that are the reader's, in the order of their numbers.
  public let holes: [Hole]
  /// The number: 3.2.
  public var number: String { item.number }
  /// The title as the lists show it: Exercise 3.2 ★★ Elastic net.
  public var title: String { "Exercise \(number) \(String(repeating: "★", count: item.stars)) \(item.title)" }
}

/// The exercises that have no function to write, each with the reason.
public let paperExercises: KeyValuePairs = [
  "9.1": "a derivation on paper; the formula is in use in all of chapter 9",
  "10.2": "a derivation on paper; the formula is in use in all of chapter 10",
]

/// The exercises of the book, in a copy of the package or in the original.
public struct ReaderExercises: Sendable {
  /// The folder that holds Package.swift.
  public let root: String
  /// All exercises of the written chapters, in the order of the book.
  public let all: [ReaderExercise]

  private static let items = Result { try Book.written.flatMap(Item.all).filter { $0.kind == "exercise" } }

  /// Reads the exercises of the package in a folder.
  public init(root: String = Book.root) throws {
    self.root = root
    let holes = Dictionary(grouping: try Self.holes(in: root), by: \.exercise)
    all = try Self.items.get().map { item in
      ReaderExercise(item: item, holes: (holes[item.number] ?? []).sorted { Self.precedes($0.number, $1.number) })
    }
  }

  /// The exercises that have at least one function to write.
  public var withHoles: [ReaderExercise] { all.filter { !$0.holes.isEmpty } }

  /// The exercise that a reader's words mean: "3.2", "exercise 3.2", "3.2.1". Throws a `UsageError` for others.
  public func meant(by words: [String], command: String) throws -> ReaderExercise {
    let text = words.joined(separator: " ")
    let number = String(text.drop { !$0.isNumber })
    if text.isEmpty { throw UsageError("\(command) needs an exercise: book \(command) 3.2") }
    if let found = all.first(where: { $0.number == Hole.exercise(of: number) && !number.hasSuffix(".") }) {
      return found
    }
    let chapter = number.prefix { $0 != "." }
    let near = all.filter { $0.number.prefix { $0 != "." } == chapter }.map(\.number)
    let last = near.last.map { " Chapter \(chapter) has exercises \(near[0]) to \($0)." } ?? ""
    let meant = nearest(to: number, in: near.isEmpty ? all.map(\.number) : near) ?? near.last ?? all.first?.number ?? ""
    throw UsageError("there is no exercise '\(text.excerpt)'.\(last) Did you mean \(meant)? book \(command) \(meant)")
  }

  /// All functions of a package that are exercises.
  static func holes(in root: String) throws -> [Hole] {
    let manager = FileManager.default
    return try ["Sources", "Chapters"].flatMap { top in
      try manager.contentsOfDirectory(atPath: root + top).filter { $0.first?.isNumber == true }.sorted().flatMap {
        folder in
        (manager.enumerator(atPath: "\(root)\(top)/\(folder)")?.compactMap { $0 as? String } ?? [])
          .filter { $0.hasSuffix(".swift") }.sorted().map { "\(top)/\(folder)/\($0)" }
      }
    }.flatMap { path in
      Hole.all(path: path, text: try String(contentsOfFile: root + path, encoding: .utf8))
    }
  }

  /// Whether one number comes before another in the notes: 3.2.1 before 3.10.
  static func precedes(_ a: String, _ b: String) -> Bool {
    let (a, b) = (a.split(separator: ".").map { Int($0) ?? 0 }, b.split(separator: ".").map { Int($0) ?? 0 })
    return a.lexicographicallyPrecedes(b)
  }
}

/// Writes a file as a whole: first under another name, then renamed.
func writeWhole(_ text: String, to path: String) throws {
  let file = URL(filePath: path)
  do {
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file, options: .atomic)
  } catch {
    throw BookError("cannot write \(path): \(error.localizedDescription)")
  }
}
