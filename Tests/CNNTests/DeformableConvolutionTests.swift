import CNN
import Checking
import Tensors
import Testing
import Training
import ch04

@Suite("§ 4.10 Deformable convolution")
struct DeformableConvolutionTests {
  @Test("(4.12): offsets of zero are the plain convolution, for any stride, padding and dilation", arguments: 1...3)
  func zero(d: Int) {
    let (x, K, bias) = (spread([2, 3, 8, 7]), spread([4, 3, 3, 3], offset: 60), spread([4], offset: 9))
    let plain = convolution(x, K, bias: bias, stride: 2, padding: d, dilation: d)
    let offsets = Tensor.zeros([2, 18, plain.shape[2], plain.shape[3]], scalarType: .double)
    let y = deformableConvolution(x, K, offsets: offsets, bias: bias, stride: 2, padding: d, dilation: d)
    expectClose(y, plain, tolerance: 1e-13, scale: 1)
  }

  @Test("(4.12): whole offsets, the same everywhere, are the plain convolution of the shifted image")
  func whole() {
    let (x, K) = (spread([1, 2, 6, 6]), spread([3, 2, 3, 3], offset: 60))
    for (down, right) in [(1, 0), (0, -2), (2, 3), (-9, 0)] {
      let offsets = Tensor(
        (0..<18).map { Double($0 % 2 == 0 ? down : right) }, shape: [1, 18, 1, 1], scalarType: .double)
      let y = deformableConvolution(x, K, offsets: offsets.broadcast(to: [1, 18, 6, 6]), padding: 1)
      let (before, after) = ((max(0, -down), max(0, down)), (max(0, -right), max(0, right)))
      let padded = x.padded(axis: 2, before: before.0 + 1, after: before.1 + 1)
        .padded(axis: 3, before: after.0 + 1, after: after.1 + 1)
      let (top, left) = (max(0, down), max(0, right))
      let shifted = padded.sliced(top..<top + 8, axis: 2).sliced(left..<left + 8, axis: 3)
      expectClose(y, convolution(shifted, K), tolerance: 1e-13, scale: 1, "\(down), \(right)")
    }
  }

  @Test("(4.12): offsets of d − 1 times the place in the kernel are a dilation of d")
  func dilation() {
    let (x, K) = (spread([1, 2, 9, 9]), spread([2, 2, 3, 3], offset: 60))
    let grid = KernelPlace.grid.flatMap { [$0.row, $0.column] }
    let offsets = (2 * Tensor(grid, shape: [1, 18, 1, 1], scalarType: .double)).broadcast(to: [1, 18, 9, 9])
    let y = deformableConvolution(x, K, offsets: offsets, padding: 1)
    expectClose(y, convolution(x, K, padding: 3, dilation: 3), tolerance: 1e-13, scale: 1)
  }

  @Test(
    "§ 4.10: between pixels an image is the mean of four by the distance: exact for planes and for products of lines")
  func bilinear() {
    let (i, j) = (Tensor.range(0..<5, scalarType: .double).reshaped([5, 1]), Tensor.range(0..<6, scalarType: .double))
    let image = (2 + 3 * i - j + 0.5 * i * j).reshaped([1, 1, 5, 6])
    let (rows, columns) = (2 + 1.9 * spread([1, 40]), 2.5 + 2.4 * spread([1, 40], offset: 7))
    let expected = 2 + 3 * rows - columns + 0.5 * rows * columns
    let samples = bilinearSamples(image, rows: rows, columns: columns).squeezed(axis: 2)
    expectClose(samples, expected, tolerance: 1e-13, scale: 1)
    let outside = Tensor([[-1, -0.5, 9, 4.5]], scalarType: .double)
    let zeros = bilinearSamples(.ones([1, 1, 5, 6], scalarType: .double), rows: outside, columns: outside)
    #expect(zeros.scalars == [0, 0.25, 0, 0.5])  // at (4.5, 4.5) two pixels of the last row count
  }

  @Test("(4.12): the gradient with respect to offsets, image and weights is that of finite differences")
  func gradients() {
    let (x, K) = (spread([2, 2, 5, 4]), spread([2, 2, 2, 2], offset: 60))
    let offsets = 0.5 + 0.4 * spread([2, 8, 4, 3], offset: 500)  // between pixels, where the derivative exists
    func y(_ x: Tensor, _ K: Tensor, _ Δ: Tensor) -> Tensor { deformableConvolution(x, K, offsets: Δ).squared().sum() }
    expectGradient(at: offsets, order: 2, tolerance: 1e-6) { y(x, K, $0) }
    expectGradient(at: x) { y($0, K, offsets) }
    expectGradient(at: K) { y(x, $0, offsets) }
  }

  @Test("(4.12): a new layer is a plain convolution, and its offsets have a gradient to learn from")
  func layer() throws {
    let layer = DeformableConvolution(2, 3, kernel: 3, padding: 1, random: RandomSource(seed: 1)).converted(to: .double)
    #expect(unlistedParameters(in: layer) == [])
    #expect(layer.parameterCount == 3 * 19 + 18 * 19)
    let x = spread([2, 2, 5, 6])
    expectClose(layer(x), convolution(x, layer.weight, bias: layer.bias, padding: 1), tolerance: 1e-13, scale: 1)
    let g = gradient(at: layer) { $0(x).squared().sum() }
    #expect(try #require(g.offsets.bias).abs().min().item > 0)
  }

  @Test("(4.12): offsets learn where a teacher reads, from its outputs alone")
  func learning() {
    let learned = learnFixedOffsets(plan: TrainingPlan(steps: 100), random: RandomSource(seed: 1))
    let start = learned.distanceAtFirst
    #expect(start > 1 && learned.distance < 0.15 * start)
    #expect((learned.losses.last ?? 1) < 0.05 * learned.losses[0])
  }

  @Test("(4.12): a layer learns to widen its field where the image asks for it, and only there")
  func content() throws {
    let learned = learnContentOffsets(plan: TrainingPlan(steps: 60), random: RandomSource(seed: 1))
    #expect((learned.losses.last ?? 1) < 0.3 * learned.losses[0])
    let (near, far) = (try #require(learned.places[1]), try #require(learned.places[2]))
    let middle = KernelPlace.grid[4]
    let (narrow, wide) = (near.map { $0.distance(to: middle) }, far.map { $0.distance(to: middle) })
    #expect(wide.reduce(0, +) > 1.3 * narrow.reduce(0, +))
  }

  @Test("offsets of a wrong shape, and places that are NaN, stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) {
      _ = deformableConvolution(.zeros([1, 1, 5, 5]), .zeros([1, 1, 3, 3]), offsets: .zeros([1, 9, 3, 3]))
    }
    await #expect(processExitsWith: .failure) {
      _ = bilinearSamples(.zeros([1, 1, 5, 5]), rows: Tensor([[Double.nan]]), columns: .zeros([1, 1]))
    }
    await #expect(processExitsWith: .failure) {
      _ = bilinearSamples(.zeros([2, 1, 5, 5]), rows: .zeros([1, 3]), columns: .zeros([1, 3]))
    }
  }
}
