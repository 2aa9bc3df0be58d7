import Messages

/// One axis of a chart: its label, its scale, and optionally its range.
public struct Axis: Sendable {
  /// The meaning of equal steps along the axis.
  public enum Kind: Sendable {
    /// Equal steps are equal differences.
    case linear
    /// Equal steps are equal ratios. Values that are not positive are left out.
    case logarithmic
  }

  /// The label of the axis, with its unit.
  public var label: String
  /// The kind of scale.
  public var kind: Kind
  /// The range of values; nil to use that of the data.
  public var range: ClosedRange<Double>?

  /// An axis labelled `label`.
  public init(_ label: String = "", _ kind: Kind = .linear, range: ClosedRange<Double>? = nil) {
    (self.label, self.kind, self.range) = (label, kind, range)
  }
}

/// A named list of points, or of the values of one group of bars.
public struct Series: Sendable {
  /// The style in which a series is drawn.
  public enum Style: Sendable {
    /// A line through the points.
    case line
    /// Only the points.
    case points
    /// A line, and a marker at every point.
    case both
  }

  /// The name in the legend.
  public var name: String
  /// The horizontal positions.
  public var x: [Double]
  /// The vertical positions. A value that is not finite leaves a gap.
  public var y: [Double]
  /// The lower and upper ends of an interval around every point.
  public var band: (low: [Double], high: [Double])?
  /// The style.
  public var style: Style

  /// The points (xᵢ, yᵢ), with xᵢ = 1, 2, 3 … if `x` is omitted, such as the epochs of a training run.
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
      "cannot draw series “\(name)”: its band has \(band?.low.count ?? 0) lower and \(band?.high.count ?? 0) upper "
        + "values for \(y.count) points")
  }
}
