import Checking
import Tensors
import Testing

/// Sums of values and of derivatives, each times its index, so that no two can be swapped. PyTorch 2.13 gave them for
/// the same tensors.
@Suite("The results of PyTorch 2.13")
struct PyTorchTests {
  /// ((7 i² + 3 i) mod 23 − 11) / 8
  private func grid(_ shape: Shape) -> Tensor {
    let numbers = (0..<shape.count).map { (i: Int) -> Double in
      let remainder = (7 * i * i + 3 * i) % 23
      return Double(remainder - 11) / 8
    }
    return Tensor(numbers, shape: shape, scalarType: .double)
  }

  /// Σᵢ (i + first) xᵢ
  private func numbered(_ x: Tensor, from first: Int = 0) -> Double {
    x.scalars.enumerated().reduce(0) { $0 + Double($1.offset + first) * $1.element }
  }

  private static let classWeights = [0.5, 2, 1, 0.25]

  @Test("for cross-entropy with ignored labels, class weights and smoothing")
  func crossEntropies() {
    let cases: [(weights: [Double]?, smoothing: Double, loss: Double, slope: Double)] = [
      (nil, 0, 1.690548462067503, 0.3263779051878668),
      (Self.classWeights, 0, 1.9597424065773743, 0.5916286209642796),
      (Self.classWeights, 0.1, 1.9340730121263872, 0.5884368827199726),
      (nil, 0.1, 1.6858609620675031, 0.32637790518786636),
    ]
    for c in cases {
      let (loss, g) = valueWithGradient(at: grid([5, 4])) {
        $0.crossEntropy(
          labels: [2, 0, -100, 3, 1], smoothing: c.smoothing, where: [true, true, false, true, true],
          classWeights: c.weights)
      }
      #expect(abs(loss.item - c.loss) < 1e-14)
      #expect(abs(numbered(g) - c.slope) < 1e-13)
    }
  }

  @Test("for binary cross-entropy with positive weights, and with weights, summed")
  func binary() {
    let y = Tensor((0..<20).map { Double(5 * $0 % 8) / 7 }, shape: [5, 4], scalarType: .double)
    let w = Tensor(Self.classWeights, scalarType: .double)
    let (mean, g) = valueWithGradient(at: grid([5, 4])) { $0.binaryCrossEntropy(targets: y, positiveWeights: w) }
    #expect(abs(mean.item - 0.6736382757242) < 1e-14)
    #expect(abs(numbered(g) + 0.04530112601304759) < 1e-13)
    let (sum, h) = valueWithGradient(at: grid([5, 4])) {
      $0.binaryCrossEntropy(targets: y, weights: w, positiveWeights: w, isSummed: true)
    }
    #expect(abs(sum.item - 16.09888181074646) < 1e-13)
    #expect(abs(numbered(h) + 22.479969857913986) < 1e-12)
  }

  @Test("for pooling with rectangles, sizes rounded up and every divisor")
  func pooling() {
    func average(_ x: Tensor, _ divisor: PoolingDivisor) -> Tensor {
      x.averagePooled2D(window: (2, 3), stride: (3, 2), padding: (1, 1), isRoundedUp: true, divisor: divisor)
    }
    check(15.875, 484) { $0.maxPooled2D(window: (2, 3), stride: (3, 2), padding: (1, 1), isRoundedUp: true) }
    check(10.625, 148) { $0.maxPooled2D(window: 3, stride: 4, padding: 1, isRoundedUp: true) }
    check(-9.75, 392.33333333333337) { average($0, .padded) }
    check(-12.572916666666666, 486) { average($0, .inside) }
    check(-11.7, 470.8) { average($0, .constant(5)) }
    check(-0.875, 1720.5) { $0.averagePooled2D(window: 2, isRoundedUp: true) }
  }

  @Test("for convolutions with parameters for each axis")
  func convolutions() {
    check(-61.453125, 6332.375) { [k = grid([2, 1, 2, 3])] in
      convolution($0, k, stride: (2, 1), padding: (0, 2), dilation: (1, 2))
    }
    check(-2482.296875, 384378.75) { [k = grid([1, 2, 2, 3])] in
      transposedConvolution($0, k, stride: (2, 3), padding: (0, 1), outputPadding: (1, 2), dilation: (1, 2))
    }
  }

  /// An operation on a plane of 5 × 7, and the derivative of its values, each times its number from 0 on.
  private func check(_ value: Double, _ slope: Double, _ f: (Tensor) -> Tensor) {
    let (y, pullback) = valueWithPullback(at: grid([1, 1, 5, 7]), of: f)
    let g = pullback(Tensor.range(0..<y.count, scalarType: .double).reshaped(y.shape))
    let (sum, slopes) = (numbered(y, from: 1), numbered(g))
    #expect(abs(sum / value - 1) < 1e-12)
    #expect(abs(slopes / slope - 1) < 1e-12)
  }
}
