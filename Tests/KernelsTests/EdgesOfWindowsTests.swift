import Kernels
import Testing

@Suite("Extreme numbers: convolution, pooling and attention")
struct EdgesOfWindowsTests {
  /// Sizes as [images, channels, filters, groups], and each axis as [input, kernel, stride, padding, dilation].
  static let cases: [ConvolutionCase] = Edges.types.flatMap { type in
    [
      ([2, 3, 5, 1], [7, 3, 1, 1, 1], [9, 3, 1, 1, 1]), ([1, 17, 33, 1], [5, 1, 1, 0, 1], [6, 1, 1, 0, 1]),
      ([2, 4, 6, 2], [9, 3, 2, 1, 1], [8, 3, 2, 1, 1]), ([1, 8, 8, 8], [8, 3, 1, 1, 1], [19, 3, 1, 1, 1]),
      ([1, 5, 5, 5], [9, 5, 2, 2, 1], [9, 5, 2, 2, 1]), ([1, 3, 4, 1], [11, 3, 1, 2, 2], [11, 3, 1, 2, 2]),
      ([3, 2, 7, 1], [1, 1, 1, 0, 1], [37, 5, 1, 2, 1]), ([1, 33, 32, 1], [6, 3, 2, 1, 1], [6, 3, 2, 1, 1]),
      ([2, 3, 16, 1], [8, 4, 4, 0, 1], [8, 4, 4, 0, 1]),
    ].map { ConvolutionCase($0.0, $0.1, $0.2, type) }
  }

  static let specials: [Double] = [.nan, Edges.labelledNaN, .infinity, -.infinity]

  /// The operand with a number replaced.
  private func operand(_ region: Region, _ count: Int, _ type: ScalarType, _ place: Int, _ special: Double) -> Region {
    let copy = Buffer(region.buffer.doubles(from: region.offset, count: count), type)
    copy[place] = special
    return Region(copy)
  }

  @Test("infinity and NaN reach only the results of a convolution that see them", arguments: cases)
  func convolutions(c: ConvolutionCase) {
    let s = c.shape
    for special in Self.specials {
      for place in Edges.places(in: s.inputCount) {
        let x = operand(c.x, s.inputCount, c.type, place, special)
        let fast = c.result(s.outputCount) { convolve(x, c.weight, s, into: $0) }
        let slow = c.result(s.outputCount) { convolveDefinition(x, c.weight, bias: nil, s, into: $0) }
        #expect(agree(fast, slow, 64 * c.type.epsilon), "x[\(place)] = \(special)")
        let weights = c.result(s.weightCount) { convolveForWeights(x, c.y, s, into: $0) }
        let expected = c.result(s.weightCount) { convolveForWeightsDefinition(x, c.y, s, into: $0) }
        #expect(zip(weights, expected).allSatisfy { $1.isFinite || !$0.isFinite }, "weights, x[\(place)] = \(special)")
      }
      for place in Edges.places(in: s.outputCount) {
        let y = operand(c.y, s.outputCount, c.type, place, special)
        let fast = c.result(s.inputCount) { convolveTransposed(y, c.weight, s, into: $0) }
        let slow = c.result(s.inputCount) { convolveTransposedDefinition(y, c.weight, bias: nil, s, into: $0) }
        #expect(agree(fast, slow, 64 * c.type.epsilon), "y[\(place)] = \(special)")
      }
      for place in Edges.places(in: s.weightCount) {
        let weight = operand(c.weight, s.weightCount, c.type, place, special)
        let fast = c.result(s.outputCount) { convolve(c.x, weight, s, into: $0) }
        let slow = c.result(s.outputCount) { convolveDefinition(c.x, weight, bias: nil, s, into: $0) }
        let plane = s.outputPlane
        // At the border the number may be multiplied by zeros of the padding; other filters are unaffected.
        for i in fast.indices {
          let sees = place / (s.weightCount / s.filters) == i / plane % s.filters
          let isSame = agree([fast[i]], [slow[i]], 64 * c.type.epsilon)
          #expect(sees ? isSame || fast[i].isNaN : isSame, "weight[\(place)] = \(special), y[\(i)]")
        }
      }
    }
  }

