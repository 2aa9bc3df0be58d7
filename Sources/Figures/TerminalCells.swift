import Messages

extension BarChart {
  /// Bars from left to right in eighths of a character, each followed by its value.
  public func terminal(columns: Int, color: Bool) -> String {
    var canvas = TerminalCanvas(columns: columns)
    for heading in [title, y.label] where !heading.isEmpty { canvas.add(heading) }
    let scale = heights(count: 4)
    let labelWidth = min(columns / 3, categories.map { TerminalText.width($0) }.max() ?? 0)
    let tails = series.map { one in
      one.y.map { NumberText.formatted($0, format ?? "") + (series.count > 1 ? " \(one.name)" : "") }
    }
    let tailWidth = min(columns / 3, tails.flatMap { $0 }.map { TerminalText.width($0) }.max() ?? 0)
    let width = max(1, columns - labelWidth - tailWidth - 4)
    let zero = Int(((scale.share(base(scale)) ?? 0) * Double(width)).rounded())
    for (category, name) in categories.enumerated() {
      if category > 0 && series.count > 1 { canvas.add("") }
      let label = TerminalText.fitted(name, columns: labelWidth)
      canvas.put(label, row: canvas.rows, column: labelWidth - TerminalText.width(label))
      for (index, one) in series.enumerated() {
        let row = index == 0 ? canvas.rows - 1 : canvas.rows
        let length = scale.share(one.y[category]).map { abs(max(0, min(1, $0)) * Double(width) - Double(zero)) } ?? 0
        drawBar(
          on: &canvas, row: row, start: labelWidth + 2 + zero, eighths: Int((length * 8).rounded()),
          isNegative: one.y[category] < 0, ink: TerminalCanvas.ink(index))
        canvas.put("│", row: row, column: labelWidth + 1)
        let end = labelWidth + 3 + zero + (one.y[category] < 0 ? 0 : Int(length.rounded(.up)))
        canvas.put(TerminalText.fitted(tails[index][category], columns: columns - end), row: row, column: end)
      }
    }
    return canvas.text(color: color)
  }

  private func drawBar(
    on canvas: inout TerminalCanvas, row: Int, start: Int, eighths: Int, isNegative: Bool, ink: Color
  ) {
    guard isNegative else { return canvas.put(Shade.bar(eighths: eighths), row: row, column: start, ink: ink) }
    let halves = (eighths + 2) / 4
    let bar = (halves % 2 == 1 ? "▐" : "") + String(repeating: "█", count: halves / 2)
    canvas.put(bar, row: row, column: start - bar.count, ink: ink)
  }
}

extension HeatMap {
  /// A table of coloured cells. Without colours, a shade precedes every number. If numbers do not fit, cells are only
  /// coloured or shaded. If even those do not fit, rows and columns are omitted.
  public func terminal(columns: Int, color: Bool) -> String {
    var canvas = TerminalCanvas(columns: columns)
    for heading in [title, [rowTitle, columnTitle].filter { !$0.isEmpty }.joined(separator: " × ")]
    where !heading.isEmpty {
      canvas.add(heading)
    }
    let left = min(columns / 3, rows.map { TerminalText.width($0) + 1 }.max() ?? 0)
    let texts = texts(room: .infinity, size: 1)
    let widest = max(
      texts?.flatMap { $0 }.map { TerminalText.width($0) + 2 }.max() ?? 0,
      self.columns.map { TerminalText.width($0) + 1 }.max() ?? 0)
    let printsValues = texts != nil && left + widest * columnCount <= columns
    let width = printsValues ? widest : left + 2 * columnCount <= columns ? 2 : 1
    let (everyColumn, everyRow) = (stride(columnCount * width, in: columns - left), stride(values.count, in: 40))
    for row in Swift.stride(from: 0, to: values.count, by: everyRow) {
      let line = canvas.rows
      let label = rows.isEmpty ? "" : TerminalText.fitted(rows[row], columns: left - 1)
      canvas.put(label, row: line, column: left - 1 - TerminalText.width(label))
      for (place, column) in Swift.stride(from: 0, to: columnCount, by: everyColumn).enumerated() {
        let text = printsValues ? texts?[row][column] ?? "" : ""
        drawCell(
          values[row][column], text, on: &canvas, row: line, column: left + place * width, width: width, color: color)
      }
    }
    if printsValues { drawColumnLabels(on: &canvas, left: left, width: width) }
    drawKey(on: &canvas, everyRow: everyRow, everyColumn: everyColumn, color: color)
    return canvas.text(color: color)
  }

  private func stride(_ count: Int, in room: Int) -> Int { max(1, (count + max(1, room) - 1) / max(1, room)) }

  private func share(_ value: Double) -> Double {
    ends.upperBound > ends.lowerBound ? (value - ends.lowerBound) / (ends.upperBound - ends.lowerBound) : 0.5
  }

  private func drawCell(
    _ value: Double, _ text: String, on canvas: inout TerminalCanvas, row: Int, column: Int, width: Int, color: Bool
  ) {
    let ground = self.color(value)
    if color {
      let padding = max(0, width - TerminalText.width(text))
      let cell =
        String(repeating: " ", count: padding - padding / 2) + text + String(repeating: " ", count: padding / 2)
      return canvas.put(cell, row: row, column: column, ink: ground?.readableInk, ground: ground)
    }
    let shade = String(Shade.character(share(value)))
    if text.isEmpty { return canvas.put(String(repeating: shade, count: width), row: row, column: column) }
    canvas.put(shade, row: row, column: column + width - TerminalText.width(text) - 2)
    canvas.put(text, row: row, column: column + width - TerminalText.width(text) - 1)
  }

