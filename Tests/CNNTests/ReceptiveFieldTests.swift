import CNN
import Checking
import Running
import Tensors
import Testing
import ch04

@Suite("§ 4.4.3 Stacked convolutions, Remark 4.6")
struct StackedConvolutionTests {
  @Test(
    "Remark 4.6: two layers of 3 × 3 see 5 × 5 pixels, three see 7 × 7, by changing pixels one by one",
    arguments: [2, 3])
  func fields(n: Int) {
    let random = RandomSource(seed: 1)
    let filters = (0..<n).map { _ in random.normal([1, 1, 3, 3], scalarType: .double) }
    func output(_ x: Tensor) -> Double { filters.reduce(x) { convolution($0, $1) }[0, 0, 2, 2].item }
    let side = 2 * n + 5
    let image = random.normal([1, 1, side, side], scalarType: .double)
    let seen = (0..<side * side).filter { pixel in
      let raised = image + Tensor.oneHot([pixel], classes: side * side, scalarType: .double).reshaped(image.shape)
      return abs(output(raised) - output(image)) > 1e-12
    }
    let field = 2..<2 + 2 * n + 1
    #expect(seen == (0..<side * side).filter { field.contains($0 / side) && field.contains($0 % side) })
    #expect(field.count == receptiveField(of: .init(repeating: Window(3), count: n)).size)
  }

  @Test("Remark 4.6: three layers of 3 × 3 have 27 C² weights, one of 7 × 7 with the same field 49 C²")
  func weights() {
    let (C, random) = (12, RandomSource(seed: 1))
    func count(_ k: Int) -> Int { Convolution(C, C, kernel: k, hasBias: false, random: random).parameterCount }
    #expect(3 * count(3) == 27 * C * C && count(7) == 49 * C * C)
    #expect(receptiveField(of: [Window(3), Window(3), Window(3)]) == receptiveField(of: [Window(7)]))
  }
}

@Suite("Exercise 4.5 Receptive fields")
struct Exercise4_5Tests {
  @Test(
    "Exercise 4.5.1: n layers of size k see n (k − 1) + 1 pixels, by the recursion, by the gradient, by single pixels")
  func stacks() {
    for stack in compareStacks(layers: [1, 2, 3, 7], kernels: [1, 2, 3, 6]) {
      #expect(stack.gradient == stack.formula && stack.perturbation == stack.formula, "\(stack)")
      let field = receptiveField(of: .init(repeating: Window(stack.kernel), count: stack.layers))
      #expect(field == ReceptiveField.pixel.after(Window(stack.formula)))
    }
  }

  @Test(
    "Exercise 4.5.2: with strides, dilations and padding the recursion gives exactly the pixels of the gradient",
    arguments: 1...4)
  func recursion(seed: UInt64) {
    for path in comparePaths(random: RandomSource(seed: seed)) {
      #expect(path.gradient.lowerBound == path.recursion.lowerBound, "\(path.layers)")
      #expect(path.gradient == path.perturbation)
      #expect(path.gradient.upperBound == path.recursion.upperBound, "\(path.layers)")
    }
  }

  @Test("Exercise 4.5.2: r = 1 + Σ (k − 1) d s₁ ⋯ s_ℓ₋₁, and the jump is the product of the strides")
  func sum() {
    let layers = [
      Window(7, stride: 2), Window(3, stride: 3, dilation: 2), Window(1, stride: 2), Window(5, dilation: 4),
    ]
    let field = receptiveField(of: layers)
    #expect(field.size == 1 + 6 * 1 + 2 * 2 * 2 + 0 + 4 * 4 * 12)
    #expect(field.jump == 12)
    #expect(receptiveField(of: [1, 2, 4, 8].map { Window(3, dilation: $0) }).size == 31)
    #expect(receptiveField(of: (0..<4).map { _ in Window(3, stride: 2) }).size == 31)
    #expect(receptiveField(of: []).size == 1)
  }

  @Test("Exercise 4.5.2: the lowest units of a unit's cone are its field, with stride and with dilation")
  func cone() {
    for layers in [
      [Window(3), Window(4)], [1, 2, 4, 8].map { Window(3, dilation: $0) }, [Window(3, stride: 2), Window(3)],
    ] {
      let cone = DependencyCone(of: layers)
      let size = receptiveField(of: layers).size
      let pixels = cone.units.filter { $0.layer == 0 }.map(\.place)
      #expect(pixels == (0..<size).map { Double($0) - Double(size - 1) / 2 })
      #expect(cone.units.count == Set(cone.units).count)
    }
  }

  @Test("Exercise 4.5.2: padding of (k − 1) d / 2 keeps the middle of unit 0's field on pixel 0")
  func centre() {
    let padded = [Window(3, padding: 1), Window(5, dilation: 2, padding: 4), Window(7, padding: 3)]
    #expect(receptiveField(of: padded).center == 0)
    #expect(receptiveField(of: [Window(2, stride: 2), Window(2, stride: 2)]).center == 1.5)
  }

  @Test("Exercise 4.5.3: ResNet-50 sees 483 pixels with the stride in the 1 × 1, 427 in the 3 × 3, both more than 224")
  func resNet() {
    let (first, middle) = (resNetFields(stride: .first), resNetFields(stride: .middle))
    #expect(first.map(\.field.size) == [7, 11, 35, 99, 291, 483])
    #expect(middle.map(\.field.size) == [7, 11, 35, 91, 267, 427])
    #expect(first.map(\.field.jump) == [2, 4, 4, 8, 16, 32] && middle.map(\.field.jump) == [2, 4, 4, 8, 16, 32])
    #expect(middle[5].field.center == 0 && middle[5].field.first == -213)
  }

