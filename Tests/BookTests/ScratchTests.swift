import BookText
import Checking
import Testing

@Suite("The reader's own program and its page agree")
struct ScratchTests {
  /// The page shows all of these files.
  private let models = ["TableModel", "ImageModel"]

  private func file(_ name: String) throws -> Book.File { try Book.file("Chapters/Scratch/\(name).swift") }

  @Test("YOUR-OWN.md shows the models exactly as they are in their files, and nothing else as Swift")
  func shown() throws {
    let page = try Book.file("Chapters/YOUR-OWN.md").text
    let blocks = page.matches(of: /\x60{3}swift\n((?:.|\n)*?)\x60{3}/).map { String($0.1) }
    #expect(blocks == (try models.map { try file($0).text }))
  }

  @Test("a model has at most twenty lines of code beyond the imports, and the experiment ten")
  func length() throws {
    func isCode(_ line: Substring) -> Bool {
      !line.isEmpty && !line.hasPrefix("import ") && !line.contains(/^ *\/\//)
    }
    for name in models { #expect(try file(name).lines.count(where: isCode) <= 20, "\(name)") }
    let main = try file("Main").lines
    let experiment = main.drop { !$0.hasPrefix("  static func experiment") }.dropFirst().prefix { $0 != "  }" }
    #expect(experiment.count(where: isCode) == 10)
  }

  @Test("the experiment may use every chapter")
  func imports() throws {
    let lines = try file("Main").lines
    #expect(Book.written.map(\.name).filter { !lines.contains("import \($0)") } == [])
  }
}
