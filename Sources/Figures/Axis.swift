import Messages

/// One axis of a chart: what it shows, on which scale, and optionally from where to where.
public struct Axis: Sendable {
  /// How equal steps along the axis are to be read.
  public enum Kind: Sendable {
    /// Equal steps are equal differences.
    case linear
    /// Equal steps are equal ratios; values that are not positive are left out.
    case logarithmic
  }

  /// What the axis shows, with its unit.
  public var label: String
  /// How equal steps are to be read.
  public var kind: Kind
  /// The values shown, or nil to follow the data.
  public var range: ClosedRange<Double>?

  /// An axis called `label`.
  public init(_ label: String = "", _ kind: Kind = .linear, range: ClosedRange<Double>? = nil) {
    (self.label, self.kind, self.range) = (label, kind, range)
  }
}

/// A named list of points, or of the values of one group of bars.
public struct Series: Sendable {
  /// What a series is drawn with.
  public enum Style: Sendable {
    /// A line through the points.
    case line
    /// The points alone.
    case points
    /// A line, and a marker at every point.
    case both
  }

  /// The name in the legend.
  public var name: String
  /// The horizontal positions.
  public var x: [Double]
  /// The vertical positions; a value that is not finite leaves a gap.
  public var y: [Double]
  /// The lower and upper ends of an interval around every point.
  public var band: (low: [Double], high: [Double])?
  /// What the points are drawn with.
  public var style: Style

  /// The points (xᵢ, yᵢ), with xᵢ = 1, 2, 3 … where `x` is left out: the epochs of a training run.
  public init(
    _ name: String = "", x: [Double]? = nil, _ y: [Double], band: (low: [Double], high: [Double])? = nil,
    style: Style = .line
  ) {
    self.name = name
    self.x = x ?? y.indices.map { Double($0 + 1) }
    self.y = y
    self.band = band
    self.style = style
    require(
      self.x.count == y.count,
      "cannot draw series “\(name)”: it has \(self.x.count) values of x and \(y.count) values of y")
    require(
      band.map { $0.low.count == y.count && $0.high.count == y.count } ?? true,
      "cannot draw series “\(name)”: its band has \(band?.low.count ?? 0) lower and \(band?.high.count ?? 0) upper values "
        + "for \(y.count) points")
  }
}
