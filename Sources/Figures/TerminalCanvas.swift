/// The surface for figures in a terminal: a grid of characters, each with its colours.
struct TerminalCanvas {
  private struct Cell {
    var character: Character = " "
    var ink: Color?
    var ground: Color?
  }

  let columns: Int
  private var lines: [[Cell]] = []

  init(columns: Int) { self.columns = max(0, columns) }

  /// The colour of series `index`, halfway between the palettes, because the terminal's background is unknown.
  static func ink(_ index: Int) -> Color { Theme.light.color(index).mixed(with: Theme.dark.color(index), 0.5) }

  /// The number of lines so far.
  var rows: Int { lines.count }

  /// Writes `text` into a row, adding rows as needed. Text beyond the edges is cut off.
  mutating func put(_ text: String, row: Int, column: Int, ink: Color? = nil, ground: Color? = nil) {
    guard row >= 0 else { return }
    while lines.count <= row { lines.append(Array(repeating: Cell(), count: columns)) }
    var place = column
    for character in text {
      let width = TerminalText.width(character)
      if width == 0 { continue }
      if place >= 0 && place + width <= columns {
        lines[row][place] = Cell(character: character, ink: ink, ground: ground)
        // The right half of a wide character is empty and must not be printed.
        if width == 2 { lines[row][place + 1] = Cell(character: "\0") }
      }
      place += width
    }
  }

  /// Writes `text` below everything, shortened to the width.
  mutating func add(_ text: String) { put(TerminalText.fitted(text, columns: columns), row: rows, column: 0) }

  /// The lines as text, with the usual 256 terminal colours if `color` allows them.
  func text(color: Bool) -> String {
    lines.map { line in
      let end = line.lastIndex { $0.character != " " || (color && $0.ground != nil) }.map { $0 + 1 } ?? 0
      var (result, style) = ("", "")
      for cell in line[..<end] where cell.character != "\0" {
        let next = color ? Self.style(cell) : ""
        if next != style { result += (style.isEmpty ? "" : "\u{1B}[0m") + next }
        style = next
        result.append(cell.character)
      }
      return result + (style.isEmpty ? "" : "\u{1B}[0m")
    }.joined(separator: "\n")
  }

  private static func style(_ cell: Cell) -> String {
    let ink = cell.ink.map { ["38;5;\(code($0))"] } ?? []
    let ground = cell.ground.map { ["48;5;\(code($0))"] } ?? []
    return ink.isEmpty && ground.isEmpty ? "" : "\u{1B}[\((ink + ground).joined(separator: ";"))m"
  }

  /// The nearest of the 6 × 6 × 6 colours and 24 greys of xterm.
  private static func code(_ color: Color) -> Int {
    let bytes = [color.red, color.green, color.blue].map(Int.init)
    let (low, high) = (bytes.min() ?? 0, bytes.max() ?? 0)
    if high - low < 10 {
      let grey = ((low + high) / 2 - 8 + 5) / 10
      return (low + high) / 2 < 4 ? 16 : grey > 23 ? 231 : 232 + max(0, grey)
    }
    let levels = [0, 95, 135, 175, 215, 255]
    let nearest = bytes.map { byte in levels.indices.min { abs(levels[$0] - byte) < abs(levels[$1] - byte) } ?? 0 }
    return 16 + 36 * nearest[0] + 6 * nearest[1] + nearest[2]
  }
}

/// Characters that represent an amount.
enum Shade {
  /// A character with more ink for a larger share.
  static func character(_ share: Double) -> Character {
    let steps: [Character] = [" ", "░", "▒", "▓", "█"]
    return steps[Int((max(0, min(1, share.isNaN ? 0 : share)) * 4).rounded())]
  }

  /// A bar to the right with a length in eighths of a character.
  static func bar(eighths: Int) -> String {
    let rest: [String] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    return String(repeating: "█", count: max(0, eighths) / 8) + rest[max(0, eighths) % 8]
  }

  /// One character of a vertical bar, filled from below by this number of eighths.
  static func level(eighths: Int) -> Character {
    let steps: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    return steps[max(0, min(8, eighths))]
  }
}
