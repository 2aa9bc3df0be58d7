extension Canvas {
  /// A line of straight pieces, across or down, with a head at its end.
  mutating func arrow(_ points: [Point], dash: [Double] = []) {
    let (end, before) = (points[points.count - 1], points[points.count - 2])
    let length = max(1e-9, abs(end.x - before.x) + abs(end.y - before.y))
    let (dx, dy) = ((end.x - before.x) / length, (end.y - before.y) / length)
    let neck = Point(x: end.x - 8 * dx, y: end.y - 8 * dy)
    path([points.dropLast() + [neck]], color: theme.axis, width: 1.6, dash: dash)
    let head = [
      end, Point(x: neck.x - 4.5 * dy, y: neck.y + 4.5 * dx), Point(x: neck.x + 4.5 * dy, y: neck.y - 4.5 * dx),
    ]
    fill([head], color: theme.axis)
  }
}

extension Rectangle {
  /// The corners of the outline, the first one again at the end.
  var outline: [Point] {
    [Point(x: x, y: y), Point(x: right, y: y), Point(x: right, y: bottom), Point(x: x, y: bottom), Point(x: x, y: y)]
  }
}
