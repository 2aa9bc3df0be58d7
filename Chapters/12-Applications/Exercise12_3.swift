import Applications
import CNN
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors
import Training

/// Exercise 12.3: Grad-CAM of a ResNet-18, for several classes and stages, and whether the maps can be trusted.
///
/// The weights are those of `resnet18.safetensors` in the data folder, otherwise those of a narrow network that is
/// trained first.
public let exercise12_3 = Exercise(
  "12.3", "Grad-CAM for a ResNet-18", stars: 2, seconds: 30, quick: 1, full: 600,
  needs: { _ in DataNeeds(testClasses: 4) }
) { run in
  let all = try run.data.cifar10(
    drawn: run.choose(quick: 80, standard: 3_000, full: 10_000), run.choose(quick: 60, standard: 500, full: 1_000))
  let data = run.choose(
    quick: all.limited(to: 80, 60), standard: all.limited(to: 10_000, 500), full: all.limited(to: .max, 1_000))
  run.say(data.provenance + "\n")
  if let path = try run.data.file("resnet18.safetensors") {
    return try explainPublished(run, ResNet18(loading: path), data, origin: path)
  }
  let seen = TrainedResNet(
    on: data, width: run.choose(quick: 4, standard: 16, full: 64),
    plan: run.plan(quick: 1, standard: data.isReal ? 2 : 3, full: 20, batchSize: 50), random: run.random.split())
  run.say("A ResNet-18 of width \(seen.width): \(decimals(100 * seen.predictions.accuracy, 1))% of the test images.\n")
  let count = run.choose(quick: 3, standard: 15, full: 250)
  let stages = seen.stages(mosaics: count, from: data.test, random: run.random.split())
  run.show(stageTable(stages, count: count), as: "stages")
  let study = DeletionStudy(
    seen, on: data.test.prefix(run.choose(quick: 10, standard: 100, full: 400)), random: run.random.split())
  run.show(deletionTable(study), as: "deletion")
  run.show(deletionFigure(study), as: "deletion")
  run.show(classFigure(seen, data), as: "classes")
  run.show(mosaicFigure(seen, data, random: run.random.split()), as: "mosaics")
  run.parameters = seen.network.parameterCount
  run.card("data", data.provenance)
  run.card("test accuracy", seen.predictions.accuracy)
  run.card("Grad-CAM's peak in the right quarter, last stage", stages[4].trained.peaks)
  run.card("correlation with the maps of random weights", study.randomCorrelation)
}

/// A narrow ResNet-18 trained on small images. Exercise 12.3
public struct TrainedResNet: Sendable {
  /// The network before and after training.
  public let start, network: ResNet18
  /// Its width, and the scale of its images.
  public let width: Int, scale: ColorScale
  /// Its predictions for the test images.
  public let predictions: Predictions

  /// Trains a network of this width.
  public init(on data: ImageClassification, width: Int, plan: TrainingPlan, random: RandomSource) {
    var recipe = ImageRecipe()
    (recipe.learningRate, recipe.weightDecay) = (2e-3, 0.05)
    start = ResNet18(classes: data.classNames.count, width: width, stem: .small, random: random.split())
    scale = ColorScale(for: data)
    var network = start
    trainOnImages(&network, by: recipe, on: data.train, scale: scale, plan: plan, random: random)
    (self.network, self.width) = (network, width)
    predictions = Predictions(of: network, on: data.test, scale: scale)
  }

  /// The search for the four classes of mosaics by each stage of the network, trained and with random weights.
  public func stages(
    mosaics count: Int, from set: LabeledImages, random: RandomSource
  ) -> [(shape: Shape, trained: QuarterSearch, untrained: QuarterSearch)] {
    let mosaics = (0..<count).map { _ in Mosaic(from: set, random: random) }
    let x = scale.normalized(mosaics[0].image.expanded(axis: 0))
    let shapes = network.stages(x).map { $0[0].shape }
    return (0...4).map { stage in
      let found = [network, start].map {
        QuarterSearch(GradCAM($0, stage: stage), in: mosaics, normalized: scale.normalized)
      }
      return (shapes[stage], found[0], found[1])
    }
  }
}

private func stageTable(
  _ stages: [(shape: Shape, trained: QuarterSearch, untrained: QuarterSearch)], count: Int
) -> Table {
  Table(
    "Grad-CAM on \(grouped(count)) mosaics of four images, for each of their classes; by chance 0.25",
    columns: ["stage", "maps", "peak in the right quarter", "share in it", "untrained: peak", "share"],
    rows: stages.enumerated().map {
      [
        .text($0.offset == 0 ? "stem" : "layer \($0.offset)"), .text("\($0.element.shape)"),
        .number($0.element.trained.peaks, decimals: 3), .number($0.element.trained.share, decimals: 3),
        .number($0.element.untrained.peaks, decimals: 3), .number($0.element.untrained.share, decimals: 3),
      ]
    })
}

