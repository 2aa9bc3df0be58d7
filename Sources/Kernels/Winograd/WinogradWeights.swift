// The gradient of the weights by the same tiles. By the derivative of Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A, the cotangent
// y gives
//
//   weight = Gᵀ [ Σ over tiles (A y Aᵀ) ⊙ (Bᵀ d B) ] G
//
// Here the sum runs over the tiles, so vectors hold neighbouring channels and filters of one tile: both images are
// transposed first.

/// The gradient of the weights of a convolution with a kernel of 3 × 3, given x and the cotangent y.
struct WinogradWeights: Sendable {
  private let shape: WinogradShape
  private let x, y: Region
  private let weight: Buffer
  /// The number of rows of tiles that a task transforms, and the number of tasks in a round.
  private let bandsPerTask, tasksPerRound: Int

  private var channels: TurnedPlanes { TurnedPlanes(shape.channels, rows: shape.rows.source, shape.columns.source) }
  private var filters: TurnedPlanes { TurnedPlanes(shape.filters, rows: shape.rows.result, shape.columns.result) }
  /// The number of tiles in a task, and in a round.
  private var tilesPerTask: Int { bandsPerTask * shape.width }
  private var tilesPerRound: Int { tasksPerRound * tilesPerTask }

  /// The gradient; nil if the fast algorithm does not pay.
  init?(_ shape: ConvolutionShape, _ x: Region, _ y: Region, _ weight: Buffer) {
    guard let tiles = WinogradShape(shape) else { return nil }
    (self.shape, self.x, self.y, self.weight) = (tiles, x, y, weight)
    bandsPerTask = max(1, min(tiles.bandsPerImage, tilesPerTurn / tiles.width))
    let tasks = tiles.images * ((tiles.bandsPerImage + bandsPerTask - 1) / bandsPerTask)
    let bytes = max(mostRoundBytes, 128 * tiles.channels * tiles.filters)
    let most = bytes / (64 * (tiles.channels + tiles.filters)) / (bandsPerTask * tiles.width)
    tasksPerRound = max(1, min(tasks, most))
  }

  func compute() {
    let (channels, filters) = (channels, filters)
    let tasksPerImage = (shape.bandsPerImage + bandsPerTask - 1) / bandsPerTask
    let tasks = shape.images * tasksPerImage
    let sources = Buffer(.float, count: 16 * tilesPerRound * channels.padded)
    let cotangents = Buffer(.float, count: 16 * tilesPerRound * filters.padded)
    let sums = Buffer(.float, count: 16 * filters.padded * channels.padded)
    for first in stride(from: 0, to: tasks, by: tasksPerRound) {
      let count = min(tasksPerRound, tasks - first)
      parallel(count) { task in
        let (image, part) = (first + task).quotientAndRemainder(dividingBy: tasksPerImage)
        let bands = part * bandsPerTask..<min(shape.bandsPerImage, (part + 1) * bandsPerTask)
        transformSource(image, bands, into: sources.pointer(Float.self), tile: task * tilesPerTask)
        transformCotangent(image, bands, into: cotangents.pointer(Float.self), tile: task * tilesPerTask)
      }
      let panels = channels.padded / Float.tileColumns
      parallel(16 * panels) { task in
        let (place, panel) = task.quotientAndRemainder(dividingBy: panels)
        multiply(
          place, panel, cotangents.pointer(Float.self), sources.pointer(Float.self), tiles: count * tilesPerTask,
          into: sums.pointer(Float.self), adding: first > 0)
      }
    }
    transformSums(sums)
    withExtendedLifetime((sources, cotangents, sums)) {}
  }

  // MARK: - Bᵀ d B and A y Aᵀ

  /// Transforms the numbers under the tiles of some bands: for each position panels of tiles × channels.
  private func transformSource(
    _ image: Int, _ bands: Range<Int>, into target: UnsafeMutablePointer<Float>, tile: Int
  ) {
    let channels = channels
    let padding = (row: shape.rows.padding, column: shape.columns.padding)
    let turned = channels.turn(
      x, image, rows: 2 * bands.lowerBound - padding.row..<2 * bands.upperBound + 2 - padding.row,
      columns: -padding.column..<2 * shape.width + 2 - padding.column)
    let (step, line) = (channels.padded, (2 * shape.width + 2) * channels.padded)
    let placeStride = tilesPerRound * channels.padded
    for number in 0..<bands.count * shape.width {
      let (i, t) = number.quotientAndRemainder(dividingBy: shape.width)
      let numbers = turned.pointer(Float.self, at: 2 * (i * line + t * step))
      for c in stride(from: 0, to: channels.padded, by: FloatTileVector.scalarCount) {
        let (panel, lane) = c.quotientAndRemainder(dividingBy: Float.tileColumns)
        let place = panel * tilesPerRound * Float.tileColumns + (tile + number) * Float.tileColumns + lane
        @inline(__always) func row(_ row: Int) -> Four<FloatTileVector> {
          let numbers = numbers + row * line + c
          return (vector(numbers), vector(numbers + step), vector(numbers + 2 * step), vector(numbers + 3 * step))
        }
        let (first, second) = (transformedSource(row(0)), transformedSource(row(1)))
        let (third, fourth) = (transformedSource(row(2)), transformedSource(row(3)))
        let columns = (
          transformedSource((first.0, second.0, third.0, fourth.0)),
          transformedSource((first.1, second.1, third.1, fourth.1)),
          transformedSource((first.2, second.2, third.2, fourth.2)),
          transformedSource((first.3, second.3, third.3, fourth.3))
        )
        store(columns, target + place, placeStride)
      }
    }
    // The tiles that a shorter task leaves unused must not count.
    for t in tile + bands.count * shape.width..<tile + tilesPerTask {
      for panel in 0..<16 * channels.padded / Float.tileColumns {
        (target + (panel * tilesPerRound + t) * Float.tileColumns).update(repeating: 0, count: Float.tileColumns)
      }
    }
    withExtendedLifetime(turned) {}
  }

