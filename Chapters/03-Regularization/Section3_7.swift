import DataSets
import Figures
import Foundations
import Regularization
import Running
import Tensors
import Training

/// § 3.7: pictures of augmented and mixed images, and the benefit of augmentation with few examples.
public let section3_7 = Exercise(
  .section, "3.7", "Augmentation, mixup and CutMix", seconds: 11, quick: 1, full: 90,
  needs: { DataNeeds(train: $0.choose(quick: 50, standard: 400, full: 800), size: .atLeast(8)) }
) {
  run in
  let digits = try run.data.mnist()
  let shapes = LabeledImages.drawnShapes(count: 30, from: RandomSource(seed: 8))
  run.show(augmentedImages(digits.train.images, shapes.images, random: run.random), as: "augmentations")
  run.show(mixedImages(digits.train, shapes, random: run.random), as: "mixtures")

  run.say(digits.provenance + "\n")
  let results = compareAugmentations(
    on: digits, sizes: run.choose(quick: [50], standard: [50, 100, 200, 400], full: [50, 100, 200, 400, 800]),
    seeds: run.choose(quick: 1, standard: 2, full: 5), firstSeed: run.options.seed
  ) { label, size in
    let steps = run.choose(quick: 60, standard: 400, full: 1_000)
    return run.reporting(TrainingPlan(steps: steps, examples: size, batchSize: 50), label)
  }
  run.show(augmentationTable(results), as: "few-examples")
  run.show(
    LineChart(
      "Test accuracy with few examples (\(digits.name))", x: Axis("training examples", .logarithmic),
      y: Axis("test accuracy"),
      series: FewExamples.Kind.allCases.map { kind in
        let points = results.filter { $0.kind == kind }
        return Series(kind.rawValue, x: points.map { Double($0.examples) }, points.map(\.mean), style: .both)
      }), as: "few-examples")
  run.card("data", digits.provenance)
  for result in results where result.examples == results[0].examples {
    run.card("\(result.examples) examples, \(result.kind.rawValue)", result.mean)
  }
}

/// The same few images under every transformation of § 3.7.1: digits in the first grid, coloured shapes in the second.
func augmentedImages(_ digits: Tensor, _ shapes: Tensor, random: RandomSource) -> Panels {
  let kinds: [(String, Augmentation)] = [
    ("as it is", .sequence([])), ("rotation", .rotation(degrees: 30)), ("translation", .translation(share: 0.2)),
    ("scale", .affine(degrees: 0, translation: 0, scale: 0.6...1.4)), ("flip", .horizontalFlip(probability: 1)),
    ("crop", .crop(padding: 8)), ("brightness", .brightness(0.7)), ("noise", .noise(standardDeviation: 0.15)),
  ]
  func grid(_ title: String, _ images: Tensor) -> ImageGrid {
    let changed = kinds.map { $0.1(images, using: random) }
    let pixels = (0..<images.shape[0]).flatMap { n in changed.map { Pixels($0[n]) } }
    return ImageGrid(
      title, images: pixels, columns: kinds.count,
      captions: (0..<images.shape[0]).flatMap { _ in kinds.map(\.0) })
  }
  return Panels("", columns: 1, [grid("Digits", digits[0..<3]), grid("Coloured shapes", shapes[0..<3])])
}

/// Two images, and mixtures of them: by mixup with several shares, and by CutMix.
func mixedImages(_ digits: LabeledImages, _ shapes: LabeledImages, random: RandomSource) -> Panels {
  func mixtures(_ title: String, _ set: LabeledImages) -> ImageGrid {
    let other = set.labels.firstIndex { $0 != set.labels[0] } ?? 1
    let (a, b) = (set.images[0..<1], set.images[other..<other + 1])
    let (H, W) = (set.height, set.width)
    let blends = [0.75, 0.5, 0.25].map { (mixed(a, b, share: Tensor($0)), "λ = \($0)") }
    let boxes = [(0.75, H / 2, W / 2), (0.5, H / 2, W / 2), (0.5, 2, W - 4)].map { λ, row, column in
      let side = (1 - λ).squareRoot()
      return CutBox(
        center: (row, column), rows: Int(side * Double(H)), columns: Int(side * Double(W)), height: H, width: W)
    }
    let pastes = boxes.map { box in
      (pasted(a, b, mask: box.mask().reshaped([1, 1, H, W])), "λ = \((box.share * 100).rounded() / 100)")
    }
    let images = [(a, "first"), (b, "second")] + blends + pastes
    return ImageGrid(title, images: images.map { Pixels($0.0[0]) }, columns: images.count, captions: images.map(\.1))
  }
  return Panels(
    "Blends by mixup, and pastes by CutMix", columns: 1,
    [mixtures("Digits", digits), mixtures("Coloured shapes", shapes)])
}

