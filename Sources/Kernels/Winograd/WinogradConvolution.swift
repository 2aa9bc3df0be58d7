// The fast convolution in its three steps, for some rows of tiles at a time, so that the intermediate results stay in
// the cache.

/// A convolution with a kernel of 3 × 3, or its transpose.
struct WinogradConvolution: Sendable {
  private let shape: WinogradShape
  private let source: Region
  private let kernels: WinogradKernels
  private let bias: Region?
  private let result: Buffer
  /// The number of rows of tiles computed at a time, and the number of panels that their tiles fill.
  private let bandsAtATime, panels: Int

  private var filters: Int { shape.filters }
  private var channels: Int { shape.channels }
  /// The size of one panel: a row for every channel or filter, and one more, so that the positions of a tile do not
  /// share lines of the first-level cache.
  private var sourcePanel: Int { (channels + 1) * Float.tileColumns }
  private var sumsPanel: Int { (kernels.filterRows + 1) * Float.tileColumns }

  /// Computes y = x ∗ weight + bias; nil if the fast algorithm does not pay.
  init?(_ shape: ConvolutionShape, _ x: Region, _ weight: Region, _ bias: Region?, _ y: Buffer) {
    guard let tiles = WinogradShape(shape) else { return nil }
    let kernels = WinogradKernels(
      weight, filters: shape.filters, channels: shape.channels, strides: (9 * shape.channels, 9), isTurned: false)
    self.init(tiles, x, kernels, bias, y)
  }

  /// Computes x, what y contributes along the weights, plus bias; nil if the fast algorithm does not pay.
  init?(transposed shape: ConvolutionShape, _ y: Region, _ weight: Region, _ bias: Region?, _ x: Buffer) {
    guard let tiles = WinogradShape(transposed: shape) else { return nil }
    let kernels = WinogradKernels(
      weight, filters: shape.channels, channels: shape.filters, strides: (9, 9 * shape.channels), isTurned: true)
    self.init(tiles, y, kernels, bias, x)
  }

  private init(
    _ shape: WinogradShape, _ source: Region, _ kernels: WinogradKernels, _ bias: Region?, _ result: Buffer
  ) {
    (self.shape, self.source, self.kernels, self.bias, self.result) = (shape, source, kernels, bias, result)
    let panelBytes = 64 * (shape.channels + shape.filters) * Float.tileColumns
    let isLarge = 64 * shape.channels * shape.filters > mostBlockBytes
    let number = max(isLarge ? 4 : 1, mostBlockBytes / panelBytes)
    bandsAtATime = max(1, min(shape.bands, number * Float.tileColumns / shape.pitch))
    panels = (bandsAtATime * shape.pitch + Float.tileColumns - 1) / Float.tileColumns
  }

  func compute() {
    let kernels = kernels.transformed()
    let blocks = (shape.bands + bandsAtATime - 1) / bandsAtATime
    parallel(blocks) { block in
      let bands = block * bandsAtATime..<min(shape.bands, (block + 1) * bandsAtATime)
      let tiles = Buffer(.float, count: 16 * panels * sourcePanel + Float.tileColumns)
      let sums = Buffer(.float, count: 16 * panels * sumsPanel)
      transformSource(bands, into: tiles.pointer(Float.self))
      multiply(kernels.pointer(Float.self), tiles.pointer(Float.self), into: sums.pointer(Float.self))
      transformSums(bands, sums.pointer(Float.self))
      withExtendedLifetime((kernels, tiles, sums)) {}
    }
  }

  // MARK: - Bᵀ d B

  /// Transforms the tiles of some bands: for each position panels of channels × tiles. Vectors hold neighbouring tiles.
  private func transformSource(_ bands: Range<Int>, into tiles: UnsafeMutablePointer<Float>) {
    let lines = WinogradLines(shape, bands)
    for c in 0..<channels {
      lines.fill(c, of: source.pointer(Float.self))
      for t in stride(from: 0, to: bands.count * shape.pitch, by: FloatTileVector.scalarCount) {
        let (panel, lane) = t.quotientAndRemainder(dividingBy: Float.tileColumns)
        transformTiles(
          lines, t, into: tiles + panel * sourcePanel + c * Float.tileColumns + lane, placeStride: panels * sourcePanel)
      }
    }
  }

  @inline(__always)
  private func transformTiles(
    _ lines: WinogradLines, _ t: Int, into target: UnsafeMutablePointer<Float>, placeStride: Int
  ) {
    let (first, second) = (transformedSource(lines[0, t]), transformedSource(lines[1, t]))
    let (third, fourth) = (transformedSource(lines[2, t]), transformedSource(lines[3, t]))
    let columns = (
      transformedSource((first.0, second.0, third.0, fourth.0)),
      transformedSource((first.1, second.1, third.1, fourth.1)),
      transformedSource((first.2, second.2, third.2, fourth.2)),
      transformedSource((first.3, second.3, third.3, fourth.3))
    )
    store(columns, target, placeStride)
  }

  // MARK: - The sum over the channels

