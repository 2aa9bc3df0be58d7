import Applications
import CNN
import Checking
import DataSets
import Tensors
import Testing
import Training

@Suite("§ 12.1.2  Segmentation")
struct SegmentationTests {
  @Test(
    "§ 12.1.2: the cross-entropy summed over pixels is the mean times their number; an ignored class counts nowhere")
  func loss() {
    let random = RandomSource(seed: 1)
    let logits = random.normal([2, 3, 4, 5], scalarType: .double)
    let classes = (0..<40).map { _ in random.integer(below: 3) }
    let p = logits.softmax(axis: 1)
    func cost(_ place: Int) -> Double {
      let (n, rest) = place.quotientAndRemainder(dividingBy: 20)
      return -p[n, classes[place], rest / 5, rest % 5].log().item
    }
    let sum = (0..<40).reduce(0) { $0 + cost($1) }
    #expect(abs(pixelCrossEntropy(logits, classes: classes).item * 40 - sum) < 1e-12)
    let counted = (0..<40).filter { classes[$0] != 2 }
    let mean = counted.reduce(0) { $0 + cost($1) } / Double(counted.count)
    #expect(abs(pixelCrossEntropy(logits, classes: classes, ignoring: 2).item - mean) < 1e-12)
    let slope = gradient(at: logits) { pixelCrossEntropy($0, classes: classes, ignoring: 2) }
    for place in 0..<40 {
      let isIgnored = classes[place] == 2
      #expect((slope[place / 20, 0, place % 20 / 5, place % 5].item == 0) == isIgnored)
    }
  }

  @Test("§ 12.1.2: measures by hand: 4×4 pixels with a square of 2×2, one of whose pixels is missed")
  func measures() {
    let truth = [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    var predicted = truth
    predicted[10] = 0
    let quality = PixelQuality(predicted, truth: truth, classes: 3, side: 4)
    #expect(quality.confusion == [[12, 0, 0], [1, 3, 0], [0, 0, 0]])
    #expect(quality.accuracy == 15.0 / 16)
    let values = quality.intersectionsOverUnions
    #expect(values[0] == 12.0 / 13 && values[1] == 3.0 / 4 && values[2].isNaN)
    #expect(quality.meanIntersectionOverUnion == (12.0 / 13 + 3.0 / 4) / 2)
    // The edge: the square's four pixels, and the eight beside them.
    #expect(quality.edges.all == 12 && quality.edges.right == 11)
  }

  @Test("§ 12.1.2: the classes of pixels are the largest logits")
  func classes() {
    let logits = Tensor([1, 5, 2, 3, 4, 0], shape: [1, 3, 1, 2])
    #expect(pixelClasses(logits) == [2, 0])
  }

  /// The pixels of the image on which the logits of pixel (8, 8) depend.
  private func field<M: Module<Tensor, Tensor>>(_ network: M) -> Set<Int> {
    let x = RandomSource(seed: 2).uniform([1, 3, 16, 16], in: 0..<1, scalarType: .double)
    let slope = gradient(at: x) { network($0).sliced(8..<9, axis: 2).sliced(8..<9, axis: 3).squared().sum() }
    let size = slope.abs().sum(axes: [0, 1]).scalars
    return Set(size.indices.filter { size[$0] > 0 })
  }

  @Test("§ 12.1.2: three 3×3 convolutions see 7×7 pixels; U-Net and pyramid see far more")
  func fields() {
    let random = RandomSource(seed: 3)
    let window = field(WindowNetwork(width: 8, classes: 3, random: random).converted(to: .double))
    #expect(window == Set((5...11).flatMap { row in (5...11).map { row * 16 + $0 } }))
    let pyramid = PyramidNetwork(width: 8, squares: [2, 4, 8], classes: 3, random: random).converted(to: .double)
    #expect(field(pyramid).count > 200)
    let unet = SegmentationUNet(width: 8, levels: 2, classes: 3, random: random).converted(to: .double)
    #expect(field(unet).count > 200)
  }

  @Test("§ 12.1.2: without skips all is told through the smallest maps: the same parameters, but no fine way up")
  func skips() {
    func network(_ hasSkips: Bool) -> SegmentationUNet {
      SegmentationUNet(width: 4, classes: 5, hasSkips: hasSkips, random: RandomSource(seed: 4)).converted(to: .double)
    }
    let (with, without) = (network(true), network(false))
    #expect(with.parameterCount == without.parameterCount && with.parameters == without.parameters)
    let x = RandomSource(seed: 5).uniform([1, 3, 32, 32], in: 0..<1, scalarType: .double)
    #expect((with(x) - without(x)).abs().max().item > 1e-3)
    // Nothing of what a blind bottom passes on depends on the image, unless there are skips.
    func blind(_ model: SegmentationUNet) -> Double {
      var model = model
      model.bottom.normalization.scale = 0 * model.bottom.normalization.scale
      return (model(x) - model(0 * x)).abs().max().item
    }
    #expect(blind(without) == 0 && blind(with) > 1e-3)
    #expect(SegmentationUNet(classes: 5, random: RandomSource(seed: 1)).parameterCount == 59_805)
  }

  @Test("§ 12.1.2: after the same short training the U-Net is far better at edges than the one without skips")
  func edges() {
    let (train, test) = (
      DrawnScenes(count: 240, from: RandomSource(seed: 6)), DrawnScenes(count: 40, from: RandomSource(seed: 7))
    )
    let found = [true, false].map { hasSkips in
      var network = SegmentationUNet(width: 4, classes: 5, hasSkips: hasSkips, random: RandomSource(seed: 8))
      trainSegmenter(
        &network, on: train, learningRate: 1e-2, plan: TrainingPlan(epochs: 14, batchSize: 12),
        random: RandomSource(seed: 9))
      return PixelQuality(of: network, on: test)
    }
    #expect(found[0].edgeAccuracy > found[1].edgeAccuracy + 0.1, "\(found.map(\.edgeAccuracy))")
    #expect(found[0].meanIntersectionOverUnion > found[1].meanIntersectionOverUnion + 0.1)
  }

  @Test("§ 12.1.2: in the middle of a disc and of a square 7×7 pixels are the same, so a window gives both one class")
  func middle() {
    let scenes = [0, 1].map { form in
      DrawnScenes(
        [[DrawnObject(form: form, colour: 2, left: 8, top: 8, width: 16, height: 16)]], from: RandomSource(seed: 10))
    }
    /// How far the logits of a pixel in the middle differ between both scenes.
    func difference<M: Module<Tensor, Tensor>>(_ network: M) -> Double {
      let logits = scenes.map { network($0.images).sliced(16..<17, axis: 2).sliced(16..<17, axis: 3) }
      return (logits[0] - logits[1]).abs().max().item
    }
    #expect(scenes[0].pixelClasses[16 * 33] == 1 && scenes[1].pixelClasses[16 * 33] == 2)
    let random = RandomSource(seed: 11)
    #expect(difference(WindowNetwork(classes: 5, random: random)) == 0)
    #expect(difference(PyramidNetwork(classes: 5, random: random)) > 1e-3)
    #expect(difference(SegmentationUNet(classes: 5, hasSkips: false, random: random)) > 1e-4)
  }
}

@Suite("§ 12.1.2  Upsampling")
struct UpsamplingTests {
  private func affine(_ side: Int, _ place: (Int) -> Double) -> Tensor {
    Tensor(
      (0..<side * side).map { 0.2 + 0.03 * place($0 / side) - 0.05 * place($0 % side) },
      shape: [1, 1, side, side], scalarType: .double)
  }

