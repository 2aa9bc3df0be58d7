/// The title and the axes of a chart in a terminal, and the area inside them for the data.
struct TerminalFrame {
  let x: Scale
  let y: Scale
  let left: Int
  let top: Int
  let columns: Int
  let rows: Int

  /// Draws title and axes on an empty canvas, with scales for the number of ticks that fit.
  init(
    _ title: String, labels: (x: String, y: String), on canvas: inout TerminalCanvas,
    scales: (_ countX: Int, _ countY: Int) -> (x: Scale, y: Scale)
  ) {
    rows = max(6, min(18, canvas.columns / 5))
    (x, y) = scales(max(2, canvas.columns / 14), max(2, rows / 3))
    if !title.isEmpty { canvas.add(title) }
    let note = y.ticks.note.isEmpty ? "" : " (\(y.ticks.note))"
    if !(labels.y + note).isEmpty { canvas.add(labels.y + note) }
    top = canvas.rows
    left = min(canvas.columns / 2, (y.ticks.labels.map { TerminalText.width($0) }.max() ?? 0) + 2)
    columns = max(1, canvas.columns - left - 1)
    drawAxes(on: &canvas)
    let below = labels.x + (x.ticks.note.isEmpty ? "" : " (\(x.ticks.note))")
    let shown = TerminalText.fitted(below, columns: columns)
    if !shown.isEmpty {
      canvas.put(shown, row: top + rows + 2, column: left + (columns - TerminalText.width(shown)) / 2)
    }
  }

  /// The position of a value in Braille dots from the left, two per column; nil if outside.
  func dotColumn(_ value: Double) -> Int? { Self.dot(x.share(value), of: columns * 2) }

  /// The position of a value in Braille dots from the top, four per row; nil if outside.
  func dotRow(_ value: Double) -> Int? { Self.dot(y.share(value), of: rows * 4).map { rows * 4 - 1 - $0 } }

  private static func dot(_ share: Double?, of count: Int) -> Int? {
    guard let share, share > -1e-9, share < 1 + 1e-9 else { return nil }
    return max(0, min(count - 1, Int((share * Double(count - 1)).rounded())))
  }

  private func drawAxes(on canvas: inout TerminalCanvas) {
    for row in 0..<rows { canvas.put("│", row: top + row, column: left - 1) }
    for (value, label) in zip(y.ticks.values, y.ticks.labels) {
      guard let row = dotRow(value).map({ $0 / 4 }) else { continue }
      let text = TerminalText.fitted(label, columns: left - 2)
      canvas.put(text, row: top + row, column: left - 2 - TerminalText.width(text))
      canvas.put("┤", row: top + row, column: left - 1)
    }
    canvas.put("└" + String(repeating: "─", count: columns), row: top + rows, column: left - 1)
    var free = 0
    for (value, label) in zip(x.ticks.values, x.ticks.labels) {
      guard let column = dotColumn(value).map({ $0 / 2 }) else { continue }
      canvas.put("┬", row: top + rows, column: left + column)
      let width = TerminalText.width(label)
      let start = min(canvas.columns - width, left + column - width / 2)
      if start < free { continue }
      canvas.put(label, row: top + rows + 1, column: start)
      free = start + width + 1
    }
  }
}

/// Dots of Braille patterns, two by four per character.
struct BrailleField {
  let columns: Int
  let rows: Int
  private var dots: [UInt8]
  private var inks: [Color?]

  init(columns: Int, rows: Int) {
    (self.columns, self.rows) = (columns, rows)
    dots = Array(repeating: 0, count: columns * rows)
    inks = Array(repeating: nil, count: columns * rows)
  }

  /// Sets the dot in dot column `x` and dot row `y`. A character has the colour of its last dot.
  mutating func set(_ x: Int, _ y: Int, ink: Color) {
    guard x >= 0, y >= 0, x < columns * 2, y < rows * 4 else { return }
    let bits: [UInt8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]
    dots[y / 4 * columns + x / 2] |= bits[y % 4 * 2 + x % 2]
    inks[y / 4 * columns + x / 2] = ink
  }

  /// Sets every `spacing`-th dot of the line between two dots.
  mutating func line(from a: (x: Int, y: Int), to b: (x: Int, y: Int), ink: Color, spacing: Int = 1) {
    let steps = max(abs(b.x - a.x), abs(b.y - a.y), 1)
    for step in stride(from: 0, through: steps, by: 1) where (a.x + step) % spacing == 0 {
      let share = Double(step) / Double(steps)
      set(
        a.x + Int((Double(b.x - a.x) * share).rounded()), a.y + Int((Double(b.y - a.y) * share).rounded()), ink: ink)
    }
  }

  func draw(on canvas: inout TerminalCanvas, row: Int, column: Int) {
    for (index, pattern) in dots.enumerated() where pattern != 0 {
      guard let scalar = Unicode.Scalar(0x2800 + UInt32(pattern)) else { continue }
      canvas.put(String(scalar), row: row + index / columns, column: column + index % columns, ink: inks[index])
    }
  }
}