  /// Multiplies the kernels by the tiles, for each position.
  private func multiply(
    _ kernels: UnsafePointer<Float>, _ tiles: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Float>
  ) {
    for place in 0..<16 {
      let kernels = kernels + place * self.kernels.filterRows * channels
      for panel in place * panels..<(place + 1) * panels {
        for f in stride(from: 0, to: filters, by: tileRows) {
          let part = TilePart(Float.self, rows: min(tileRows, filters - f), columns: Float.tileColumns)
          Float.computeTile(
            part, kernels + f * channels, tiles + panel * sourcePanel, depth: channels,
            into: sums + panel * sumsPanel + f * Float.tileColumns, rowStride: Float.tileColumns, adding: false)
        }
      }
    }
  }

  // MARK: - Aᵀ m A

  /// Writes the results of some bands.
  private func transformSums(_ bands: Range<Int>, _ sums: UnsafePointer<Float>) {
    let lanes = FloatTileVector.scalarCount
    let (part, plane) = (min(lanes, shape.pitch), shape.rows.result * shape.columns.result)
    // Where the bands begin in the first filter's plane, and how many of their two lines are in it.
    let places = bands.map { band in
      let (image, i) = band.quotientAndRemainder(dividingBy: shape.bandsPerImage)
      return (image * filters * plane + 2 * i * shape.columns.result, min(2, shape.rows.result - 2 * i))
    }
    let lines = Buffer(.float, count: 4 * lanes)
    for f in 0..<filters {
      let bias = FloatTileVector(repeating: bias.map { $0.pointer(Float.self)[f] } ?? 0)
      let result = result.pointer(Float.self, at: f * plane)
      var (next, first) = (0, 0)
      for q in stride(from: 0, to: bands.count * shape.pitch, by: lanes) {
        let (panel, lane) = q.quotientAndRemainder(dividingBy: Float.tileColumns)
        let sums = sums + panel * sumsPanel + f * Float.tileColumns + lane
        transformTiles(sums, placeStride: panels * sumsPanel, bias, into: lines.pointer(Float.self))
        for t in stride(from: 0, to: lanes, by: part) where next < places.count {
          let (place, rows) = places[next]
          write(lines.pointer(Float.self, at: 2 * t), first, part, rows, result + place)
          first += part
          if first == shape.pitch { (next, first) = (next + 1, 0) }
        }
      }
    }
    withExtendedLifetime(lines) {}
  }

  /// The results of a vector of tiles: the upper line, then the lower one.
  @inline(__always)
  private func transformTiles(
    _ sums: UnsafePointer<Float>, placeStride: Int, _ bias: FloatTileVector, into lines: UnsafeMutablePointer<Float>
  ) {
    let sums = UnsafeRawPointer(sums)
    @inline(__always)
    func row(_ row: Int) -> (FloatTileVector, FloatTileVector) {
      let place = sums + 16 * row * placeStride
      // Two filters ahead.
      for column in 0..<4 { prefetch(place + 4 * column * placeStride + 8 * Float.tileColumns) }
      return transformedSums(
        (
          place.load(as: FloatTileVector.self),
          place.load(fromByteOffset: 4 * placeStride, as: FloatTileVector.self),
          place.load(fromByteOffset: 8 * placeStride, as: FloatTileVector.self),
          place.load(fromByteOffset: 12 * placeStride, as: FloatTileVector.self)
        ))
    }
    let (first, second, third, fourth) = (row(0), row(1), row(2), row(3))
    let left = transformedSums((first.0, second.0, third.0, fourth.0))
    let right = transformedSums((first.1, second.1, third.1, fourth.1))
    store(left.0 + bias, right.0 + bias, lines)
    store(left.1 + bias, right.1 + bias, lines + 2 * FloatTileVector.scalarCount)
  }

  /// Writes some tiles of a band, starting at `first`, to the result; of those at the edge, the part in the image.
  @inline(__always)
  private func write(
    _ lines: UnsafePointer<Float>, _ first: Int, _ tiles: Int, _ rows: Int, _ band: UnsafeMutablePointer<Float>
  ) {
    let width = shape.columns.result
    let count = min(2 * tiles, width - 2 * first)
    for row in 0..<rows {
      let target = band + row * width + 2 * first
      copyRow(lines + 2 * row * FloatTileVector.scalarCount, count, target)
      // The next plane is too far away for the processor to predict.
      for i in stride(from: 0, to: count, by: 16) { prefetch(target + shape.rows.result * width + i) }
    }
  }
}

/// Writes the numbers of two vectors alternately.
@inline(__always)
private func store(_ left: FloatTileVector, _ right: FloatTileVector, _ target: UnsafeMutablePointer<Float>) {
  let target = UnsafeMutableRawPointer(target)
  var (low, high) = (FloatTileVector.zero, FloatTileVector.zero)
  (low.evenHalf, low.oddHalf) = (left.lowHalf, right.lowHalf)
  (high.evenHalf, high.oddHalf) = (left.highHalf, right.highHalf)
  target.storeBytes(of: low, as: FloatTileVector.self)
  target.storeBytes(of: high, toByteOffset: MemoryLayout<FloatTileVector>.size, as: FloatTileVector.self)
}

/// The maximum memory for intermediate results: half of the second-level cache.
private let mostBlockBytes = 1 << 19
