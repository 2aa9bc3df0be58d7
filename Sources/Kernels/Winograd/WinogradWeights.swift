// The gradient of the weights by the same tiles. By the derivative of Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A, the cotangent
// y gives
//
//   weight = Gᵀ [ Σ over tiles (A y Aᵀ) ⊙ (Bᵀ d B) ] G
//
// Here the sum runs over the tiles, so vectors hold neighbouring channels and filters of one tile: both images are
// transposed first.

/// The gradient of the weights of a convolution by tiles, given x and the cotangent y.
struct WinogradWeights<Tiles: WinogradTiles>: Sendable {
  private let shape: WinogradShape<Tiles>
  private let x, y: Region
  private let weight: Buffer
  /// The number of rows of tiles that a task transforms, and the number of tasks in a round.
  private let bandsPerTask, tasksPerRound: Int

  private var channels: TurnedPlanes { TurnedPlanes(shape.channels, rows: shape.rows.source, shape.columns.source) }
  private var filters: TurnedPlanes { TurnedPlanes(shape.filters, rows: shape.rows.result, shape.columns.result) }
  /// The number of channels with all phases, in whole panels.
  private var sources: Int { phases * phases * channels.padded }
  private var phases: Int { shape.rows.phases }
  /// The number of tiles in a row, in a task, and in a round.
  private var width: Int { shape.columns.tiles }
  private var tilesPerTask: Int { bandsPerTask * width }
  private var tilesPerRound: Int { tasksPerRound * tilesPerTask }

  /// The gradient; nil if the fast algorithm does not pay.
  init?(_ shape: ConvolutionShape, _ x: Region, _ y: Region, _ weight: Buffer) {
    guard let tiles = WinogradShape<Tiles>(shape) else { return nil }
    (self.shape, self.x, self.y, self.weight) = (tiles, x, y, weight)
    bandsPerTask = max(1, min(tiles.rows.tiles, tilesPerTurn / tiles.columns.tiles))
    let tasks = tiles.images * ((tiles.rows.tiles + bandsPerTask - 1) / bandsPerTask)
    let bytes = max(mostRoundBytes, 8 * Tiles.places * tiles.sources * tiles.filters)
    let tileBytes = 4 * Tiles.places * (tiles.sources + tiles.filters)
    let most = bytes / tileBytes / (bandsPerTask * tiles.columns.tiles)
    tasksPerRound = max(1, min(tasks, most))
  }

  func compute() {
    let (sources, filters) = (sources, filters.padded)
    let tasksPerImage = (shape.rows.tiles + bandsPerTask - 1) / bandsPerTask
    let tasks = shape.images * tasksPerImage
    let tiles = Buffer(.float, count: Tiles.places * tilesPerRound * sources)
    let cotangents = Buffer(.float, count: Tiles.places * tilesPerRound * filters)
    let sums = Buffer(.float, count: Tiles.places * filters * sources)
    for first in stride(from: 0, to: tasks, by: tasksPerRound) {
      let count = min(tasksPerRound, tasks - first)
      parallel(count) { task in
        let (image, part) = (first + task).quotientAndRemainder(dividingBy: tasksPerImage)
        let bands = part * bandsPerTask..<min(shape.rows.tiles, (part + 1) * bandsPerTask)
        transformSource(image, bands, into: tiles.pointer(Float.self), tile: task * tilesPerTask)
        transformCotangent(image, bands, into: cotangents.pointer(Float.self), tile: task * tilesPerTask)
      }
      let panels = sources / Float.tileColumns
      parallel(Tiles.places * panels) { task in
        let (place, panel) = task.quotientAndRemainder(dividingBy: panels)
        multiply(
          place, panel, cotangents.pointer(Float.self), tiles.pointer(Float.self), tiles: count * tilesPerTask,
          into: sums.pointer(Float.self), adding: first > 0)
      }
    }
    transformSums(sums)
    withExtendedLifetime((tiles, cotangents, sums)) {}
  }

  // MARK: - Bᵀ d B and A y Aᵀ

