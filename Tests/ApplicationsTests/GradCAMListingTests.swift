import Applications
import CNN
import Checking
import DataSets
import Foundations
import Tensors
import Testing
import Training
import ch12

@Suite("Listing 12.5.2  Grad-CAM")
struct GradCAMListingTests {
  /// The network of applications_fairness.py after one pass in training mode, and its images.
  private static let network: ParametricNetwork = {
    let start = ParametricNetwork(
      kernel: 3, filters: 2, blocks: 2, firstKernel: 5, classes: 3, random: RandomSource(seed: 1))
    var network = start.converted(to: .double).withParameters(from: 0.5 * spread([start.parameterCount], offset: 10))
    network.adoptStatistics(of: gradient(at: network) { $0(images).sum() })
    return network
  }()
  private static let images = spread([4, 3, 8, 8], offset: 5_000)
  private let cam = GradCAM(Self.network, layer: 1)
  private let x = Self.images

  @Test("Listing 12.5.2: for a batch of one the listing's map is PyTorch's and the right one")
  func alone() throws {
    let record = try golden("applications_fairness", as: Recorded.self).listing.GradCAM
    let alone = (0..<4).map { cam.asPrinted(x[$0..<$0 + 1]) }
    #expect(record.alone.deviation(of: Tensor.concatenated(alone, axis: 0)) < 1e-10)
    let own = (0..<4).map { cam(x[$0..<$0 + 1]) }
    expectClose(Tensor.concatenated(own, axis: 0), Tensor.concatenated(alone, axis: 0), tolerance: 1e-12)
    let chosen = [2, 0, 1, 1].enumerated().map { cam.asPrinted(x[$0..<$0 + 1], class: $1) }
    #expect(record.chosen.deviation(of: Tensor.concatenated(chosen, axis: 0)) < 1e-10)
  }

  @Test("Listing 12.5.2: for a batch of four only the first image gets a gradient, in PyTorch and here")
  func batch() throws {
    let record = try golden("applications_fairness", as: Recorded.self).listing.GradCAM
    let printed = cam.asPrinted(x)
    #expect(record.batch.deviation(of: printed) < 1e-10)
    #expect(record.sizes[0] > 0 && record.sizes.dropFirst().allSatisfy { $0 == 0 })
    #expect(printed[1..<4].abs().max().item == 0)
  }

  @Test("Listing 12.5.2: whole batches give what their images give one by one, each with its own maximum of 1")
  func oneByOne() {
    let together = cam(x)
    let single = (0..<4).map { cam(x[$0..<$0 + 1])[0] }
    expectClose(together, Tensor.stacked(single, axis: 0), tolerance: 1e-12)
    let largest = cam.map(x, classes: cam.predicted(x)).max(axes: [1, 2]).scalars
    let scaled = together.max(axes: [1, 2]).scalars
    for (top, own) in zip(largest, scaled) where top > 1e-3 { #expect(own > 0.9 && own <= 1) }
  }

  @Test("Listing 12.5.2: a map has the height and the width of its image, also where they differ")
  func wide() {
    let images = spread([2, 3, 8, 12], offset: 7_000)
    #expect(cam(images).shape == [2, 8, 12] && cam(images.transposed).shape == [2, 12, 8])
  }

  @Test("Listing 12.5.2: PyTorch's hook fails before an operation in place, and with frozen weights; here nothing does")
  func hooks() throws {
    let record = try golden("applications_fairness", as: Recorded.self).listing.GradCAM
    #expect(record.overwritten.contains("inplace") && !record.frozen.isEmpty)
    // Maps before a ReLU: the rest of the network begins with it.
    let network = Self.network
    let before = GradCAM(
      maps: { network.normalizations[1](network.convolutions[1](network.maps($0)[0].maxPooled2D(window: 2))) },
      scores: { network.scores(maximum(0, $0), after: 1) })
    #expect(before(x).abs().max().item > 0 && before.predicted(x) == cam.predicted(x))
  }

  @Test("§ 12.5.2: before GAP and a linear layer α is w/Z exactly, Z = h w")
  func weights() {
    let A = Self.network.maps(x)[1].maxPooled2D(window: 2)
    let last = GradCAM(maps: { Self.network.maps($0)[1].maxPooled2D(window: 2) }, scores: { Self.network.head($0) })
    let α = last.weights(of: A, classes: [2, 0, 1, 1])
    expectClose(α, Self.network.output.weight.gathered([2, 0, 1, 1]) / 4, tolerance: 1e-13)
  }

  @Test("§ 12.5.2: the map is that of chapter 4, for both layers")
  func chapter4() {
    for layer in 0...1 {
      expectClose(
        GradCAM(Self.network, layer: layer).map(x, classes: [2, 0, 1, 1]),
        gradCAM(Self.network, at: x, classes: [2, 0, 1, 1], layer: layer), tolerance: 1e-13)
    }
  }
}

@Suite("Exercise 12.3 Grad-CAM for a ResNet-18")
struct Exercise12_3Tests {
  @Test("Exercise 12.3: every stage of a residual network leads to its scores, and its maps depend on the class")
  func stages() {
    let network = ResNet18(classes: 5, width: 4, stem: .small, random: RandomSource(seed: 1)).converted(to: .double)
    let x = RandomSource(seed: 2).normal([2, 3, 16, 16], scalarType: .double)
    for stage in 0...4 {
      let cam = GradCAM(network, stage: stage)
      expectClose(cam.scores(cam.maps(x)), network(x), tolerance: 1e-12)
      #expect(cam.map(x, classes: [0, 0]) != cam.map(x, classes: [3, 3]))
      #expect(cam(x).shape == [2, 16, 16])
    }
    // GAP and a linear layer follow the last stage.
    let α = GradCAM(network, stage: 4).weights(of: network.stages(x)[4], classes: [1, 4])
    expectClose(α, network.classifier.weight.gathered([1, 4]) / 4, tolerance: 1e-13)
  }

