import Checking
import Regularization
import Tensors
import Testing

@Suite("§ 3.7.1 Classical transformations")
struct AugmentationTests {
  private let images = spread([3, 2, 5, 5]) * 0.5 + 0.5

  @Test("§ 3.7.1: two flips are the identity, and one exchanges left and right")
  func flips() {
    #expect(flipped(flipped(images)) == images)
    #expect(flipped(images)[1, 1, 2, 0] == images[1, 1, 2, 4])
    #expect(flipped(images) != images)
  }

  @Test(
    "§ 3.7.1: a rotation by 0 is the identity, bit for bit, in both scalar types",
    arguments: [ScalarType.float, .double])
  func noRotation(type: ScalarType) {
    let images = images.converted(to: type)
    #expect(transformed(images, by: Array(repeating: .rotation(degrees: 0), count: 3)) == images)
    #expect(Augmentation.rotation(degrees: 0)(images, using: RandomSource(seed: 1)) == images)
    // Next to a true rotation all images are interpolated, and this one still does not change.
    #expect(transformed(images, by: [.identity, .rotation(degrees: 10), .identity])[0] == images[0])
  }

  @Test("§ 3.7.1: a rotation by 90° maps pixels to pixels exactly, counterclockwise, and four of them are the identity")
  func quarterTurn() {
    let turn = Array(repeating: AffineMap.rotation(degrees: 90), count: 3)
    let turned = transformed(images, by: turn)
    // The old right column, from the top, is now the top row, from the left.
    for place in 0..<5 { #expect(turned[0, 1, 0, place] == images[0, 1, place, 4]) }
    #expect(turned == images.transposed.flipped(axis: 2))
    let half = transformed(turned, by: turn)
    #expect(half == images.flipped(axis: 2).flipped(axis: 3))
    #expect(transformed(transformed(half, by: turn), by: turn) == images)
    #expect(AffineMap.rotation(degrees: -270) == .rotation(degrees: 90))
    #expect(AffineMap.rotation(degrees: 450) == .rotation(degrees: 90))
  }

  @Test("§ 3.7.1: a shift by whole pixels moves them and nothing else; half a pixel takes the mean of two")
  func shifts() {
    let image = images[0..<1]
    let moved = transformed(image, by: [.translation(x: 2, y: -1)])
    #expect(moved[0, 0, 0, 2] == image[0, 0, 1, 0])
    #expect(moved[0, 1, 3, 4] == image[0, 1, 4, 2])
    #expect(moved.sliced(0..<2, axis: 3).abs().max().item == 0, "pixels from outside are 0")
    #expect(moved.sliced(4..<5, axis: 2).abs().max().item == 0)
    let beside = transformed(images[0..<2], by: [.translation(x: 2, y: -1), .rotation(degrees: 10)])
    #expect(beside[0] == moved[0], "with interpolation as without")
    let half = transformed(image, by: [.translation(x: 0.5, y: 0)])
    expectClose(half[0, 0, 3, 2], 0.5 * (image[0, 0, 3, 1] + image[0, 0, 3, 2]), tolerance: 1e-15)
    #expect(transformed(image, by: [.translation(x: 1e300, y: -1e300)]).abs().max().item == 0)
  }

  @Test("§ 3.7.1: affine maps compose, invert, and map points by their formulas")
  func maps() {
    let map = AffineMap.translation(x: 3, y: -2).after(.rotation(degrees: 30).after(.shear(0.2).after(.scaling(1.5))))
    let place = map(2, 1)
    let (x, y) = (1.5 * (2 + 0.2 * 1), 1.5 * 1.0)
    let (c, s) = (3.0.squareRoot() / 2, 0.5)
    #expect(abs(place.x - (x * c + y * s + 3)) < 1e-14 && abs(place.y - (-x * s + y * c - 2)) < 1e-14)
    let back = map.inverse(place.x, place.y)
    #expect(abs(back.x - 2) < 1e-14 && abs(back.y - 1) < 1e-14)
    #expect(AffineMap.identity(4, 5) == (4, 5))
  }

  @Test(
    "§ 3.7.1: moving is linear in the images, its derivative is its transpose, and a constant interior stays constant")
  func linear() {
    let maps = [AffineMap.rotation(degrees: 17), .scaling(1.3), .translation(x: 0.3, y: -0.6)]
    let weights = spread([3, 2, 5, 5], offset: 77)
    expectGradient(at: images) { (transformed($0, by: maps) * weights).sum() }
    let sum = transformed(images + weights, by: maps)
    expectClose(sum, transformed(images, by: maps) + transformed(weights, by: maps), tolerance: 1e-13, scale: 1)
    let flat = transformed(Tensor.ones([1, 1, 9, 9], scalarType: .double), by: [.rotation(degrees: 33)])
    expectClose(
      flat.sliced(3..<6, axis: 2).sliced(3..<6, axis: 3), .ones([1, 1, 3, 3], scalarType: .double), tolerance: 1e-14)
  }

  @Test("§ 3.7.1: a crop is a window of the given size; a random crop of a padded image keeps its shape")
  func crops() {
    let window = cropped(images, size: (3, 2), corners: [(0, 0), (2, 3), (1, 1)])
    #expect(window.shape == [3, 2, 3, 2])
    #expect(window[1, 0, 2, 1] == images[1, 0, 4, 4])
    let augmented = Augmentation.crop(padding: 2)(images, using: RandomSource(seed: 4))
    #expect(augmented.shape == images.shape)
    #expect(cropped(framed(images, by: 2), size: (5, 5), corners: [(2, 2), (2, 2), (2, 2)]) == images)
    // A crop of a padded image is a shift: the image appears at one of 25 places.
    let shifts = (0..<25).map { (place: Int) -> AffineMap in
      let (x, y) = (place % 5 - 2, place / 5 - 2)
      return .translation(x: Double(x), y: Double(y))
    }
    #expect(shifts.contains { transformed(images[0..<1], by: [$0]) == augmented[0..<1] })
  }

  @Test("§ 3.7.1: brightness is one factor per image, clipped to 0…1; noise has mean 0 and variance s²")
  func brightnessAndNoise() {
    let gray = Tensor(repeating: 0.5, [400, 1, 3, 3])
    let bright = Augmentation.brightness(0.4)(gray, using: RandomSource(seed: 2))
    let factors = bright.sliced(0..<1, axis: 2).sliced(0..<1, axis: 3)
    #expect((bright - factors).abs().max().item == 0, "one factor for all pixels of an image")
    #expect(factors.min().item >= 0.3 && factors.max().item <= 0.7 && abs(factors.mean().item - 0.5) < 0.02)
    #expect(Augmentation.brightness(3)(images, using: RandomSource(seed: 2)).max().item == 1)
    let noise = Augmentation.noise(standardDeviation: 0.1)(gray, using: RandomSource(seed: 3)) - 0.5
    #expect(abs(noise.mean().item) < 0.005 && abs(noise.variance().item - 0.01) < 0.001)
  }

  @Test("§ 3.7.1: normalization with the set's mean and deviation gives mean 0 and variance 1 per channel")
  func normalization() {
    let planes = images.permuted([1, 0, 2, 3]).flattened(from: 1)
    let (mean, deviation) = (planes.mean(axes: [1]), planes.variance(axes: [1]).squareRoot())
    let x = normalized(images, mean: mean.scalars, deviation: deviation.scalars)
    expectClose(x.mean(axes: [0, 2, 3]), .zeros([2], scalarType: .double), tolerance: 1e-14, scale: 1)
    expectClose(x.variance(axes: [0, 2, 3]), .ones([2], scalarType: .double), tolerance: 1e-13)
    expectClose(normalized(images, mean: [0.1307], deviation: [0.3081]), (images - 0.1307) / 0.3081, tolerance: 1e-15)
  }

  @Test("§ 3.7.1: a sequence is a value that applies its parts in order, and one source gives one result, bit for bit")
  func sequences() {
    let parts: [Augmentation] = [
      .rotation(degrees: 20), .translation(share: 0.2), .horizontalFlip(probability: 0.5), .crop(padding: 1),
      .affine(degrees: 5, translation: 0.1, scale: 0.8...1.2), .brightness(0.2), .noise(standardDeviation: 0.05),
      .normalization(mean: [0.5], deviation: [0.25]),
    ]
    let results = [1, 1, 2].map { Augmentation.sequence(parts)(images, using: RandomSource(seed: $0)) }
    #expect(results[0] == results[1] && results[0] != results[2])
    let random = RandomSource(seed: 1)
    #expect(parts.reduce(images) { $1($0, using: random) } == results[0])
    #expect(Augmentation.sequence([])(images, using: random) == images)
  }

  @Test("§ 3.7.1: random rotations and shifts keep within their limits, and flips have their probability")
  func limits() {
    let dots = framed(Tensor.ones([300, 1, 1, 1]), by: 10)  // [300×1×21×21], one bright pixel in the middle of each
    let moved = Augmentation.translation(share: 0.2)(dots, using: RandomSource(seed: 6))
    let places = moved.flattened(from: 1).argmax(axis: 1).map { (row: $0 / 21 - 10, column: $0 % 21 - 10) }
    #expect(Set(places.map(\.row)) == Set(-4...4) && Set(places.map(\.column)) == Set(-4...4))
    #expect(moved.sum().item == 300, "whole pixels: nothing is blurred")
    let left = Tensor([1, 0], shape: [1, 1, 1, 2]).repeated(2_000, axis: 0)
    let mirrored = Augmentation.horizontalFlip(probability: 0.3)(left, using: RandomSource(seed: 7))
    #expect(abs(mirrored.sliced(1..<2, axis: 3).mean().item - 0.3) < 0.03)
  }

  @Test("§ 3.7.1: tensors that are not images, and maps without an inverse, stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = transformed(Tensor.zeros([2, 1, 3, 3]), by: [.identity]) }
    await #expect(processExitsWith: .failure) {
      _ = Augmentation.horizontalFlip(probability: 1)(Tensor.zeros([3, 3]), using: RandomSource(seed: 1))
    }
    await #expect(processExitsWith: .failure) { _ = AffineMap(1, 2, 2, 4) }
    await #expect(processExitsWith: .failure) {
      _ = normalized(Tensor.zeros([1, 3, 2, 2]), mean: [0, 0], deviation: [1, 1])
    }
  }
}
