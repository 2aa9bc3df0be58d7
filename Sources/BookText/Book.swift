import Foundation

/// The repository as text: its files, and the chapters of its manifest.
public enum Book {
  /// The folder that holds Package.swift.
  public static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardized.path(percentEncoded: false)

  /// A text file of the repository.
  public struct File: Sendable, CustomStringConvertible {
    /// The path from the root.
    public let path: String
    /// The contents.
    public let text: String
    /// A file with this path and text.
    public init(path: String, text: String) { (self.path, self.text) = (path, text) }
    /// The lines, including empty ones.
    public var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    /// The lines, each with its place as path:line.
    public var numbered: [(place: String, line: Substring)] {
      lines.enumerated().map { ("\(path):\($0.offset + 1)", $0.element) }
    }
    /// The last part of the path.
    public var name: String { String(path.split(separator: "/").last ?? "") }
    /// The path.
    public var description: String { path }
  }

  /// The paths of all files below the given folders, except hidden ones.
  public static func paths(_ folders: String...) -> [String] { folders.flatMap(paths(below:)) }

  private static func paths(below folder: String) -> [String] {
    let entries = FileManager.default.enumerator(
      at: URL(filePath: root + folder), includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
    let files = entries?.compactMap { $0 as? URL }.filter { !$0.hasDirectoryPath } ?? []
    return files.map { String($0.path(percentEncoded: false).dropFirst(root.count)) }.sorted()
  }

  /// The text files below the given folders.
  public static func files(_ folders: String..., ending: String...) -> [File] {
    folders.flatMap(paths(below:)).filter { path in ending.contains { path.hasSuffix("." + $0) } }
      .compactMap { try? file($0) }
  }

  /// One file of the repository.
  public static func file(_ path: String) throws -> File {
    File(path: path, text: try String(contentsOfFile: root + path, encoding: .utf8))
  }

  /// All Swift files.
  public static let swift = files("Sources", "Tests", "Chapters", ending: "swift")
  /// All guides.
  public static let guides = files("Chapters", ending: "md")

  /// A chapter as the manifest lists it.
  public struct Chapter: Sendable, CustomStringConvertible {
    /// The chapter's number, from 1.
    public let number: Int
    /// The name of its module.
    public let name: String
    /// Whether the chapter is written; if not, it is planned.
    public let isWritten: Bool
    /// A chapter with this number and name.
    public init(number: Int, name: String, isWritten: Bool) {
      (self.number, self.name, self.isWritten) = (number, name, isWritten)
    }
    /// The name of its folders: 01-Foundations.
    public var folder: String { (number < 10 ? "0" : "") + "\(number)-\(name)" }
    /// The name of its program: ch01.
    public var program: String { "ch" + folder.prefix(2) }
    /// The name of its folders.
    public var description: String { folder }
    /// The chapter's guide and its solutions, as one text.
    public func guide() throws -> File {
      let (guide, solutions) = (try file("Chapters/\(folder)/README.md"), try file("Chapters/\(folder)/SOLUTIONS.md"))
      return File(path: guide.path, text: guide.text + "\n" + solutions.text)
    }
    /// The text of all its tests.
    public var tests: String {
      Book.swift.filter { $0.path.hasPrefix("Tests/\(name)Tests/") }.map(\.text).joined()
    }
  }

  /// The chapters of the manifest, first the written and then the planned ones.
  public static let chapters: [Chapter] = {
    let manifest = (try? file("Package.swift").text) ?? ""
    let lists = manifest.matches(of: /\nlet (written|planned) = \[([^\]]*)\]/)
    let names = lists.flatMap { list in list.2.matches(of: /\w+/).map { (String($0.output), list.1 == "written") } }
    return names.enumerated().map { Chapter(number: $0 + 1, name: $1.0, isWritten: $1.1) }
  }()
  /// The written chapters.
  public static let written = chapters.filter(\.isWritten)

  /// The entries of a folder, except hidden ones.
  public static func entries(_ folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root + folder)) ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted()
  }

  /// The places where a pattern occurs in the given files, as path:line.
  public static func places(of pattern: some RegexComponent, in files: [File]) -> [String] {
    let anywhere = pattern.regex.anchorsMatchLineEndings()
    return files.filter { $0.text.contains(anywhere) }.flatMap { file in
      file.numbered.filter { $0.line.contains(pattern) }.map(\.place)
    }
  }
}
