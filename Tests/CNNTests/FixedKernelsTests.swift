import CNN
import Checking
import Tensors
import Testing
import Training
import ch04

@Suite("§ 4.2.1 Kernels made by hand")
struct FixedKernelsTests {
  private func ramp(_ a: Double, _ b: Double) -> Tensor {
    let line = Tensor.range(0..<7, scalarType: .double)
    return a * line.reshaped([7, 1]) + b * line + 3
  }

  @Test("§ 4.2.1: the Gaussian kernel sums to 1, keeps constants and ramps, and takes 36/256 of the variance of noise")
  func gaussian() {
    let K = FixedKernel.gaussian.kernel(.double)
    #expect(K.sum().item == 1 && K.squared().sum().item == 36.0 / 256)
    expectClose(
      crossCorrelation(ramp(2, -1), K), ramp(2, -1).sliced(1..<6, axis: 0).sliced(1..<6, axis: 1), tolerance: 1e-14)
    let results = measureNoise(side: 200, random: RandomSource(seed: 1))
    for result in results { #expect(abs(result.variance / result.squares - 1) < 0.05, "\(result.kernel)") }
  }

  @Test("§ 4.2.1: Sobel's kernels give 8 times the slope of a ramp, across and down, and 0 on constants")
  func sobel() {
    let (across, down) = (FixedKernel.sobelX.kernel(.double), FixedKernel.sobelY.kernel(.double))
    for (a, b) in [(0.0, 0.0), (1, 0), (-2, 0.5), (0.25, -3)] {
      #expect(crossCorrelation(ramp(a, b), across) == Tensor(repeating: 8 * b, [5, 5], scalarType: .double))
      #expect(crossCorrelation(ramp(a, b), down) == Tensor(repeating: 8 * a, [5, 5], scalarType: .double))
    }
    #expect(down == across.transposed)
    let smooth = Tensor([[1], [2], [1]], scalarType: .double)
    #expect(fullConvolution(smooth, Tensor([[-1, 0, 1]], scalarType: .double)) == across)
  }

  @Test("§ 4.2.1: Laplace is 0 on ramps, sharpening is the identity plus Laplace")
  func laplace() {
    let laplace = FixedKernel.laplacian.kernel(.double)
    #expect(crossCorrelation(ramp(3, -2), laplace) == Tensor.zeros([5, 5], scalarType: .double))
    #expect(FixedKernel.identity.kernel() + FixedKernel.laplacian.kernel() == FixedKernel.sharpening.kernel())
    let images = spread([2, 3, 5, 4])
    #expect(FixedKernel.identity(images) == images)
    let y = FixedKernel.sharpening(images)
    expectClose(
      y[1, 2].sliced(1..<4, axis: 0).sliced(1..<3, axis: 1),
      crossCorrelation(images[1, 2], FixedKernel.sharpening.kernel(.double)), tolerance: 1e-14)
  }

  @Test("§ 4.2.1: the slopes across and down tell upright strokes from level ones")
  func features() {
    let strokes = strokeImages(count: 200, noise: 0, random: RandomSource(seed: 1))
    let halves = fixedFeatures(strokes.images).split([16, 16], axis: 1).map { $0.sum(axes: [1]).scalars }
    let told = zip(halves[0], halves[1]).map { $0 > $1 ? 0 : 1 }
    #expect(zip(told, strokes.labels).count { $0 == $1 } >= 190)
    #expect((60...140).contains(strokes.labels.count { $0 == 0 }))
  }

  @Test("§ 4.2.1: an MLP on kernels made by hand beats one on raw pixels, with few images by far")
  func fixedFeaturesWin() {
    let results = compareFeatures(sizes: [100], seeds: 1, firstSeed: 1) { _, size in
      TrainingPlan(steps: 150, examples: size, batchSize: 50)
    }
    let accuracy = { (kind: FeatureResult.Kind) in results.first { $0.kind == kind }?.mean ?? .nan }
    #expect(accuracy(.fixed) > 0.9)
    #expect(accuracy(.fixed) > accuracy(.pixels) + 0.15)
    #expect(results.map(\.parameters) == [8_290, 1_122, 40 + 2_146])
  }
}
