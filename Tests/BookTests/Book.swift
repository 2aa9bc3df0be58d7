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
    /// The lines, each with its place as path:line.
    var numbered: [(place: String, line: Substring)] {
      lines.enumerated().map { ("\(path):\($0.offset + 1)", $0.element) }
    }
    var name: String { String(path.split(separator: "/").last ?? "") }
    var description: String { path }
  }

  /// The paths of all files below some folders, hidden ones left out.
  static func paths(_ folders: String...) -> [String] { folders.flatMap(paths(below:)) }

  private static func paths(below folder: String) -> [String] {
    let entries = FileManager.default.enumerator(
      at: URL(filePath: root + folder), includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
    let files = entries?.compactMap { $0 as? URL }.filter { !$0.hasDirectoryPath } ?? []
    return files.map { String($0.path(percentEncoded: false).dropFirst(root.count)) }.sorted()
  }

  /// The text files below some folders.
  static func files(_ folders: String..., ending: String...) -> [File] {
    folders.flatMap(paths(below:)).filter { path in ending.contains { path.hasSuffix("." + $0) } }
      .compactMap { try? file($0) }
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
    var folder: String { (number < 10 ? "0" : "") + "\(number)-\(name)" }
    var description: String { folder }
  }

  /// The chapters of the manifest, those that are written and then those that are planned.
  static let chapters: [Chapter] = {
    let manifest = (try? file("Package.swift").text) ?? ""
    let lists = manifest.matches(of: /\nlet (written|planned) = \[([^\]]*)\]/)
    let names = lists.flatMap { list in list.2.matches(of: /\w+/).map { (String($0.output), list.1 == "written") } }
    return names.enumerated().map { Chapter(number: $0 + 1, name: $1.0, isWritten: $1.1) }
  }()
  static let written = chapters.filter(\.isWritten)

  /// The entries of a folder, hidden ones left out.
  static func entries(_ folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root + folder)) ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted()
  }

  /// The places where a pattern stands in some files, as path:line.
  static func places(of pattern: some RegexComponent, in files: [File]) -> [String] {
    let anywhere = pattern.regex.anchorsMatchLineEndings()
    return files.filter { $0.text.contains(anywhere) }.flatMap { file in
      file.numbered.filter { $0.line.contains(pattern) }.map(\.place)
    }
  }
}