  @Test("Exercise 12.3: pixels that decide are removed first by the right map, and last by the wrong one")
  func deletion() {
    // The score of class 1 is the sum of the left column.
    let f = { (x: Tensor) in
      let left = x.flattened(from: 1).sliced(0..<1, axis: 1)
      return Tensor.concatenated([0 * left, 4 * left], axis: 1)
    }
    let x = Tensor.ones([1, 1, 1, 4], scalarType: .double)
    let good = Tensor([1, 0, 0, 0], shape: [1, 1, 4], scalarType: .double)
    let (first, last) = ([good, 1 - good].map { DeletionCurve(of: f, at: x, classes: [1], maps: $0, steps: 4) }, 0.5)
    #expect(first[0].probabilities[1] == last && first[1].probabilities[3] > 0.98 && first[1].probabilities[4] == last)
    #expect(first[0].area < first[1].area && first[0].removed == [0, 0.25, 0.5, 0.75, 1])
  }

  @Test("Exercise 12.3: maps correlate fully with themselves and not with noise")
  func correlation() {
    let maps = RandomSource(seed: 1).uniform([8, 10, 10])
    #expect(abs(mapCorrelation(maps, 3 * maps + 1) - 1) < 1e-6)
    #expect(abs(mapCorrelation(maps, RandomSource(seed: 2).uniform([8, 10, 10]))) < 0.1)
  }

  @Test("Exercise 12.3: a trained ResNet-18 finds the classes of mosaics better than chance, a random one does not")
  func mosaics() throws {
    let data = try DataLibrary(directory: nil, environment: [:]).cifar10(drawn: 600, 100)
    let seen = TrainedResNet(
      on: data, width: 4, plan: TrainingPlan(epochs: 5, batchSize: 25), random: RandomSource(seed: 1))
    #expect(seen.predictions.accuracy > 0.35)
    let last = seen.stages(mosaics: 12, from: data.test, random: RandomSource(seed: 3))[4]
    #expect(last.trained.peaks > 0.4 && last.trained.peaks > last.untrained.peaks, "\(last)")
  }
}

@Suite("§ 12.5, § 12.6  Beside PyTorch")
struct FairnessReferenceTests {
  @Test(
    "§ 12.5.1, Exercise 12.5: saliency, integrated gradients and the penalty are PyTorch's",
    arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws {
    let f: @Sendable (Tensor, Tensor) -> (Tensor) -> Tensor = { v, w in { matmul(matmul($0, v).tanh(), w) } }
    let classes = [2, 0, 1]
    try expectAgreement(
      "applications_fairness",
      [
        PassCase("inputGradients") { inputs, _ in
          inputGradients(of: f(inputs[1], inputs[2]), at: inputs[0], classes: classes)
        },
        PassCase("saliency") { inputs, _ in saliency(of: f(inputs[1], inputs[2]), at: inputs[0], classes: classes) },
        PassCase("integratedGradients") { inputs, _ in
          integratedGradients(
            of: f(inputs[1], inputs[2]), at: inputs[0], from: 0 * inputs[0].stopGradient, classes: classes, steps: 4)
        },
        PassCase("parityPenalty") { inputs, integers in parityPenalty(inputs[0], groups: integers[0]) },
      ], type)
  }

  @Test("Exercise 12.5: logistic regression with weights has PyTorch's parameters", arguments: [false, true])
  func logistic(isWeighted: Bool) throws {
    let records = try golden("applications_fairness", as: Recorded.self).logistic
    let record = isWeighted ? records.weighted : records.plain
    let X = 2 * spread([60, 3])
    let model = try LogisticRegression(
      fitting: X, targets: Tensor(record.targets.map(Double.init), scalarType: .double),
      weights: isWeighted ? 1.5 + spread([60], offset: 400) : Tensor.ones([60], scalarType: .double), penalty: 1e-2)
    #expect(record.parameters.deviation(of: model.flattened) < 1e-9)
  }
}

/// What applications_fairness.py records.
private struct Recorded: Decodable {
  struct Listing: Decodable {
    let batch, alone, chosen: RecordedArray
    let sizes: [Double]
    let overwritten, frozen: String
  }
  struct Maps: Decodable { let GradCAM: Listing }
  struct Fit: Decodable {
    let targets: [Int]
    let parameters: RecordedArray
  }
  struct Fits: Decodable { let plain, weighted: Fit }
  let listing: Maps
  let logistic: Fits
}
