import Messages

/// Groups of vertical bars, one group per category and one bar per series, with their values above them.
public struct BarChart: Figure, Chart {
  /// The heading.
  public var title: String
  /// The categories that group the bars.
  public var categories: [String]
  /// The label of the category axis.
  public var categoryLabel: String
  /// The vertical axis.
  public var y: Axis
  /// The bars: value i of a series belongs to category i.
  public var series: [Series]
  /// The C format of the values above the bars, or nil to print none.
  public var format: String?
  /// The natural extent.
  public var size = Canvas.Size(width: 640, height: 400)
  var companions = Companions()

  /// The bars of `series` in each of `categories`. A band becomes an error bar.
  public init(
    _ title: String, categories: [String], categoryLabel: String = "", y: Axis = Axis(), series: [Series],
    format: String? = "%.3g"
  ) {
    for one in series {
      require(
        one.y.count == categories.count,
        "cannot draw bars “\(one.name)”: \(one.y.count) values for \(categories.count) categories")
    }
    (self.title, self.categories, self.categoryLabel) = (title, categories, categoryLabel)
    (self.y, self.series, self.format) = (y, series, format)
  }

  /// The bars of one list of values.
  public init(
    _ title: String, categories: [String], categoryLabel: String = "", y: Axis = Axis(), values: [Double],
    format: String? = "%.3g"
  ) {
    self.init(
      title, categories: categories, categoryLabel: categoryLabel, y: y, series: [Series("", values)], format: format)
  }

  /// Draws frame, bars, error bars and values.
  public func draw(on canvas: inout Canvas, size: Canvas.Size) { draw(on: &canvas, in: size) }

  var axes: (x: Axis?, y: Axis) { (nil, y) }
  var labels: (x: String, y: String) { (categoryLabel, y.label) }
  var extent: Companions {
    Companions(y: series.flatMap { $0.y + ($0.band.map { $0.low + $0.high } ?? []) })
  }
  var legend: Legend {
    Legend(series.enumerated().map { index, series in Legend.Entry(name: series.name, index: index, look: .area) })
  }

  func scales(countX: Int, countY: Int) -> (x: Scale, y: Scale) { (Scale(places: categories), heights(count: countY)) }

  func drawData(on canvas: inout Canvas, _ frame: Frame) {
    canvas.clipped(to: frame.plot) { drawBars(on: &$0, frame) }
    if let zero = frame.place(frame.x.low, base(frame.y)) {
      canvas.line(from: zero, to: Point(x: frame.plot.right, y: zero.y), color: canvas.theme.axis)
    }
    drawValues(on: &canvas, frame)
  }

  /// The scale of the values, which includes 0 unless it is logarithmic.
  func heights(count: Int) -> Scale {
    let values = extent.y + companions.y
    guard y.kind == .linear else { return Scale(y, values: values, margin: .little, count: count) }
    let finite = values.filter(\.isFinite) + [0]
    let room = ((finite.max() ?? 0) - (finite.min() ?? 0)) * (format == nil ? 0 : 0.1)
    let ends = finite.map { $0 < 0 ? $0 - room : $0 > 0 ? $0 + room : 0 }
    let range = y.range ?? (ends.min() ?? 0)...(ends.max() ?? 1)
    return Scale(
      Axis(y.label, range: range.upperBound > range.lowerBound ? range : 0...1), values: [], margin: .none, count: count
    )
  }

  func base(_ scale: Scale) -> Double { scale.isLogarithmic ? scale.low : max(scale.low, min(scale.high, 0)) }

  /// The middle of a bar on the horizontal scale, and the width of a bar.
  private func bar(_ category: Int, _ index: Int) -> (middle: Double, width: Double) {
    let width = 0.76 / Double(max(1, series.count))
    return (Double(category) + (Double(index) - Double(series.count - 1) / 2) * width, width)
  }

  private func drawBars(on canvas: inout Canvas, _ frame: Frame) {
    for (index, one) in series.enumerated() {
      for (category, value) in one.y.enumerated() {
        let (middle, width) = bar(category, index)
        guard let top = frame.place(middle - width / 2, value),
          let foot = frame.place(middle + width / 2, base(frame.y))
        else { continue }
        let gap = min(2, (foot.x - top.x) * 0.1)
        let box = Rectangle(
          x: top.x + gap / 2, y: min(top.y, foot.y), width: foot.x - top.x - gap, height: abs(foot.y - top.y))
        canvas.fill(box, color: canvas.theme.color(index))
        guard let band = one.band, let low = frame.place(middle, band.low[category]),
          let high = frame.place(middle, band.high[category])
        else { continue }
        canvas.path([[low, high]], color: canvas.theme.ink, width: 1.4)
      }
    }
  }

  private func drawValues(on canvas: inout Canvas, _ frame: Frame) {
    guard let format else { return }
    let room = bar(0, 0).width / (frame.x.high - frame.x.low) * frame.plot.width
    for (index, one) in series.enumerated() {
      let texts = one.y.map { NumberText.formatted($0, format) }
      let size = [11.0, 10, 9].first { size in texts.allSatisfy { Lettering.width($0, size: size) <= room - 1 } }
      guard let size else { continue }
      for (category, value) in one.y.enumerated() {
        let end = one.band.map { value < 0 ? $0.low[category] : $0.high[category] } ?? value
        guard let place = frame.place(bar(category, index).middle, end), frame.plot.contains(place) else { continue }
        let down = value < 0 && !frame.y.isLogarithmic
        canvas.text(
          texts[category], at: Point(x: place.x, y: place.y + (down ? size + 3 : -5)), size: size, anchor: .middle)
      }
    }
  }

  func occupied(_ x: Scale, _ y: Scale) -> [Point] {
    series.enumerated().flatMap { index, one in
      one.y.enumerated().flatMap { category, value -> [Point] in
        let (middle, width) = bar(category, index)
        guard let top = y.share(value), let foot = y.share(base(y)) else { return [] }
        let sides = [-0.5, 0, 0.5].compactMap { x.share(middle + $0 * width) }
        let room = format == nil ? 0 : value < 0 ? -0.06 : 0.06
        return sides.flatMap { side in
          stride(from: 0.0, through: 1, by: 0.05).map { Point(x: side, y: foot + $0 * (top + room - foot)) }
        }
      }
    }
  }
}
