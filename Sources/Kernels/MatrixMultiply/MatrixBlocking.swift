// One matrix product, divided so that each level of memory holds what is used most.
//
// k is divided into slices. For each slice A and B are packed into panels, and then every tile of C adds the
// contribution of the slice. A panel of A (12 × 512 floats) stays in the first-level cache while the panels of a block
// of B stream past it from the second or third level. The sum over k therefore always has the same order, whichever
// thread computes the tile.
//
// The shorter operand is packed once, by all threads together. The longer one, often the weights of a layer and larger
// than a cache, is packed by the tasks, each its own part just before it is used: it is read from memory once.

/// C = f(A B + bias) for one matrix of a batch.
struct MatrixProduct<T: TileScalar>: Sendable {
  let a, b: PanelSource<T>
  let c: Buffer
  let start: Int
  let k: Int
  let epilogue: MatrixEpilogue
  /// Whether the transposed product is computed instead.
  let isTurned: Bool
  var m: Int { a.count }
  var n: Int { b.count }

  init(
    _ a: MatrixOperand, _ b: MatrixOperand, _ c: Buffer, _ batch: Int, _ m: Int, _ n: Int, _ k: Int,
    _ epilogue: MatrixEpilogue
  ) {
    let rows = PanelSource<T>(
      region: Region(a.buffer, offset: a.offsets[batch]), count: m, stride: a.rowStride, depthStride: a.columnStride)
    let columns = PanelSource<T>(
      region: Region(b.buffer, offset: b.offsets[batch]), count: n, stride: b.columnStride, depthStride: b.rowStride)
    // A single column is a row of the transposed product Cᵀ = Bᵀ Aᵀ, and has the same layout in memory.
    isTurned = n == 1
    (self.a, self.b) = isTurned ? (columns, rows) : (rows, columns)
    (self.c, self.start, self.k, self.epilogue) = (c, batch * m * n, k, epilogue)
  }

  /// Computes C: small products directly, others slice by slice from packed panels.
  func compute() {
    if isDirect { return computeDirectly() }
    let slices = (k + T.sliceDepth - 1) / T.sliceDepth
    let depth = ((k + slices - 1) / slices + 15) & ~15
    let all = stride(from: 0, to: k, by: depth).map { $0..<min(k, $0 + depth) }
    if m < n && m <= fewEnoughRows { computeByColumns(all) } else { computeByTiles(all) }
  }

  /// B is packed by all threads, slice by slice; then each task packs the rows of A that it multiplies.
  private func computeByTiles(_ slices: [Range<Int>]) {
    let blocking = Blocking(self, depth: slices[0].count)
    let panels = Buffer(T.scalarType, count: b.panelCount(width: T.tileColumns) * T.tileColumns * slices[0].count)
    for slice in slices {
      b.packAll(width: T.tileColumns, slice, into: panels)
      parallel(blocking.tasks) { task in
        let columns = blocking.columns(task)
        let panelsB = panels.pointer(T.self, at: columns.lowerBound * T.tileColumns * slice.count)
        let scratch = Buffer(T.scalarType, count: tileRows * slice.count)
        for i in blocking.rows(task) {
          a.pack(i * tileRows, width: tileRows, slice, into: scratch.pointer(T.self))
          addTiles(i, scratch.pointer(T.self), columns, panelsB, slice)
        }
        withExtendedLifetime(scratch) {}
      }
    }
  }

  /// A is short and packed once; then each task packs the columns of B that it multiplies, which are read once and stay
  /// in the cache.
  private func computeByColumns(_ slices: [Range<Int>]) {
    let (rows, depth) = (a.panelCount(width: tileRows) * tileRows, slices[0].count)
    let panels = Buffer(T.scalarType, count: slices.count * rows * depth)
    for (number, slice) in slices.enumerated() {
      a.packAll(width: tileRows, slice, into: panels, at: number * rows * depth)
    }
    let grain = max(1, worthAThread / (rows * T.tileColumns * k), b.panelCount(width: T.tileColumns) / fewTasks)
    parallelChunks(of: b.panelCount(width: T.tileColumns), atLeast: grain) { columns in
      let scratch = Buffer(T.scalarType, count: columns.count * T.tileColumns * depth)
      for (number, slice) in slices.enumerated() {
        b.pack(columns, width: T.tileColumns, slice, into: scratch.pointer(T.self))
        for i in 0..<rows / tileRows {
          let panelA = panels.pointer(T.self, at: number * rows * depth + i * tileRows * slice.count)
          addTiles(i, panelA, columns, scratch.pointer(T.self), slice)
        }
      }
      withExtendedLifetime(scratch) {}
    }
  }

