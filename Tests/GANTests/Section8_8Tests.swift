import DataSets
import GAN
import Tensors
import Testing
import ch08

@Suite("§ 8.8  Sets of images of which we know how good they are")
struct Section8_8Tests {
  private let set = LabeledImages.drawnDigits(count: 60, from: RandomSource(seed: 4))

  @Test("§ 8.8: blur keeps a constant inside, copies are one image a class, and drawn pixels keep their own mean")
  func sets() {
    let ones = blurred(Tensor.ones([1, 1, 6, 6]))
    #expect(abs(ones[0, 0, 2, 3].item - 1) < 1e-6 && abs(ones[0, 0, 0, 0].item - 4.0 / 9) < 1e-6)
    let judge = ImageJudge(side: 28, classes: 10, random: RandomSource(seed: 1))
    let copied = copies(of: set, classes: 10, judge: judge)
    #expect(copied.shape == set.images.shape && copied[3] == copied[13] && !(copied[3] == copied[4]))
    #expect(nearestRows(of: copied.flattened(from: 1), in: set.flattened).distances.allSatisfy { $0 < 1e-6 })
    let many = LabeledImages.drawnDigits(count: 1_000, from: RandomSource(seed: 4)).images
    let drawn = independentPixels(of: many, random: RandomSource(seed: 2))
    #expect((drawn.mean(axes: [0]) - many.mean(axes: [0])).abs().max().item < 0.08)
  }

  @Test("§ 8.8: all spoiled sets are 1.5 times as far as the real images or more, and the distance grows with noise")
  func order() {
    let data = ImageClassification(
      name: "drawn digits", classNames: (0..<10).map(String.init),
      train: .drawnDigits(count: 600, from: RandomSource(seed: 1)),
      test: .drawnDigits(count: 400, from: RandomSource(seed: 2)), origin: "drawn digits", isReal: false)
    let measure = QualityMeasure(for: data, count: 600, steps: 120)
    let sets = knownSets(of: data.train, classes: 10, judge: measure.judge, random: RandomSource(seed: 3))
    var quality: [String: SampleQuality] = [:]
    for set in sets { quality[set.name] = measure(set.images) }
    func distance(_ name: String) -> Double { quality[name]?.frechetDistance ?? .nan }
    let spoiled = sets.map(\.name).filter { $0 != "all training images" && !$0.hasPrefix("1/") }
    #expect(spoiled.count == 8 && spoiled.allSatisfy { distance($0) > 1.5 * distance("all training images") })
    #expect(distance("all training images") < distance("with noise of 0.1"))
    #expect(distance("with noise of 0.1") < distance("with noise of 0.3"))
    #expect(distance("with noise of 0.3") < distance("uniform noise"))
    #expect(distance("without the last class") < distance("first half of the classes"))
    #expect((quality["first half of the classes"]?.labelDivergence ?? 0) > 0.4)
    #expect((quality["uniform noise"]?.coverage ?? 1) < 0.1)
  }
}