  @Test(
    "Exercise 4.5.3: the gradient along ResNet-50's longest path covers 483 and 427 pixels",
    arguments: [(BottleneckBlock.Stride.first, 483), (.middle, 427)])
  func resNetGradient(place: BottleneckBlock.Stride, size: Int) {
    let path = [Window].bottleneckPath(stride: place)
    let pixels = measuredField(of: path, inputs: 1_024, unit: 16)
    #expect(pixels.count == size && pixels == receptiveField(of: path).pixels(unit: 16))
  }

  @Test(
    "Exercise 4.5.3: the gradient of a real residual network stays within the field of the recursion, and fills it",
    arguments: [BottleneckBlock.Stride.first, .middle])
  func realNetwork(place: BottleneckBlock.Stride) {
    let blocks = [1, 1, 1, 1]
    let field = receptiveField(of: .bottleneckPath(blocks: blocks, stride: place))
    let network = ResNet50(classes: 2, width: 4, blocks: blocks, stride: place, random: RandomSource(seed: 1))
      .mapParameters { $0.abs() }
    let size = 256
    let seen = network.effectiveField(size: size, images: 1, random: RandomSource(seed: 2)).profile
    let columns = seen.indices.filter { seen[$0] > 0 }
    let pixels = field.pixels(unit: 4)
    #expect(columns.first == max(0, pixels.lowerBound) && columns.last == min(size, pixels.upperBound) - 1)
  }

  @Test(
    "Remark 4.6, Exercise 4.5.3: with equal weights the effective field has variance n (k² − 1) / 12, exactly",
    arguments: [(2, 3), (5, 3), (4, 5)])
  func equalWeights(n: Int, k: Int) {
    let field = effectiveField(layers: n, kernel: k, .equal, draws: 1, random: RandomSource(seed: 1))
    #expect(abs(field.deviation - (Double(n * (k * k - 1)) / 12).squareRoot()) < 1e-3)
    #expect(field.map.shape == [n * (k - 1) + 1, n * (k - 1) + 1])
  }

  @Test(
    "Exercise 4.5.3: random weights have the same effective field on average, with and without ReLU, below the field"
  )
  func randomWeights() {
    for effect in measureEffectiveFields(depths: [8, 16], draws: 12, random: RandomSource(seed: 1)) {
      let tolerance = effect.kind == .relu ? 0.2 : 0.12
      #expect(abs(effect.field.deviation / effect.promisedDeviation - 1) < tolerance, "\(effect.kind) \(effect.layers)")
      #expect(effect.field.side(holding: 0.95) < effect.size)
      #expect(abs(effect.field.profile.reduce(0, +) - 1) < 1e-5)
    }
  }

  @Test("Exercise 4.5.3: the effective share of the field falls with depth")
  func share() {
    let effects = measureEffectiveFields(depths: [5, 20, 40], draws: 1, random: RandomSource(seed: 1))
    let shares = effects.filter { $0.kind == .equal }.map { Double($0.field.side(holding: 0.95)) / Double($0.size) }
    #expect(shares == shares.sorted(by: >) && shares[2] < 0.4 && shares[0] > 0.6)
  }

  @Test(
    "Exercise 4.5.4: no network with a field of 9 separates pairs 10 apart from pairs 14 apart, for any channels",
    arguments: [4, 32])
  func smallField(channels: Int) {
    let random = RandomSource(seed: 1)
    let images = pixelPairs(6, random: random).images.converted(to: .double)
    let network = DilatedNetwork(dilations: [1, 1, 1, 1], channels: channels, classes: 2, random: random).converted(
      to: .double)
    #expect(network.field == 9)
    let logits = network(images)
    expectClose(logits, logits[0..<1].broadcast(to: logits.shape), tolerance: 1e-12, scale: 1)
  }

  @Test("Exercise 4.5.4: a field that holds one of the two pairs makes their images differ, with the same parameters")
  func largeField() {
    let random = RandomSource(seed: 1)
    let images = 30 * pixelPairs(2, random: random).images.converted(to: .double)
    let small = DilatedNetwork(dilations: [1, 1, 1, 1], channels: 16, classes: 2, random: random)
    let large = DilatedNetwork(dilations: [1, 1, 2, 2], channels: 16, classes: 2, random: random).converted(to: .double)
    #expect(large.field == 13 && large.parameterCount == small.parameterCount)
    let logits = large(images)
    #expect((logits[0] - logits[1]).abs().max().item > 1e-7)
  }

  @Test("Exercise 4.5.4: pairs are 10 or 14 apart and far from the border")
  func pairs() {
    let set = pixelPairs(20, random: RandomSource(seed: 3))
    for (image, label) in set.labels.enumerated() {
      let pixels = set.images[image].scalars
      let bright = pixels.indices.filter { pixels[$0] > 0 }
      #expect(bright.count == 2 && bright[1] - bright[0] == (label == 0 ? 10 : 14))
      #expect(bright.allSatisfy { (9..<31).contains($0 / 40) && (9..<31).contains($0 % 40) })
    }
  }

  @Test("windows without size or with a negative padding stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = Window(0) }
    await #expect(processExitsWith: .failure) { _ = Window(3, padding: -1) }
  }
}
