// The gradient of the weights: a product over all pixels of the batch,
//
//   weight[f, (k, l, c)] = Σ over pixels (x[pixel moved by (k, l), c] · y[pixel, f])
//
// With the channels of x last in memory, the numbers under a row of the kernel are contiguous, so the tile reads its
// rows from the padded image in place. y is transposed once, so that its filters fill the vectors.

/// The gradient of the weights of a convolution, given x and the cotangent y.
struct ConvolutionWeights<T: ConvolutionScalar>: Sendable {
  private let shape: ConvolutionShape
  private let x, y: Region
  private let weight: Buffer
  private let image: PixelLastImage
  private let blocks: PixelBlocks
  private let channels, filters: Int
  /// Whether the panels of y are one vector wide, because the filters are few.
  private let isNarrow: Bool
  private let panelWidth, panels: Int
  /// The number of partial sums over the blocks, and the number of sections of the filters: each combination is a task.
  private let sums, sections: Int

  init(_ shape: ConvolutionShape, _ x: Region, _ y: Region, _ weight: Buffer) {
    (self.shape, self.x, self.y, self.weight) = (shape, x, y, weight)
    (channels, filters) = (shape.channels / shape.groups, shape.filters / shape.groups)
    blocks = PixelBlocks(images: shape.images, rows: shape.rows.output, width: shape.columns.output, panel: 1)
    image = PixelLastImage(shape, channels: channels, bandRows: blocks.count == 0 ? 0 : blocks[0].rows.count + 1)
    isNarrow = filters <= T.tileLanes
    panelWidth = isNarrow ? T.tileLanes : T.tileColumns
    panels = (filters + panelWidth - 1) / panelWidth
    let bytes = panels * panelWidth * image.segments * image.segmentRows * MemoryLayout<T>.size
    sections = max(1, min(panels, bytes / mostSectionBytes))
    sums = max(1, min(blocks.count, fewTasks / sections))
  }

  func compute() {
    let size = image.segments * image.segmentRows * panels * panelWidth
    let partial = Buffer(T.scalarType, count: sums * size)
    let work = shape.outputCount * channels * shape.kernelPlane / shape.groups
    let tasks = sums * sections
    for group in 0..<shape.groups {
      parallelChunks(of: tasks, atLeast: max(1, worthAThread * tasks / max(1, work))) { range in
        for task in range {
          addBlocks(task % sums, task / sums, group, partial.pointer(T.self, at: task % sums * size))
        }
      }
      add(partial, size)
      let row = panels * panelWidth
      let (tap, line) = image.weightStrides
      let layout = StridedLayout(
        extents: [filters, channels, shape.rows.kernel, shape.columns.kernel], strides: [1, row, line * row, tap * row])
      gatherStrided(Region(partial), layout, into: weight, at: group * filters * channels * shape.kernelPlane)
    }
  }

  /// Adds the partial sums to the first, in order.
  private func add(_ partial: Buffer, _ size: Int) {
    guard sums > 1 else { return }
    parallelChunks(of: size, atLeast: 1 << 14) { range in
      let first = partial.pointer(T.self)
      for s in 1..<sums {
        let other = UnsafePointer(first + s * size)
        for i in range { first[i] += other[i] }
      }
    }
  }

  /// Adds the contributions of one sum's blocks to the filters of one section.
  private func addBlocks(_ sum: Int, _ section: Int, _ group: Int, _ partial: UnsafeMutablePointer<T>) {
    let panels = section * panels / sections..<(section + 1) * panels / sections
    let range = sum * blocks.count / sums..<(sum + 1) * blocks.count / sums
    let mostImages = range.map { blocks[$0].images.count }.max() ?? 0
    let scratch = Buffer(T.scalarType, count: mostImages * image.size + 2 * tileRows)
    let most = range.map { blocks[$0].images.count * blocks[$0].rows.count }.max() ?? 0
    let turned = Buffer(T.scalarType, count: most * shape.columns.output * panelWidth)
    for number in range {
      let block = blocks[number]
      image.fill(block, group, x.pointer(T.self), scratch.pointer(T.self))
      let starts = image.starts(block)
      for panel in panels {
        turn(block, panel, group, turned.pointer(T.self))
        multiply(
          starts, scratch.pointer(T.self), turned.pointer(T.self), partial + panel * panelWidth,
          adding: number > range.lowerBound)
      }
    }
    withExtendedLifetime((scratch, turned)) {}
  }

  /// Writes a panel of y: for each pixel of the block `panelWidth` filters, with zeros for those that do not exist.
  private func turn(_ block: PixelBlock, _ panel: Int, _ group: Int, _ target: UnsafeMutablePointer<T>) {
    let (plane, first) = (shape.outputPlane, panel * panelWidth)
    let used = min(panelWidth, filters - first)
    let pixels = block.rows.count * shape.columns.output
    if used < panelWidth { target.update(repeating: 0, count: block.images.count * pixels * panelWidth) }
    for (i, n) in block.images.enumerated() {
      let source = y.pointer(T.self) + ((n * shape.groups + group) * filters + first) * plane
      turnPlanes(
        source + block.rows.lowerBound * shape.columns.output, used, plane, pixels, 1, target + i * pixels * panelWidth,
        panelWidth)
    }
  }

  /// Multiplies all taps and channels by one panel of y, for about a hundred pixels at a time, whose panel stays in the
  /// first-level cache.
  private func multiply(
    _ starts: [Int], _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, _ partial: UnsafeMutablePointer<T>, adding: Bool
  ) {
    let width = shape.columns.output
    let atATime = max(1, fewPixels / max(1, width))
    starts.withUnsafeBufferPointer { starts in
      for first in stride(from: 0, to: starts.count, by: atATime) {
        let rows = UnsafeBufferPointer(rebasing: starts[first..<min(starts.count, first + atATime)])
        for segment in 0..<image.segments {
          for r in stride(from: 0, to: image.segmentLength, by: tileRows) {
            let height = TileHeights.compiled.height(image.segmentLength - r)
            let rows = PixelRows(
              base: x + image.offset(ofSegment: segment) + r, starts: rows, width: width, step: image.pixelStep)
            T.computeTile(
              height: height, isNarrow: isNarrow, rows, y + first * width * panelWidth,
              into: partial + (segment * image.segmentRows + r) * panels * panelWidth, rowStride: panels * panelWidth,
              adding: adding || first > 0)
          }
        }
      }
    }
  }
}

/// This many tasks keep the cores busy; more would only make more partial sums.
private let fewTasks = 8

/// The filters are divided into sections when the weights are larger than this.
private let mostSectionBytes = 1 << 19

/// The number of pixels whose panel of y stays in the first-level cache.
private let fewPixels = 128
