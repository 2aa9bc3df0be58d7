import Checking
import DataSets
import Foundations
import GAN
import Tensors
import Testing

/// Drawn digits, few enough that a judge is trained in a second.
private let digits = ImageClassification(
  name: "drawn digits", classNames: (0..<10).map(String.init),
  train: .drawnDigits(count: 600, from: RandomSource(seed: 1)),
  test: .drawnDigits(count: 400, from: RandomSource(seed: 2)), origin: "drawn digits", isReal: false)

@Suite("§ 8.8  The judge, and the measures together")
struct SampleQualityTests {
  private static let measure = QualityMeasure(for: digits, count: 400, steps: 120)
  private let measure = Self.measure

  @Test("§ 8.8: the judge reads drawn digits, and real images cover real images")
  func real() {
    #expect(measure.accuracy > 0.85)
    #expect(abs(measure.accuracy - measure.judge.accuracy(on: digits.test)) < 1e-12)
    #expect(measure.real.coverage > 0.85 && measure.real.recognized > 0.5 && measure.real.labelDivergence < 0.05)
    #expect((measure.real.count, measure.real.referenceCount) == (400, 400))
  }

  @Test("(8.19): the distance of images from themselves is 0, and blank images are far away and cover nothing")
  func ends() {
    let same = measure(digits.test.images)
    let blank = measure(Tensor.zeros([64, 1, 28, 28]))
    #expect(same.frechetDistance < 1e-8 && same.coverage == 1)
    #expect(blank.frechetDistance > 10 * measure.real.frechetDistance)
    #expect(blank.coverage < 0.05 && blank.labelEntropy == 0)
    #expect((same.nearestTraining ?? 0) > 1)
    #expect((measure(digits.train.images).nearestTraining ?? 1) < 1e-5)
  }

  @Test("Remark 8.10: copies of one image a class have a higher score than real images, and a far larger distance")
  func copies() {
    let p = measure.judge.judged(digits.train.images).probabilities.max(axes: [1]).scalars
    let clearest = (0..<10).map { k in
      digits.train.labels.indices.filter { digits.train.labels[$0] == k }.max { p[$0] < p[$1] } ?? 0
    }
    let copies = measure(digits.train.images.gathered((0..<400).map { clearest[$0 % 10] }))
    #expect(copies.inceptionScore > measure.real.inceptionScore)
    #expect(copies.neighbours.precision > 0.9 && copies.coverage < 0.1)
    #expect(copies.frechetDistance > 5 * measure.real.frechetDistance)
  }

  @Test("§ 8.8: measures by one set of images are those of the parts one by one")
  func parts() {
    let (x, judge) = (digits.train.images[0..<100], measure.judge)
    let quality = SampleQuality(of: x, against: digits.test, judgedBy: judge)
    let (judged, real) = (judge.judged(x), judge.judged(digits.test.images))
    #expect(quality.frechetDistance == frechetDistance(real.features, judged.features))
    #expect(quality.inceptionScore == inceptionScore(of: judged.probabilities))
    #expect(quality.recognized == recognizedShare(of: judged.probabilities))
    #expect(quality.labelEntropy == labelEntropy(of: judged.probabilities))
    #expect(
      quality.density == NeighbourMeasures(of: judged.features, among: NeighbourBalls(around: real.features)).density)
  }

  @Test("§ 8.8: images are judged alike alone, in any batch and inside a gradient call: always in evaluation mode")
  func batches() {
    let (x, judge) = (digits.test.images[0..<300], measure.judge)
    let (all, last) = (judge.judged(x), judge.judged(x[299..<300]))
    #expect((all.features[299] - last.features[0]).abs().max().item < 1e-4)
    var inside: JudgedImages?
    let slope = gradient(at: x[0..<2], mode: .training) { y in
      inside = judge.judged(y)
      return y.sum()
    }
    #expect(inside.map { ($0.features - judge.judged(x[0..<2]).features).abs().max().item } == 0)
    #expect(slope.min().item == 1 && slope.max().item == 1)
  }

  @Test("§ 8.8: a judge is kept for the process, and trained again for other images, with the same sums of pixels too")
  func kept() {
    let (a, b) = (ImageJudge.trained(on: digits, steps: 120), ImageJudge.trained(on: digits, steps: 120))
    #expect(a.head.weight.sharesMemory(with: b.head.weight))
    #expect(a.head.weight == measure.judge.head.weight)
    let few = digits.limited(to: 128)
    let other = ImageJudge.trained(on: few, steps: 2)
    #expect(!(other.head.weight == a.head.weight))
    // Upside down: the same numbers in other places.
    let images = few.train.images.gathered((0..<28).reversed(), axis: 2)
    let turned = ImageClassification(
      name: few.name, classNames: few.classNames, train: LabeledImages(images: images, labels: few.train.labels),
      test: few.test, origin: few.origin, isReal: few.isReal)
    #expect(!(ImageJudge.trained(on: turned, steps: 2).head.weight == other.head.weight))
  }

  @Test("§ 8.8: images outside [0, 1] and NaN are refused in words")
  func refusals() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let judge = ImageJudge(side: 8, classes: 2, random: RandomSource(seed: 1))
      _ = judge.judged(Tensor(repeating: -1, [2, 1, 8, 8]))
    }
    expectMessage(result, "cannot judge images with values from -1.0 to -1.0")
    let broken = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let judge = ImageJudge(side: 8, classes: 2, random: RandomSource(seed: 1))
      _ = judge.judged(Tensor(repeating: .nan, [2, 1, 8, 8]))
    }
    expectMessage(broken, "cannot judge images with values from ")
  }
}
