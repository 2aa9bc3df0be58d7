import Foundation

/// A histogram: bars over bins of equal width, optionally with the curve of a density.
public struct Histogram: Figure, Chart {
  /// The heading.
  public var title: String
  /// The axis of the values.
  public var x: Axis
  /// The samples, with one colour each, counted in common bins.
  public var samples: [(name: String, values: [Double])]
  /// The number of bins, or nil for the rule of Freedman and Diaconis (1981).
  public var bins: Int?
  /// A density to compare with. Then the bars show densities too.
  public var density: (@Sendable (Double) -> Double)?
  /// The name of the density in the legend.
  public var densityName: String
  /// The natural extent.
  public var size = Canvas.Size(width: 640, height: 400)
  var companions = Companions()

  /// The histogram of several samples, as densities, so that samples of any size can be compared.
  public init(
    _ title: String, x: Axis = Axis(), samples: [(name: String, values: [Double])], bins: Int? = nil,
    densityName: String = "density", density: (@Sendable (Double) -> Double)? = nil
  ) {
    (self.title, self.x, self.samples) = (title, x, samples)
    (self.bins, self.densityName, self.density) = (bins, densityName, density)
  }

  /// The histogram of one sample, with counts, or with densities if there is a density to compare with.
  public init(
    _ title: String, x: Axis = Axis(), values: [Double], name: String = "sample", bins: Int? = nil,
    densityName: String = "density", density: (@Sendable (Double) -> Double)? = nil
  ) {
    self.init(title, x: x, samples: [(name, values)], bins: bins, densityName: densityName, density: density)
  }

  /// Draws frame, bars and density.
  public func draw(on canvas: inout Canvas, size: Canvas.Size) { draw(on: &canvas, in: size) }

  var axes: (x: Axis?, y: Axis) { (x, Axis(showsDensity ? "density" : "count")) }
  var extent: Companions { Companions(x: edges, y: heights.flatMap { $0 } + curve.map(\.y)) }

  func scales(countX: Int, countY: Int) -> (x: Scale, y: Scale) {
    let own = extent
    return (
      Scale(x, values: own.x + companions.x, margin: .none, count: countX),
      Scale(axes.y, values: own.y + companions.y + [0], margin: .toTicks, count: countY)
    )
  }

  var legend: Legend {
    let bars = samples.enumerated().map { Legend.Entry(name: $1.name, index: $0, look: .area) }
    return Legend(
      bars + (density == nil ? [] : [Legend.Entry(name: densityName, index: samples.count, look: .curve)]))
  }

  func occupied(_ x: Scale, _ y: Scale) -> [Point] {
    (heights.flatMap { Self.outline(edges, $0) } + curve).flatMap { point -> [Point] in
      guard let right = x.share(point.x), let up = y.share(point.y) else { return [] }
      return stride(from: 0.0, through: 1, by: 0.05).map { Point(x: right, y: up * $0) }
    }
  }

  func drawData(on canvas: inout Canvas, _ frame: Frame) {
    canvas.clipped(to: frame.plot) { canvas in
      for (index, heights) in heights.enumerated() {
        let color = canvas.theme.color(index)
        let outline = Self.outline(edges, heights).compactMap { frame.place($0.x, max($0.y, frame.y.low)) }
        canvas.fill([outline], color: color, opacity: samples.count > 1 ? 0.3 : 0.6)
        canvas.path([outline], color: color, width: samples.count > 1 ? 1.8 : 1)
      }
      let curve = curve.compactMap { frame.place($0.x, $0.y) }
      canvas.path(curve.count > 1 ? [curve] : [], color: canvas.theme.color(samples.count), width: 2.2)
    }
  }

  /// Whether the bars show densities: counts of samples of different sizes are not comparable.
  var showsDensity: Bool { density != nil || samples.count > 1 }

  /// The height of every bin, for every sample: n/(N·Δ) as a density.
  var heights: [[Double]] {
    let edges = edges
    return samples.map { sample in
      let counts = Self.counts(sample.values, edges)
      let total = max(1, counts.reduce(0, +))
      return counts.enumerated().map { showsDensity ? $1 / (total * (edges[$0 + 1] - edges[$0])) : $1 }
    }
  }

  /// The points of the density's curve.
  var curve: [Point] {
    guard let density, let low = edges.first, let high = edges.last else { return [] }
    return stride(from: 0.0, through: 200, by: 1).map { step in
      let x = low + (high - low) * step / 200
      return Point(x: x, y: density(x))
    }.filter { $0.y.isFinite }
  }

  private static func outline(_ edges: [Double], _ heights: [Double]) -> [Point] {
    guard let first = edges.first, let last = edges.last else { return [] }
    let steps = heights.enumerated().flatMap { index, height in
      [Point(x: edges[index], y: height), Point(x: edges[index + 1], y: height)]
    }
    return [Point(x: first, y: 0)] + steps + [Point(x: last, y: 0)]
  }
}
