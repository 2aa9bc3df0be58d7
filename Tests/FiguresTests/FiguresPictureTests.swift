import Figures
import Foundation
import Testing

/// Reviewed pictures: invariants test what a figure claims, these test that nothing else has changed.
///
/// A change of a rule makes some of them fail. Then draw them again, review every picture that differs, in both
/// themes, and commit it: `RECORD_PICTURES=1 swift test --filter FiguresPictureTests`
@Suite("Figures: reviewed pictures")
struct FiguresPictureTests {
  private static let folder =
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Golden/figures").standardized

  @Test(
    "a picture equals the reviewed one, in both themes and in a terminal",
    arguments: Gallery.looked.keys.sorted())
  func picture(name: String) throws {
    let figure = try #require(Gallery.looked[name])
    let drawings = [
      "svg": figure.svg(), "dark.svg": Self.isDarkToo(name) ? figure.svg(theme: .dark) : nil,
      "txt": [(60, false), (34, false), (60, true)].map {
        figure.terminal(columns: $0, color: $1).replacing("\u{1B}", with: "␛")
      }
      .joined(separator: "\n\n") + "\n",
    ]
    for (ending, drawing) in drawings {
      guard let drawing else { continue }
      let file = Self.folder.appending(path: "\(name).\(ending)")
      if ProcessInfo.processInfo.environment["RECORD_PICTURES"] != nil {
        try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
        try Data(drawing.utf8).write(to: file)
      }
      let looked = try String(decoding: Data(contentsOf: file), as: UTF8.self)
      #expect(drawing == looked, "\(name).\(ending) differs: \(Self.difference(drawing, looked))")
    }
  }

  /// One picture of all series and one of cells show every colour of the dark theme.
  private static func isDarkToo(_ name: String) -> Bool { ["marks", "table"].contains(name) }

  /// The first line that differs, as it is and as it was.
  private static func difference(_ new: String, _ old: String) -> String {
    let lines = zip(new.split(separator: "\n"), old.split(separator: "\n"))
    return lines.first { $0 != $1 }.map { "\($0)\nand was\n\($1)" } ?? "it has another number of lines"
  }
}
