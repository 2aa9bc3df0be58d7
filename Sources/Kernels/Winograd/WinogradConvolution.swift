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
    let lines = WinogradLines(shape, bands)
    let (phases, placeStride) = (shape.rows.phases * shape.columns.phases, panels * sourcePanel)
    for c in 0..<sources {
      let (channel, phase) = c.quotientAndRemainder(dividingBy: phases)
      lines.fill(channel, phase: phase, of: source.pointer(Float.self))
      for t in stride(from: 0, to: bands.count * shape.pitch, by: FloatTileVector.scalarCount) {
        let (panel, lane) = t.quotientAndRemainder(dividingBy: Float.tileColumns)
        store(
          Tiles.Source.of(lines[phase, t]), Tiles.n, tiles + panel * sourcePanel + c * Float.tileColumns + lane,
          rowStep: placeStride, columnStep: Tiles.n * placeStride)
      }
    }
  }

  // MARK: - The sum over the channels

  /// Multiplies the kernels by the tiles, for each position and each part of the channels.
  private func multiply(
    _ kernels: UnsafePointer<Float>, _ tiles: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Float>
  ) {
    for place in 0..<Tiles.places {
      let kernels = kernels + place * self.kernels.place
      for panel in place * panels..<(place + 1) * panels {
        for first in stride(from: 0, to: sources, by: Tiles.mostDepth) {
          let tiles = tiles + panel * sourcePanel + first * Float.tileColumns
          for f in stride(from: 0, to: shape.results, by: tileRows) {
            let part = TilePart(Float.self, rows: min(tileRows, shape.results - f), columns: Float.tileColumns)
            Float.computeTile(
              part, kernels + (f * sources + first * tileRows), tiles, depth: min(Tiles.mostDepth, sources - first),
              into: sums + panel * sumsPanel + f * Float.tileColumns, rowStride: Float.tileColumns, adding: first > 0)
          }
        }
      }
    }
  }

  // MARK: - Aᵀ s A

  /// Writes the results of some bands.
  private func transformSums(_ bands: Range<Int>, _ sums: UnsafePointer<Float>) {
    let (lanes, grids) = (FloatTileVector.scalarCount, shape.rows.grids)
    let (width, plane) = (shape.columns.result, shape.rows.result * shape.columns.result)
    let (parts, movesOfGrids) = (max(1, lanes / shape.pitch), (0..<grids).map { moves(bands, grid: $0) })
    let lines = Buffer(.float, count: Tiles.m * lineLength)
    for row in 0..<shape.filters * grids {
      let (f, grid) = row.quotientAndRemainder(dividingBy: grids)
      let bias = FloatTileVector(repeating: bias.map { $0.pointer(Float.self)[f] } ?? 0)
      let (result, moves) = (result.pointer(Float.self, at: f * plane), movesOfGrids[grid])
      for first in stride(from: 0, to: moves.count, by: parts) {
        let (panel, lane) = (first / parts * lanes).quotientAndRemainder(dividingBy: Float.tileColumns)
        let sums = sums + panel * sumsPanel + row * shape.columns.grids * Float.tileColumns + lane
        transformTiles(sums, bias, into: lines.pointer(Float.self))
        for move in first..<min(first + parts, moves.count) {
          let move = moves[move]
          var (source, target) = (lines.pointer(Float.self, at: move.source), result + move.target)
          for _ in 0..<move.rows {
            copyRow(source, move.count, target)
            // The next plane is too far away for the processor to predict.
            for i in stride(from: 0, to: move.count, by: 16) { prefetch(target + plane + i) }
            source += lineLength
            target += grids * width
          }
        }
      }
    }
    withExtendedLifetime(lines) {}
  }

  /// What to write of each row of tiles, or of each vector of them, for one grid of rows: of tiles at the edge, the
  /// part in the image.
  private func moves(_ bands: Range<Int>, grid: Int) -> [ResultMove] {
    let (part, grids) = (min(FloatTileVector.scalarCount, shape.pitch), shape.rows.grids)
    let (length, width) = (Tiles.m * shape.columns.grids, shape.columns.result)
    return bands.flatMap { band in
      let (image, i) = band.quotientAndRemainder(dividingBy: shape.rows.tiles)
      let top = grids * Tiles.m * i + grid - shape.rows.skipped
      let rows = inside(shape.rows.result, from: top, step: grids, count: Tiles.m)
      let line = image * shape.filters * shape.rows.result + top + grids * rows.lowerBound
      return stride(from: 0, to: shape.pitch, by: part).map { first in
        let start = first * length - shape.columns.skipped
        let cut = max(0, -start)
        let lane = ((band - bands.lowerBound) * shape.pitch + first) % FloatTileVector.scalarCount
        return ResultMove(
          source: rows.lowerBound * lineLength + lane * length + cut, target: line * width + start + cut,
          count: max(0, min(part * length, width - start) - cut), rows: rows.count)
      }
    }
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
  private func transformedSums(_ sums: UnsafePointer<Float>) -> TileSquare<FloatTileVector> {
    let placeStride = panels * sumsPanel
    return Tiles.Sums.of(
      StoredSquare(
        count: Tiles.n, numbers: sums, rowStep: Tiles.n * placeStride, columnStep: placeStride,
        ahead: 2 * shape.columns.grids * Float.tileColumns))
  }
}

/// Some rows of results: their positions among the lines of a vector of tiles and in the plane of the first filter.
private struct ResultMove {
  let source, target, count, rows: Int
}

/// The maximum memory for intermediate results: half of the second-level cache.
private let mostBlockBytes = 1 << 19
