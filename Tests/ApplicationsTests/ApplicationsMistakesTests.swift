import Applications
import Checking
import DataSets
import Running
import Tensors
import Testing
import ch12

@Suite("The mistakes of chapter 12")
struct ApplicationsMistakesTests {
  private let random = RandomSource(seed: 8)

  @Test("§ 12.1.1: a box suppresses boxes of its class only: of two equal boxes of two classes both stay")
  func suppression() {
    for _ in 0..<50 {
      let box = BoundingBox(x: random.uniform(), y: random.uniform(), width: 3, height: 2)
      let both = [0, 1].map { Detection(box, label: $0, score: random.uniform()) }
      #expect(suppressed(both).count == 2 && Mistake.suppressedAcrossClasses(both).count == 1)
    }
  }

  @Test("§ 12.1.1: a recall is at most 1, however often an object is found")
  func recall() {
    let truth = LabeledBox(BoundingBox(x: 5, y: 5, width: 10, height: 10), label: 0)
    let detections = (1...7).map { Detection(truth.box, label: 0, score: Double($0) / 10) }
    let curve = PrecisionCurve(of: [detections], truths: [[truth]], label: 0)
    #expect(curve.recalls.max() == 1 && curve.averagePrecision == 1 && curve.precisions.last == 1.0 / 7)
    #expect(Mistake.recallCountingTwice(detections, truths: [truth]) == 7)
  }

  @Test("Listing 12.5.2: every image of a batch gets its own map; as printed, all but the first get zeros")
  func maps() {
    let w = random.normal([4, 3], scalarType: .double)
    let cam = GradCAM(maps: { $0 }, scores: { matmul($0.mean(axes: [2, 3]), w.transposed) })
    let x = random.uniform([5, 3, 6, 6], scalarType: .double)
    let (wrong, right) = (Mistake.gradCAMOfFirstRow(cam, x), cam(x))
    for n in 0..<5 { expectClose(right[n], cam(x[n..<n + 1])[0], tolerance: 1e-12) }
    #expect(wrong[1..<5].abs().max().item == 0 && right.max(axes: [1, 2]).max().item > 0.99)
  }

  @Test("§ 12.6.1: an audit by wrong labels praises the wrong model: the one that finds fewer of the true labels 1")
  func audit() throws {
    let world = BiasedWorld(difference: 0, mislabelling: 0.6, judged: 4_000, random: random)
    func audits(mislabelling: Double) throws -> (recorded: GroupRates, true: GroupRates) {
      var census = DrawnCensus()
      (census.share, census.mislabelling) = (0.5, mislabelling)
      let people = census.people(2_000, from: RandomSource(seed: 5)).part
      let encoded = EncodedCensus(Census(drawn: people, world.judges.part))
      let guesses = try encoded.logistic()(encoded.test).scalars.map { $0 > 0 }
      return (Mistake.auditAsRecorded(guesses, of: world.judges).b, world.audits(of: guesses).true.b)
    }
    let (misled, taught) = (try audits(mislabelling: 0.6), try audits(mislabelling: 0))
    #expect(misled.recorded.accuracy > taught.recorded.accuracy + 0.02)
    #expect(misled.recorded.accuracy > misled.true.accuracy + 0.05)
    #expect(misled.true.truePositiveRate < taught.true.truePositiveRate - 0.1)
  }

  @Test("§ 12.7.1: clipping bounds the influence of every example by C; clipped together, one moves the sum by 2C")
  func clipping() {
    let descent = PrivateDescent(clip: 0.5, noise: 0, share: 1)
    var (largest, wrong) = (0.0, 0.0)
    for _ in 0..<50 {
      let g = random.normal([6, 4], standardDeviation: 5, scalarType: .double)
      let (all, rest) = (descent.clippedSum(g), descent.clippedSum(g[0..<5]))
      largest = max(largest, (all - rest).squared().sum().squareRoot().item)
      let opposite = Tensor.concatenated([g[0..<5], -20 * g[0..<5].sum(axes: [0], keepsAxes: true)], axis: 0)
      let gap = Mistake.sumClippedTogether(opposite, clip: 0.5) - Mistake.sumClippedTogether(g[0..<5], clip: 0.5)
      wrong = max(wrong, gap.squared().sum().squareRoot().item)
    }
    #expect(largest < 0.5 + 1e-12 && largest > 0.49 && wrong > 0.99, "\(largest), \(wrong)")
  }

  @Test(
    "§ 12.7.1: the noise of a private gradient has the deviation σC/B; without C it does not follow the sensitivity")
  func noise() {
    let zero = Tensor.zeros([40_000], scalarType: .double)
    func deviation(_ C: Double) -> Double {
      PrivateDescent(clip: C, noise: 3, share: 0.1).gradient(at: zero, batch: [], expectedSize: 20, random: random) {
        θ, _ in θ.sum()
      }.variance().squareRoot().item
    }
    for C in [0.1, 1, 7] { #expect(abs(deviation(C) / (3 * C / 20) - 1) < 0.02) }
    let wrong = Mistake.noisedWithoutClip(zero, noise: 3, size: 20, random: random).variance().squareRoot().item
    #expect(abs(wrong / (3.0 / 20) - 1) < 0.02)
  }

  @Test("§ 12.7.1: B is the expected size: then an example moves the gradient by C/B at most, however few others came")
  func size() {
    let descent = PrivateDescent(clip: 1, noise: 0, share: 0.5)
    let θ = Tensor([0.0, 0], scalarType: .double)
    func gradient(_ batch: [Int]) -> Tensor {
      descent.gradient(at: θ, batch: batch, expectedSize: 10, random: random) { θ, i in i == 0 ? 50 * θ[0] : -θ[1] }
    }
    for others in [[], [1], [1, 2, 3], Array(1...9)] {
      let moved = (gradient([0] + others) - gradient(others)).squared().sum().squareRoot().item
      #expect(abs(moved - 0.1) < 1e-12)
    }
    #expect(Mistake.meanOverBatch(10 * gradient([0]), batch: [0]).abs().max().item == 1)
  }

  @Test("§ 12.7.2: clients count by their examples: means of the parts give the mean of the whole")
  func weights() {
    let x = random.normal([100, 3], scalarType: .double)
    let parts = [x[0..<10], x[10..<25], x[25..<100]].map { $0.mean(axes: [0]) }
    expectClose(
      FederatedAveraging.average(parts, counts: [10, 15, 75]), x.mean(axes: [0]), tolerance: 1e-14, scale: 1)
    #expect((Mistake.plainAverage(parts) - x.mean(axes: [0])).abs().max().item > 0.01)
  }

  @Test("§ 12.10: a blank keeps double letters: every text is read from its letters with a blank after each")
  func blanks() {
    for _ in 0..<50 {
      let text = (0..<6).map { _ in random.integer(below: 3) }
      let path = text.flatMap { [$0, $0, 3] }
      #expect(collapsed(path, blank: 3) == text)
      #expect((Mistake.collapsedWithoutBlanks(path, blank: 3) == text) == zip(text, text.dropFirst()).allSatisfy(!=))
    }
  }

  @Test("§ 12.10: what follows the end of an episode does not count: of rewards 1 the last target is 1, whatever q is")
  func end() {
    let (r, q) = (Tensor.ones([2]), random.uniform([2, 3]) + 5)
    let y = learningTargets(rewards: r, following: q, continues: Tensor([1, 0]), discount: 0.9)
    let wrong = Mistake.learningTargetsWithoutEnd(rewards: r, following: q, discount: 0.9)
    #expect(y[1].item == 1 && wrong[1].item > 5 && y[0].item == wrong[0].item)
  }
}