  /// Adds the contribution of a slice to the tiles of panel i of A and some consecutive panels of B; the last slice
  /// finishes them.
  private func addTiles(
    _ i: Int, _ panelA: UnsafePointer<T>, _ columns: Range<Int>, _ panelsB: UnsafePointer<T>, _ slice: Range<Int>
  ) {
    let c = c.pointer(T.self, at: start)
    let height = min(tileRows, m - i * tileRows)
    for j in columns {
      let panelB = panelsB + (j - columns.lowerBound) * T.tileColumns * slice.count
      let corner = c + i * tileRows * n + j * T.tileColumns
      let width = min(T.tileColumns, n - j * T.tileColumns)
      let part = TilePart(T.self, rows: height, columns: width)
      if part.rows == height && part.columns(T.self) == width {
        T.computeTile(
          part, panelA, panelB, depth: slice.count, into: corner, rowStride: n, adding: slice.lowerBound > 0)
      } else {
        addPartOfTile(part, panelA, panelB, slice, corner, height, width)
      }
    }
    if slice.upperBound == k {
      let first = i * tileRows
      finish(first..<first + height, columns.lowerBound * T.tileColumns..<min(n, columns.upperBound * T.tileColumns))
    }
  }

  /// At the lower and right edges of C, computes a larger part of the tile in scratch memory and adds what exists.
  private func addPartOfTile(
    _ part: TilePart, _ panelA: UnsafePointer<T>, _ panelB: UnsafePointer<T>, _ slice: Range<Int>,
    _ corner: UnsafeMutablePointer<T>, _ height: Int, _ width: Int
  ) {
    withUnsafeTemporaryAllocation(of: T.self, capacity: tileRows * T.tileColumns) { tile in
      guard let tile = tile.baseAddress else { return }
      T.computeTile(part, panelA, panelB, depth: slice.count, into: tile, rowStride: T.tileColumns, adding: false)
      for r in 0..<height {
        let (row, part) = (corner + r * n, tile + r * T.tileColumns)
        if slice.lowerBound == 0 {
          row.update(from: part, count: width)
        } else {
          for j in 0..<width { row[j] += part[j] }
        }
      }
    }
  }
}

/// How the tiles of C are divided among tasks.
private struct Blocking: Sendable {
  private let rowPanels, columnPanels: Int
  /// The panels of A and of B in a task.
  private let height, width: Int
  private let rowTasks: Int
  /// The number of tasks in a slice.
  let tasks: Int

  init<T: TileScalar>(_ product: MatrixProduct<T>, depth: Int) {
    rowPanels = product.a.panelCount(width: tileRows)
    columnPanels = product.b.panelCount(width: T.tileColumns)
    let columnTasks = (columnPanels + mostColumnPanels - 1) / mostColumnPanels
    width = (columnPanels + columnTasks - 1) / columnTasks
    let rowWork = tileRows * width * T.tileColumns * depth
    height = max(worthAThread / rowWork, rowPanels * columnTasks / fewTasks, 1)
    rowTasks = (rowPanels + height - 1) / height
    tasks = rowTasks * columnTasks
  }

  // Consecutive tasks use the same panels of B, which are then still in a cache.
  func rows(_ task: Int) -> Range<Int> {
    let first = task % rowTasks * height
    return first..<min(rowPanels, first + height)
  }

  func columns(_ task: Int) -> Range<Int> {
    let first = task / rowTasks * width
    return first..<max(first, min(columnPanels, first + width))
  }
}

/// This many panels of B of full depth take 2 MB. They need not fit the second-level cache: a tile takes longer to
/// compute than its panel takes to arrive from the third level, and each panel of A is packed again for every block of
/// columns. Compared with 12 panels, which fit, 32 make products of 1024³ and 2048³ 6 % faster on one thread, and the
/// layers of attention 2 %.
private let mostColumnPanels = 32

/// Roughly the number of tasks that keeps the cores evenly busy.
private let fewTasks = 16

/// Up to this many rows, a wide product is divided by its columns alone.
private let fewEnoughRows = 512

extension TileScalar {
  /// The longest slice of k: a panel of A of this depth takes three quarters of a first-level cache of 32 KB.
  fileprivate static var sliceDepth: Int { 2048 / MemoryLayout<Self>.size }
}
