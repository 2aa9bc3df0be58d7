/// Arrowheads where lines leave a plot, which show that the line continues outside.
enum Exits {
  /// The arrowheads, upwards or downwards, where runs of points cross the upper or lower edge of `plot`. Several close
  /// together become one.
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

  /// The horizontal position where the line between two points crosses an edge; nil if it does not. A line along the
  /// edge, or up to it, stays inside.
  private static func crossing(_ a: Point, _ b: Point, _ edge: Double, _ inwards: Double) -> Double? {
    let (fromA, fromB) = ((a.y - edge) * inwards, (b.y - edge) * inwards)
    guard (fromA < -0.01) != (fromB < -0.01) else { return nil }
    return a.x + (b.x - a.x) * fromA / (fromA - fromB)
  }
}
