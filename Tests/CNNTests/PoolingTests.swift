import CNN
import Checking
import Tensors
import Testing
import ch04

@Suite("§ 4.3 Pooling layers")
struct PoolingTests {
  private static let sizes = [
    [1, 1, 1, 1], [4, 6, 2, 2], [7, 8, 3, 2], [9, 5, 2, 3], [6, 6, 3, 1], [5, 11, 5, 4],
  ]

  @Test(
    "(4.4) and (4.5) are the largest number and the mean of each window, and the tensors' pooling", arguments: sizes)
  func windows(size: [Int]) {
    let (H, W, k, s) = (size[0], size[1], size[2], size[3])
    let x = spread([2, 3, H, W])
    let (largest, mean) = (maxPooling(x, window: k, stride: s), averagePooling(x, window: k, stride: s))
    #expect(largest == x.maxPooled2D(window: k, stride: s))
    expectClose(mean, x.averagePooled2D(window: k, stride: s), tolerance: 1e-14, scale: 1)
    for i in 0..<largest.shape[2] {
      for j in 0..<largest.shape[3] {
        let window = x[1, 2].sliced(i * s..<i * s + k, axis: 0).sliced(j * s..<j * s + k, axis: 1)
        #expect(largest[1, 2, i, j] == window.max())
        #expect(abs(mean[1, 2, i, j].item - window.mean().item) < 1e-15)
      }
    }
  }

  @Test("§ 4.3: the gradients as sums are the recorded ones, ties included", arguments: sizes)
  func gradients(size: [Int]) {
    let (k, s) = (size[2], size[3])
    for scale in [1.0, 2, 1000] {  // rounded to few values, there are ties in most windows
      let numbers = (scale * spread([2, size[0], size[1]])).scalars.map { $0.rounded() / scale }
      let x = Tensor(numbers, shape: [2, size[0], size[1]], scalarType: .double)
      let δ = spread(x.maxPooled2D(window: k, stride: s).shape, offset: 70)
      expectClose(
        maxPoolingGradient(δ, at: x, window: k, stride: s),
        gradient(at: x) { ($0.maxPooled2D(window: k, stride: s) * δ).sum() }, tolerance: 1e-14, scale: 1)
      expectClose(
        gradient(at: x) { (maxPooling($0, window: k, stride: s) * δ).sum() },
        gradient(at: x) { ($0.maxPooled2D(window: k, stride: s) * δ).sum() }, tolerance: 1e-14, scale: 1)
      expectClose(
        averagePoolingGradient(δ, at: x, window: k, stride: s),
        gradient(at: x) { ($0.averagePooled2D(window: k, stride: s) * δ).sum() }, tolerance: 1e-14, scale: 1)
    }
  }

  @Test("§ 4.3: with dilated windows the gradient as a sum is the recorded one, where no window has ties")
  func dilated() {
    let x = spread([2, 7, 8])
    let δ = spread(maxPooling(x, window: 3, stride: 1, dilation: 2).shape, offset: 70)
    let recorded = gradient(at: x) { (maxPooling($0, window: 3, stride: 1, dilation: 2) * δ).sum() }
    expectClose(
      maxPoolingGradient(δ, at: x, window: 3, stride: 1, dilation: 2), recorded, tolerance: 1e-14, scale: 1)
  }