/// What happens to the probability of the predicted class when pixels are removed. Exercise 12.3
public struct DeletionStudy: Sendable {
  /// The curves for pixels in the order of Grad-CAM, of the saliency map, and at random.
  public let gradCAM, saliency, random: DeletionCurve
  /// The correlation of Grad-CAM's maps with those of the network with random weights.
  public let randomCorrelation: Double

  /// The study of a network on images.
  public init(_ seen: TrainedResNet, on images: LabeledImages, random source: RandomSource) {
    let x = seen.scale.normalized(images.images)
    let network = seen.network
    let classes = inBatches(x, of: 100) { network($0) }.argmax()
    func curve(_ maps: Tensor) -> DeletionCurve {
      DeletionCurve(of: { network($0) }, at: x, classes: classes, maps: maps)
    }
    let maps = GradCAM(network, stage: 4)(x, classes: classes)
    gradCAM = curve(maps)
    saliency = curve(Applications.saliency(of: { network($0) }, at: x, classes: classes).max(axes: [1]))
    random = curve(source.uniform([x.shape[0], x.shape[2], x.shape[3]]))
    randomCorrelation = mapCorrelation(maps, GradCAM(seen.start, stage: 4)(x, classes: classes))
  }
}

private func deletionTable(_ study: DeletionStudy) -> Table {
  let rows = [("Grad-CAM, last stage", study.gradCAM), ("saliency", study.saliency), ("random", study.random)]
  return Table(
    "Pixels are removed in the order of a map: the mean probability of the predicted class",
    columns: ["order", "all pixels", "1/8 removed", "1/4", "1/2", "area"],
    rows: rows.map { name, curve in
      [.text(name)] + [0, 2, 4, 8].map { .number(curve.probabilities[$0], decimals: 3) }
        + [.number(curve.area, decimals: 3)]
    })
}

private func deletionFigure(_ study: DeletionStudy) -> LineChart {
  LineChart(
    "Does the map show what matters?", x: Axis("share of the pixels removed"), y: Axis("probability of the class"),
    series: [
      Series("Grad-CAM", x: study.gradCAM.removed, study.gradCAM.probabilities),
      Series("saliency", x: study.saliency.removed, study.saliency.probabilities),
      Series("random", x: study.random.removed, study.random.probabilities),
    ])
}

/// Images with the maps of their three likeliest classes.
private func classFigure(_ seen: TrainedResNet, _ data: ImageClassification) -> Panels {
  let images = firstOfClasses(5, in: data.test)
  let x = seen.scale.normalized(images.images)
  return likeliestClasses(GradCAM(seen.network, stage: 4), x, images.images) { data.classNames[$0] }
}

/// Rows of images with their maps for the three classes with the largest scores, and their probabilities.
private func likeliestClasses(
  _ cam: GradCAM, _ x: Tensor, _ images: Tensor, name: (Int) -> String
) -> Panels {
  let p = cam.scores(cam.maps(x)).softmax()
  let best = (0..<x.shape[0]).map { p[$0].argsort(isDescending: true).prefix(3).map { $0 } }
  let maps = (0..<3).map { place in cam(x, classes: best.map { $0[place] }) }
  let rows = (0..<x.shape[0]).map { i in
    [picture(images[i])] + maps.map { picture(overlaid(images[i], $0[i])) }
  }
  let captions = (0..<x.shape[0]).flatMap { i in
    [""] + best[i].map { "\(decimals(100 * p[i, $0].item, 1))% \(name($0))" }
  }
  let grid = ImageGrid(
    "", rows: rows, columnTitles: ["image", "likeliest", "second", "third"], captions: captions)
  return Panels("One image, three classes", [grid])
}

/// Mosaics with the maps of their four classes.
private func mosaicFigure(_ seen: TrainedResNet, _ data: ImageClassification, random: RandomSource) -> Panels {
  let cam = GradCAM(seen.network, stage: 4)
  let mosaics = (0..<3).map { _ in Mosaic(from: data.test, random: random) }
  let rows = mosaics.map { mosaic -> [Pixels] in
    let x = seen.scale.normalized(mosaic.image.expanded(axis: 0)).repeated(4, axis: 0)
    let maps = cam(x, classes: mosaic.classes)
    return [picture(mosaic.image)] + (0..<4).map { picture(overlaid(mosaic.image, maps[$0])) }
  }
  let captions = mosaics.flatMap { [""] + $0.classes.map { data.classNames[$0] } }
  return Panels("Four images in one, four questions", [ImageGrid("", rows: rows, captions: captions)])
}

/// A published network on enlarged images: its likeliest classes, by their numbers.
private func explainPublished(_ run: Run, _ network: ResNet18, _ data: ImageClassification, origin: String) throws {
  let images = firstOfClasses(5, in: data.test)
  let side = network.stemKind == .large ? 224 : images.height
  let large = images.enlarged(height: side, width: side)
  let x = large.standardized(mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225]).images
  run.show(likeliestClasses(GradCAM(network, stage: 4), x, images.images) { "class \($0)" }, as: "classes")
  run.parameters = network.parameterCount
  run.card("weights", origin)
  run.card("data", data.provenance)
}
