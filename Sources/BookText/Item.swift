/// An item of a chapter's program, as its source text declares it.
public struct Item: Sendable {
  /// The name of the program: ch01.
  public let program: String
  /// The kind of item, such as section, and its number.
  public let kind, number: String
  /// The title.
  public let title: String
  /// The stars in the notes, or 0.
  public let stars: Int
  /// The seconds that it usually takes on two cores.
  public let seconds: Int
  /// The file that declares it.
  public let path: String

  /// The words after "swift run": ch01 exercise 1.3.
  public var command: String { "\(program) \(kind) \(number)" }

  /// The item of a declaration; `rest` is what follows its title.
  init(_ path: String, program: String, kind: String, number: String, title: String, rest: Substring) {
    func value(_ label: String) -> Int {
      guard let start = rest.range(of: label + ": ") else { return 0 }
      return Int(rest[start.upperBound...].prefix { $0.isNumber || $0 == "_" }.filter { $0 != "_" }) ?? 0
    }
    (self.path, self.program, self.kind, self.number) = (path, program, kind, number)
    self.title = title.replacing("\\\"", with: "\"")
    (stars, seconds) = (value("stars"), value("seconds"))
  }

  /// The items of a chapter, in the order of its program.
  public static func all(of chapter: Book.Chapter) throws -> [Item] {
    var items: [Substring: Item] = [:]
    for file in Book.files("Chapters/\(chapter.folder)", ending: "swift") {
      items.merge(declared(in: file, program: chapter.program)) { $1 }
    }
    let main = try Book.file("Chapters/\(chapter.folder)/Main.swift").text
    let list = main.firstMatch(of: /\[([^\]]*)\]/)?.1 ?? ""
    return list.matches(of: /\w+/).compactMap { items[$0.output] }
  }

  /// The items that a file declares, by the names of their constants.
  public static func declared(in file: Book.File, program: String) -> [Substring: Item] {
    let declaration = /public let (\w+) = Exercise\(\s*(?:\.(\w+), )?"([^"]+)",\s*"((?:[^"\\]|\\.)*)"([^{]*)/
    var items: [Substring: Item] = [:]
    for match in file.text.matches(of: declaration) {
      items[match.1] = Item(
        file.path, program: program, kind: match.2.map(String.init) ?? "exercise", number: String(match.3),
        title: String(match.4), rest: match.5)
    }
    return items
  }
}
