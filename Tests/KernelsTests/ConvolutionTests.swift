import Kernels
import Testing

/// A convolution with its operands, all three of which have random numbers.
struct ConvolutionCase: CustomTestStringConvertible {
  let shape: ConvolutionShape
  let type: ScalarType

  /// Sizes as [images, channels, filters, groups], and each axis as [input, kernel, stride, padding, dilation].
  init(_ sizes: [Int], _ rows: [Int], _ columns: [Int], _ type: ScalarType = .float, output: Int? = nil) {
    func axis(_ numbers: [Int]) -> ConvolutionAxis {
      ConvolutionAxis(
        input: numbers[0], kernel: numbers[1], output: output, stride: numbers[2], padding: numbers[3],
        dilation: numbers[4])
    }
    shape = ConvolutionShape(
      images: sizes[0], channels: sizes[1], filters: sizes[2], groups: sizes[3], rows: axis(rows),
      columns: axis(columns))
    self.type = type
  }

  var testDescription: String { "\(shape) \(type)" }

  func operand(_ count: Int, seed: UInt64) -> Region {
    var numbers = Numbers(seed: seed)
    return Region(Buffer(numbers.array(count + 3, type), type), offset: 3)
  }
  var x: Region { operand(shape.inputCount, seed: 1) }
  var weight: Region { operand(shape.weightCount, seed: 2) }
  var y: Region { operand(shape.outputCount, seed: 3) }

  func result(_ count: Int, _ kernel: (Buffer) -> Void) -> [Double] {
    let result = Buffer(type, count: count, repeating: .nan)
    kernel(result)
    return result.values
  }

  /// The convolution, its transpose and the gradient of the weights; with bias where there is one.
  var fast: [[Double]] {
    let (x, weight, y) = (x, weight, y)
    return [
      result(shape.outputCount) { convolve(x, weight, bias: operand(shape.filters, seed: 4), shape, into: $0) },
      result(shape.outputCount) { convolve(x, weight, shape, into: $0) },
      result(shape.inputCount) {
        convolveTransposed(y, weight, bias: operand(shape.channels, seed: 5), shape, into: $0)
      },
      result(shape.inputCount) { convolveTransposed(y, weight, shape, into: $0) },
      result(shape.weightCount) { convolveForWeights(x, y, shape, into: $0) },
    ]
  }

  var defined: [[Double]] {
    let (x, weight, y) = (x, weight, y)
    let (bias, other) = (operand(shape.filters, seed: 4), operand(shape.channels, seed: 5))
    return [
      result(shape.outputCount) { convolveDefinition(x, weight, bias: bias, shape, into: $0) },
      result(shape.outputCount) { convolveDefinition(x, weight, bias: nil, shape, into: $0) },
      result(shape.inputCount) { convolveTransposedDefinition(y, weight, bias: other, shape, into: $0) },
      result(shape.inputCount) { convolveTransposedDefinition(y, weight, bias: nil, shape, into: $0) },
      result(shape.weightCount) { convolveForWeightsDefinition(x, y, shape, into: $0) },
    ]
  }

  /// The number of products in the longest sum: each is rounded at most once.
  var tolerance: Double {
    let terms = shape.images * shape.outputPlane + (shape.channels + shape.filters) * shape.kernelPlane
    return Double(terms + 1) * type.epsilon
  }

  var isRight: Bool { zip(fast, defined).allSatisfy { agree($0, $1, tolerance) } }
}

