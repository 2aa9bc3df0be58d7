import CNN
import Checking
import Tensors
import Testing
import ch04

@Suite("§ 4.1 Locality, equivariance, shared filters")
struct ShiftEquivarianceTests {
  private let x = spread([1, 2, 8, 10])
  private let K = spread([3, 2, 3, 3], offset: 300)
  private let shift = (down: 3, right: -4)

  private func ring(_ x: Tensor) -> Tensor { convolution(padded(x, by: 1, mode: .circular), K) }

  @Test("§ 4.1: a circular shift moves every pixel, and shifting back restores the image")
  func shifts() {
    let image = Tensor([[1, 2, 3], [4, 5, 6]])
    #expect(circularlyShifted(image, by: (1, 1)) == Tensor([[6, 4, 5], [3, 1, 2]]))
    #expect(circularlyShifted(circularlyShifted(x, by: (5, -13)), by: (-5, 13)) == x)
  }

  @Test("Definition 4.1, locality: an output depends only on the k × k numbers of its window")
  func locality() {
    let plane = spread([1, 1, 9, 9])
    let f = { (x: Tensor) in convolution(x, spread([1, 1, 3, 3], offset: 7), padding: 1) }
    let strengths = dependence(of: f, at: plane, output: 4 * 9 + 6)[0, 0]
    for i in 0..<9 {
      for j in 0..<9 { #expect((strengths[i, j].item > 0) == ((3...5).contains(i) && (5...7).contains(j))) }
    }
    let dense = dependence(of: { matmul(spread([81, 81]), $0.reshaped([81, 1])) }, at: plane, output: 42)
    #expect(dense.min().item > 0)
  }

  @Test("Definition 4.1, an erratum: a convolution is equivariant to shifts, not invariant")
  func equivariance() {
    #expect(equivarianceGap(ring, at: x, shift: shift) < 1e-14)
    #expect(invarianceGap(ring, at: x, shift: shift) > 0.5)
    #expect(equivarianceGap({ maximum(0, ring($0)) }, at: x, shift: shift) < 1e-14)
    let sums = { (x: Tensor) in
      multichannelConvolution(
        padded(x, by: 1, mode: .circular), filters: K, bias: Tensor.zeros([3], scalarType: .double))
    }
    #expect(equivarianceGap(sums, at: x[0], shift: shift) == 0, "added in one order, the sums agree to the last digit")
  }

  @Test("Definition 4.1: a global mean after equivariant layers is invariant to circular shifts")
  func invariance() {
    #expect(invarianceGap({ globalAveragePooling(maximum(0, ring($0))) }, at: x, shift: shift) < 1e-14)
    #expect(invarianceGap({ ring($0).max(axes: [-2, -1]) }, at: x, shift: shift) < 1e-14)
  }

  @Test("Definition 4.1, sharing: the same parameters serve images of every size")
  func sharing() {
    let layer = Convolution(2, 3, kernel: 3, random: RandomSource(seed: 1))
    for side in [3, 8, 31] { #expect(layer(Tensor.ones([1, 2, side, side])).shape == [1, 3, side - 2, side - 2]) }
    #expect(layer.parameterCount == 3 * (2 * 9 + 1))
  }

  @Test("Definition 4.1: the matrix of a convolution has k² different numbers, and nearly all others are 0")
  func matrices() {
    let kernel = spread([1, 1, 3, 3], offset: 11)
    let M = matrix(of: { convolution($0, kernel) }, inputs: [1, 1, 6, 6])
    #expect(M.shape == [16, 36])
    let image = spread([1, 1, 6, 6], offset: 5)
    expectClose(
      matmul(M, image.reshaped([36, 1])), convolution(image, kernel).reshaped([16, 1]), tolerance: 1e-14, scale: 1)
    #expect(Set(M.scalars).subtracting([0]) == Set(kernel.scalars))
    #expect(M.scalars.count { $0 != 0 } == 16 * 9)
  }

  @Test("§ 4.2.2: of all borders only the circular one gives equivariance", arguments: PaddingMode.allCases)
  func borders(mode: PaddingMode) {
    let f = { (x: Tensor) in convolution(padded(x, by: 1, mode: mode, random: RandomSource(seed: 4)), K) }
    let gap = equivarianceGap(f, at: x, shift: shift)
    #expect(mode == .circular ? gap < 1e-14 : gap > 0.01)
  }

  @Test("§ 4.2.3: one bias for each filter keeps equivariance, a bias for each pixel breaks it")
  func biases() {
    #expect(equivarianceGap({ ring($0) + spread([3, 1, 1], offset: 2) }, at: x, shift: shift) < 1e-14)
    #expect(equivarianceGap({ ring($0) + spread([3, 8, 10], offset: 2) }, at: x, shift: shift) > 0.1)
  }

  @Test("§ 4.2.2: with stride 2 only even shifts commute")
  func strides() {
    let f = { (x: Tensor) in ring(x).sliced(0..<8, axis: 2, by: 2).sliced(0..<10, axis: 3, by: 2) }
    #expect(equivarianceGap(f, at: x, shift: (2, 4), scale: 2) < 1e-14)
    #expect(equivarianceGap(f, at: x, shift: (1, 3), scale: 2) > 0.1)
  }

  @Test("§ 4.1: the section's table of shifts")
  func table() {
    let results = measureShifts(side: 8, random: RandomSource(seed: 1))
    let exact = ["convolution, border circular", "circular, one bias", "circular, then ReLU", "circular, stride 2"]
    for result in results {
      guard let gap = result.equivariance else {
        #expect(result.name == "circular, ReLU, global mean" && result.invariance < 1e-14)
        continue
      }
      #expect(exact.contains(result.name) ? gap < 1e-14 : gap > 0.05, "\(result.name)")
      #expect(result.invariance > 0.1, "\(result.name)")
    }
    #expect(layerCosts.map(\.weights) == [150_528_000, 1_728, 38_654_705_664])
    #expect(layerCosts.map(\.parameters) == [150_529_000, 1_792, 38_654_902_272])
  }

  @Test("tensors without planes stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = circularlyShifted(Tensor.ones([3]), by: (1, 1)) }
  }
}
