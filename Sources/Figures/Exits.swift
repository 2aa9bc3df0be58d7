/// Where lines leave a plot: an arrowhead inside its edge says that the line goes on where it cannot be seen.
enum Exits {
  /// Arrowheads, upwards or downwards, where runs of points cross the upper or lower edge of `plot` on their way out or
  /// in; where several lie close together, one.
  static func heads(of runs: [[Point]], leaving plot: Rectangle) -> [[Point]] {
    [(edge: plot.y, inwards: 1.0), (edge: plot.bottom, inwards: -1.0)].flatMap { edge, inwards in
      let crossings = runs.flatMap { run in
        zip(run, run.dropFirst()).compactMap { crossing($0, $1, edge, inwards) }
      }.filter { $0 >= plot.x && $0 <= plot.right }.sorted()
      var shown: [Double] = []
      for x in crossings where shown.last.map({ x - $0 >= spacing }) ?? true { shown.append(x) }
      return shown.map { x in
        [
          Point(x: x, y: edge), Point(x: x - reach / 2, y: edge + inwards * reach),
          Point(x: x + reach / 2, y: edge + inwards * reach),
        ]
      }
    }
  }

  private static let reach = 9.0
  private static let spacing = 14.0

  /// The horizontal place at which the way between two points crosses an edge, or nil where it does not. A line along
  /// the edge, or up to it, stays inside.
  private static func crossing(_ a: Point, _ b: Point, _ edge: Double, _ inwards: Double) -> Double? {
    let (fromA, fromB) = ((a.y - edge) * inwards, (b.y - edge) * inwards)
    guard (fromA < -0.01) != (fromB < -0.01) else { return nil }
    return a.x + (b.x - a.x) * fromA / (fromA - fromB)
  }
}
