import Checking
import Tensors
import Testing

@Suite("Fused losses, pooling and dropout")
struct LossesTests {
  typealias Function = @Sendable (Tensor) -> Tensor

  private static let targets = (spread([4, 6]) + 1) / 2
  private static let functions: [(name: String, of: Function)] = [
    ("softmax", { ($0.softmax() * spread([4, 6])).sum() }),
    ("logSoftmax", { ($0.logSoftmax() * spread([4, 6])).sum() }),
    ("cross-entropy", { $0.crossEntropy(labels: [5, 0, 0, 2]) }),
    ("smoothed cross-entropy", { $0.crossEntropy(labels: [5, 0, 0, 2], smoothing: 0.2) }),
    ("binary cross-entropy", { $0.binaryCrossEntropy(targets: targets) }),
    ("binary cross-entropy of probabilities", { $0.sigmoid().binaryCrossEntropyOfProbabilities(targets: targets) }),
  ]

  @Test(
    "the kernel's derivative is that of the definition, which nested calls differentiate", arguments: functions.indices)
  func pullbacks(index: Int) {
    let (name, f) = Self.functions[index]
    let x = 3 * spread([4, 6], offset: 9)
    var byDefinition = x
    _ = gradient(at: x) { x in
      let inner = gradient(at: x, of: f)
      byDefinition = inner.stopGradient
      return inner.sum()
    }
    expectClose(gradient(at: x, of: f), byDefinition, tolerance: 1e-13, scale: 1e-2, name)
  }

  @Test("cross-entropy is the definition: −mean of ln softmax at the labels, mixed with the mean over all classes")
  func crossEntropy() {
    let (z, labels) = (5 * spread([3, 4]), [3, 0, 1])
    let logarithms = z - z.logSumExp(axes: [1], keepsAxes: true)
    expectClose(logarithms, z.logSoftmax(), tolerance: 1e-14)
    expectClose(logarithms.exp(), z.softmax(), tolerance: 1e-14)
    let exact = -logarithms.picked(labels).mean()
    expectClose(z.crossEntropy(labels: labels), exact, tolerance: 1e-14)
    expectClose(
      z.crossEntropy(labels: labels, smoothing: 0.3), 0.7 * exact - 0.3 * logarithms.mean(), tolerance: 1e-14)
  }

  @Test("binary cross-entropy of logits is that of their probabilities; the sum is n means")
  func binary() {
    let (z, y) = (4 * spread([3, 4]), (spread([3, 4], offset: 5) + 1) / 2)
    expectClose(
      z.binaryCrossEntropy(targets: y), z.sigmoid().binaryCrossEntropyOfProbabilities(targets: y), tolerance: 1e-12)
    expectClose(
      z.binaryCrossEntropy(targets: y, isSummed: true), 12 * z.binaryCrossEntropy(targets: y), tolerance: 1e-14)
  }

  @Test("a certain wrong answer costs 100, with first and second derivatives 0, not NaN")
  func certainty() {
    let p = Tensor([0, 1, 0.5], scalarType: .double)
    let y = Tensor([1, 0, 1], scalarType: .double)
    func loss(_ p: Tensor) -> Tensor { p.binaryCrossEntropyOfProbabilities(targets: y, isSummed: true) }
    #expect(abs(loss(p).item - 200.693_147_180_559_95) < 1e-12)
    #expect(gradient(at: p, of: loss) == Tensor([0, 0, -2], scalarType: .double))
    #expect(gradient(at: p) { gradient(at: $0, of: loss).sum() } == Tensor([0, 0, 4], scalarType: .double))
  }

