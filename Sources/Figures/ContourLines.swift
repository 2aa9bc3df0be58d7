// Lines of equal height, found by marching squares.

/// A side of the grid's cells: from the corner (column, row) to the right or upwards.
private struct Side: Hashable {
  let column, row: Int
  let isUpright: Bool
}

extension ContourPlot {
  /// The lines at a level, each as one stroke. The line crosses a side if the level is between the heights of its ends.
  /// Within a cell, crossings are joined in pairs.
  func lines(at level: Double, _ frame: Frame) -> [[Point]] {
    var neighbours: [Side: [Side]] = [:]
    for row in 0..<heights.count - 1 {
      for column in 0..<(heights[row].count - 1) {
        let around = [
          Side(column: column, row: row, isUpright: false), Side(column: column + 1, row: row, isUpright: true),
          Side(column: column, row: row + 1, isUpright: false), Side(column: column, row: row, isUpright: true),
        ]
        let crossed = around.filter { crossing($0, level) != nil }
        for (a, b) in zip(crossed, crossed.dropFirst()).enumerated().filter({ $0.offset != 1 }).map(\.element) {
          neighbours[a, default: []].append(b)
          neighbours[b, default: []].append(a)
        }
      }
    }
    return strokes(neighbours).map { $0.compactMap { side in place(side, level, frame) } }
  }

  /// Follows neighbours, first from the open ends, then around the remaining closed lines.
  private func strokes(_ neighbours: [Side: [Side]]) -> [[Side]] {
    let order = neighbours.keys.sorted {
      ($0.row, $0.column, $0.isUpright ? 1 : 0) < ($1.row, $1.column, $1.isUpright ? 1 : 0)
    }
    var (seen, strokes): (Set<Side>, [[Side]]) = ([], [])
    for start in order.filter({ neighbours[$0]?.count == 1 }) + order where seen.insert(start).inserted {
      var stroke = [start]
      while let next = neighbours[stroke[stroke.count - 1]]?.first(where: { !seen.contains($0) }) {
        seen.insert(next)
        stroke.append(next)
      }
      if stroke.count > 2, neighbours[stroke[stroke.count - 1]]?.contains(start) == true { stroke.append(start) }
      strokes.append(stroke)
    }
    return strokes
  }

  /// The share of a side where the height crosses the level; nil if it does not.
  private func crossing(_ side: Side, _ level: Double) -> Double? {
    let a = heights[side.row][side.column]
    let b = side.isUpright ? heights[side.row + 1][side.column] : heights[side.row][side.column + 1]
    return (a < level) != (b < level) && (b - a).isFinite ? (level - a) / (b - a) : nil
  }

  private func place(_ side: Side, _ level: Double, _ frame: Frame) -> Point? {
    guard let share = crossing(side, level), let columns = heights.first?.count else { return nil }
    let right = (Double(side.column) + (side.isUpright ? 0 : share)) / Double(columns - 1)
    let up = (Double(side.row) + (side.isUpright ? share : 0)) / Double(heights.count - 1)
    return Point(x: frame.plot.x + right * frame.plot.width, y: frame.plot.bottom - up * frame.plot.height)
  }
}