/// Planes with all layouts: padding, strides, dilation, kernels of even length, different rows and columns, and strides
/// longer than the input, where part of the kernel meets only padding.
private let planes: [([Int], [Int])] = [
  ([1, 1, 1, 0, 1], [1, 1, 1, 0, 1]), ([5, 3, 1, 1, 1], [5, 3, 1, 1, 1]), ([7, 3, 1, 0, 1], [4, 2, 1, 1, 1]),
  ([8, 3, 2, 1, 1], [8, 3, 2, 1, 1]), ([7, 4, 2, 1, 1], [9, 4, 2, 1, 1]), ([6, 1, 1, 0, 1], [5, 1, 1, 0, 1]),
  ([9, 1, 2, 0, 1], [8, 1, 2, 0, 1]), ([9, 1, 3, 2, 1], [8, 1, 2, 1, 1]), ([11, 3, 3, 4, 2], [13, 2, 2, 3, 3]),
  ([9, 3, 1, 2, 2], [33, 3, 1, 2, 2]), ([1, 1, 1, 0, 1], [70, 5, 1, 2, 1]), ([1, 1, 1, 0, 1], [37, 3, 4, 5, 1]),
  ([4, 4, 1, 0, 1], [4, 4, 1, 0, 1]), ([5, 2, 4, 0, 1], [7, 3, 5, 1, 1]), ([3, 2, 1, 4, 1], [17, 3, 1, 0, 3]),
  ([40, 3, 1, 1, 1], [41, 3, 1, 1, 1]), ([12, 5, 3, 2, 2], [16, 4, 2, 1, 2]),
  ([2, 2, 2, 2, 1], [1, 2, 2, 2, 1]), ([1, 3, 3, 2, 1], [2, 4, 5, 3, 1]),
]

@Suite("The convolution kernels")
struct ConvolutionTests {
  @Test(
    "the convolution, its transpose and the gradient of the weights agree with their definitions",
    arguments: planes.indices, [ScalarType.float, .double])
  func awkward(_ index: Int, _ type: ScalarType) {
    let (rows, columns) = planes[index]
    for sizes in [[1, 1, 1, 1], [3, 2, 5, 1], [2, 13, 17, 1], [2, 6, 4, 2], [5, 3, 3, 3], [2, 3, 6, 3]] {
      let test = ConvolutionCase(sizes, rows, columns, type)
      #expect(test.isRight, "\(test.testDescription)")
    }
  }

