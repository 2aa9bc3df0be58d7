import Checking
import Figures
import Foundation
import Running
import Testing

@Suite("Running: figures in files")
struct RunningFigureFilesTests {
  private static let chart = LineChart("Loss", series: [Series("training", [2, 1])])
  private static let grid = ImageGrid("Squares", images: [[0, 1, 1, 0]])

  @Test("a figure is saved as SVG; a figure of pixels is a PNG where the name asks for one")
  func formats() throws {
    try TemporaryFolder.temporary { folder in
      try save(Self.chart, to: folder.path + "/loss.svg")
      try save(Self.grid, to: folder.path + "/squares.svg")
      try save(Self.grid, to: folder.path + "/squares.PNG")
      #expect(try folder.text("loss.svg") == Self.chart.svg() && folder.text("squares.svg") == Self.grid.svg())
      #expect(FileManager.default.contents(atPath: folder.path + "/squares.PNG") == Self.grid.png.map { Data($0) })
    }
  }

  @Test("a chart as PNG and a missing folder are errors, and nothing is written")
  func errors() throws {
    try TemporaryFolder.temporary { folder in
      let png = dataError { try save(Self.chart, to: folder.path + "/loss.png") }
      #expect(png.hasSuffix("only SVG keeps sharp. Name a file that ends in .svg."))
      let missing = dataError { try save(Self.chart, to: folder.path + "/none/loss.svg") }
      #expect(missing.hasPrefix("cannot write \(folder.path)/none/loss.svg: No such file or directory."))
      #expect(folder.names == [])
    }
  }
}
