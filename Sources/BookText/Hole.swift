/// A function that solves an exercise, and that `book start` leaves to the reader: its comment says so.
///
/// A function, initializer or computed property is one if it is public and the first paragraph of its doc comment ends
/// with the citation of one exercise, such as "Exercise 3.2.1". Nothing else marks it.
public struct Hole: Sendable {
  /// The number that its comment cites: 3.2.1.
  public let number: String
  /// Its file, and the line of its declaration, from 1.
  public let path: String, line: Int
  /// Its name; "init" for an initializer.
  public let name: String
  /// The declaration without the body, as one line.
  public let signature: String
  /// The lines of its body.
  public let body: [String]
  /// The lines of the file, from 0, from the one with the opening brace to that with the closing one.
  let place: Range<Int>
  /// What the first of them has before the body, and the closing brace as it is indented.
  let head: String, tail: String

  /// The exercise: 3.2 for 3.2.1.
  public var exercise: String { Self.exercise(of: number) }
  /// Whether its body is still missing.
  public var isOpen: Bool { body.contains { $0.contains("unsolved(\"\(number)\")") } }

  /// The exercise that a number belongs to: 3.2 for 3.2.1.
  public static func exercise(of number: some StringProtocol) -> String {
    number.split(separator: ".").prefix(2).joined(separator: ".")
  }

  /// The body that stands for a missing one.
  public var emptyBody: [String] { [tail.dropLast() + "  unsolved(\"\(number)\")"] }

  /// A line of its body as it is in a function that is not indented.
  public func unindented(_ line: String) -> String {
    let indentation = tail.dropLast()
    return line.hasPrefix(indentation) ? String(line.dropFirst(indentation.count)) : line
  }

  /// The holes of a file, from top to bottom.
  public static func all(path: String, text: String) -> [Hole] {
    guard text.contains("/// ") && text.contains("Exercise") else { return [] }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    var (holes, index): ([Hole], Int) = ([], 0)
    while index < lines.count {
      guard isDoc(lines[index]) else {
        index += 1
        continue
      }
      let start = index
      while index < lines.count, isDoc(lines[index]) { index += 1 }
      guard let number = citedExercise(in: lines[start..<index]) else { continue }
      while index < lines.count, trimmed(lines[index]).hasPrefix("@") { index += 1 }
      guard index < lines.count, let declared = Declaration(lines, at: index) else { continue }
      holes.append(Hole(number, path, declared, line: index + 1))
      index = declared.place.upperBound
    }
    return holes
  }

  private init(_ number: String, _ path: String, _ declared: Declaration, line: Int) {
    (self.number, self.path, self.line, name) = (number, path, line, declared.name)
    (signature, body, place) = (declared.signature, declared.body, declared.place)
    (head, tail) = (declared.head, declared.tail)
  }

  /// The text of a file with other bodies in place of these holes.
  public static func replacing(_ holes: [(hole: Hole, body: [String])], in text: String) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for (hole, body) in holes.sorted(by: { $0.hole.place.lowerBound > $1.hole.place.lowerBound }) {
      lines.replaceSubrange(hole.place, with: [hole.head] + body + [hole.tail])
    }
    return lines.joined(separator: "\n")
  }

  /// The number at the end of the first paragraph of a doc comment, if that is the citation of an exercise.
  static func citedExercise(in comment: ArraySlice<Substring>) -> String? {
    let paragraph = comment.map { trimmed($0).dropFirst(3) }.map { trimmed($0) }.prefix { !$0.isEmpty }
    var text = paragraph.joined(separator: " ")
    if text.hasSuffix(".") { text.removeLast() }
    let number = String(text.reversed().prefix { $0.isNumber || $0 == "." }.reversed())
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    guard text.hasSuffix("Exercise " + number), (2...3).contains(parts.count), !parts.contains("") else { return nil }
    return number
  }
}

/// A line without the spaces around it.
func trimmed(_ line: Substring) -> Substring {
  let start = line.drop { $0 == " " }
  return start.lastIndex { $0 != " " }.map { start[...$0] } ?? ""
}

private func isDoc(_ line: Substring) -> Bool { trimmed(line).hasPrefix("///") }
