// Convolution as a product of the weights with the patches under the kernel:
//
//   result[f, pixel] = Σ weight[f, (c, tap)] · patch[(c, tap), pixel]
//
// The matrix of patches never exists. For the pixels of a tile (32 with AVX-512) and a part of the channels at a time,
// a panel of it is copied from the padded planes, or read there in place. The panel fits the second-level cache and
// nearly the first, and all filters use it before the next one overwrites it. The columns are the pixels of several
// images, so even maps of 4 × 4 fill them.

/// result = weights ∗ source + bias, for a convolution or its transpose.
struct PatchProduct<T: ConvolutionScalar>: Sendable {
  private let source, weight: Region
  private let bias: Region?
  private let result: Buffer
  private let rows, columns: ConvolutionAxisPlan
  private let images, groups: Int
  /// For each group: the channels of the source, and the filters, which are the channels of the result.
  private let channels, filters: Int
  /// The distances in the weights between filters, channels and groups.
  private let filterStride, channelStride, groupStride: Int
  /// The length of a row of the kernel. It cannot be found from the taps: some taps of a transposed convolution reach
  /// no result.
  private let kernelColumns: Int

  /// The convolution of x, or the transposed one of y.
  init(
    _ shape: ConvolutionShape, _ source: Region, _ weight: Region, _ bias: Region?, _ result: Buffer,
    isTransposed: Bool = false
  ) {
    (self.source, self.weight, self.bias, self.result) = (source, weight, bias, result)
    rows = ConvolutionAxisPlan(shape.rows, isTransposed: isTransposed)
    columns = ConvolutionAxisPlan(shape.columns, isTransposed: isTransposed)
    (images, groups, kernelColumns) = (shape.images, shape.groups, shape.columns.kernel)
    let (outer, inner) = (shape.filters / shape.groups, shape.channels / shape.groups)
    (filters, channels) = isTransposed ? (inner, outer) : (outer, inner)
    let (filter, channel) = (inner * shape.kernelPlane, shape.kernelPlane)
    (filterStride, channelStride) = isTransposed ? (channel, filter) : (filter, channel)
    groupStride = outer * filter
  }

  func compute() {
    let blocks = PixelBlocks(images: images, rows: rows.count, width: columns.count, panel: T.tileColumns)
    let bandRows = (0..<blocks.count).map { blocks[$0].rows.count }.max() ?? 0
    let planes = PaddedPlanes(
      rows, columns, channels: channels, groups: groups, bandRows: bandRows, images: blocks.imagesPerBlock)
    let grids = rows.grids.flatMap { row in
      columns.grids.map { column in
        PatchGrid(row, column, planes, kernelColumns: kernelColumns, channels: channels, isSplit: blocks.areGroups)
      }
    }
    let packed = (0..<groups).map { group in grids.map { pack($0, group) } }
    let work = result.count * channels * grids.map(\.taps.count).reduce(0, +) / max(1, grids.count)
    let tasks = groups * blocks.count
    parallelChunks(of: tasks, atLeast: max(1, worthAThread * tasks / max(1, work))) { range in
      for task in range {
        let (group, block) = task.quotientAndRemainder(dividingBy: blocks.count)
        compute(blocks[block], group, planes, grids, packed[group])
      }
    }
  }

  /// The number of rows that the tiles of all filters write.
  private var sumRows: Int { TileHeights.compiled.rows(filters) }

  /// Packs the weights of a grid in the order in which the tiles read them: part by part of the channels, tile by tile,
  /// and in each tile the filters side by side.
  private func pack(_ grid: PatchGrid, _ group: Int) -> Buffer {
    let taps = grid.taps.count
    let packed = Buffer(T.scalarType, count: sumRows * channels * taps)
    let tiles = (filters + tileRows - 1) / tileRows
    parallelChunks(of: tiles, atLeast: max(1, packingGrain / max(1, tileRows * channels * taps))) { range in
      let weight = weight.pointer(T.self) + group * groupStride
      for first in range.map({ $0 * tileRows }) {
        let height = TileHeights.compiled.height(filters - first)
        let used = min(height, filters - first)
        for part in grid.parts {
          var target = packed.pointer(T.self, at: sumRows * part.start + first * part.depth)
          for c in part.channels {
            for tap in grid.taps[part.taps] {
              var number = weight + first * filterStride + c * channelStride + tap.weight
              for r in 0..<used {
                target[r] = number.pointee
                number += filterStride
              }
              for r in used..<height { target[r] = 0 }
              target += height
            }
          }
        }
      }
    }
    return packed
  }

  /// Computes a block of pixels.
  private func compute(
    _ block: PixelBlock, _ group: Int, _ planes: PaddedPlanes, _ grids: [PatchGrid], _ packed: [Buffer]
  ) {
    let sourcePlane = rows.source * columns.source
    var base = source.pointer(T.self) + (block.images.lowerBound * groups + group) * channels * sourcePlane
    let scratchCount = planes.isInPlace ? 0 : channels * planes.plane + T.tileColumns + columns.reach
    let scratch = Buffer(T.scalarType, count: scratchCount, repeating: 0)
    if planes.isInPlace {
      base += block.rows.lowerBound * planes.pitch
    } else {
      let target = scratch.pointer(T.self)
      for n in 0..<block.images.count {
        for c in 0..<channels {
          planes.fill(
            base + (n * groups * channels + c) * sourcePlane, band: block.rows,
            into: target + n * planes.image + c * planes.plane)
        }
      }
      base = UnsafePointer(target)
    }
    let most = grids.map { $0.mostDepth }.max() ?? 0
    let panel = Buffer(T.scalarType, count: (most + 1) * T.tileColumns)
    let sums = Buffer(T.scalarType, count: panelsAtATime * sumRows * T.tileColumns)
    for (grid, weights) in zip(grids, packed) {
      let patches = PatchColumns(grid, block, planes, filters: filters, scalarSize: T.scalarType.size)
      var first = 0
      while first < patches.pixels {
        let panels = min(panelsAtATime, (patches.pixels - first + T.tileColumns - 1) / T.tileColumns)
        multiply(grid, patches, first, panels, base, planes.plane, weights, panel, sums)
        write(grid, patches, first, panels, block, group, sums)
        first += panels * T.tileColumns
      }
    }
    withExtendedLifetime(scratch) {}
  }

