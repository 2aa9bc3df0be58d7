// What a convolution reads and writes, worked out once: every case becomes a sum over taps at fixed distances.
//
// A convolution with stride s reads each s-th number, so the padded image is split into s × s phases, in which neighbours are
// next to each other; a transposed convolution writes them, so its result is split into s × s grids, each with the few taps
// that reach it. What remains is the same in both cases, without a multiplication by the zeros in between:
//
//   result[i] = Σ over taps (weight[tap.kernel] · source[i + tap.shift])

/// A number of the kernel, and where it finds its number of the source.
struct ConvolutionTap: Sendable {
  /// The place in the kernel.
  let kernel: Int
  /// Which phase of the source it reads, and how far from the place it is for.
  let phase, shift: Int
}

/// The results start, start + step, … of an axis, which have the same taps.
struct ConvolutionGrid: Sendable {
  let start, step, count: Int
  let taps: [ConvolutionTap]
}

/// One axis of a plan.
struct ConvolutionAxisPlan: Sendable {
  /// The lengths of the source and the result.
  let source, result: Int
  /// Number i of a phase is number origin + step · i of the source, or zero where there is none.
  let origins: [Int]
  let step: Int
  let grids: [ConvolutionGrid]

  /// How far behind its own place a result looks at most.
  var reach: Int { grids.flatMap(\.taps).map(\.shift).max() ?? 0 }
  /// How many results the largest grid has.
  var count: Int { grids.map(\.count).max() ?? 0 }
  /// Whether the source itself is the only phase.
  var isInPlace: Bool { step == 1 && origins == [0] && count + reach <= source }

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
  init(transposed axis: ConvolutionAxis) {
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
    self.grids = grids.map { $0.moved(by: -origin) }
  }
}

extension ConvolutionGrid {
  /// The grid with its taps moved.
  fileprivate func moved(by distance: Int) -> ConvolutionGrid {
    let taps = taps.map { ConvolutionTap(kernel: $0.kernel, phase: $0.phase, shift: $0.shift + distance) }
    return ConvolutionGrid(start: start, step: step, count: count, taps: taps)
  }
}

/// Some rows of some images: what one task works on.
struct PixelBlock: Sendable {
  let images, rows: Range<Int>
}

/// All images cut into blocks that fit the second-level cache and fill whole panels: bands of a large image, or several small
/// images.
struct PixelBlocks: Sendable {
  let images, rows: Int
  let count: Int
  /// The most images of a block.
  let imagesPerBlock: Int
  private let bandsPerImage: Int

  init(images: Int, rows: Int, width: Int, panel: Int) {
    (self.images, self.rows) = (images, rows)
    let pixels = max(1, rows * width)
    bandsPerImage = min(max(1, rows), max(1, pixels / mostBlockPixels))
    // Of the numbers of images that are enough, the one that leaves the least of its last panel empty.
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

/// The pixels of a block of whole images, if the images are small, and the most that a band of a large image has.
private let fewBlockPixels = 256
private let mostBlockPixels = 1024
