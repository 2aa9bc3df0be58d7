// The fast convolution in its three steps, for some rows of tiles at a time, so that the intermediate results stay in
// the cache.

/// A convolution by tiles, or its transpose.
struct WinogradConvolution<Tiles: WinogradTiles>: Sendable {
  private let shape: WinogradShape<Tiles>
  private let source: Region
  private let kernels: WinogradKernels<Tiles>
  private let bias: Region?
  private let result: Buffer
  /// The number of rows of tiles computed at a time, and the number of panels that their tiles fill.
  private let bandsAtATime, panels: Int

  /// The number of channels with all phases.
  private var sources: Int { shape.sources }
  /// The size of one panel: a row for every channel or filter, and one more, so that the positions of a tile do not
  /// share lines of the first-level cache.
  private var sourcePanel: Int { (sources + 1) * Float.tileColumns }
  private var sumsPanel: Int { (kernels.filterRows + 1) * Float.tileColumns }

  /// Computes result = source ∗ weight + bias or, if it is transposed, what the source contributes along the weights,
  /// plus bias; nil if the fast algorithm does not pay.
  init?(
    _ shape: ConvolutionShape, _ source: Region, _ weight: Region, _ bias: Region?, _ result: Buffer,
    isTransposed: Bool = false
  ) {
    guard let tiles = WinogradShape<Tiles>(shape, isTransposed: isTransposed) else { return nil }
    (self.shape, self.source, self.bias, self.result) = (tiles, source, bias, result)
    kernels = WinogradKernels(weight, shape, isTransposed: isTransposed)
    let panelBytes = 4 * Tiles.places * (tiles.sources + tiles.results) * Float.tileColumns
    let isLarge = 4 * Tiles.places * tiles.sources * tiles.results > mostBlockBytes
    let number = max(isLarge ? 4 : 1, mostBlockBytes / panelBytes)
    bandsAtATime = max(1, min(tiles.bands, number * Float.tileColumns / tiles.pitch))
    panels = (bandsAtATime * tiles.pitch + Float.tileColumns - 1) / Float.tileColumns
  }

  func compute() {
    let kernels = kernels.transformed()
    let blocks = (shape.bands + bandsAtATime - 1) / bandsAtATime
    parallel(blocks) { block in
      let bands = block * bandsAtATime..<min(shape.bands, (block + 1) * bandsAtATime)
      let tiles = Buffer(.float, count: Tiles.places * panels * sourcePanel + Float.tileColumns)
      let sums = Buffer(.float, count: Tiles.places * panels * sumsPanel)
      transformSource(bands, into: tiles.pointer(Float.self))
      multiply(kernels.pointer(Float.self), tiles.pointer(Float.self), into: sums.pointer(Float.self))
      transformSums(bands, sums.pointer(Float.self))
      withExtendedLifetime((kernels, tiles, sums)) {}
    }
  }

  // MARK: - Bᵀ d B

  /// Transforms the tiles of some bands: for each position panels of channels × tiles. Vectors hold neighbouring tiles.
  private func transformSource(_ bands: Range<Int>, into tiles: UnsafeMutablePointer<Float>) {
    let phases = (0..<shape.rows.phases).flatMap { row in
      (0..<shape.columns.phases).map { WinogradLines(shape, phase: (row, $0), bands) }
    }
    for c in 0..<sources {
      let (channel, phase) = c.quotientAndRemainder(dividingBy: phases.count)
      let lines = phases[phase]
      lines.fill(channel, of: source.pointer(Float.self))
      for t in stride(from: 0, to: bands.count * shape.pitch, by: FloatTileVector.scalarCount) {
        let (panel, lane) = t.quotientAndRemainder(dividingBy: Float.tileColumns)
        let target = tiles + panel * sourcePanel + c * Float.tileColumns + lane
        store(
          Tiles.Source.of([lines[0, t], lines[1, t], lines[2, t], lines[3, t], Tiles.n > 4 ? lines[4, t] : noLine]),
          Tiles.n, target, rowStep: panels * sourcePanel, columnStep: Tiles.n * panels * sourcePanel)
      }
    }
  }

  // MARK: - The sum over the channels

  /// Multiplies the kernels by the tiles, for each position.
  private func multiply(
    _ kernels: UnsafePointer<Float>, _ tiles: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Float>
  ) {
    for place in 0..<Tiles.places {
      let kernels = kernels + place * self.kernels.filterRows * sources
      for panel in place * panels..<(place + 1) * panels {
        for f in stride(from: 0, to: shape.results, by: tileRows) {
          let part = TilePart(Float.self, rows: min(tileRows, shape.results - f), columns: Float.tileColumns)
          Float.computeTile(
            part, kernels + f * sources, tiles + panel * sourcePanel, depth: sources,
            into: sums + panel * sumsPanel + f * Float.tileColumns, rowStride: Float.tileColumns, adding: false)
        }
      }
    }
  }

  // MARK: - Aᵀ s A

