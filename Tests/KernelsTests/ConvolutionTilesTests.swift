import Kernels
import Testing

@Suite("Convolution by tiles")
struct ConvolutionTilesTests {
  @Test(
    "3 × 3 kernels with many channels and filters, computed by tiles, agree too",
    arguments: [
      ConvolutionCase([2, 32, 47, 1], [7, 3, 1, 1, 1], [8, 3, 1, 1, 1]),
      ConvolutionCase([3, 33, 32, 1], [9, 3, 1, 0, 1], [10, 3, 1, 2, 1]),
      ConvolutionCase([2, 40, 33, 1], [14, 3, 1, 2, 1], [31, 3, 1, 1, 1]),
      ConvolutionCase([1, 32, 33, 1], [22, 3, 1, 1, 1], [31, 3, 1, 1, 1]),
      ConvolutionCase([1, 32, 32, 1], [20, 3, 1, 1, 1], [62, 3, 1, 0, 1]),
      ConvolutionCase([13, 70, 33, 1], [8, 3, 1, 1, 1], [4, 3, 1, 1, 1]),
      ConvolutionCase([2, 40, 130, 1], [16, 3, 1, 1, 1], [7, 3, 1, 1, 1]),
      // The gradient of the weights takes more than one round.
      ConvolutionCase([9, 32, 32, 1], [16, 3, 1, 1, 1], [16, 3, 1, 1, 1]),
    ])
  func tiles(_ test: ConvolutionCase) { #expect(test.isRight) }

  @Test(
    "so do kernels of 4 × 4 with stride 2, of 2 × 2, and of 6 × 6 with stride 2",
    arguments: [
      ConvolutionCase([8, 32, 47, 1], [14, 4, 2, 1, 1], [14, 4, 2, 1, 1]),
      ConvolutionCase([2, 33, 32, 1], [34, 4, 2, 0, 1], [36, 4, 2, 3, 1]),
      ConvolutionCase([3, 32, 34, 1], [27, 4, 2, 1, 1], [25, 4, 2, 2, 1]),
      ConvolutionCase([2, 32, 32, 1], [35, 4, 2, 0, 1], [35, 4, 2, 0, 1]),
      ConvolutionCase([1, 32, 33, 1], [10, 4, 2, 1, 1], [126, 4, 2, 1, 1]),
      ConvolutionCase([40, 33, 32, 1], [8, 4, 2, 1, 1], [8, 4, 2, 1, 1]),
      ConvolutionCase([2, 32, 32, 1], [28, 4, 2, 3, 1], [31, 4, 2, 2, 1]),
      ConvolutionCase([2, 32, 35, 1], [17, 2, 1, 0, 1], [16, 2, 1, 1, 1]),
      ConvolutionCase([2, 32, 32, 1], [20, 6, 2, 2, 1], [20, 6, 2, 3, 1]),
    ])
  func phases(_ test: ConvolutionCase) { #expect(test.isRight) }

  @Test(
    "so do convolutions that do not suit tiles: few channels or tiles, groups, much padding, unequal strides, dilation",
    arguments: [
      ConvolutionCase([8, 31, 40, 1], [14, 4, 2, 1, 1], [14, 4, 2, 1, 1]),
      ConvolutionCase([1, 32, 32, 1], [14, 4, 2, 1, 1], [14, 4, 2, 1, 1]),
      ConvolutionCase([8, 64, 64, 2], [16, 4, 2, 1, 1], [16, 4, 2, 1, 1]),
      ConvolutionCase([32, 32, 32, 1], [8, 4, 2, 4, 1], [8, 4, 2, 4, 1]),
      ConvolutionCase([2, 32, 32, 1], [16, 3, 1, 1, 2], [16, 3, 1, 2, 2]),
      ConvolutionCase([2, 32, 32, 1], [28, 4, 2, 1, 1], [15, 2, 1, 0, 1]),
    ])
  func unsuited(_ test: ConvolutionCase) { #expect(test.isRight) }

  @Test("so do requested outputs that are shorter or longer than the kernel's reach", arguments: [4, 6, 8, 11])
  func output(_ length: Int) {
    for plane in [[7, 3, 1, 1, 1], [14, 4, 2, 1, 1]] {
      let test = ConvolutionCase([32, 32, 33, 1], plane, plane, output: length)
      #expect(test.isRight, "\(test.testDescription)")
    }
  }

  @Test("after a batch of images, an empty one gives a gradient of zero", arguments: [3, 4])
  func emptyBatch(_ kernel: Int) {
    let plane = [16, kernel, kernel - 2, 1, 1]
    for images in [8, 0] {
      let test = ConvolutionCase([images, 64, 64, 1], plane, plane)
      let weight = test.result(test.shape.weightCount) { convolveForWeights(test.x, test.y, test.shape, into: $0) }
      #expect(weight.allSatisfy { ($0 == 0) == (images == 0) })
    }
  }

  @Test("what another gradient left in memory does not count where the last tiles do not fill their task")
  func leftInMemory() {
    let columns = [31, 3, 1, 1, 1]
    let full = ConvolutionCase([2, 32, 32, 1], [24, 3, 1, 1, 1], columns)
    let x = Region(Buffer(.float, count: full.shape.inputCount, repeating: .nan))
    let y = Region(Buffer(.float, count: full.shape.outputCount, repeating: .nan))
    let spoilt = full.result(full.shape.weightCount) { convolveForWeights(x, y, full.shape, into: $0) }
    #expect(spoilt.allSatisfy { $0.isNaN })
    let test = ConvolutionCase([2, 32, 32, 1], [22, 3, 1, 1, 1], columns)
    let weight = test.result(test.shape.weightCount) { convolveForWeights(test.x, test.y, test.shape, into: $0) }
    #expect(weight.allSatisfy { $0.isFinite })
  }

  @Test("tiles of four round with an error of less than 2⁻¹⁵ of the size of the results, typically 1.2 · 10⁻⁶")
  func rounding() {
    let test = ConvolutionCase([8, 128, 64, 1], [14, 4, 2, 1, 1], [14, 4, 2, 1, 1])
    func exact(_ region: Region) -> Region {
      Region(Buffer(region.buffer.doubles(from: region.offset, count: region.buffer.count - region.offset)))
    }
    func expectClose(_ count: Int, _ kernel: (Buffer, _ operand: (Region) -> Region) -> Void) {
      let (rounded, expected) = (Buffer(.float, count: count), Buffer(.double, count: count))
      kernel(rounded) { $0 }
      kernel(expected, exact)
      let size = (dot(expected.values, expected.values) / Double(count)).squareRoot()
      let errors = zip(rounded.values, expected.values).map { abs($0 - $1) / size }
      #expect(errors.max() ?? 0 < 0x1p-15)
      #expect((dot(errors, errors) / Double(count)).squareRoot() < 1.2e-6)
    }
    expectClose(test.shape.outputCount) { convolve($1(test.x), $1(test.weight), test.shape, into: $0) }
    expectClose(test.shape.inputCount) { convolveTransposed($1(test.y), $1(test.weight), test.shape, into: $0) }
    expectClose(test.shape.weightCount) { convolveForWeights($1(test.x), $1(test.y), test.shape, into: $0) }
  }

  @Test("computed by tiles, NaN reaches the results that see it, and otherwise only results in their tiles")
  func notANumberInTiles() {
    let test = ConvolutionCase([2, 32, 32, 1], [16, 3, 1, 1, 1], [16, 3, 1, 1, 1])
    let x = test.x
    x.buffer[3 + 4 * 16 + 7] = .nan  // image 0, channel 0, row 4, column 7
    let y = test.result(test.shape.outputCount) { convolve(x, test.weight, test.shape, into: $0) }
    for (i, value) in y.enumerated() {
      let (plane, row, column) = (i / 256, i / 16 % 16, i % 16)
      let sees = plane < 32 && abs(row - 4) < 2 && abs(column - 7) < 2
      let isInTile = plane < 32 && 2...5 ~= row && 6...9 ~= column
      #expect(value.isNaN == sees || isInTile, "place \(i)")
    }
    let weight = test.result(test.shape.weightCount) { convolveForWeights(x, test.y, test.shape, into: $0) }
    for (i, value) in weight.enumerated() { #expect(value.isNaN == (i / 9 % 32 == 0), "weight \(i)") }
  }

  @Test("NaN in a tile of four reaches the results that see it, and otherwise only results in the tile")
  func notANumberInLargeTiles() {
    let test = ConvolutionCase([8, 32, 32, 1], [16, 4, 2, 1, 1], [16, 4, 2, 1, 1])
    let x = test.x
    x.buffer[3 + 4 * 16 + 3] = .nan  // image 0, channel 0, row 4, column 3
    let y = test.result(test.shape.outputCount) { convolve(x, test.weight, test.shape, into: $0) }
    for (i, value) in y.enumerated() {
      let (plane, row, column) = (i / 64, i / 8 % 8, i % 8)
      let sees = plane < 32 && 1...2 ~= row && 1...2 ~= column
      let isInTile = plane < 32 && 0...3 ~= row && 0...3 ~= column
      #expect(value.isNaN == sees || isInTile, "place \(i)")
      #expect(!sees || value.isNaN, "place \(i)")
    }
    let weight = test.result(test.shape.weightCount) { convolveForWeights(x, test.y, test.shape, into: $0) }
    for (i, value) in weight.enumerated() where i / 16 % 32 != 0 { #expect(!value.isNaN, "weight \(i)") }
  }
}
