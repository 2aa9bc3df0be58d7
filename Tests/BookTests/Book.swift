import Foundation

/// The repository as text: its files, and what the manifest says of its chapters.
enum Book {
  /// The folder that holds Package.swift.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path(percentEncoded: false)

  /// A text file of the repository.
  struct File: Sendable, CustomStringConvertible {
    /// The path from the root.
    let path: String
    let text: String
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    var name: String { String(path.split(separator: "/").last ?? "") }
    var description: String { path }
  }

  /// The text files below some folders, hidden ones left out.
  static func files(_ folders: String..., ending: String...) -> [File] {
    folders.flatMap { folder in
      let base = root + folder
      let paths = FileManager.default.enumerator(atPath: base)?.compactMap { $0 as? String } ?? []
      return paths.sorted().filter { path in ending.contains { path.hasSuffix("." + $0) } }.compactMap { path in
        (try? String(contentsOfFile: base + "/" + path, encoding: .utf8)).map {
          File(path: "\(folder)/\(path)", text: $0)
        }
      }
    }
  }

  /// One file of the repository.
  static func file(_ path: String) throws -> File {
    File(path: path, text: try String(contentsOfFile: root + path, encoding: .utf8))
  }

  static let swift = files("Sources", "Tests", "Chapters", ending: "swift")
  static let guides = files("Chapters", ending: "md")

  /// A chapter as the manifest lists it.
  struct Chapter: Sendable, CustomStringConvertible {
    let number: Int
    let name: String
    let isWritten: Bool
    let imports: [String]
    var folder: String { (number < 10 ? "0" : "") + "\(number)-\(name)" }
    var description: String { folder }
  }

  /// The chapters of the manifest: lines such as `Chapter(2, "Backprop", .planned, imports: "Foundations"),`.
  static let chapters: [Chapter] = {
    let manifest = (try? file("Package.swift").text) ?? ""
    let pattern = /\n  Chapter\((\d+), "(\w+)", \.(written|planned)(?:, imports: ([^)]*))?\)/
    return manifest.matches(of: pattern).map { match in
      let imports = (match.4 ?? "").split(separator: ",").map { $0.filter { $0.isLetter } }
      return Chapter(
        number: Int(match.1) ?? 0, name: String(match.2), isWritten: match.3 == "written", imports: imports)
    }
  }()
  static let written = chapters.filter(\.isWritten)

  /// The places where a pattern stands in some files, as path:line.
  static func places(of pattern: some RegexComponent, in files: [File]) -> [String] {
    files.filter { $0.text.contains(pattern) }.flatMap { file in
      file.lines.enumerated().filter { $0.element.contains(pattern) }.map { "\(file.path):\($0.offset + 1)" }
    }
  }
}
