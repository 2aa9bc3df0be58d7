// Padded images with the channels last, where the numbers under a row of the kernel follow one another.

/// The layout of the images of a block: [image × row × column × channel], with zeros around the image.
struct PixelLastImage: Sendable {
  private let shape: ConvolutionShape
  private let channels: Int
  private let rows, columns: Sampling
  private let pitch: Int
  /// The numbers of one image.
  let size: Int
  /// The taps in pieces that follow one another in memory: the rows of the kernel, or its single numbers if it is dilated.
  let segments, segmentLength: Int

  init(_ shape: ConvolutionShape, channels: Int, bandRows: Int) {
    (self.shape, self.channels) = (shape, channels)
    (rows, columns) = (Sampling(shape.rows), Sampling(shape.columns))
    pitch = columns.extent(shape.columns.output) * channels
    size = rows.extent(bandRows) * pitch
    let isWhole = shape.columns.dilation == 1
    segments = isWhole ? shape.rows.kernel : shape.kernelPlane
    segmentLength = isWhole ? shape.columns.kernel * channels : channels
  }

  /// The rows that a segment takes among the sums: whole tiles.
  var segmentRows: Int { (segmentLength + tileRows - 1) / tileRows * tileRows }

  /// The distance between neighbouring pixels of the result.
  var pixelStep: Int { columns.step * channels }

  /// The distances in the sums between the numbers in a row of the kernel, and between its rows.
  var weightStrides: (tap: Int, line: Int) {
    shape.columns.dilation == 1
      ? (channels, segmentRows) : (segmentRows, shape.columns.kernel * segmentRows)
  }

  /// Where a segment starts, seen from the place of a pixel.
  func offset(ofSegment segment: Int) -> Int {
    if shape.columns.dilation == 1 { return segment * shape.rows.dilation * pitch }
    let (row, column) = segment.quotientAndRemainder(dividingBy: shape.columns.kernel)
    return row * shape.rows.dilation * pitch + column * shape.columns.dilation * channels
  }

  /// Where each row of results of a block starts.
  func starts(_ block: PixelBlock) -> [Int] {
    (0..<block.images.count).flatMap { n in (0..<block.rows.count).map { n * size + $0 * rows.step * pitch } }
  }

  /// Writes the images of a block.
  func fill<T: ConvolutionScalar>(
    _ block: PixelBlock, _ group: Int, _ x: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>
  ) {
    let plane = shape.inputPlane
    let inside = columns.inside(shape.columns, extent: pitch / max(1, channels))
    let height = block.rows.isEmpty ? 0 : rows.extent(block.rows.count)
    for (i, n) in block.images.enumerated() {
      let source = x + (n * shape.groups + group) * channels * plane
      for r in 0..<height {
        let line = target + i * size + r * pitch
        let h = (block.rows.lowerBound * rows.step + r) * rows.sample - shape.rows.padding
        if h < 0 || h >= shape.rows.input || inside.isEmpty {
          line.update(repeating: 0, count: pitch)
        } else {
          line.update(repeating: 0, count: inside.lowerBound * channels)
          let first = inside.lowerBound * columns.sample - shape.columns.padding
          turnPlanes(
            source + h * shape.columns.input + first, channels, plane, inside.count, columns.sample,
            line + inside.lowerBound * channels, channels)
          (line + inside.upperBound * channels).update(repeating: 0, count: pitch - inside.upperBound * channels)
        }
      }
    }
  }
}

/// How an axis of the image is kept: whole, or only the numbers that a kernel of length 1 looks at.
private struct Sampling: Sendable {
  /// Every so manieth number is kept; results are then `step` of the kept apart.
  let sample, step: Int
  private let kernelExtent: Int

  init(_ axis: ConvolutionAxis) {
    (sample, step) = axis.kernel == 1 ? (axis.stride, 1) : (1, axis.stride)
    kernelExtent = (axis.kernel - 1) * axis.dilation + 1
  }

  /// How many numbers so many results look at.
  func extent(_ results: Int) -> Int { results == 0 ? 0 : (results - 1) * step + kernelExtent }

  /// Which of the kept numbers lie in the image.
  func inside(_ axis: ConvolutionAxis, extent: Int) -> Range<Int> {
    let first = min(extent, (axis.padding + sample - 1) / sample)
    let end = min(extent, (axis.input + axis.padding + sample - 1) / sample)
    return first..<max(first, end)
  }
}

/// y[i, c] = x[c, i]: `count` numbers of each of `channels` planes, turned so that the channels follow one another.
@inline(__always)
func turnPlanes<T: ConvolutionScalar>(
  _ x: UnsafePointer<T>, _ channels: Int, _ plane: Int, _ count: Int, _ step: Int, _ y: UnsafeMutablePointer<T>,
  _ pitch: Int
) {
  let (wholeChannels, wholeCount) = step == 1 ? (channels & ~3, count & ~3) : (0, 0)
  for c in stride(from: 0, to: wholeChannels, by: 4) {
    for i in stride(from: 0, to: wholeCount, by: 4) {
      transposeSquare(x + c * plane + i, plane, y + i * pitch + c, pitch)
    }
  }
  for c in 0..<channels {
    for i in (c < wholeChannels ? wholeCount : 0)..<count { y[i * pitch + c] = x[c * plane + i * step] }
  }
}
