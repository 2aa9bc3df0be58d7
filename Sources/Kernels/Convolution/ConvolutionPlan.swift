// What a convolution reads and writes, computed once: every case becomes a sum over taps at fixed distances.
//
// A convolution with stride s reads every s-th number, so the padded image is split into s × s phases, in which these
// are adjacent. A transposed convolution writes every s-th number, so its result is split into s × s grids, each with
// the few taps that reach it. What remains is the same in both cases, without multiplying by the zeros in between:
//
//   result[i] = Σ over taps (weight[tap.kernel] · source[i + tap.shift])

/// An element of the kernel, and the position of the source element that it multiplies.
struct ConvolutionTap: Sendable {
  /// The position in the kernel.
  let kernel: Int
  /// The phase of the source that it reads, and the distance from the position of the result.
  let phase, shift: Int
}

/// The results start, start + step, … of an axis, which share the same taps.
struct ConvolutionGrid: Sendable {
  let start, step, count: Int
  let taps: [ConvolutionTap]
}

/// One axis of a plan.
struct ConvolutionAxisPlan: Sendable {
  /// The lengths of the source and the result.
  let source, result: Int
  /// Element i of a phase is element origin + step · i of the source, or zero outside the source.
  let origins: [Int]
  let step: Int
  let grids: [ConvolutionGrid]

  /// The largest shift of any tap.
  var reach: Int { grids.flatMap(\.taps).map(\.shift).max() ?? 0 }
  /// The number of results in the largest grid.
  var count: Int { grids.map(\.count).max() ?? 0 }
  /// Whether the source itself is the only phase.
  var isInPlace: Bool { step == 1 && origins == [0] && count + reach <= source }

  init(_ axis: ConvolutionAxis, isTransposed: Bool) { self = isTransposed ? Self(transposed: axis) : Self(axis) }

  /// y[i] = Σₖ weight[k] x[s i + d k − p]
  init(_ axis: ConvolutionAxis) {
    let phases = Array(Set((0..<axis.kernel).map { axis.dilation * $0 % axis.stride })).sorted()
    let taps = (0..<axis.kernel).map { k in
      let (shift, phase) = (axis.dilation * k).quotientAndRemainder(dividingBy: axis.stride)
      return ConvolutionTap(kernel: k, phase: phases.firstIndex(of: phase) ?? 0, shift: shift)
    }
    (source, result, step) = (axis.input, axis.output, axis.stride)
    origins = phases.map { $0 - axis.padding }
    grids = [ConvolutionGrid(start: 0, step: 1, count: axis.output, taps: taps)]
  }

  /// x[h] = Σₖ weight[k] y[i] with s i + d k = h + p: for h = start + s j that is i = j + (start + p − d k) / s.
  private init(transposed axis: ConvolutionAxis) {
    let grids = (0..<max(1, min(axis.stride, axis.input))).map { start in
      let taps = (0..<axis.kernel).compactMap { k in
        let distance = start + axis.padding - axis.dilation * k
        return distance % axis.stride == 0
          ? ConvolutionTap(kernel: k, phase: 0, shift: distance / axis.stride) : nil
      }
      let count = (axis.input - start + axis.stride - 1) / axis.stride
      return ConvolutionGrid(start: start, step: axis.stride, count: count, taps: taps)
    }
    let origin = grids.flatMap(\.taps).map(\.shift).min() ?? 0
    (source, result, step) = (axis.output, axis.input, 1)
    origins = [origin]
    self.grids = grids.map { grid in
      let taps = grid.taps.map { ConvolutionTap(kernel: $0.kernel, phase: 0, shift: $0.shift - origin) }
      return ConvolutionGrid(start: grid.start, step: grid.step, count: grid.count, taps: taps)
    }
  }
}

/// Some rows of some images: the work of one task.
struct PixelBlock: Sendable {
  let images, rows: Range<Int>
}

/// All images divided into blocks that fit the second-level cache and fill whole panels: bands of a large image, or
/// several small images.
struct PixelBlocks: Sendable {
  let images, rows: Int
  let count: Int
  /// The maximum number of images in a block.
  let imagesPerBlock: Int
  private let bandsPerImage: Int

  init(images: Int, rows: Int, width: Int, panel: Int) {
    (self.images, self.rows) = (images, rows)
    let pixels = max(1, rows * width)
    bandsPerImage = min(max(1, rows), max(1, pixels / mostBlockPixels))
    // Of the sufficient numbers of images, choose the one that wastes least of its last panel.
    let enough = min(fewBlockPixels, max(2 * panel, images * pixels / 8))
    let least = max(1, min(images, enough / pixels))
    let fill = { (number: Int) in Double(number * pixels) / Double((number * pixels + panel - 1) / panel * panel) }
    let candidates = bandsPerImage > 1 ? 1...1 : least...max(least, min(images, 2 * least))
    imagesPerBlock = candidates.reduce(candidates.lowerBound) { fill($1) > fill($0) + 0.01 ? $1 : $0 }
    count = (images + imagesPerBlock - 1) / imagesPerBlock * bandsPerImage
  }

  subscript(index: Int) -> PixelBlock {
    let (group, band) = index.quotientAndRemainder(dividingBy: bandsPerImage)
    let first = group * imagesPerBlock
    return PixelBlock(
      images: first..<min(images, first + imagesPerBlock),
      rows: band * rows / bandsPerImage..<(band + 1) * rows / bandsPerImage)
  }

  /// Whether a block has several images.
  var areGroups: Bool { imagesPerBlock > 1 }
}

/// The number of pixels in a block of small whole images, and the maximum number in a band of a large image.
private let fewBlockPixels = 256
private let mostBlockPixels = 1024