  /// Writes the results of some bands.
  private func transformSums(_ bands: Range<Int>, _ sums: UnsafePointer<Float>) {
    let (lanes, grids) = (FloatTileVector.scalarCount, shape.rows.grids)
    let (part, width, plane) = (min(lanes, shape.pitch), shape.columns.result, shape.rows.result * shape.columns.result)
    // Where the bands of each grid begin in the first filter's plane, and which of their lines are in it.
    let places = (0..<grids).map { grid in
      bands.map { band in
        let (image, i) = band.quotientAndRemainder(dividingBy: shape.rows.tiles)
        let top = grids * Tiles.m * i + grid - shape.rows.skipped
        return (
          image * shape.filters * plane + top * width, inside(shape.rows.result, from: top, step: grids, count: Tiles.m)
        )
      }
    }
    let lines = Buffer(.float, count: Tiles.m * lineLength)
    for row in 0..<shape.filters * grids {
      let (f, grid) = row.quotientAndRemainder(dividingBy: grids)
      let bias = FloatTileVector(repeating: bias.map { $0.pointer(Float.self)[f] } ?? 0)
      let (result, places) = (result.pointer(Float.self, at: f * plane), places[grid])
      var (next, first) = (0, 0)
      for q in stride(from: 0, to: bands.count * shape.pitch, by: lanes) {
        let (panel, lane) = q.quotientAndRemainder(dividingBy: Float.tileColumns)
        let sums = sums + panel * sumsPanel + row * shape.columns.grids * Float.tileColumns + lane
        transformTiles(sums, bias, into: lines.pointer(Float.self))
        for t in stride(from: 0, to: lanes, by: part) where next < places.count {
          let (place, rows) = places[next]
          write(lines.pointer(Float.self), t, first, part, rows, result + place)
          first += part
          if first == shape.pitch { (next, first) = (next + 1, 0) }
        }
      }
    }
    withExtendedLifetime(lines) {}
  }

  /// The numbers in a row of results of a vector of tiles.
  private var lineLength: Int { Tiles.m * shape.columns.grids * FloatTileVector.scalarCount }

  /// The results of a vector of tiles, line by line; the numbers of two grids alternate.
  @inline(__always)
  private func transformTiles(
    _ sums: UnsafePointer<Float>, _ bias: FloatTileVector, into lines: UnsafeMutablePointer<Float>
  ) {
    let left = transformedSums(sums)
    if shape.columns.grids == 1 {
      @inline(__always) func row(_ i: Int) {
        if i >= Tiles.m { return }
        let row: Streams = [
          left[0][i] + bias, left[1][i] + bias, left[2][i] + bias, left[3][i] + bias, bias, bias, bias, bias,
        ]
        storeAlternately(row, Tiles.m, lines + i * lineLength)
      }
      row(0)
      row(1)
      row(2)
      row(3)
    } else {
      let right = transformedSums(sums + Float.tileColumns)
      @inline(__always) func row(_ i: Int) {
        if i >= Tiles.m { return }
        let row: Streams = [
          left[0][i] + bias, right[0][i] + bias, left[1][i] + bias, right[1][i] + bias,
          left[2][i] + bias, right[2][i] + bias, left[3][i] + bias, right[3][i] + bias,
        ]
        storeAlternately(row, 2 * Tiles.m, lines + i * lineLength)
      }
      row(0)
      row(1)
      row(2)
      row(3)
    }
  }

  /// The results of a vector of tiles, column by column.
  @inline(__always)
  private func transformedSums(_ sums: UnsafePointer<Float>) -> Square<FloatTileVector> {
    let placeStride = panels * sumsPanel
    for place in 0..<Tiles.places {
      prefetch(sums + place * placeStride + 2 * shape.columns.grids * Float.tileColumns)
    }
    return Tiles.Sums.of(
      square(
        FloatTileVector.self, Tiles.n, Tiles.n, sums, rowStep: Tiles.n * placeStride, columnStep: placeStride))
  }

  /// Writes some tiles of a band, starting at `first`, to the result; of those at the edge, the part in the image.
  @inline(__always)
  private func write(
    _ lines: UnsafePointer<Float>, _ t: Int, _ first: Int, _ tiles: Int, _ rows: Range<Int>,
    _ band: UnsafeMutablePointer<Float>
  ) {
    let (width, length) = (shape.columns.result, Tiles.m * shape.columns.grids)
    let start = first * length - shape.columns.skipped
    let columns = max(0, start)..<min(width, start + tiles * length)
    for row in rows {
      let target = band + (row * shape.rows.grids * width + columns.lowerBound)
      copyRow(lines + (row * lineLength + t * length + columns.lowerBound - start), columns.count, target)
      // The next plane is too far away for the processor to predict.
      for i in stride(from: 0, to: columns.count, by: 16) { prefetch(target + shape.rows.result * width + i) }
    }
  }
}

private let noLine = line(FloatTileVector.zero, FloatTileVector.zero)

/// The maximum memory for intermediate results: half of the second-level cache.
private let mostBlockBytes = 1 << 19