  @Test("with 3 × 3 kernels between many channels, computed by tiles, they reach at most two places further")
  func tiles() {
    let c = ConvolutionCase([1, 32, 32, 1], [12, 3, 1, 1, 1], [32, 3, 1, 1, 1])
    for special in Self.specials {
      for place in [0, 5 * 32 + 11, c.shape.inputCount - 1] {
        let x = operand(c.x, c.shape.inputCount, .float, place, special)
        let y = c.result(c.shape.outputCount) { convolve(x, c.weight, c.shape, into: $0) }
        let (row, column) = (place / 32 % 12, place % 32)
        for i in y.indices {
          let distance = max(abs(i / 32 % 12 - row), abs(i % 32 - column))
          if distance <= 1 { #expect(!y[i].isFinite) }
          if distance > 3 { #expect(y[i].isFinite) }
        }
      }
    }
  }

  @Test("with 4 × 4 kernels and stride 2, computed by tiles, they reach at most two places further")
  func largeTiles() {
    let c = ConvolutionCase([2, 32, 32, 1], [14, 4, 2, 1, 1], [62, 4, 2, 1, 1])
    for special in Self.specials {
      for place in [0, 5 * 62 + 11, 32 * 14 * 62 - 1] {
        let x = operand(c.x, c.shape.inputCount, .float, place, special)
        let y = c.result(c.shape.outputCount) { convolve(x, c.weight, c.shape, into: $0) }
        // A number at h is seen by the results (h + 1) / 2 and (h + 1) / 2 − 1.
        let (row, column) = ((place / 62 % 14 + 1) / 2, (place % 62 + 1) / 2)
        for i in y.indices where i < 32 * 7 * 31 {
          let (down, right) = (i / 31 % 7 - row, i % 31 - column)
          if -1...0 ~= down && -1...0 ~= right { #expect(!y[i].isFinite) }
          if !(-3...2 ~= down && -3...2 ~= right) { #expect(y[i].isFinite) }
        }
        for i in y.indices where i >= 32 * 7 * 31 { #expect(y[i].isFinite) }
      }
    }
  }

  @Test(
    "NaN is the maximum and the mean of the windows that contain it, and of no others",
    arguments: PoolingTests.shapes.indices,
    Edges.types)
  func pooling(index: Int, type: ScalarType) {
    let shape = PoolingTests.shapes[index]
    let count = shape.planes * shape.rows.length * shape.columns.length
    if count == 0 { return }
    var numbers = Numbers(seed: 44)
    for special in Edges.numbers(type) {
      for place in Edges.places(in: count) {
        var scalars = numbers.array(count, type)
        scalars[place] = special
        let x = Region(Buffer([.nan] + scalars + [.nan], type), offset: 1)
        let (y, expected) = (Buffer(type, count: shape.outputs), Buffer(type, count: shape.outputs))
        let (winners, others) = (Winners(shape), Winners(shape))
        poolMaximum(x, shape, into: y, winners: winners)
        poolMaximumDefinition(x, shape, into: expected, winners: others)
        #expect(agree(y.values, expected.values, 0) && (0..<shape.outputs).allSatisfy { winners[$0] == others[$0] })
        poolAverage(x, shape, into: y)
        poolAverageDefinition(x, shape, into: expected)
        #expect(agree(y.values, expected.values, 64 * type.epsilon), "\(special) at \(place)")
      }
    }
  }

  @Test("attention agrees with the definition for NaN or infinity in any operand or the mask", arguments: Edges.types)
  func attention(type: ScalarType) {
    let (n, m, d, e) = (19, 150, 5, 6)
    var numbers = Numbers(seed: 45)
    let parts = [n * d, m * d, m * e, n * m].map { numbers.array($0, type) }
    for special in Self.specials {
      for (part, place) in [(0, 0), (0, 7 * d + 2), (1, 3), (1, m * d - 1), (2, 0), (2, 140 * e + 2), (3, 4 * m + 149)]
      {
        var changed = parts
        changed[part][place] = special
        let operands = zip(changed, [d, d, e, m]).map {
          MatrixOperand(Buffer($0, type), offsets: [0], rowStride: $1, columnStride: 1)
        }
        let x = AttentionOperands(
          q: operands[0], k: operands[1], v: operands[2], mask: operands[3], queries: n, keys: m, depth: d, width: e,
          isCausal: false)
        let results = [attend, attendDefinition].map { kernel in
          let y = Buffer(type, count: n * e)
          let target = MatrixOperand(y, offsets: [0], rowStride: e, columnStride: 1)
          kernel(x, target, AttentionStatistics(type, count: n))
          return y.values
        }
        #expect(agree(results[0], results[1], 64 * type.epsilon), "\(special) at \(place) of operand \(part)")
      }
    }
  }
}
