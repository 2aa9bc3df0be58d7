public import BookText
import Foundation
import Messages
public import Running
import Synchronization

/// A written chapter, as its tests pass it to the rules of the book.
public struct TestedChapter: Sendable {
  /// The program.
  public let program: ChapterProgram
  /// The number of exercises in the notes.
  public let exercises: Int
  /// The mistakes in its gallery, if it has one.
  public let exhibits: [Exhibit]
  /// The final digits of its listings.
  public let digits: [Digits]
  /// The chapter as the manifest lists it.
  public let entry: Book.Chapter

  /// The chapter of this program; it must be among the written chapters of the manifest.
  public init(_ program: ChapterProgram, exercises: Int, exhibits: [Exhibit] = [], digits: [Digits] = []) {
    (self.program, self.exercises, self.exhibits, self.digits) = (program, exercises, exhibits, digits)
    let entry = Book.written.first { $0.program == program.program }
    require(entry != nil, "cannot test \(program.program): the list `written` of the manifest has no such chapter")
    self.entry = entry ?? Book.Chapter(number: 0, name: "", isWritten: false)
  }

  /// Runs a command of the program: its status, printed text, error text, and the texts of its tables and cards.
  func run(_ words: [String]) throws -> (status: Int32, printed: String, errors: String, tables: [String]) {
    let folder = try TemporaryFolder()
    let printed = Mutex("")
    let errors = Mutex("")
    let console = Console(
      out: { text in printed.withLock { $0 += text } }, err: { text in errors.withLock { $0 += text } })
    let status = program.run(words + ["--out", folder.path], console: console)
    let tables = try folder.names.filter { $0.hasSuffix(".csv") || $0.hasSuffix(".json") }.map(folder.text)
    return (status, printed.withLock { $0 }, errors.withLock { $0 }, tables)
  }
}
