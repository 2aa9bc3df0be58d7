import DataSets
import Tensors
import Testing

@Suite("Data: the embedded optical digits")
struct DataOpticalDigitsTests {
  @Test("all 1,797 images are there, with the digit counts and the ink of the published file")
  func published() throws {
    let digits = try LabeledImages.opticalDigits()
    let counts = (0..<10).map { digit in digits.labels.count { $0 == digit } }
    #expect(counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    let sixteenths = digits.images.floats.map { Int($0 * 16) }
    #expect(sixteenths.min() == 0 && sixteenths.max() == 16)
    #expect(sixteenths.reduce(0, +) == 561_718)
    let byPlace: [Int] = sixteenths.enumerated().map { $0.offset % 64 * $0.element }
    let byImage: [Int] = sixteenths.enumerated().map { ($0.offset / 64 + 1) * $0.element }
    #expect(byPlace.reduce(0, +) == 17_660_653 && byImage.reduce(0, +) == 503_904_265)
  }

  @Test("the split is fixed, complete and stratified: 1,437 and 360, a fifth of every digit to within one")
  func split() throws {
    let (set, again) = (try ImageClassification.opticalDigits(), try ImageClassification.opticalDigits())
    #expect(set.train.count == 1_437 && set.test.count == 360 && set.isReal)
    #expect(set.train.labels == again.train.labels && set.test.images == again.test.images)
    for digit in 0..<10 {
      let (train, test) = (set.train.labels.count { $0 == digit }, set.test.labels.count { $0 == digit })
      #expect(abs(Double(test) - Double(train + test) * 360 / 1797) < 1)
    }
    let all = try LabeledImages.opticalDigits().shownLikeMNIST()
    let together = [set.train, set.test].map { $0.images.converted(to: .double).sum(axes: [0]) }
    let sum = all.images.converted(to: .double).sum(axes: [0])
    #expect((together[0] + together[1] - sum).abs().max().item < 1e-9)
  }

  @Test("an enlarged digit keeps its ink, fits MNIST's 20×20 box and stays within 0…1")
  func enlarged() throws {
    let small = try LabeledImages.opticalDigits().prefix(50)
    let large = small.shownLikeMNIST()
    #expect(large.images.shape == [50, 1, 28, 28])
    #expect(large.images.min().item >= 0 && large.images.max().item <= 1)
    let box = large.images.sliced(4..<24, axis: 2).sliced(4..<24, axis: 3)
    #expect(box.sum() == large.images.sum())
    #expect(abs(box.mean().item - small.images.mean().item) < 0.01)
  }
}

@Suite("Data: labelled images")
struct DataImagesTests {
  /// Four images of 1×1×2 pixels: 0 and 1, 2 and 3, …
  private let four = LabeledImages(
    images: Tensor((0..<8).map(Double.init), shape: [4, 1, 1, 2]), labels: [0, 1, 0, 1])

  @Test("a subset follows its indices, a prefix stops at the end, and rows are images")
  func parts() {
    let chosen = four.subset([3, 0, 3])
    #expect(chosen.flattened == Tensor([[6, 7], [0, 1], [6, 7]]) && chosen.labels == [1, 0, 1])
    #expect(four.prefix(2).flattened == Tensor([[0, 1], [2, 3]]) && four.prefix(2).labels == [0, 1])
    #expect(four.prefix(9).count == 4)
  }

  @Test("enlarging preserves linear ramps, and commutes with mirroring")
  func enlarging() {
    let ramp = LabeledImages(images: Tensor((0..<8).map(Double.init), shape: [1, 1, 1, 8]), labels: [0])
    let wide = ramp.enlarged(height: 2, width: 16).images
    #expect(wide[0, 0, 0] == wide[0, 0, 1])
    let slope = (0..<14).map { 0.25 + 0.5 * Float($0) }
    #expect(wide[0, 0, 0].floats == [0] + slope + [7])
    let images = LabeledImages.drawnDigits(count: 2, from: RandomSource(seed: 2))
    let mirrored = LabeledImages(images: images.images.flipped(axis: 3), labels: images.labels)
    let difference =
      mirrored.enlarged(height: 40, width: 33).images - images.enlarged(height: 40, width: 33).images.flipped(axis: 3)
    #expect(difference.abs().max().item < 1e-6)
  }

  @Test("images standardized by their own mean and deviation have mean 0 and deviation 1 in every plane")
  func standardized() {
    let images = LabeledImages.drawnShapes(count: 10, from: RandomSource(seed: 1))
    let mean = images.images.mean(axes: [0, 2, 3])
    let deviation = images.images.variance(axes: [0, 2, 3]).squareRoot()
    let standard = images.standardized(mean: mean.scalars, deviation: deviation.scalars).images
    #expect(standard.mean(axes: [0, 2, 3]).abs().max().item < 1e-5)
    #expect((standard.variance(axes: [0, 2, 3]) - 1).abs().max().item < 1e-4)
    #expect(four.standardized(mean: [1], deviation: [2]).flattened[0] == Tensor([-0.5, 0]))
  }

  @Test("a stratified split of equal classes gives every class its exact share, and each image to one part")
  func stratified() {
    let labels = (0..<60).map { $0 % 3 }
    let images = LabeledImages(images: Tensor((0..<60).map(Double.init), shape: [60, 1, 1, 1]), labels: labels)
    let (first, rest) = images.stratifiedSplit(first: 15, from: RandomSource(seed: 4))
    #expect((0..<3).map { label in first.labels.count { $0 == label } } == [5, 5, 5])
    #expect((first.images.floats + rest.images.floats).sorted() == (0..<60).map(Float.init))
    #expect(first.images.floats == first.images.floats.sorted())
    #expect(zip(first.images.floats, first.labels).allSatisfy { Int($0) % 3 == $1 })
    let other = images.stratifiedSplit(first: 15, from: RandomSource(seed: 5))
    #expect(other.first.images != first.images)
  }

