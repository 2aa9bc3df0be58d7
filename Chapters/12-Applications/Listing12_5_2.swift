import Applications
import CNN
import DataSets
import Figures
import Messages
import Running
import Tensors
import Training

/// Listing 12.5.2: Grad-CAM of a batch, as the listing returns it and for each image.
public let listing12_5_2 = Exercise(
  .listing, "12.5.2", "Grad-CAM", seconds: 5, quick: 1, full: 60,
  needs: { _ in DataNeeds(testClasses: 4) }
) { run in
  let all = try run.data.cifar10(drawn: run.choose(quick: 120, standard: 2_000, full: 10_000), 100)
  let data = run.choose(quick: all.limited(to: 120, 100), standard: all.limited(to: 6_000, 100), full: all)
  run.say(data.provenance + "\n")
  let seen = trainedForMaps(
    on: data, plan: run.plan(quick: 1, standard: 8, full: 20, batchSize: 32), random: run.random.split())
  let batch = ListingBatch(seen, images: firstOfClasses(4, in: data.test))
  run.show(batch.table(data.classNames), as: "batch")
  run.show(batch.figure(data.classNames), as: "batch")
  run.parameters = seen.network.parameterCount
  run.card("data", data.provenance)
  run.card("largest difference of a batch of one from the listing", batch.differenceAlone)
}

/// A network trained to be looked at, with the scale of its images.
public struct SeenNetwork: Sendable {
  /// The network.
  public let network: ParametricNetwork
  /// How its images are normalized.
  public let scale: ColorScale
}

func trainedForMaps(
  on data: ImageClassification, plan: TrainingPlan, random: RandomSource
) -> SeenNetwork {
  var recipe = ImageRecipe()
  (recipe.learningRate, recipe.weightDecay) = (3e-3, 0.05)
  let scale = ColorScale(for: data)
  var network = ParametricNetwork(
    kernel: 3, filters: 16, blocks: 3, classes: data.classNames.count, random: random.split())
  trainOnImages(&network, by: recipe, on: data.train, scale: scale, plan: plan, random: random)
  return SeenNetwork(network: network, scale: scale)
}

/// The first image of each of `count` classes.
func firstOfClasses(_ count: Int, in set: LabeledImages) -> LabeledImages {
  let classes = Set(set.labels).sorted().prefix(count)
  return set.subset(classes.compactMap { k in set.labels.firstIndex(of: k) })
}

/// A batch, with the listing's maps and the right ones. Listing 12.5.2
public struct ListingBatch: Sendable {
  /// The images.
  public let images: LabeledImages
  /// The maps as the listing returns them, and each image's own. [N×H×W]
  public let printed, right: Tensor
  /// The predicted classes.
  public let predicted: [Int]
  /// The size of the gradient that each image's maps get from the listing, and from its own score.
  public let printedGradients, rightGradients: [Double]
  /// The largest difference between the listing's map and ours for a batch of one.
  public let differenceAlone: Double

  /// The maps of the last layer for these images.
  public init(_ seen: SeenNetwork, images: LabeledImages) {
    let cam = GradCAM(seen.network, layer: seen.network.kernels.count - 1)
    let x = seen.scale.normalized(images.images)
    self.images = images
    (printed, right, predicted) = (cam.asPrinted(x), cam(x), cam.predicted(x))
    let (A, marked) = (cam.maps(x), Set(predicted).sorted())
    func sizes(_ gradients: Tensor) -> [Double] { gradients.flattened(from: 1).norm(axes: [1]).scalars }
    let own = predicted
    printedGradients = sizes(gradient(at: A) { cam.scores($0)[0].gathered(marked).sum() })
    rightGradients = sizes(gradient(at: A) { cam.scores($0).picked(own).sum() })
    differenceAlone = (cam.asPrinted(x[0..<1]) - cam(x[0..<1])).abs().max().item
  }

  func table(_ names: [String]) -> Table {
    let (first, second) = (printed.max(axes: [1, 2]).scalars, right.max(axes: [1, 2]).scalars)
    return Table(
      "A batch of \(images.count): the listing and each image's own map",
      columns: ["image", "predicted", "gradient, listing", "own", "maximum, listing", "own"],
      rows: predicted.indices.map {
        [
          .text(names[images.labels[$0]]), .text(names[predicted[$0]]), .number(printedGradients[$0], decimals: 4),
          .number(rightGradients[$0], decimals: 4), .number(first[$0], decimals: 3), .number(second[$0], decimals: 3),
        ]
      })
  }

  func figure(_ names: [String]) -> Panels {
    func overlays(_ maps: Tensor) -> [Pixels] {
      images.labels.indices.map { picture(overlaid(images.images[$0], maps[$0])) }
    }
    let grid = ImageGrid(
      "", rows: [pictures(images.images), overlays(printed), overlays(right)],
      rowTitles: ["image", "as printed", "its own"], columnTitles: images.labels.map { names[$0] })
    return Panels("Grad-CAM of a batch", [grid])
  }
}

/// An image in grey with a map from 0 to 1 over it, from yellow for little to red for the most. [3×H×W], [H×W]
func overlaid(_ image: Tensor, _ m: Tensor) -> Tensor {
  let grey = image.mean(axes: [0])
  let heat = [0.25 * grey + 0.75, 0.25 * grey + 0.75 * (1 - m), 0.25 * grey]
  return Tensor.stacked(heat.map { (1 - m) * grey + m * $0 }, axis: 0)
}
