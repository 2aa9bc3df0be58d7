import BookText
import Foundation

/// A reader's copy of the package: the same files, but every function that solves an exercise is left to the reader.
public struct Starter: Sendable {
  /// The text of every file that differs from the original, by its path.
  public let changed: [String: String]
  /// The paths of the files that are copied as they are.
  public let copied: [String]
  /// The functions that are left to the reader.
  public let holes: [Hole]

  private static let kinds = ["swift", "md", "svg", "png", "txt", "py", "json", "csv", "safetensors"]

  /// The copy of a package.
  public init(of assignments: ReaderExercises) throws {
    let root = assignments.root
    if try Originals.kept(in: root) != nil {
      throw BookError("this package is a reader's copy already: use book start in the original")
    }
    holes = assignments.all.flatMap(\.holes)
    var changed: [String: String] = [Originals.path: try Originals(of: assignments).encoded()]
    func text(_ path: String) throws -> String { try String(contentsOfFile: root + path, encoding: .utf8) }
    for (path, holes) in Dictionary(grouping: holes, by: \.path) {
      let emptied = Hole.replacing(holes.map { ($0, $0.emptyBody) }, in: try text(path))
      changed[path] = Self.importingMessages(emptied)
    }
    for chapter in Book.written {
      let path = "Chapters/\(chapter.folder)/SOLUTIONS.md"
      changed[path] = Self.questions(Book.File(path: path, text: try text(path)))
    }
    changed["Package.swift"] = try text("Package.swift").split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.contains("name: \"BookTests\"") }.joined(separator: "\n")
    let all =
      ["Package.swift", "README.md", ".gitignore"] + ["Sources", "Tests", "Chapters"].flatMap { Self.paths($0, root) }
    copied = all.filter { changed[$0] == nil && FileManager.default.fileExists(atPath: root + $0) }
    self.changed = changed
  }

  /// The files below a folder of the package that belong to it, but not the tests of the book as a whole: they compare
  /// its pages with its code, and those of a copy differ.
  private static func paths(_ folder: String, _ root: String) -> [String] {
    let paths = FileManager.default.enumerator(atPath: root + folder)?.compactMap { $0 as? String } ?? []
    return paths.sorted().map { "\(folder)/\($0)" }.filter { path in
      let parts = path.split(separator: "/")
      let isKnown = kinds.contains { path.hasSuffix("." + $0) }
      return isKnown && !path.hasPrefix("Tests/BookTests/")
        && !parts.contains { $0.hasPrefix(".") || $0 == "results" || $0 == "__pycache__" }
    }
  }

  /// The file with `import Messages` among its imports.
  static func importingMessages(_ text: String) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    func module(_ line: String) -> String? {
      let words = line.split(separator: " ")
      return words.contains("import") && !line.hasPrefix("//") ? words.last.map(String.init) : nil
    }
    let imports = lines.indices.prefix(60).filter { !lines[$0].hasPrefix(" ") && module(lines[$0]) != nil }
    if imports.contains(where: { module(lines[$0]) == "Messages" }) { return text }
    let next = imports.first { (module(lines[$0]) ?? "") > "Messages" } ?? imports.last.map { $0 + 1 }
    if let next {
      lines.insert("import Messages", at: next)
    } else {
      lines.insert(
        contentsOf: ["import Messages", ""], at: lines.firstIndex { !$0.hasPrefix("//") && !$0.isEmpty } ?? 0)
    }
    return lines.joined(separator: "\n")
  }

  /// SOLUTIONS.md without the solutions: the headings, the questions, the commands, the errata and the goals.
  static func questions(_ page: Book.File) -> String {
    let title = page.lines.first { $0.hasPrefix("# ") } ?? ""
    var parts = [
      [title],
      [
        "The questions. `swift run book check 4.3` tests your answer to one of them, and",
        "`swift run book solution 4.3` shows ours.",
      ],
    ]
    for heading in Heading.all(of: page) {
      let paragraphs = heading.lines.split(separator: "", omittingEmptySubsequences: true).map(Array.init)
      let question = heading.title.hasPrefix("Exercise ") ? Array(paragraphs.prefix(1)) : []
      let kept = paragraphs.dropFirst(question.count).filter { paragraph in
        paragraph[0].hasPrefix("> ") || paragraph[0].hasPrefix("**Goal.** ")
          || paragraph.contains { $0.hasPrefix("swift run ch") }
      }
      parts += [["## \(heading.title)"]] + question + kept
    }
    return parts.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  /// Writes the copy into a new folder, and returns the number of its files. Nothing is written if the folder has files
  /// already; the copy is first written next to it, so that the folder never holds half of one.
  @discardableResult
  public func write(into path: String, from root: String = Book.root) throws -> Int {
    let (manager, target) = (FileManager.default, URL(filePath: path).standardizedFileURL)
    let place = target.path(percentEncoded: false)
    if manager.fileExists(atPath: place) {
      let names = try? manager.contentsOfDirectory(atPath: place)
      guard names == [] else {
        throw BookError("cannot start in \(path): it exists already. Name a new folder: book start DIR")
      }
    }
    let draft = target.deletingLastPathComponent()
      .appending(path: ".start-\(ProcessInfo.processInfo.processIdentifier)").path(percentEncoded: false)
    defer { try? manager.removeItem(atPath: draft) }
    for file in copied {
      let new = URL(filePath: "\(draft)/\(file)")
      try manager.createDirectory(at: new.deletingLastPathComponent(), withIntermediateDirectories: true)
      try manager.copyItem(atPath: root + file, toPath: "\(draft)/\(file)")
    }
    for (file, text) in changed { try writeWhole(text, to: "\(draft)/\(file)") }
    if manager.fileExists(atPath: place) { try manager.removeItem(atPath: place) }
    try manager.moveItem(atPath: draft, toPath: place)
    return copied.count + changed.count
  }
}
