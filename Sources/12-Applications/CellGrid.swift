// § 12.1.1  Which cell predicts which box, and in which numbers

import Messages

/// The width and the height of boxes that a cell starts from, in pixels.
public struct Anchor: Sendable, Equatable {
  /// The sides.
  public let width, height: Double

  /// The anchor with these sides.
  public init(width: Double, height: Double) { (self.width, self.height) = (width, height) }

  /// The anchor with this ratio of its width to its height, and the area of a square with this side.
  public init(ratio: Double, side: Double) {
    self.init(width: side * ratio.squareRoot(), height: side / ratio.squareRoot())
  }

  /// The intersection over the union with a box of the same centre.
  public func intersectionOverUnion(with box: BoundingBox) -> Double {
    let common = min(width, box.width) * min(height, box.height)
    return common / (width * height + box.area - common)
  }
}

/// A square image, cut into squares: cell (i, j) is in row i and column j. § 12.1.1
public struct CellGrid: Sendable, Equatable {
  /// The sides of the image and of a cell, in pixels.
  public let side, cell: Int
  /// The boxes that every cell starts from; their sides are the units of b_w and b_h.
  public let anchors: [Anchor]
  /// The boxes for this grid have no side of this length or more.
  public let limit: Double

  /// A grid of cells in which boxes are measured in cells: the one anchor is the cell itself.
  public init(side: Int = 32, cell: Int, limit: Double = .infinity) {
    self.init(
      side: side, cell: cell, anchors: [Anchor(width: Double(cell), height: Double(cell))], limit: limit)
  }

  /// A grid of cells with these anchors. Stops the program if the cells do not fill the image.
  public init(side: Int, cell: Int, anchors: [Anchor], limit: Double = .infinity) {
    require(
      cell >= 1 && side.isMultiple(of: cell) && !anchors.isEmpty,
      "cannot cut \(side)×\(side) pixels into cells of \(cell)×\(cell) with \(anchors.count) anchors: the side must be "
        + "a multiple of the cell, and at least one anchor is needed")
    (self.side, self.cell, self.anchors, self.limit) = (side, cell, anchors, limit)
  }

  /// The number of cells in a row.
  public var cells: Int { side / cell }
}

/// One of the places at which a detector can predict a box: a cell of a grid, and one of its anchors.
public struct CellPlace: Sendable, Hashable {
  /// The grid.
  public let scale: Int
  /// The anchor among those of the grid.
  public let anchor: Int
  /// The row i and the column j of the cell.
  public let row, column: Int

  /// The place of an anchor in a cell.
  public init(scale: Int = 0, anchor: Int = 0, row: Int, column: Int) {
    (self.scale, self.anchor, self.row, self.column) = (scale, anchor, row, column)
  }
}

/// Where the boxes of an image are predicted: one grid, as in § 12.1.1, or a finer one for small boxes and a coarser
/// one for large ones, as in the single-shot detector. Liu et al. (2016)
public struct BoxLayout: Sendable, Equatable {
  /// The grids, the finest first.
  public let grids: [CellGrid]

  /// A layout of these grids. Stops the program unless the last one takes boxes of any size.
  public init(_ grids: [CellGrid]) {
    require(
      grids.last?.limit == .infinity && grids.allSatisfy { $0.side == grids[0].side },
      "cannot predict boxes on \(grids.count) grids with limits \(grids.map(\.limit)): grids of the same image are "
        + "needed, and the last one without a limit")
    self.grids = grids
  }

  /// One grid of 4×4 cells for 32×32 pixels. § 12.1.1
  public static let oneScale = BoxLayout([CellGrid(cell: 8)])
  /// Cells of 4 pixels for boxes with sides below 12, and cells of 8 pixels for all others.
  public static let twoScales = BoxLayout([CellGrid(cell: 4, limit: 12), CellGrid(cell: 8)])
  /// The same cells with three boxes in each: tall, square and wide.
  public static let threeRatios = BoxLayout(
    [(4, 8.0, 12.0), (8, 13, .infinity)].map { cell, side, limit in
      CellGrid(
        side: 32, cell: cell, anchors: [0.5, 1, 2].map { Anchor(ratio: $0, side: side) }, limit: limit)
    })

  /// The number of places.
  public var count: Int { grids.reduce(0) { $0 + $1.anchors.count * $1.cells * $1.cells } }

  /// The place of a box: the first grid that takes its longer side, the cell that holds its centre, and the anchor that
  /// it overlaps most.
  ///
  /// A centre on the border of two cells is in the one to the right or below, so every box has one place.
  public func place(of box: BoundingBox) -> CellPlace {
    let scale = grids.firstIndex { max(box.width, box.height) < $0.limit } ?? grids.count - 1
    let grid = grids[scale]
    func cell(_ centre: Double) -> Int { min(max(Int((centre / Double(grid.cell)).rounded(.down)), 0), grid.cells - 1) }
    let overlaps = grid.anchors.map { $0.intersectionOverUnion(with: box) }
    let anchor = overlaps.indices.reduce(0) { overlaps[$1] > overlaps[$0] ? $1 : $0 }
    return CellPlace(scale: scale, anchor: anchor, row: cell(box.y), column: cell(box.x))
  }

  /// (b_x, b_y, b_w, b_h) of a box at a place: its centre from the cell's corner in cells, and its sides in those of
  /// the anchor. § 12.1.1
  public func encoded(_ box: BoundingBox, at place: CellPlace) -> [Double] {
    let (cell, anchor) = (Double(grids[place.scale].cell), grids[place.scale].anchors[place.anchor])
    return [
      box.x / cell - Double(place.column), box.y / cell - Double(place.row), box.width / anchor.width,
      box.height / anchor.height,
    ]
  }

  /// The box of four numbers at a place. § 12.1.1
  public func decoded(_ b: [Double], at place: CellPlace) -> BoundingBox {
    let (cell, anchor) = (Double(grids[place.scale].cell), grids[place.scale].anchors[place.anchor])
    return BoundingBox(
      x: (b[0] + Double(place.column)) * cell, y: (b[1] + Double(place.row)) * cell, width: b[2] * anchor.width,
      height: b[3] * anchor.height)
  }

  /// The number of a place in the order of a detector's outputs: grid, anchor, row, column.
  public func index(of place: CellPlace) -> Int {
    let before = grids[..<place.scale].reduce(0) { $0 + $1.anchors.count * $1.cells * $1.cells }
    let cells = grids[place.scale].cells
    return before + (place.anchor * cells + place.row) * cells + place.column
  }

  /// All places in the order of a detector's outputs.
  public var places: [CellPlace] {
    grids.enumerated().flatMap { scale, grid in
      grid.anchors.indices.flatMap { anchor in
        (0..<grid.cells * grid.cells).map {
          CellPlace(scale: scale, anchor: anchor, row: $0 / grid.cells, column: $0 % grid.cells)
        }
      }
    }
  }
}