  /// Transforms the cotangents of the tiles of some bands: for each position tiles × filters.
  private func transformCotangent(
    _ image: Int, _ bands: Range<Int>, into target: UnsafeMutablePointer<Float>, tile: Int
  ) {
    let filters = filters
    let turned = filters.turn(
      y, image, rows: 2 * bands.lowerBound..<2 * bands.upperBound, columns: 0..<2 * shape.width)
    let (step, line) = (filters.padded, 2 * shape.width * filters.padded)
    for number in 0..<bands.count * shape.width {
      let (i, t) = number.quotientAndRemainder(dividingBy: shape.width)
      let numbers = turned.pointer(Float.self, at: 2 * (i * line + t * step))
      for f in stride(from: 0, to: filters.padded, by: FloatTileVector.scalarCount) {
        @inline(__always) func row(_ row: Int) -> (FloatTileVector, FloatTileVector) {
          (vector(numbers + row * line + f), vector(numbers + row * line + step + f))
        }
        let (first, second) = (transformedCotangent(row(0)), transformedCotangent(row(1)))
        let columns = (
          transformedCotangent((first.0, second.0)), transformedCotangent((first.1, second.1)),
          transformedCotangent((first.2, second.2)), transformedCotangent((first.3, second.3))
        )
        store(columns, target + (tile + number) * filters.padded + f, tilesPerRound * filters.padded)
      }
    }
    for place in 0..<16 {
      let end = target + (place * tilesPerRound + tile + bands.count * shape.width) * filters.padded
      end.update(repeating: 0, count: (bandsPerTask - bands.count) * shape.width * filters.padded)
    }
    withExtendedLifetime(turned) {}
  }

  // MARK: - The sum over the tiles

  /// Multiplies the cotangents by one panel of the channels, for one position.
  private func multiply(
    _ place: Int, _ panel: Int, _ cotangents: UnsafePointer<Float>, _ sources: UnsafePointer<Float>, tiles: Int,
    into sums: UnsafeMutablePointer<Float>, adding: Bool
  ) {
    let (rows, columns) = (filters.padded, channels.padded)
    let sources = sources + (place * columns + panel * Float.tileColumns) * tilesPerRound
    let sums = sums + place * rows * columns + panel * Float.tileColumns
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 1) { start in
      start.initialize(repeating: 0)
      for first in stride(from: 0, to: tiles, by: tilesAtATime) {
        let numbers = cotangents + (place * tilesPerRound + first) * rows
        for f in stride(from: 0, to: shape.filters, by: tileRows) {
          let pixels = PixelRows(
            base: numbers + f, starts: UnsafeBufferPointer(start), width: min(tilesAtATime, tiles - first), step: rows)
          Float.computeTile(
            height: TileHeights.compiled.height(shape.filters - f), isNarrow: false, pixels,
            sources + first * Float.tileColumns,
            into: sums + f * columns, rowStride: columns, adding: adding || first > 0)
        }
      }
    }
  }

  // MARK: - Gᵀ u G

  /// Writes the gradient.
  private func transformSums(_ sums: Buffer) {
    let (rows, columns) = (filters.padded, channels.padded)
    let lanes = FloatTileVector.scalarCount
    parallelChunks(of: shape.filters, atLeast: max(1, 4096 / max(1, shape.channels))) { range in
      for f in range {
        for c in stride(from: 0, to: shape.channels, by: lanes) {
          let sums = sums.pointer(Float.self, at: f * columns + c)
          @inline(__always) func row(_ row: Int) -> (FloatTileVector, FloatTileVector, FloatTileVector) {
            let (sums, step) = (sums + 4 * row * rows * columns, rows * columns)
            return kernelGradient((vector(sums), vector(sums + step), vector(sums + 2 * step), vector(sums + 3 * step)))
          }
          let (first, second, third, fourth) = (row(0), row(1), row(2), row(3))
          let columns = (
            kernelGradient((first.0, second.0, third.0, fourth.0)),
            kernelGradient((first.1, second.1, third.1, fourth.1)),
            kernelGradient((first.2, second.2, third.2, fourth.2))
          )
          let kernels = weight.pointer(Float.self, at: 9 * (f * shape.channels + c))
          for lane in 0..<min(lanes, shape.channels - c) {
            let kernel = kernels + 9 * lane
            (kernel[0], kernel[1], kernel[2]) = (columns.0.0[lane], columns.1.0[lane], columns.2.0[lane])
            (kernel[3], kernel[4], kernel[5]) = (columns.0.1[lane], columns.1.1[lane], columns.2.1[lane])
            (kernel[6], kernel[7], kernel[8]) = (columns.0.2[lane], columns.1.2[lane], columns.2.2[lane])
          }
        }
      }
    }
  }
}

@inline(__always)
private func vector(_ numbers: UnsafePointer<Float>) -> FloatTileVector {
  UnsafeRawPointer(numbers).loadUnaligned(as: FloatTileVector.self)
}

@inline(__always)
private func vector(_ numbers: UnsafeMutablePointer<Float>) -> FloatTileVector { vector(UnsafePointer(numbers)) }

/// The number of tiles transformed at a time: few, so that every round has work for several threads.
private let tilesPerTurn = 64

/// The number of tiles multiplied at a time: a panel of them fits the first-level cache.
private let tilesAtATime = 128

/// The transformed numbers of a round should fit the second-level caches of two cores, unless the sums are larger.
private let mostRoundBytes = 1 << 21
