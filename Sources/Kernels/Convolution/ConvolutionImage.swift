// Padded images with the channels last: the numbers under a row of the kernel are contiguous.

/// The layout of the images of a block: [image × row × column × channel], with zeros around the image.
struct PixelLastImage: Sendable {
  private let shape: ConvolutionShape
  private let channels: Int
  private let rows, columns: Sampling
  private let pitch: Int
  /// The number of elements in one image.
  let size: Int
  /// The taps in pieces contiguous in memory: the rows of the kernel, or its single elements if it is dilated.
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

  /// The rows of the sums that a segment occupies: whole tiles.
  var segmentRows: Int { (segmentLength + tileRows - 1) / tileRows * tileRows }

  /// The distance between neighbouring pixels of the result.
  var pixelStep: Int { columns.step * channels }

  /// The distances, in the sums, between elements in a row of the kernel, and between its rows.
  var weightStrides: (tap: Int, line: Int) {
    shape.columns.dilation == 1
      ? (channels, segmentRows) : (segmentRows, shape.columns.kernel * segmentRows)
  }

  /// Where a segment starts, relative to the position of a pixel.
  func offset(ofSegment segment: Int) -> Int {
    if shape.columns.dilation == 1 { return segment * shape.rows.dilation * pitch }
    let (row, column) = segment.quotientAndRemainder(dividingBy: shape.columns.kernel)
    return row * shape.rows.dilation * pitch + column * shape.columns.dilation * channels
  }

  /// The start of each row of results of a block.
  func starts(_ block: PixelBlock) -> [Int] {
    (0..<block.images.count).flatMap { n in (0..<block.rows.count).map { n * size + $0 * rows.step * pitch } }
  }

  /// Writes the images of a block.
  func fill<T: ConvolutionScalar>(
    _ block: PixelBlock, _ group: Int, _ x: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>
  ) {
    let plane = shape.inputPlane
    let inside = inside(
      shape.columns.input, from: -shape.columns.padding, step: columns.sample, count: pitch / max(1, channels))
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

/// How an axis of the image is stored: whole, or only the numbers read by a kernel of length 1.
private struct Sampling: Sendable {
  /// Every `sample`-th number is kept; the numbers read by neighbouring results are then `step` kept numbers apart.
  let sample, step: Int
  private let kernelExtent: Int

  init(_ axis: ConvolutionAxis) {
    (sample, step) = axis.kernel == 1 ? (axis.stride, 1) : (1, axis.stride)
    kernelExtent = (axis.kernel - 1) * axis.dilation + 1
  }

  /// The number of elements that `results` results read.
  func extent(_ results: Int) -> Int { results == 0 ? 0 : (results - 1) * step + kernelExtent }
}

/// y[i, c] = x[c, i]: `count` numbers of each of `channels` planes, transposed so that the channels are contiguous.
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
