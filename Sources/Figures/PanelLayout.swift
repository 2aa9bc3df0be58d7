/// The positions of panels on the page.
struct PanelLayout {
  /// A panel and its position. A chart's legend has a position too.
  struct Cell {
    var figure: any Figure
    var box: Rectangle
    var place: Legend.Place?
  }

  let heading: [String]
  private(set) var cells: [Cell] = []
  /// The legend that all charts share, and its start.
  private(set) var legend: Legend?
  private(set) var legendTop = 0.0
  /// The margins of all charts around their plots.
  private(set) var margins: Margins?
  private(set) var size: Canvas.Size

  /// The layout of these panels, with at most this many in a row.
  init(title: String, _ figures: [any Figure], columns: Int) {
    let grid = PanelGrid(figures, columns: columns)
    let width = max(240, grid.widths.reduce(0, +))
    heading = Lettering.lines(title, room: width - 32, size: 18)
    size = Canvas.Size(width: width, height: heading.isEmpty ? 0 : 16 + 24 * Double(heading.count))
    let charts = grid.figures.enumerated().compactMap { place, figure in
      (figure as? any Chart).map { (place: place, chart: $0, width: grid.widths[place % grid.columns]) }
    }
    let height = charts.map { $0.chart.size.height * grid.heightShare }.max() ?? 0
    let extents = charts.map { Canvas.Size(width: $0.width, height: height) }
    margins = zip(charts, extents).map { $0.chart.margins($1) }.reduce(nil) { $0?.united(with: $1) ?? $1 }
    let margins = margins
    let plots = extents.map { margins?.plot(in: $0) ?? Rectangle(x: 0, y: 0, width: 0, height: 0) }
    let (places, common) = Self.legends(charts.map(\.chart), plots, extents)
    let foot = places.map(\.foot).max() ?? 0
    for start in stride(from: 0, to: grid.figures.count, by: grid.columns) {
      let row = grid.figures[start..<min(start + grid.columns, grid.figures.count)]
      let rowHeight = row.map { $0 is any Chart ? height + foot : $0.size.height }.max() ?? 0
      var x = 0.0
      for (figure, width) in zip(row, grid.widths) {
        let own = figure is any Chart ? Canvas.Size(width: width, height: rowHeight) : figure.size
        let box = Rectangle(x: x, y: size.height, width: own.width, height: own.height)
        let chart = charts.firstIndex { $0.place == cells.count }
        cells.append(Cell(figure: figure, box: box, place: chart.map { places[$0] }))
        x += width
      }
      size.height += rowHeight
    }
    if let common {
      (legend, legendTop) = (common, size.height)
      size.height += common.size(room: size.width - 32).height + 12
    }
  }

  /// The placement of the charts' legends: one below all charts, or all inside their plots, or all below their plots.
  private static func legends(
    _ charts: [any Chart], _ plots: [Rectangle], _ extents: [Canvas.Size]
  ) -> (places: [Legend.Place], common: Legend?) {
    let legends = charts.map(\.legend)
    if legends.filter({ !$0.entries.isEmpty }).count > 1, let common = Legend.common(legends) {
      return (charts.map { _ in .nowhere }, common)
    }
    let places = charts.indices.map { index -> Legend.Place in
      let (x, y) = charts[index].scales(extents[index])
      if legends[index].entries.isEmpty { return .nowhere }
      let box = legends[index].freeBox(in: plots[index], avoiding: charts[index].occupied(x, y))
      return box.map { .inside($0) } ?? legends[index].below(plots[index])
    }
    let foot = zip(legends, plots).map { $0.entries.isEmpty ? 0 : $0.below($1).foot }.max() ?? 0
    return (places.contains { $0.foot > 0 } ? places.map { _ in .below(height: foot) } : places, nil)
  }
}

extension Legend.Place {
  /// The height of the legend at the bottom of a drawing.
  fileprivate var foot: Double { if case .below(let height) = self { height } else { 0 } }
}

/// The number of panels in a row, and their widths.
struct PanelGrid {
  let columns: Int
  /// The panels, reduced if they would not fit on a page otherwise.
  let figures: [any Figure]
  /// The width of every column.
  let widths: [Double]

  /// The factor for a chart's height in panels. Its width is reduced more, because its letters keep their size.
  var heightShare: Double { columns == 1 ? 1 : columns == 2 ? 0.65 : 0.55 }

  private static let narrowest = 220.0

  /// As many columns, and as large cells and pixels, as fit on a page. Cells and pixels shrink to half their size
  /// before a column is dropped.
  init(_ figures: [any Figure], columns wanted: Int) {
    let most = max(1, min(wanted, figures.count))
    let shares = stride(from: 1.0, to: 0.49, by: -0.05)
    for columns in (1...most).reversed() {
      for share in columns == 1 ? Array(shares) + [0.4, 0.3, 0.2] : Array(shares) {
        let scaled = Self.scaled(figures, share, columns: columns)
        guard let widths = Self.widths(scaled, columns: columns) else { continue }
        (self.columns, self.figures, self.widths) = (columns, scaled, widths)
        return
      }
    }
    (self.columns, self.figures) = (1, figures)
    widths = [figures.map(\.size.width).max() ?? 0]
  }

  /// The width of every column, or nil if the page is too narrow for all of them.
  private static func widths(_ figures: [any Figure], columns: Int) -> [Double]? {
    let members = (0..<columns).map { column in figures.indices.filter { $0 % columns == column }.map { figures[$0] } }
    let fixed = members.map { column in column.filter { !($0 is any Chart) }.map(\.size.width).max() ?? 0 }
    let isFlexible = members.map { column in column.contains { $0 is any Chart } }
    let flexible = Double(isFlexible.count { $0 })
    let taken = zip(fixed, isFlexible).reduce(0) { $0 + ($1.1 ? 0 : $1.0) }
    let room = flexible == 0 ? 0 : (Page.width - taken) / flexible
    let most = columns == 1 ? figures.map(\.size.width).max() ?? 0 : Page.width / Double(min(2, columns))
    let widths = zip(fixed, isFlexible).map { $1 ? max($0, min(room, most)) : $0 }
    guard flexible == 0 || room >= narrowest, widths.reduce(0, +) <= Page.width + 0.01 else { return nil }
    return widths
  }

  /// The figures with cells and pixels reduced by this factor. Of the maps in a row with the same colours, only one has
  /// the colour bar.
  private static func scaled(_ figures: [any Figure], _ share: Double, columns: Int) -> [any Figure] {
    figures.indices.map { index in
      if var grid = figures[index] as? ImageGrid {
        grid.share *= share
        return grid
      }
      guard var map = figures[index] as? HeatMap else { return figures[index] }
      map.share *= share
      let next = (index + 1) % columns > 0 && index + 1 < figures.count ? figures[index + 1] as? HeatMap : nil
      map.showsColorBar = !(next.map { $0.colors == map.colors && $0.ends == map.ends } ?? false)
      return map
    }
  }
}
