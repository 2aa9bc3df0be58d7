import Foundation

/// The style of series `index`, which distinguishes it without colour: the dashes of its line and the shape of its
/// points.
struct Mark: Sendable {
  let dash: [Double]
  private let shape: Int

  init(_ index: Int) {
    let dashes: [[Double]] = [[], [8, 5], [2, 4], [10, 4, 2, 4], [14, 5], [5, 3, 1, 3, 1, 3]]
    (dash, shape) = (dashes[index % dashes.count], index % 8)
  }

  /// The symbol in a terminal.
  var symbol: Character { ["●", "■", "▲", "◆", "×", "▼", "○", "□"][shape] }

  func draw(_ centres: [Point], on canvas: inout Canvas, color: Color, radius: Double = 3.6, opacity: Double = 1) {
    switch shape {
    case 0: canvas.circles(centres, radius: radius, color: color, opacity: opacity)
    case 4: canvas.path(centres.flatMap { cross($0, radius * 0.9) }, color: color, width: 1.8)
    case 6: canvas.path(centres.map { ring($0, radius) }, color: color, width: 1.6)
    case 7: canvas.path(centres.map { closed(polygon(4, 45, $0, radius * 1.25)) }, color: color, width: 1.6)
    default: canvas.fill(centres.map { solid($0, radius) }, color: color, opacity: opacity)
    }
  }

  private func solid(_ centre: Point, _ radius: Double) -> [Point] {
    switch shape {
    case 1: polygon(4, 45, centre, radius * 1.3)
    case 2: polygon(3, -90, centre, radius * 1.4)
    case 3: polygon(4, 0, centre, radius * 1.4)
    default: polygon(3, 90, centre, radius * 1.4)
    }
  }

  private func polygon(_ corners: Int, _ turn: Double, _ centre: Point, _ radius: Double) -> [Point] {
    (0..<corners).map { corner in
      let angle = (turn / 180 + 2 * Double(corner) / Double(corners)) * Double.pi
      return Point(x: centre.x + radius * cos(angle), y: centre.y + radius * sin(angle))
    }
  }

  private func cross(_ centre: Point, _ reach: Double) -> [[Point]] {
    [1.0, -1].map { sign in
      [Point(x: centre.x - reach, y: centre.y - sign * reach), Point(x: centre.x + reach, y: centre.y + sign * reach)]
    }
  }

  private func ring(_ centre: Point, _ radius: Double) -> [Point] { closed(polygon(16, 0, centre, radius)) }

  private func closed(_ points: [Point]) -> [Point] { points + points.prefix(1) }
}
