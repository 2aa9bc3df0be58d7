// The kernels, transformed: G g Gᵀ.

/// The kernels of 3 × 3 of all filters and channels.
struct WinogradKernels: Sendable {
  private let weight: Region
  private let filters, channels: Int
  /// The distances in the weight between filters and between channels, and whether the kernel is rotated by 180°.
  private let filterStride, channelStride: Int
  private let isTurned: Bool

  init(
    _ weight: Region, filters: Int, channels: Int, strides: (filter: Int, channel: Int), isTurned: Bool
  ) {
    (self.weight, self.filters, self.channels) = (weight, filters, channels)
    (filterStride, channelStride, self.isTurned) = (strides.filter, strides.channel, isTurned)
  }

  /// The number of filters, rounded up to whole panels.
  var filterRows: Int { (filters + tileRows - 1) / tileRows * tileRows }

  /// For each position, the filters in panels in the order of the register tile.
  func transformed() -> Buffer {
    let place = filterRows * channels
    let transformed = Buffer(.float, count: 16 * place)
    parallelChunks(of: (filters + tileRows - 1) / tileRows, atLeast: max(1, 4096 / (tileRows * channels))) { range in
      for first in range.map({ $0 * tileRows }) {
        for c in 0..<channels {
          for r in stride(from: 0, to: tileRows, by: KernelVector.scalarCount) {
            let kernels = kernels(first + r, c)
            let target = transformed.pointer(Float.self, at: first * channels + c * tileRows + r)
            transformKernels(kernels, into: target, placeStride: place)
          }
        }
      }
    }
    return transformed
  }

  /// The nine numbers of some kernels side by side, with zeros for filters that do not exist.
  @inline(__always)
  private func kernels(_ filter: Int, _ channel: Int) -> InlineArray<9, KernelVector> {
    let zero = KernelVector.zero
    var numbers: InlineArray<9, KernelVector> = [zero, zero, zero, zero, zero, zero, zero, zero, zero]
    let weight = weight.pointer(Float.self) + channel * channelStride
    for lane in 0..<max(0, min(KernelVector.scalarCount, filters - filter)) {
      let kernel = weight + (filter + lane) * filterStride
      for k in 0..<9 { numbers[k][lane] = kernel[isTurned ? 8 - k : k] }
    }
    return numbers
  }

  @inline(__always)
  private func transformKernels(
    _ g: InlineArray<9, KernelVector>, into target: UnsafeMutablePointer<Float>, placeStride: Int
  ) {
    let left = transformedKernel((g[0], g[3], g[6]))
    let middle = transformedKernel((g[1], g[4], g[7]))
    let right = transformedKernel((g[2], g[5], g[8]))
    let target = UnsafeMutableRawPointer(target)
    @inline(__always)
    func store(_ row: Int, _ u: Four<KernelVector>) {
      let place = target + 16 * row * placeStride
      place.storeBytes(of: u.0, as: KernelVector.self)
      place.storeBytes(of: u.1, toByteOffset: 4 * placeStride, as: KernelVector.self)
      place.storeBytes(of: u.2, toByteOffset: 8 * placeStride, as: KernelVector.self)
      place.storeBytes(of: u.3, toByteOffset: 12 * placeStride, as: KernelVector.self)
    }
    store(0, transformedKernel((left.0, middle.0, right.0)))
    store(1, transformedKernel((left.1, middle.1, right.1)))
    store(2, transformedKernel((left.2, middle.2, right.2)))
    store(3, transformedKernel((left.3, middle.3, right.3)))
  }
}

/// The number of filters transformed at a time; it divides every height of the register tile.
#if AVX512
  private typealias KernelVector = SIMD4<Float>
#else
  private typealias KernelVector = SIMD2<Float>
#endif