  @Test("different numbers of images and labels stop with a message that names both")
  func mismatch() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LabeledImages(images: .zeros([3, 1, 2, 2]), labels: [0, 1])
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("cannot label images of shape [3×1×2×2] with 2 classes: [2×C×H×W] is needed"))
  }
}

@Suite("Data: drawn images")
struct DataDrawnTests {
  /// A way to draw images, and bounds for the accuracy of the nearest class mean on new ones.
  struct Kind: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let shape: Shape
    let accuracy: ClosedRange<Double>
    let draw: @Sendable (Int, RandomSource) -> LabeledImages
  }

  static let kinds = [
    Kind(testDescription: "digits", shape: [1, 28, 28], accuracy: 0.7...0.95) { .drawnDigits(count: $0, from: $1) },
    Kind(testDescription: "clothes", shape: [1, 28, 28], accuracy: 0.7...0.92) { .drawnClothes(count: $0, from: $1) },
    Kind(testDescription: "shapes", shape: [3, 32, 32], accuracy: 0.15...0.5) { .drawnShapes(count: $0, from: $1) },
  ]

  @Test("the same seed draws the same images to the last bit, another seed others", arguments: kinds)
  func seeds(kind: Kind) {
    let first = kind.draw(20, RandomSource(seed: 1))
    let (same, other) = (kind.draw(20, RandomSource(seed: 1)), kind.draw(20, RandomSource(seed: 2)))
    #expect(first.images == same.images && first.labels == same.labels)
    #expect(first.images != other.images)
    #expect(Array(first.images.shape.lengths.dropFirst()) == kind.shape.lengths)
  }

  @Test("every class is drawn equally often, with pixels from 0 to 1 that use the range", arguments: kinds)
  func balance(kind: Kind) {
    let drawn = kind.draw(60, RandomSource(seed: 3))
    #expect((0..<10).allSatisfy { label in drawn.labels.count { $0 == label } == 6 })
    #expect(drawn.labels != drawn.labels.sorted())
    #expect(drawn.images.min().item >= 0 && drawn.images.max().item <= 1)
    #expect(drawn.images.max().item - drawn.images.min().item > 0.8)
  }

  @Test(
    "the nearest class mean does better than chance and worse than perfectly: learnable, not trivial", arguments: kinds)
  func difficulty(kind: Kind) {
    let drawn = kind.draw(400, RandomSource(seed: 6))
    let (known, new) = (drawn.subset(Array(0..<300)), drawn.subset(Array(300..<400)))
    let means = Tensor.stacked(
      (0..<10).map { label in
        known.flattened.gathered(known.labels.indices.filter { known.labels[$0] == label }).mean(axes: [0])
      }, axis: 0)
    let scores = matmul(new.flattened, means.transposed) - (means * means).sum(axes: [1]) / 2
    let correct = zip(scores.argmax(axis: 1), new.labels).count { $0 == $1 }
    #expect(kind.accuracy.contains(Double(correct) / 100), "\(correct) of 100 were right")
  }

  @Test("a drawn shape's class has no typical colour: the mean colours of the classes agree")
  func colour() {
    let drawn = LabeledImages.drawnShapes(count: 200, from: RandomSource(seed: 8))
    let colours = drawn.images.mean(axes: [2, 3])
    for label in 0..<10 {
      let own = colours.gathered(drawn.labels.indices.filter { drawn.labels[$0] == label }).mean(axes: [0])
      #expect((own - colours.mean(axes: [0])).abs().max().item < 0.15)  // of 20 images: deviation 0.04
    }
  }

  /// The mean shade of every class over `count` drawings with one seed, weighted by place.
  private func ink(_ set: LabeledImages) -> [Double] {
    let place = Tensor.linear(from: 0, to: 1, count: set.images.count / set.count)
    let amounts = (set.flattened * (1 + place)).mean(axes: [1]).scalars
    return (0..<10).map { digit in
      let own = zip(amounts, set.labels).filter { $0.1 == digit }.map(\.0)
      return own.reduce(0, +) / Double(max(own.count, 1))
    }
  }

  @Test("the drawings equal the last reviewed ones: the ink of every class")
  func unchanged() {
    let drawn = [
      ink(.drawnDigits(count: 100, from: RandomSource(seed: 1))),
      ink(.drawnClothes(count: 100, from: RandomSource(seed: 1))),
      ink(.drawnShapes(count: 100, from: RandomSource(seed: 1))),
    ]
    let recorded: [[Double]] = [
      [0.172832, 0.091511, 0.182428, 0.173755, 0.144738, 0.180502, 0.185081, 0.144846, 0.232006, 0.153241],
      [0.330613, 0.257710, 0.423968, 0.255348, 0.384859, 0.161492, 0.396910, 0.200828, 0.355516, 0.305860],
      [0.541861, 0.620091, 0.669677, 0.493019, 0.526949, 0.630466, 0.654972, 0.578608, 0.673845, 0.680402],
    ]
    for (found, expected) in zip(drawn, recorded) {
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 } && expected.count == 10, "\(found)")
    }
  }
}
