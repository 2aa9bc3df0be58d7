import Figures
import Messages
import Running
import Tensors
import Theory

/// Exercise 11.1: three points of the plane are shattered by lines, four never are.
public let exercise11_1 = Exercise("11.1", "The VC dimension of lines is 3", stars: 1, seconds: 1) { run in
  run.show(countTable(random: run.random.split()), as: "labellings")
  run.show(obstacleTable(), as: "obstacles")
  run.show(shatteredFigure(), as: "shattered")
  run.show(obstacleFigure(), as: "obstacles")
  let counts = [threePoints, convexPoints, innerPoint].map { LinearDichotomies($0).patterns.patterns.count }
  run.card("labellings of three points by lines", "\(counts[0]) of 8")
  run.card("labellings of four points by lines", "\(counts[1]) and \(counts[2]) of 16")
}

/// Three points of the plane that are not on a line. Exercise 11.1
public let threePoints = Tensor([[0, 0], [1, 0.2], [0.4, 1]], scalarType: .double)
/// Four corners of a convex quadrilateral. Exercise 11.1
public let convexPoints = Tensor([[0, 0], [1, 0.1], [0.9, 1], [0.1, 0.8]], scalarType: .double)
/// Three points, and a fourth one inside their triangle. Exercise 11.1
public let innerPoint = Tensor([[0, 0], [1, 0.2], [0.4, 1], [0.45, 0.4]], scalarType: .double)

private func countTable(random: RandomSource) -> Table {
  let rows = [(1, true), (2, true), (3, true), (4, true), (2, false), (3, false)].flatMap { d, hasBias in
    let k = hasBias ? d + 1 : d
    return [k, k + 1].map { m -> [Table.Cell] in
      let found = LinearDichotomies(random.normal([m, d], scalarType: .double), hasBias: hasBias).patterns
      return [
        .integer(d), .text(hasBias ? "yes" : "no"), .integer(m), .integer(1 << m), .integer(found.patterns.count),
        .text(found.isShattered((1 << UInt64(m)) - 1) ? "yes" : "no"),
      ]
    }
  }
  return Table(
    "Random points of ℝᵈ and linear classifiers: Proposition 11.5",
    columns: ["d", "bias", "points", "labellings", "realized", "shattered"], rows: rows)
}

private func obstacleTable() -> Table {
  func row(_ name: String, _ points: Tensor) -> [Table.Cell] {
    let partition = LinearDichotomies(points).partitions[0]
    let p = commonPoint(partition, of: points)
    return [
      .text(name), .text(members(partition.positive)), .text(members(partition.negative)), .number(p.x, decimals: 3),
      .number(p.y, decimals: 3),
    ]
  }
  return Table(
    "Radon's theorem: the hulls of two sides of four points meet, so no line separates the sides",
    columns: ["points", "one side", "other side", "x", "y"],
    rows: [row("a convex quadrilateral", convexPoints), row("one in the triangle of the others", innerPoint)])
}

private func members(_ set: UInt64) -> String {
  (0..<64).filter { set >> UInt64($0) & 1 == 1 }.map { "x\($0 + 1)" }.joined(separator: ", ")
}

/// Σ_{λᵢ > 0} λᵢ xᵢ / Σ_{λᵢ > 0} λᵢ: the point that the hulls of both sides share. Exercise 11.1
public func commonPoint(_ partition: RadonPartition, of points: Tensor) -> (x: Double, y: Double) {
  let λ = maximum(0, Tensor(partition.coefficients, scalarType: .double))
  let p = (matmul(λ, points) / λ.sum()).scalars
  return (p[0], p[1])
}

// MARK: - Figures

private let frame = (-0.4)...1.4

private func group(_ name: String, _ points: Tensor, _ members: (UInt64) -> Bool) -> Series {
  let chosen = (0..<points.shape[0]).filter { members(UInt64($0)) }.map { points[$0].scalars }
  return Series(name, x: chosen.map { $0[0] }, chosen.map { $0[1] }, style: .points)
}

private func plot(_ title: String, _ points: Tensor, _ labels: UInt64, lines: [Series]) -> ScatterPlot {
  ScatterPlot(
    title, x: Axis(range: frame), y: Axis(range: frame),
    groups: [
      group("label 1", points) { labels >> $0 & 1 == 1 }, group("label 0", points) { labels >> $0 & 1 == 0 },
    ] + lines)
}

/// The part of the line u x + v y + b = 0 inside the frame.
private func boundary(_ w: Tensor) -> Series {
  let (u, v, b) = (w.scalars[0], w.scalars[1], w.scalars[2])
  var ends: [(x: Double, y: Double)] = []
  for t in [frame.lowerBound, frame.upperBound] { ends += [(t, -(u * t + b) / v), (-(v * t + b) / u, t)] }
  let inside = ends.filter { frame.contains($0.x) && frame.contains($0.y) }
  return Series("a line between them", x: inside.map(\.x), inside.map(\.y))
}

private func shatteredFigure() -> Panels {
  let dichotomies = LinearDichotomies(threePoints)
  let panels = (1..<UInt64(7)).map { labels in
    plot("", threePoints, labels, lines: dichotomies.classifier(for: labels).map { [boundary($0)] } ?? [])
  }
  return Panels("Lines for the labellings of three points with both labels", columns: 3, panels)
}

private func obstacleFigure() -> Panels {
  let panels = [("x₁, x₃ against x₂, x₄", convexPoints), ("x₄ against the others", innerPoint)].map { title, points in
    let partition = LinearDichotomies(points).partitions[0]
    let sides = [(1, partition.positive), (0, partition.negative)].map { label, side in
      let inside = (0..<4).filter { side >> UInt64($0) & 1 == 1 }.map { points[$0].scalars }
      let closed = inside.count > 2 ? inside + [inside[0]] : inside
      return Series("hull of label \(label)", x: closed.map { $0[0] }, closed.map { $0[1] })
    }
    return plot(title, points, partition.positive, lines: sides)
  }
  return Panels("The labelling that no line gives: the hulls of the two sides meet", panels)
}
