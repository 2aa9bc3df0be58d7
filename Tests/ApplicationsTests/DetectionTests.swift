import Applications
import Checking
import DataSets
import Tensors
import Testing

@Suite("§ 12.1.1  Boxes, suppression and average precision")
struct DetectionTests {
  @Test("§ 12.1.1: the intersection over union counts pixels: whole boxes as sets of pixels give the same")
  func overlap() {
    let random = RandomSource(seed: 1)
    func box() -> (pixels: Set<Int>, box: BoundingBox) {
      let (left, top) = (random.integer(below: 12), random.integer(below: 12))
      let (width, height) = (1 + random.integer(below: 8), 1 + random.integer(below: 8))
      let pixels = (top..<top + height).flatMap { row in (left..<left + width).map { row * 32 + $0 } }
      return (
        Set(pixels),
        BoundingBox(left: Double(left), top: Double(top), right: Double(left + width), bottom: Double(top + height))
      )
    }
    for _ in 0..<300 {
      let (a, b) = (box(), box())
      let counted = Double(a.pixels.intersection(b.pixels).count) / Double(a.pixels.union(b.pixels).count)
      #expect(abs(a.box.intersectionOverUnion(with: b.box) - counted) < 1e-15)
      #expect(a.box.intersectionOverUnion(with: b.box) == b.box.intersectionOverUnion(with: a.box))
      #expect(a.box.intersectionOverUnion(with: a.box) == 1)
    }
    let empty = BoundingBox(x: 3, y: 3, width: 0, height: 0)
    #expect(empty.intersectionOverUnion(with: empty) == 0)
  }

  private func square(_ left: Double, side: Double = 10) -> BoundingBox {
    BoundingBox(left: left, top: 0, right: left + side, bottom: side)
  }

  @Test("§ 12.1.1: suppression keeps the best of overlapping boxes of one class; what it suppressed suppresses nothing")
  func suppression() {
    // Neighbours are 3 pixels apart and overlap by 7/13; the first and the third overlap by 4/16.
    let chain = [(0.0, 0.9), (3, 0.8), (6, 0.7)].map { Detection(square($0.0), label: 0, score: $0.1) }
    #expect(suppressed(chain.reversed()) == [chain[0], chain[2]])
    let other = Detection(square(0), label: 1, score: 0.3)
    #expect(suppressed(chain + [other]) == [chain[0], chain[2], other])
    #expect(suppressed(chain, above: 0.6) == chain)
    #expect(suppressed(chain, above: 0.2) == [chain[0]])
  }

  @Test("§ 12.1.1: a precision curve computed by hand: right, wrong, right, wrong of three boxes give 5/9")
  func averagePrecision() {
    let truths = [
      [LabeledBox(square(0), label: 0), LabeledBox(square(40), label: 0)], [LabeledBox(square(0), label: 0)],
    ]
    let detections = [
      [
        Detection(square(1), label: 0, score: 0.9),  // right: 9/11
        Detection(square(0), label: 0, score: 0.8),  // wrong: the box is taken
      ],
      [
        Detection(square(2), label: 0, score: 0.7),  // right: 8/12
        Detection(square(20), label: 0, score: 0.6),  // wrong
        Detection(square(0), label: 1, score: 1),  // another class
      ],
    ]
    let curve = PrecisionCurve(of: detections, truths: truths, label: 0)
    #expect(curve.isRight == [true, false, true, false] && curve.truthCount == 3)
    let (precisions, recalls) = ([1, 0.5, 2.0 / 3, 0.5], [1.0 / 3, 1.0 / 3, 2.0 / 3, 2.0 / 3])
    #expect(curve.precisions == precisions && curve.recalls == recalls)
    #expect(abs(curve.averagePrecision - 5.0 / 9) < 1e-15)
    // With 0.75 only the first one is right; with an overlap of 9/11 asked for, it still is.
    #expect(
      abs(PrecisionCurve(of: detections, truths: truths, label: 0, overlap: 0.75).averagePrecision - 1.0 / 3) < 1e-15)
    #expect(PrecisionCurve(of: detections, truths: truths, label: 0, overlap: 9.0 / 11).isRight[0])
    #expect(PrecisionCurve(of: detections, truths: truths, label: 2).averagePrecision.isNaN)
    #expect(abs(meanAveragePrecision(of: detections, truths: truths, classes: 3) - 5.0 / 9) < 1e-15)
  }

  @Test("§ 12.1.1: the area is that under the best precision at each recall or above, so a late hit repairs the curve")
  func interpolated() {
    let truths = [
      [LabeledBox(square(0), label: 0), LabeledBox(square(40), label: 0), LabeledBox(square(80), label: 0)]
    ]
    let places = [(200.0, 0.9), (0, 0.8), (40, 0.7), (80, 0.6)]
    let curve = PrecisionCurve(
      of: [places.map { Detection(square($0.0), label: 0, score: $0.1) }], truths: truths, label: 0)
    let precisions: [Double] = [0, 1 / 2, 2 / 3, 3 / 4]
    #expect(curve.precisions == precisions)
    #expect(abs(curve.averagePrecision - 3.0 / 4) < 1e-15)
  }
}