extension Pixels {
  /// The image of a tensor [C×H×W].
  init(_ image: Tensor) { self.init(width: image.shape[2], height: image.shape[1], planes: image.scalars) }
}

/// The test accuracy of one kind of augmentation with one number of training examples.
public struct FewExamples: Sendable {
  /// The augmentation of the training images.
  public enum Kind: String, CaseIterable, Sendable {
    case none = "as they are"
    case affine = "turned and shifted"
    case mixup
    case cutMix = "CutMix"
  }

  /// The kind, and the number of training examples.
  public let kind: Kind, examples: Int
  /// The test accuracies, one per seed.
  public let accuracies: [Double]
  /// Their mean.
  public var mean: Double { accuracies.reduce(0, +) / Double(accuracies.count) }
}

/// Trains a narrow network of Listing 3.10 without dropout on the first digits with every kind of augmentation.
///
/// All train for the same number of steps.
public func compareAugmentations(
  on data: ImageClassification, sizes: [Int], seeds: Int, firstSeed: UInt64,
  plan: (_ label: String, _ size: Int) -> TrainingPlan
) -> [FewExamples] {
  let scale = PixelScale(of: data.train)
  let test = scale.standardized(data.test.images)
  return FewExamples.Kind.allCases.flatMap { kind in
    sizes.map { size in
      let accuracies = (0..<UInt64(seeds)).map { offset in
        let random = RandomSource(seed: firstSeed + offset)
        let few = data.train.stratifiedSplit(first: size, from: random).first
        let model = train(
          kind, few, data, scale, plan: plan("\(kind.rawValue), \(size) examples", few.count), random: random)
        return accuracy(model(test), labels: data.test.labels)
      }
      return FewExamples(kind: kind, examples: size, accuracies: accuracies)
    }
  }
}

/// Adam on the cross-entropy with the targets of the augmentation.
private func train(
  _ kind: FewExamples.Kind, _ set: LabeledImages, _ data: ImageClassification, _ scale: PixelScale, plan: TrainingPlan,
  random: RandomSource
) -> RegularizedNetwork {
  var model = RegularizedNetwork(
    inputs: set.images.count / set.count, hidden: 64, classes: data.classNames.count, dropout: 0, random: random)
  var optimizer = Adam(learningRate: 1e-3)
  let oneHot = Tensor.oneHot(set.labels, classes: data.classNames.count)
  let changes = random.split()
  Training.train(&model, with: &optimizer, examples: set.count, plan: plan, random: random) { model, batch in
    var (x, y) = (set.images.gathered(batch), oneHot.gathered(batch))
    switch kind {
    case .none: break
    case .affine: x = Augmentation.affine(degrees: 10, translation: 0.05, scale: 0.9...1.1)(x, using: changes)
    case .mixup:
      let mixture = mixup(x, y, concentration: 0.4, using: changes)
      (x, y) = (mixture.inputs, mixture.targets)
    case .cutMix:
      let mixture = cutMix(x, y, using: changes)
      (x, y) = (mixture.inputs, mixture.targets)
    }
    return crossEntropy(logits: model(scale.standardized(x)), targets: y)
  }
  return model
}

private func augmentationTable(_ results: [FewExamples]) -> Table {
  let sizes = results.filter { $0.kind == .none }.map(\.examples)
  return Table(
    "Test accuracy by number of training examples", columns: ["training images"] + sizes.map(String.init),
    rows: FewExamples.Kind.allCases.map { kind in
      [.text(kind.rawValue)] + results.filter { $0.kind == kind }.map { .number($0.mean, decimals: 3) }
    })
}
