// Figures in files, for programs without a run.

import Figures
import Files

/// Saves a figure: as PNG if the path ends in .png, otherwise as SVG. An old file is replaced as a whole.
///
/// Throws a `DataError` if the file cannot be written, or if a figure of lines and text is to be a PNG.
public func save(_ figure: any Figure, to path: String) throws {
  guard path.lowercased().hasSuffix(".png") else { return try AtomicFile.write([Array(figure.svg().utf8)], to: path) }
  guard let png = figure.png else {
    throw DataError(
      attempted: "write \(path)", found: "the figure has lines and text, which only SVG keeps sharp",
      advice: "Name a file that ends in .svg")
  }
  try AtomicFile.write([png], to: path)
}