  /// Computes the sums of some panels: all filters for one part of the channels after another.
  private func multiply(
    _ grid: PatchGrid, _ patches: PatchColumns, _ first: Int, _ panels: Int, _ base: UnsafePointer<T>, _ plane: Int,
    _ weights: Buffer, _ panel: Buffer, _ sums: Buffer
  ) {
    var isStarted = [Bool](repeating: false, count: panels)
    for part in grid.parts {
      let weights = weights.pointer(T.self, at: sumRows * part.start)
      for p in 0..<panels {
        let start = first + p * T.tileColumns
        let isLast = part.start + part.depth == channels * grid.taps.count
        let isSeen = patches.isSeen(part, by: start..<min(patches.pixels, start + T.tileColumns))
        guard isSeen || isLast && !isStarted[p] else { continue }
        let target = sums.pointer(T.self, at: p * sumRows * T.tileColumns)
        patches.withColumns(start, base, plane, part, panel) { columns in
          for f in stride(from: 0, to: filters, by: tileRows) {
            T.computeTile(
              height: TileHeights.compiled.height(filters - f), weights + f * part.depth, columns,
              into: target + f * T.tileColumns,
              adding: isStarted[p])
          }
        }
        isStarted[p] = true
      }
    }
  }

  /// Writes the sums of some panels plus the bias to the result: filter by filter, as the rows of a map are adjacent.
  private func write(
    _ grid: PatchGrid, _ patches: PatchColumns, _ first: Int, _ panels: Int, _ block: PixelBlock, _ group: Int,
    _ sums: Buffer
  ) {
    let plane = rows.result * columns.result
    let panelSums = sumRows * T.tileColumns
    withUnsafeTemporaryAllocation(of: PatchRun.self, capacity: panels * T.tileColumns) { runs in
      var count = 0
      for p in 0..<panels {
        let start = first + p * T.tileColumns
        patches.forEachRun(start..<min(patches.pixels, start + T.tileColumns), merged: isDense(grid)) {
          n, i, j, pixel, length in
          let row = grid.row.start + (block.rows.lowerBound + i) * grid.row.step
          let image = (block.images.lowerBound + n) * groups + group
          let place = image * filters * plane + row * columns.result + grid.column.start + j * grid.column.step
          runs[count] = PatchRun(source: p * panelSums + pixel - start, target: place, count: length)
          count += 1
        }
      }
      let bias = bias.map { $0.pointer(T.self) + group * filters }
      for f in 0..<filters {
        let (source, target) = (sums.pointer(T.self, at: f * T.tileColumns), result.pointer(T.self, at: f * plane))
        for run in runs[..<count] {
          copyRun(source + run.source, bias?[f] ?? 0, run.count, target + run.target, grid.column.step)
        }
      }
    }
  }

  /// Whether adjacent rows of the grid are adjacent in the result.
  private func isDense(_ grid: PatchGrid) -> Bool {
    grid.row.step == 1 && grid.column.step == 1 && grid.column.count == columns.result
  }
}

/// Adjacent pixels of a panel that are adjacent in the result: their start in the sums and in the result.
private struct PatchRun {
  let source, target, count: Int
}

/// y[step i] = x[i] + bias
@inline(__always)
private func copyRun<T: ConvolutionScalar>(
  _ x: UnsafePointer<T>, _ bias: T, _ count: Int, _ y: UnsafeMutablePointer<T>, _ step: Int
) {
  if step == 1 && count >= 8 {
    copyVectors(SIMD8<T>.self, x, bias, count, y)
  } else if step == 1 && count >= 4 {
    copyVectors(SIMD4<T>.self, x, bias, count, y)
  } else {
    var place = y
    for i in 0..<count {
      place.pointee = x[i] + bias
      place += step
    }
  }
}

/// Copies at least one vector; the last one ends where the run does.
@inline(__always)
private func copyVectors<V: SIMD>(
  _: V.Type, _ x: UnsafePointer<V.Scalar>, _ bias: V.Scalar, _ count: Int, _ y: UnsafeMutablePointer<V.Scalar>
) where V.Scalar: BinaryFloatingPoint {
  let last = count - V.scalarCount
  var i = 0
  while true {
    let sum = UnsafeRawPointer(x + i).loadUnaligned(as: V.self) + V(repeating: bias)
    UnsafeMutableRawPointer(y + i).storeBytes(of: sum, as: V.self)
    if i == last { return }
    i = min(i + V.scalarCount, last)
  }
}

/// The number of panels that use a part of the weights before the next part is read.
private let panelsAtATime = 8

/// The number of weights that make a packing task worthwhile.
private let packingGrain = 1 << 16