  /// Transforms the numbers under the tiles of some bands: for each position panels of tiles × channels.
  private func transformSource(
    _ image: Int, _ bands: Range<Int>, into target: UnsafeMutablePointer<Float>, tile: Int
  ) {
    let (channels, phases) = (channels, phases)
    let (top, left) = (phases * Tiles.m * bands.lowerBound - shape.rows.padding, -shape.columns.padding)
    let height = phases * (Tiles.m * bands.count + Tiles.r - 1)
    // The last column of the source may be one that no tile sees.
    let length = max(phases * (Tiles.m * width + Tiles.r - 1), shape.columns.source - left)
    let turned = channels.turn(x, image, rows: top..<top + height, columns: left..<left + length)
    let (step, row) = (channels.padded, length * channels.padded)
    for number in 0..<bands.count * width {
      let (i, t) = number.quotientAndRemainder(dividingBy: width)
      let numbers = turned.pointer(Float.self, at: phases * Tiles.m * (i * row + t * step))
      for c in stride(from: 0, to: sources, by: FloatTileVector.scalarCount) {
        let (panel, lane) = c.quotientAndRemainder(dividingBy: Float.tileColumns)
        let (phase, plane) = c.quotientAndRemainder(dividingBy: step)
        let place = panel * tilesPerRound * Float.tileColumns + (tile + number) * Float.tileColumns + lane
        let start = numbers + (phase / phases * row + phase % phases * step + plane)
        let numbers = StoredSquare(
          count: Tiles.n, numbers: start, rowStep: phases * row, columnStep: phases * step)
        store(
          Tiles.Source.of(numbers), Tiles.n, target + place, rowStep: tilesPerRound * sources,
          columnStep: Tiles.n * tilesPerRound * sources)
      }
    }
    // The tiles that a shorter task leaves unused must not count.
    for t in tile + bands.count * width..<tile + tilesPerTask {
      for panel in 0..<Tiles.places * sources / Float.tileColumns {
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
      y, image, rows: Tiles.m * bands.lowerBound..<Tiles.m * bands.upperBound, columns: 0..<Tiles.m * width)
    let (step, row) = (filters.padded, Tiles.m * width * filters.padded)
    for number in 0..<bands.count * width {
      let (i, t) = number.quotientAndRemainder(dividingBy: width)
      let numbers = turned.pointer(Float.self, at: Tiles.m * (i * row + t * step))
      for f in stride(from: 0, to: step, by: FloatTileVector.scalarCount) {
        let cotangent = StoredSquare(
          count: Tiles.m, numbers: numbers + f, rowStep: row, columnStep: step)
        store(
          Tiles.Cotangent.of(cotangent), Tiles.n, target + (tile + number) * step + f, rowStep: tilesPerRound * step,
          columnStep: Tiles.n * tilesPerRound * step)
      }
    }
    for place in 0..<Tiles.places {
      let end = target + (place * tilesPerRound + tile + bands.count * width) * step
      end.update(repeating: 0, count: (bandsPerTask - bands.count) * width * step)
    }
    withExtendedLifetime(turned) {}
  }

  // MARK: - The sum over the tiles

  /// Multiplies the cotangents by one panel of the channels, for one position.
  private func multiply(
    _ place: Int, _ panel: Int, _ cotangents: UnsafePointer<Float>, _ sources: UnsafePointer<Float>, tiles: Int,
    into sums: UnsafeMutablePointer<Float>, adding: Bool
  ) {
    let (rows, columns) = (filters.padded, self.sources)
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
    let (lanes, kernel, phases) = (FloatTileVector.scalarCount, phases * Tiles.r, phases)
    parallelChunks(of: shape.filters, atLeast: max(1, 4096 / max(1, shape.channels))) { range in
      for f in range {
        for c in stride(from: 0, to: sources, by: lanes) {
          let (phase, channel) = c.quotientAndRemainder(dividingBy: channels.padded)
          let (sums, step) = (sums.pointer(Float.self, at: f * sources + c), filters.padded * sources)
          let columns = Tiles.KernelGradient.of(
            StoredSquare(count: Tiles.n, numbers: sums, rowStep: Tiles.n * step, columnStep: step))
          let first = (f * shape.channels + channel) * kernel * kernel + phase / phases * kernel + phase % phases
          let kernels = weight.pointer(Float.self, at: first)
          for lane in 0..<max(0, min(lanes, shape.channels - channel)) {
            for k in 0..<Tiles.r {
              for l in 0..<Tiles.r { kernels[(lane * kernel + phases * k) * kernel + phases * l] = columns[l][k][lane] }
            }
          }
        }
      }
    }
  }
}

/// The number of tiles transformed at a time: few, so that every round has work for several threads.
private let tilesPerTurn = 64

/// The number of tiles multiplied at a time: a panel of them fits the first-level cache.
private let tilesAtATime = 128

/// The transformed numbers of a round should fit the second-level caches of two cores, unless the sums are larger.
private let mostRoundBytes = 1 << 21