  private func drawColumnLabels(on canvas: inout TerminalCanvas, left: Int, width: Int) {
    let row = canvas.rows
    for (column, label) in columns.enumerated() {
      canvas.put(label, row: row, column: left + column * width + max(0, width - TerminalText.width(label)) / 2)
    }
  }

  private func drawKey(on canvas: inout TerminalCanvas, everyRow: Int, everyColumn: Int, color: Bool) {
    let row = canvas.rows
    let low = NumberText.formatted(ends.lowerBound, format ?? "%.3g")
    canvas.put(low, row: row, column: 2)
    for step in 0..<10 {
      let share = Double(step) / 9
      let place = TerminalText.width(low) + 3 + step
      if color {
        canvas.put(" ", row: row, column: place, ground: colors.color(share))
      } else {
        canvas.put(String(Shade.character(share)), row: row, column: place)
      }
    }
    canvas.put(
      NumberText.formatted(ends.upperBound, format ?? "%.3g"), row: row, column: TerminalText.width(low) + 14)
    if everyRow > 1 { canvas.add("  one row in \(everyRow) is shown") }
    if everyColumn > 1 { canvas.add("  one column in \(everyColumn) is shown") }
  }
}

extension ImageGrid {
  /// Images in half blocks, two pixels per character, or in shades without colours. Images are reduced if fewer than
  /// four would fit in a row.
  public func terminal(columns: Int, color: Bool) -> String {
    var canvas = TerminalCanvas(columns: columns)
    if !title.isEmpty { canvas.add(title) }
    let wanted = min(4, usedColumns)
    let factor = (1...max(1, tallest.width)).first { (tallest.width + $0 - 1) / $0 * wanted + wanted - 1 <= columns }
    let shrink = factor ?? tallest.width
    let (width, height) = ((tallest.width + shrink - 1) / shrink, (tallest.height + shrink - 1) / shrink)
    let perRow = max(1, min(self.columns, (columns + 1) / (width + 1)))
    let names = columnTitles.map { TerminalText.fitted($0, columns: width) }
    for (column, name) in names.prefix(perRow).enumerated() {
      let margin = (width - TerminalText.width(name)) / 2
      canvas.put(name, row: title.isEmpty ? 0 : 1, column: column * (width + 1) + margin)
    }
    // A grid with titles keeps its rows; other images fill the width.
    let length = rowTitles.isEmpty ? max(1, images.count) : self.columns
    for first in Swift.stride(from: 0, to: images.count, by: length) {
      if let rowTitle = rowTitles.dropFirst(first / length).first { canvas.add(rowTitle) }
      let end = min(first + length, images.count)
      for start in Swift.stride(from: first, to: end, by: perRow) {
        let top = canvas.rows
        for index in start..<min(start + perRow, end) {
          let left = (index - start) * (width + 1)
          drawImage(images[index], shrink: shrink, on: &canvas, row: top, column: left, color: color)
          guard captions.indices.contains(index) else { continue }
          let caption = TerminalText.fitted(captions[index], columns: width)
          canvas.put(caption, row: top + (height + 1) / 2, column: left + (width - TerminalText.width(caption)) / 2)
        }
        if captions.isEmpty { canvas.add("") }
      }
    }
    return canvas.text(color: color)
  }

  private func drawImage(
    _ image: Pixels, shrink: Int, on canvas: inout TerminalCanvas, row: Int, column: Int, color: Bool
  ) {
    let (width, height) = ((image.width + shrink - 1) / shrink, (image.height + shrink - 1) / shrink)
    for y in Swift.stride(from: 0, to: height, by: 2) {
      for x in 0..<width {
        let upper = Self.average(image, x: x, y: y, shrink)
        let lower = y + 1 < height ? Self.average(image, x: x, y: y + 1, shrink) : nil
        if color {
          canvas.put("▀", row: row + y / 2, column: column + x, ink: upper, ground: lower)
        } else {
          let grey = (Self.grey(upper) + Self.grey(lower ?? upper)) / 2
          canvas.put(String(Shade.character(grey)), row: row + y / 2, column: column + x)
        }
      }
    }
  }

  private static func grey(_ color: Color) -> Double {
    (0.2126 * Double(color.red) + 0.7152 * Double(color.green) + 0.0722 * Double(color.blue)) / 255
  }

  private static func average(_ image: Pixels, x: Int, y: Int, _ shrink: Int) -> Color {
    var (sum, count) = ((red: 0.0, green: 0.0, blue: 0.0), 0.0)
    for row in y * shrink..<min((y + 1) * shrink, image.height) {
      for column in x * shrink..<min((x + 1) * shrink, image.width) {
        let color = image.color(row: row, column: column)
        sum = (sum.red + Double(color.red), sum.green + Double(color.green), sum.blue + Double(color.blue))
        count += 255
      }
    }
    return Color(red: sum.red / count, green: sum.green / count, blue: sum.blue / count)
  }
}
