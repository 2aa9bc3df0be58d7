import CNN
import Checking
import Tensors
import Testing

@Suite("§ 4.2.2 The size of the output")
struct OutputSizeTests {
  @Test("Theorem 4.3, (4.2): the formula counts the places where the kernel fits, for every H, k, p, s and d")
  func counting() {
    var cases = 0
    for (k, p, s) in (0..<7 * 4 * 5).map({ ($0 % 7 + 1, $0 / 7 % 4, $0 / 28 + 1) }) {
      for d in 1...3 {
        for H in 1...12 where H + 2 * p >= d * (k - 1) + 1 {
          let places = kernelPlaces(H, kernel: k, stride: s, padding: p, dilation: d)
          #expect(outputSize(H, kernel: k, stride: s, padding: p, dilation: d) == places.count)
          cases += 1
        }
      }
    }
    #expect(cases == 3_510)
  }

  @Test("Theorem 4.3: the tensors' convolution has that size", arguments: [1, 2, 3], [0, 1, 2])
  func measured(s: Int, p: Int) {
    for (k, H, W) in [(1, 5, 6), (2, 7, 4), (3, 8, 11), (5, 5, 9)] {
      let y = convolution(Tensor.ones([1, 1, H, W]), Tensor.ones([1, 1, k, k]), stride: s, padding: p)
      let size = [H, W].map { outputSize($0, kernel: k, stride: s, padding: p) }
      #expect(y.shape == [1, 1, size[0], size[1]])
    }
  }

  @Test("Example 4.4: a 5 × 5 kernel with p = 2 makes 32 of 32")
  func example() { #expect(outputSize(32, kernel: 5, padding: 2) == 32) }

  @Test("Example 4.4, an erratum: p = ⌊k/2⌋ keeps the size for odd k and s = 1 only")
  func samePaddingErratum() {
    for H in [7, 32, 33] {
      for k in 1...7 {
        #expect((outputSize(H, kernel: k, padding: k / 2) == H) == !k.isMultiple(of: 2))
        if k.isMultiple(of: 2) {
          #expect(outputSize(H, kernel: k, padding: k / 2) == H + 1)
          for p in 0...k { #expect(outputSize(H, kernel: k, padding: p) != H) }
        }
        #expect(outputSize(H, kernel: k, stride: 2, padding: k / 2) != H)
      }
    }
    #expect([2, 4, 6].map { outputSize(32, kernel: $0, padding: $0 / 2) } == [33, 33, 33])
    #expect((1...7).map { outputSize(32, kernel: $0, stride: 2, padding: $0 / 2) } == [16, 17, 16, 17, 16, 17, 16])
  }

  @Test(
    "§ 4.2.2: unequal padding gives ⌈H / s⌉ numbers for every kernel, with at most one more zero after than before")
  func unequalPadding() {
    for H in 1...13 {
      for (k, s, d) in (0..<63).map({ ($0 % 7 + 1, $0 / 7 % 3 + 1, $0 / 21 + 1) }) {
        let (before, after) = samePadding(H, kernel: k, stride: s, dilation: d)
        let line = Tensor.ones([1, 1, H]).padded(axis: 2, before: before, after: after)
        let y = convolution(line, Tensor.ones([1, 1, k]), stride: s, dilation: d)
        #expect(y.shape[2] == (H + s - 1) / s && after - before <= 1 && after >= before)
        if s == 1 && d == 1 && !k.isMultiple(of: 2) { #expect(before == k / 2 && after == k / 2) }
      }
    }
  }

  @Test("§ 4.2.2: a transposed convolution has (H − 1) s − 2p + k numbers, and inverts (4.2) if there is no remainder")
  func transposed() {
    for (k, s, p, d) in [(3, 1, 0, 1), (3, 2, 1, 1), (4, 2, 1, 1), (2, 3, 0, 2), (5, 2, 2, 1)] {
      for H in [5, 8, 9] {
        let small = outputSize(H, kernel: k, stride: s, padding: p, dilation: d)
        let rest = (H + 2 * p - d * (k - 1) - 1) % s
        #expect(transposedOutputSize(small, kernel: k, stride: s, padding: p, dilation: d, outputPadding: rest) == H)
        let y = transposedConvolution(
          Tensor.ones([1, 1, H]), Tensor.ones([1, 1, k]), stride: s, padding: p, dilation: d)
        #expect(y.shape[2] == transposedOutputSize(H, kernel: k, stride: s, padding: p, dilation: d))
      }
    }
    #expect(transposedOutputSize(7, kernel: 4, stride: 2, padding: 1) == 14)
  }

  @Test("a kernel that does not fit stops with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = outputSize(2, kernel: 5, padding: 1) }
    await #expect(processExitsWith: .failure) { _ = outputSize(2, kernel: 1, stride: 0) }
  }
}
