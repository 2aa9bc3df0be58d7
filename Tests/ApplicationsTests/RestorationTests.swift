import Applications
import DataSets
import Tensors
import Testing
import Training

@Suite("§ 12.1  Damaged images and their restoration")
struct RestorationTests {
  private let images = LabeledImages.drawnShapes(count: 12, from: RandomSource(seed: 1)).images

  @Test("§ 12.1: the matrix of cosines is orthogonal, and its first row takes the mean")
  func cosines() {
    let C = cosineMatrix(8, scalarType: .double)
    #expect((matmul(C, C.transposed) - .identity(8, scalarType: .double)).abs().max().item < 1e-14)
    #expect((C[0] - 8.squareRoot() / 8).abs().max().item < 1e-15)
    // Row k changes its sign k times.
    for k in 0..<8 {
      let row = C[k].scalars
      #expect(zip(row, row.dropFirst()).count { $0 * $1 < 0 } == k)
    }
  }

  @Test(
    "§ 12.1: compression with a tiny step changes nothing, keeps the means of blocks, and loses more with larger steps")
  func compression() {
    let x = images.converted(to: .double)
    #expect((ImageDamage.compressed(step: 1e-9)(x) - x).abs().max().item < 1e-7)
    let steps = [0.02, 0.1, 0.5]
    let ratios = steps.map { peakSignalToNoiseRatio(ImageDamage.compressed(step: $0)(x), x) }
    let shares = steps.map { ImageDamage.share(of: x, step: $0) }
    #expect(ratios == ratios.sorted(by: >) && shares == shares.sorted(by: >) && shares[2] < 0.05)
    // A flat block of grey 0.5 has one cosine, 8 · 0.5 = 4, which is a multiple of ½ and stays.
    let flat = Tensor(repeating: 0.5, [1, 3, 8, 8], scalarType: .double)
    #expect((ImageDamage.compressed(step: 0.5)(flat) - flat).abs().max().item < 1e-14)
    #expect(abs(ImageDamage.share(of: flat, step: 0.5) - 1.0 / 64) < 1e-15)
  }

  @Test("§ 12.1: a cosine of the frequencies u and v is rounded to a multiple of the step times 1 + u + v")
  func units() {
    let C = cosineMatrix(8, scalarType: .double)
    for (u, v) in [(0, 3), (2, 0), (1, 4), (7, 7)] {
      let wave = matmul(C[u].expanded(axis: 1), C[v].expanded(axis: 0)).reshaped([1, 1, 8, 8]).repeated(3, axis: 1)
      let unit = 0.25 * Double(1 + u + v)
      let found = [0.49, 0.51, 1.6].map { ImageDamage.compressed(step: 0.25)($0 * unit * wave) }
      for (image, multiple) in zip(found, [0.0, 1, 2]) {
        #expect((image - multiple * unit * wave).abs().max().item < 1e-12)
      }
    }
  }

  @Test("§ 12.1: grey images have equal planes with the weights 0.299, 0.587 and 0.114; grey ones stay")
  func grey() {
    let x = images.converted(to: .double)
    let y = ImageDamage.grey(x)
    #expect(y.shape == x.shape && y.sliced(0..<1, axis: 1) == y.sliced(2..<3, axis: 1))
    let first = 0.299 * x[0, 0, 3, 4].item + 0.587 * x[0, 1, 3, 4].item + 0.114 * x[0, 2, 3, 4].item
    #expect(abs(y[0, 1, 3, 4].item - first) < 1e-15)
    #expect((ImageDamage.grey(y) - y).abs().max().item < 1e-15)
  }

  @Test("§ 12.1: a shrunk image keeps the mean of its pixels, and a flat one keeps all")
  func shrunk() {
    let flat = Tensor(repeating: 0.3, [1, 3, 16, 16], scalarType: .double)
    #expect((ImageDamage.shrunk(by: 2)(flat) - flat).abs().max().item < 1e-15)
    #expect(ImageDamage.shrunk(by: 1)(flat) == flat)
    let x = images.converted(to: .double)
    #expect(abs(ImageDamage.shrunk(by: 2)(x).mean().item - x.mean().item) < 1e-12)
  }

  @Test("§ 12.1: 20 dB is a mean squared error of 0.01")
  func decibels() {
    let x = Tensor.zeros([2, 3, 4, 4])
    #expect(abs(peakSignalToNoiseRatio(x + 0.1, x) - 20) < 1e-5)
    #expect(abs(peakSignalToNoiseRatio(x + 1, x)) < 1e-12)
  }

  @Test("§ 12.1: a short training gains 1 dB over bilinear interpolation; before it, nothing is gained")
  func restored() {
    let train = LabeledImages.drawnShapes(count: 120, from: RandomSource(seed: 2)).images
    var network = RestorationNetwork(width: 8, depth: 3, random: RandomSource(seed: 3))
    let damage = ImageDamage.shrunk(by: 2)
    let damaged = damage(images)
    let before = peakSignalToNoiseRatio(damaged, images)
    #expect(peakSignalToNoiseRatio(network(damaged), images) < before)
    trainRestoration(
      &network, on: train, damage, learningRate: 5e-3, plan: TrainingPlan(epochs: 40, batchSize: 8),
      random: RandomSource(seed: 4))
    let after = peakSignalToNoiseRatio(network(damaged), images)
    #expect(after > before + 1, "\(before), \(after)")
  }
}