  @Test(
    "infinite logits that are right cost nothing, and have the derivative 0", arguments: [ScalarType.float, .double])
  func infiniteLogits(type: ScalarType) {
    let z = Tensor([[-.infinity, 0, 1], [.infinity, 2, 3]].flatMap { $0 }, shape: [2, 3], scalarType: type)
    let loss = z[0].expanded(axis: 0).crossEntropy(labels: [2])
    expectClose(loss, Tensor(0.313_261_687_518_222_8, scalarType: type), tolerance: type == .float ? 3e-7 : 5e-16)
    let y = Tensor([0, 1, 1], scalarType: type)
    let binary = Tensor([-.infinity, .infinity, 0], scalarType: type)
    expectClose(
      binary.binaryCrossEntropy(targets: y, isSummed: true), Tensor(0.693_147_180_559_945_3, scalarType: type),
      tolerance: type == .float ? 3e-7 : 5e-16)
    let g = Tensor([0, 0, -0.5], scalarType: type)
    #expect(gradient(at: binary) { $0.binaryCrossEntropy(targets: y, isSummed: true) } == g)
    #expect(
      gradient(at: binary) { z in gradient(at: z) { $0.binaryCrossEntropy(targets: y, isSummed: true) }.sum() }
        == Tensor([0, 0, 0.25], scalarType: type))
    #expect(binary.binaryCrossEntropy(targets: 1 - y).item == .infinity)
  }

  @Test(
    "means of equal numbers are that number: of 1 to 300 ones in tensors, windows and losses",
    arguments: [
      ScalarType.float, .double,
    ])
  func exactMeans(type: ScalarType) {
    for n in 1...300 {
      let ones = Tensor.ones([n], scalarType: type)
      #expect(ones.mean().item == 1 && (3 * ones).mean(axes: [0]).item == 3, "\(n)")
      #expect(ones.averagePooled1D(window: n).item == 1, "a window of \(n)")
      #expect(ones.reshaped([1, n]).averagePooled2D(window: (1, n)).item == 1, "a window of \(n)")
      let pairs = Tensor((0..<2 * n).map { $0 % 2 == 0 ? -1 : 1 }, scalarType: type)  // deviations 1, so Σ = 2 n
      #expect(pairs.variance().item == 1, "\(n)")
      let unbiased = Tensor(Double(2 * n) / Double(2 * n - 1), scalarType: type)
      #expect(pairs.variance(isUnbiased: true) == unbiased, "\(n)")
    }
    // −ln of a probability that rounds to 1, minus what is subtracted: losses of exactly 2000 each.
    let z = Tensor((0..<41).map { _ in [1000.0, -1000] }, scalarType: type)
    #expect(z.crossEntropy(labels: [Int](repeating: 1, count: 41)).item == 2000)
    #expect(z.binaryCrossEntropy(targets: 1 - z.sigmoid()).item == 1000)
  }

  @Test("a logit of 10⁴ has a finite loss and derivative")
  func large() {
    let z = Tensor([[1e4, 0], [-1e4, 1e4]])
    #expect(z.crossEntropy(labels: [1, 0]).item == 15_000)
    #expect(gradient(at: z) { $0.crossEntropy(labels: [1, 0]) } == Tensor([[0.5, -0.5], [-0.5, 0.5]]))
    expectClose(z.binaryCrossEntropy(targets: Tensor.ones([2, 2])), Tensor(2500.173_286_795), tolerance: 1e-7)
  }

  @Test("without rows softmax is empty, the sum of losses 0 and their mean NaN")
  func empty() {
    #expect(Tensor.zeros([0, 3]).softmax().shape == [0, 3])
    #expect(Tensor.zeros([3, 0]).logSoftmax().shape == [3, 0])
    let none = Tensor.zeros([0])
    #expect(none.binaryCrossEntropy(targets: none, isSummed: true).item == 0)
    #expect(none.binaryCrossEntropy(targets: none).item.isNaN)
    #expect(Tensor.zeros([0, 3]).crossEntropy(labels: []).item.isNaN)
    #expect(Tensor.zeros([0, 4, 4]).maxPooled2D(window: 2).shape == [0, 2, 2])
    #expect(dropout(Tensor.zeros([0, 4]), probability: 0.5, using: RandomSource(seed: 1)).shape == [0, 4])
  }

  @Test("pooling of a known plane; of equal numbers the first gets the derivative")
  func pooling() {
    let x = Tensor([[1, 2, 5, 5], [3, 4, 5, 5], [-1, -2, -3, -4], [-1, -2, -3, -9]])
    #expect(x.maxPooled2D(window: 2) == Tensor([[4, 5], [-1, -3]]))
    #expect(x.averagePooled2D(window: 2) == Tensor([[2.5, 5], [-1.5, -4.75]]))
    #expect(x.maxPooled2D(window: 3, stride: 2, padding: 1) == Tensor([[4, 5], [4, 5]]))
    #expect(x.averagePooled2D(window: 2, stride: 4, padding: 1) == Tensor([[0.25, 1.25], [-0.25, -2.25]]))
    #expect(Tensor.stacked([x, -x], axis: 0).globalAveragePooled2D() == Tensor([0.3125, -0.3125]))
    #expect(x[0].maxPooled1D(window: 2, stride: 1) == Tensor([2, 5, 5]))
    #expect(
      gradient(at: x) { $0.maxPooled2D(window: 2).sum() }
        == Tensor([[0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]]))
  }

  @Test("dropout takes one draw, keeps the expectation, and treats the derivative like the value")
  func dropping() {
    let (a, b) = (RandomSource(seed: 3), RandomSource(seed: 3))
    let x = Tensor.ones([100, 200])
    let y = dropout(x, probability: 0.25, using: a)
    _ = b.next()
    #expect(a.next() == b.next())
    #expect(Set(y.scalars) == [0, Double(Float(4.0 / 3))])
    #expect(abs(y.mean().item - 1) < 4 * (0.25 / 0.75 / 20_000).squareRoot())
    #expect(gradient(at: x) { dropout($0, probability: 0.25, using: RandomSource(seed: 3)).sum() } == y)
    let doubles = dropout(x.converted(to: .double), probability: 0.25, using: RandomSource(seed: 3))
    #expect(doubles.scalars.map { $0 > 0 } == y.scalars.map { $0 > 0 })
    #expect(dropout(x, probability: 1, using: a).sum().item == 0)
    #expect(dropout(x, probability: 0.25, using: a) != y)
  }

  @Test("channelDropout keeps whole channels")
  func channels() {
    let y = channelDropout(Tensor.ones([8, 16, 3, 3]), probability: 0.5, using: RandomSource(seed: 4))
    let sums = Set(y.sum(axes: [2, 3]).scalars)
    #expect(sums == [0, 18])
  }
}
