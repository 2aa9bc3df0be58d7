// Drawing with smooth edges on a small square of pixels, for the generated image sets.

import Foundation
import Tensors

/// A point on the paper: x to the right and y down, both from 0 to 1.
struct SketchPoint: Sendable {
  var x: Double
  var y: Double

  init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }
}

/// A square of `side`×`side` pixels for lines and areas: 0 is paper and 1 is ink.
struct Sketch: Sendable {
  let side: Int
  /// Row by row, from 0 to 1.
  private(set) var ink: [Double]

  init(side: Int) {
    self.side = side
    ink = [Double](repeating: 0, count: side * side)
  }

  /// Draws a path with a round pen `width` pixels wide, in an opaque shade from 0 to 1.
  mutating func stroke(_ path: [SketchPoint], width: Double, shade: Double = 1) {
    var coverage = [Double](repeating: 0, count: side * side)
    for (start, end) in zip(path, path.dropFirst()) {
      cover(&coverage, scaled(start), scaled(end), radius: width / 2)
    }
    paint(coverage, shade)
  }

  /// Fills the area inside a closed outline, in an opaque shade from 0 to 1.
  mutating func fill(_ outline: [SketchPoint], shade: Double = 1) {
    let linesPerPixel = 4
    var coverage = [Double](repeating: 0, count: side * side)
    let corners = outline.map(scaled)
    for line in 0..<side * linesPerPixel {
      let y = (Double(line) + 0.5) / Double(linesPerPixel)
      let crossings = crossings(of: corners, at: y).sorted()
      for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
        let first = line / linesPerPixel * side
        cover(&coverage, first, from: crossings[pair], to: crossings[pair + 1], weight: 1 / Double(linesPerPixel))
      }
    }
    paint(coverage, shade)
  }

  /// Replaces every pixel's ink by a function of the ink and of the pixel's centre on the paper.
  mutating func develop(_ tone: (_ ink: Double, _ x: Double, _ y: Double) -> Double) {
    for place in ink.indices where ink[place] > 0 {
      let (row, column) = place.quotientAndRemainder(dividingBy: side)
      let (x, y) = ((Double(column) + 0.5) / Double(side), (Double(row) + 0.5) / Double(side))
      ink[place] = min(max(tone(ink[place], x, y), 0), 1)
    }
  }

  private func scaled(_ point: SketchPoint) -> SketchPoint {
    SketchPoint(point.x * Double(side), point.y * Double(side))
  }

  private func pixels(from low: Double, to high: Double) -> Range<Int> {
    let first = min(max(Int(low.rounded(.down)), 0), side)
    return first..<max(first, min(Int(high.rounded(.up)), side))
  }

  /// Covers the pixels of one segment, by the distance of their centres inside the pen's edge.
  private func cover(_ coverage: inout [Double], _ a: SketchPoint, _ b: SketchPoint, radius: Double) {
    let (dx, dy) = (b.x - a.x, b.y - a.y)
    let squaredLength = max(dx * dx + dy * dy, 1e-12)
    for row in pixels(from: min(a.y, b.y) - radius - 1, to: max(a.y, b.y) + radius + 1) {
      for column in pixels(from: min(a.x, b.x) - radius - 1, to: max(a.x, b.x) + radius + 1) {
        let (px, py) = (Double(column) + 0.5 - a.x, Double(row) + 0.5 - a.y)
        let along = min(max((px * dx + py * dy) / squaredLength, 0), 1)
        let (ex, ey) = (px - along * dx, py - along * dy)
        let share = radius + 0.5 - (ex * ex + ey * ey).squareRoot()
        if share > 0 { coverage[row * side + column] = max(coverage[row * side + column], min(share, 1)) }
      }
    }
  }

  /// Covers the pixels of one scan line of an area, from one crossing to the next.
  private func cover(_ coverage: inout [Double], _ first: Int, from left: Double, to right: Double, weight: Double) {
    for column in pixels(from: left, to: right) {
      let overlap = min(right, Double(column + 1)) - max(left, Double(column))
      coverage[first + column] += weight * max(overlap, 0)
    }
  }

  private func crossings(of corners: [SketchPoint], at y: Double) -> [Double] {
    corners.indices.compactMap { index in
      let (a, b) = (corners[index], corners[(index + 1) % corners.count])
      return (a.y <= y) == (b.y <= y) ? nil : a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x)
    }
  }

  private mutating func paint(_ coverage: [Double], _ shade: Double) {
    for place in ink.indices where coverage[place] > 0 {
      ink[place] += min(coverage[place], 1) * (shade - ink[place])
    }
  }
}

/// A rotation, slant, scaling and shift about the centre of the paper.
struct Placement: Sendable {
  var turn = 0.0
  var slant = 0.0
  var width = 1.0
  var height = 1.0
  var right = 0.0
  var down = 0.0

  func callAsFunction(_ path: [SketchPoint]) -> [SketchPoint] {
    let (c, s) = (cos(turn), sin(turn))
    return path.map { point in
      let y = (point.y - 0.5) * height
      let x = (point.x - 0.5) * width - slant * y
      return SketchPoint(0.5 + c * x - s * y + right, 0.5 + s * x + c * y + down)
    }
  }
}

/// The part of an ellipse between two angles in degrees, clockwise from the right.
func arc(
  _ x: Double, _ y: Double, _ across: Double, _ down: Double, from start: Double = 0, to end: Double = 360
) -> [SketchPoint] {
  let steps = max(2, Int(abs(end - start) / 20))
  return (0...steps).map { step in
    let angle = (start + (end - start) * Double(step) / Double(steps)) * .pi / 180
    return SketchPoint(x + across * cos(angle), y + down * sin(angle))
  }
}