@Suite("§ 12.1.1  Cells and boxes")
struct CellGridTests {
  /// All boxes of whole pixels in 32×32: 278,784 of them.
  private func forAllBoxes(_ body: (BoundingBox) -> Bool) -> Int {
    var wrong = 0
    for left in 0..<32 {
      for right in left + 1...32 {
        for top in 0..<32 {
          for bottom in top + 1...32
          where !body(
            BoundingBox(left: Double(left), top: Double(top), right: Double(right), bottom: Double(bottom)))
          { wrong += 1 }
        }
      }
    }
    return wrong
  }

  @Test(
    "§ 12.1.1: every box of whole pixels has one cell, and is decoded from its numbers exactly",
    arguments: [BoxLayout.oneScale, .twoScales])
  func roundTrip(layout: BoxLayout) {
    let wrong = forAllBoxes { box in
      let place = layout.place(of: box)
      let (b, grid) = (layout.encoded(box, at: place), layout.grids[place.scale])
      return layout.decoded(b, at: place) == box && 0..<1 ~= b[0] && 0..<1 ~= b[1]
        && 0..<grid.cells ~= place.row && 0..<grid.cells ~= place.column
    }
    #expect(wrong == 0)
  }

  @Test("§ 12.1.1: with anchors of three ratios every box is decoded to 1e-12")
  func ratios() {
    let layout = BoxLayout.threeRatios
    let wrong = forAllBoxes { box in
      let place = layout.place(of: box)
      let back = layout.decoded(layout.encoded(box, at: place), at: place)
      return [back.x - box.x, back.y - box.y, back.width - box.width, back.height - box.height].allSatisfy {
        abs($0) < 1e-12
      }
    }
    #expect(wrong == 0)
  }

  @Test("§ 12.1.1: a centre on the border of two cells is in the one to the right and below; the longer side chooses")
  func borders() {
    func box(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> BoundingBox {
      BoundingBox(x: x, y: y, width: width, height: height)
    }
    #expect(BoxLayout.oneScale.place(of: box(8, 16, 8, 8)) == CellPlace(row: 2, column: 1))
    #expect(BoxLayout.oneScale.place(of: box(7.5, 15.5, 9, 9)) == CellPlace(row: 1, column: 0))
    #expect(BoxLayout.twoScales.place(of: box(8, 16, 8, 11)) == CellPlace(row: 4, column: 2))
    #expect(BoxLayout.twoScales.place(of: box(8, 16, 8, 12)) == CellPlace(scale: 1, row: 2, column: 1))
    #expect(BoxLayout.twoScales.place(of: box(8, 16, 12, 4)).scale == 1)
  }

  @Test("§ 12.1.1: the places are numbered once, grid by grid, and there are 16, 80 and 240")
  func numbers() {
    for (layout, count) in [(BoxLayout.oneScale, 16), (.twoScales, 80), (.threeRatios, 240)] {
      #expect(layout.count == count && layout.places.map(layout.index) == Array(0..<count))
    }
  }

  @Test("§ 12.1.1: among anchors of one area the best is the one with the nearest ratio, by its closed form")
  func nearest() {
    let anchors = [0.5, 1, 2].map { Anchor(ratio: $0, side: 8) }
    for step in -60...60 {
      let logRatio = Double(step) / 40
      let ratio = Tensor(logRatio, scalarType: .double).exp().item
      let box = BoundingBox(x: 0, y: 0, width: 8 * ratio.squareRoot(), height: 8 / ratio.squareRoot())
      let distances = [0.5, 1.0, 2].map { abs(logRatio - Tensor($0, scalarType: .double).log().item) }
      for (anchor, distance) in zip(anchors, distances) {
        // The boxes share e^(−d/2) of the area.
        let share = Tensor(-distance / 2, scalarType: .double).exp().item
        #expect(abs(anchor.intersectionOverUnion(with: box) - share / (2 - share)) < 1e-12)
      }
      let sorted = distances.sorted()
      guard sorted[1] - sorted[0] > 1e-9 else { continue }
      let overlaps = anchors.map { $0.intersectionOverUnion(with: box) }
      #expect(overlaps.firstIndex(of: overlaps.max() ?? 0) == distances.firstIndex(of: sorted[0]))
      // The layout gives a box of its anchors' area to the anchor with this ratio.
      let long = BoundingBox(x: 16, y: 16, width: 13 / 8 * box.width, height: 13 / 8 * box.height)
      #expect(BoxLayout.threeRatios.place(of: long).anchor == distances.firstIndex(of: sorted[0]))
    }
  }

  @Test("§ 12.1.1: no two objects of a drawn scene have the same place, at one scale or two")
  func unique() {
    let truths = DrawnScenes(count: 400, from: RandomSource(seed: 5)).truths
    for layout in [BoxLayout.oneScale, .twoScales, .threeRatios] {
      #expect(CellTargets(truths, on: layout).lost == 0)
    }
    let twice = LabeledBox(BoundingBox(x: 4, y: 4, width: 6, height: 6), label: 0)
    let targets = CellTargets([[twice, twice]], on: .oneScale)
    #expect(targets.lost == 1 && targets.rows == [0])
  }
}