  @Test("§ 4.3: a maximum sends its whole derivative to one place, a mean 1/k² to each")
  func routing() {
    let (x, one) = (Tensor([[3, 7], [7, 1]], scalarType: .double), Tensor([[1.0]], scalarType: .double))
    #expect(maxPoolingGradient(one, at: x, window: 2, stride: 2) == Tensor([[0, 1], [0, 0]], scalarType: .double))
    #expect(
      averagePoolingGradient(one, at: x, window: 2, stride: 2) == Tensor(repeating: 0.25, [2, 2], scalarType: .double))
  }

  @Test("§ 4.3: the mean is linear, and the convolution with 1/k²; the maximum is not linear")
  func linearity() {
    let (x, y) = (spread([3, 8, 8]), spread([3, 8, 8], offset: 500))
    let mean = { (x: Tensor) in averagePooling(x, window: 2, stride: 2) }
    let largest = { (x: Tensor) in maxPooling(x, window: 2, stride: 2) }
    expectClose(mean(2 * x - 3 * y), 2 * mean(x) - 3 * mean(y), tolerance: 1e-14, scale: 1)
    #expect(largestGap(largest(x + y), largest(x) + largest(y), scale: 1).relative > 0.1)
    #expect(largestGap(largest(-x), -largest(x), scale: 1).relative > 0.1)
    #expect(largest(2 * x) == 2 * largest(x))
    let constant = Tensor(repeating: 0.25, [3, 1, 2, 2], scalarType: .double)
    let filtered = convolution(x.expanded(axis: 0), constant, stride: 2, groups: 3)
    expectClose(mean(x), filtered.squeezed(axis: 0), tolerance: 1e-15, scale: 1)
  }

  @Test("§ 4.3: of numbers that are 0 or 1 the maximum is the logical or")
  func disjunction() {
    let x = RandomSource(seed: 1).bernoulli([4, 8, 8], probability: 0.3, scalarType: .double)
    let or = 1 - (1 - x).reshaped([4, 4, 2, 4, 2]).product(axes: [2, 4])
    #expect(maxPooling(x, window: 2, stride: 2) == or)
  }

  @Test("§ 4.3: the output changes only if a number leaves its window")
  func tolerance() {
    func dot(_ i: Int, _ j: Int) -> Tensor {
      var x = Tensor.zeros([9, 9])
      x[i, j] = Tensor(1)
      return maxPooling(x, window: 3, stride: 3)
    }
    for i in 3...5 { for j in 3...5 { #expect(dot(i, j) == dot(4, 4)) } }
    #expect(dot(4, 6) != dot(4, 4) && dot(2, 4) != dot(4, 4))
  }

  @Test("§ 4.3: along one axis a window is a part of the sequence")
  func sequences() {
    let x = spread([2, 12])
    #expect(x.maxPooled1D(window: 3) == x.reshaped([2, 4, 3]).max(axes: [2]))
    expectClose(x.averagePooled1D(window: 3), x.reshaped([2, 4, 3]).mean(axes: [2]), tolerance: 1e-15, scale: 1)
    let overlapping = x.maxPooled1D(window: 5, stride: 2, padding: 2)
    #expect(overlapping.shape == [2, outputSize(12, kernel: 5, stride: 2, padding: 2)])
    for t in 0..<6 {
      let stretch = x[1].sliced(max(0, 2 * t - 2)..<min(12, 2 * t + 3), axis: 0)
      #expect(overlapping[1, t] == stretch.max())
    }
  }

  @Test("Definition 4.5, (4.6): the mean of every map, with no parameters, for maps of any size")
  func globalMean() {
    for (H, W) in [(1, 1), (7, 7), (3, 8)] {
      let x = spread([2, 5, H, W])
      let y = globalAveragePooling(x)
      #expect(y.shape == [2, 5])
      expectClose(y, x.globalAveragePooled2D(), tolerance: 1e-14, scale: 1)
      #expect(abs(y[1, 3].item - x[1, 3].scalars.reduce(0, +) / Double(H * W)) < 1e-14)
      #expect(invarianceGap(globalAveragePooling, at: x, shift: (2, 3)) < 1e-13)
    }
    let g = gradient(at: spread([1, 3, 4])) { globalAveragePooling($0).sum() }
    expectClose(g, Tensor(repeating: 1.0 / 12, [1, 3, 4], scalarType: .double), tolerance: 1e-15)
  }

  @Test("Definition 4.5: a global mean in place of dense layers saves nearly all parameters")
  func heads() {
    #expect(headCosts.map(\.parameters) == [123_642_856, 25_089_000, 513_000])
  }

  @Test("§ 4.3: pooling notices small shifts less than taking every second pixel, and a global mean not at all")
  func shifts() {
    let results = measurePooledShifts(images: 8, random: RandomSource(seed: 1))
    let change = { (name: String) in results.first { $0.name == name }?.changes[0] ?? .nan }
    #expect(change("mean of 4×4") < change("mean of 2×2") && change("mean of 2×2") < change("every second pixel"))
    #expect(
      change("maximum of 4×4") < change("maximum of 2×2") && change("maximum of 2×2") < change("every second pixel"))
    #expect(change("global mean") < 1e-6)
  }

  @Test("tensors without planes, and windows that do not fit, stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = maxPooling(Tensor.ones([4]), window: 2, stride: 2) }
    await #expect(processExitsWith: .failure) { _ = averagePooling(Tensor.ones([2, 4]), window: 3, stride: 1) }
    await #expect(processExitsWith: .failure) { _ = globalAveragePooling(Tensor.ones([4])) }
  }
}
