import Foundation
import Testing

@Suite("Shape mistakes")
struct ShapeMistakesTests {
  @Test("a mistake stops with a message that names operation and shapes", .serialized, arguments: Mistake.all.indices)
  func stops(_ index: Int) async throws {
    let note = Self.note(for: getpid())
    try "\(index)".write(to: note, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: note) }
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let number = try String(contentsOf: Self.note(for: getppid()), encoding: .utf8)
      Mistake.all[try #require(Int(number))].make()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains(Mistake.all[index].message))
  }

  @Test("every message in the sources has its mistake in the table")
  func complete() throws {
    let sources = URL(filePath: #filePath).appending(path: "../../../Sources/Tensors").standardized
    let entries = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
    let files = entries?.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" } ?? []
    var found = 0
    for file in files where !["RandomSource", "LinearAlgebra"].contains(where: file.lastPathComponent.hasPrefix) {
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        guard let start = line.range(of: "\"cannot ") else { continue }
        found += 1
        let parts = constantParts(of: line[start.upperBound...])
        #expect(
          Mistake.all.contains { mistake in contains(parts, in: mistake.message) },
          "\(file.lastPathComponent) can stop with “cannot \(parts.joined(separator: "…"))”, which no mistake shows")
      }
    }
    #expect(found > 30)
  }

  /// The environment variable with the number of a process's mistake: before Swift 6.3 an exit test captures nothing.
  private static func note(for parent: pid_t) -> URL {
    FileManager.default.temporaryDirectory.appending(path: "mistake-of-\(parent)")
  }

  /// The parts of a string literal between its interpolations, up to its closing quote.
  private func constantParts(of literal: Substring) -> [String] {
    var (parts, depth, previous) = ([""], 0, Character(" "))
    for character in literal {
      if depth == 0 && character == "\"" { break }
      if previous == "\\" && character == "(" && depth == 0 {
        parts[parts.count - 1].removeLast()
        parts.append("")
        depth = 1
      } else if depth > 0 {
        depth += character == "(" ? 1 : character == ")" ? -1 : 0
      } else {
        parts[parts.count - 1].append(character)
      }
      previous = character
    }
    return parts
  }

  private func contains(_ parts: [String], in message: String) -> Bool {
    var rest = message[...]
    for part in parts where !part.isEmpty {
      guard let range = rest.range(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }
}