  @Test("so do those that need several panels, several parts of the channels, several blocks and sections")
  func large() {
    for test in [
      ConvolutionCase([3, 70, 33, 1], [14, 3, 1, 1, 1], [14, 3, 1, 1, 1]),
      ConvolutionCase([40, 20, 12, 1], [4, 3, 2, 1, 1], [4, 4, 2, 1, 1]),
      ConvolutionCase([19, 5, 64, 1], [7, 3, 1, 1, 1], [7, 3, 1, 1, 1]),
      ConvolutionCase([2, 130, 130, 1], [5, 3, 1, 1, 1], [5, 3, 1, 1, 1]),
      ConvolutionCase([1, 2, 3, 1], [67, 3, 1, 1, 1], [71, 3, 1, 1, 1]),
      ConvolutionCase([2, 2, 3, 1], [90, 4, 2, 1, 1], [91, 3, 2, 1, 1]),
      ConvolutionCase([1, 3, 2, 1], [1, 1, 1, 0, 1], [3001, 7, 1, 3, 1]),
      ConvolutionCase([37, 30, 26, 1], [4, 4, 1, 0, 1], [4, 4, 1, 0, 1]),
      ConvolutionCase([33, 3, 3, 3], [17, 3, 2, 1, 1], [19, 3, 1, 1, 1], .double),
    ] { #expect(test.isRight, "\(test.testDescription)") }
  }

  @Test("an empty sum gives zero or the bias, and an empty output stays empty")
  func empty() {
    for sizes in [[0, 2, 3, 1], [2, 0, 3, 1], [2, 3, 0, 1], [0, 2, 2, 2]] {
      for plane in [[5, 3, 1, 1, 1], [5, 3, 2, 0, 1], [1, 3, 1, 0, 1], [0, 1, 1, 1, 1], [2, 5, 1, 1, 1]] {
        let test = ConvolutionCase(sizes, plane, plane)
        #expect(test.isRight, "\(test.testDescription)")
      }
    }
    for plane in [[1, 3, 1, 0, 1], [0, 1, 1, 1, 1], [2, 5, 1, 1, 1]] {
      for groups in [1, 2] {
        let test = ConvolutionCase([3, 2, 2, groups], plane, plane)
        #expect(test.isRight, "\(test.testDescription)")
      }
    }
  }

  @Test("a requested output that is shorter or longer than the kernel's reach is computed", arguments: [1, 3, 6])
  func output(_ length: Int) {
    for groups in [1, 2] {
      let test = ConvolutionCase([3, 4, 4, groups], [7, 3, 2, 1, 1], [7, 3, 2, 1, 1], output: length)
      #expect(test.isRight, "\(test.testDescription)")
    }
  }

  @Test("a kernel of a single 1 leaves an image unchanged")
  func identity() {
    for groups in [1, 4] {
      let test = ConvolutionCase([3, 4, 4, groups], [9, 3, 1, 1, 1], [11, 3, 1, 1, 1])
      let weights = (0..<test.shape.weightCount).map { i in
        i % 9 == 4 && (groups == 4 || i / 9 % 4 == i / 36) ? 1.0 : 0
      }
      let kernel = Region(Buffer(weights, .float))
      let (x, y) = (test.x, test.result(test.shape.outputCount) { convolve(test.x, kernel, test.shape, into: $0) })
      #expect(y == x.buffer.doubles(from: 3, count: y.count))
      #expect(test.result(y.count) { convolveTransposed(x, kernel, test.shape, into: $0) } == y)
    }
  }

  @Test("the results are bit for bit the same for any number of threads")
  func threads() {
    for test in [
      ConvolutionCase([40, 20, 33, 1], [16, 3, 1, 1, 1], [16, 3, 1, 1, 1]),
      ConvolutionCase([40, 16, 20, 1], [16, 4, 2, 1, 1], [16, 4, 2, 1, 1], .double),
      ConvolutionCase([9, 150, 150, 1], [7, 3, 1, 1, 1], [7, 3, 1, 1, 1]),
      ConvolutionCase([40, 64, 50, 1], [16, 3, 1, 1, 1], [16, 3, 1, 1, 1]),
      ConvolutionCase([70, 64, 50, 1], [14, 4, 2, 1, 1], [14, 4, 2, 1, 1]),
      ConvolutionCase([64, 30, 30, 30], [16, 3, 1, 1, 1], [16, 3, 1, 1, 1]),
      ConvolutionCase([64, 3, 3, 3], [40, 3, 2, 1, 1], [40, 3, 2, 1, 1]),
    ] {
      let results = [1, 2, 3].map { threads in ThreadLimit.$current.withValue(threads) { test.fast } }
      #expect(results[0] == results[1] && results[1] == results[2], "\(test.testDescription)")
    }
  }

  @Test("NaN reaches the results that see it, and no others", arguments: [1, 2])
  func notANumber(_ groups: Int) {
    let test = ConvolutionCase([2, 2, 2, groups], [9, 3, 1, 1, 1], [9, 3, 1, 1, 1])
    let x = test.x
    x.buffer[3 + 4 * 9 + 5] = .nan  // image 0, channel 0, row 4, column 5
    let y = test.result(test.shape.outputCount) { convolve(x, test.weight, test.shape, into: $0) }
    for (i, value) in y.enumerated() {
      let (plane, row, column) = (i / 81, i / 9 % 9, i % 9)
      let sees = (groups == 1 ? plane < 2 : plane == 0) && abs(row - 4) < 2 && abs(column - 5) < 2
      #expect(value.isNaN == sees, "place \(i)")
    }
    let weight = test.result(test.shape.weightCount) { convolveForWeights(x, test.y, test.shape, into: $0) }
    for (i, value) in weight.enumerated() {
      #expect(value.isNaN == (groups == 1 ? i / 9 % 2 == 0 : i < 9), "weight \(i)")
    }
  }
}