  @Test("§ 12.1.2: bilinear interpolation is exact on affine images: with aligned corners everywhere")
  func corners() {
    let x = affine(5) { Double($0) }
    let y = bilinearlyUpsampled(x, height: 17, width: 17, aligning: .corners)
    #expect((y - affine(17) { Double($0) / 4 }).abs().max().item < 1e-14)
  }

  @Test(
    "§ 12.1.2: with aligned edges, and by a transposed convolution with triangles, away from the border",
    arguments: [2, 4])
  func edges(factor s: Int) {
    let x = affine(6) { Double($0) }
    let truth = affine(6 * s) { (Double($0) + 0.5) / Double(s) - 0.5 }
    let inner = s / 2..<6 * s - s / 2
    func error(_ y: Tensor) -> Double {
      (y - truth).sliced(inner, axis: 2).sliced(inner, axis: 3).abs().max().item
    }
    let bilinear = bilinearlyUpsampled(x, height: 6 * s, width: 6 * s)
    let learned = TransposedConvolution.bilinear(channels: 1, factor: s).converted(to: .double)(x)
    #expect(error(bilinear) < 1e-14 && error(learned) < 1e-14)
    #expect(learned.shape == bilinear.shape)
    #expect((learned - bilinear).abs().max().item > 0.01, "zeros lie outside of the image")
  }

  @Test("§ 12.1.2: the adjoint: ⟨U x, y⟩ = ⟨x, Uᵀ y⟩, where Uᵀ is the gradient, and for kernels the convolution")
  func adjoint() {
    let random = RandomSource(seed: 1)
    let x = random.normal([2, 3, 4, 5], scalarType: .double)
    for alignment in [PixelAlignment.corners, .edges] {
      let y = random.normal([2, 3, 9, 12], scalarType: .double)
      let U = { (x: Tensor) in bilinearlyUpsampled(x, height: 9, width: 12, aligning: alignment) }
      let back = gradient(at: 0 * x) { (U($0) * y).sum() }
      #expect(abs((U(x) * y).sum().item - (x * back).sum().item) < 1e-12)
    }
    let layer = TransposedConvolution.bilinear(channels: 3, factor: 2).converted(to: .double)
    let y = random.normal([2, 3, 8, 10], scalarType: .double)
    let back = convolution(y, layer.weight, stride: 2, padding: 1)
    #expect(abs((layer(x) * y).sum().item - (x * back).sum().item) < 1e-12)
  }

  @Test("§ 12.1.2: rows of the interpolation matrix sum to 1, and the identity enlarges nothing")
  func rows() {
    for alignment in [PixelAlignment.corners, .edges] {
      let R = interpolationMatrix(from: 5, to: 13, aligning: alignment, scalarType: .double)
      #expect((R.sum(axes: [1]) - 1).abs().max().item < 1e-14)
      #expect(interpolationMatrix(from: 7, to: 7, aligning: alignment) == .identity(7))
    }
  }
}
