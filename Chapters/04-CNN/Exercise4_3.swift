import CNN
import DataSets
import Figures
import Foundations
import Running
import Tensors
import Training

/// Exercise 4.3: the filters of the first layer, what the maps of every layer detect, and Grad-CAM.
public let exercise4_3 = Exercise(
  "4.3", "Filters, maps and Grad-CAM", stars: 2, seconds: 27, quick: 2, full: 500,
  needs: { DataNeeds(testClasses: 4, amongFirst: $0 == .quick ? 100 : 2_000) }
) {
  run in
  let all = try run.data.cifar10(
    drawn: run.choose(quick: 128, standard: 3_200, full: 20_480), run.choose(quick: 100, standard: 1_000, full: 2_000))
  let data = run.choose(quick: all.limited(to: 128, 100), standard: all.limited(to: 15_000, 2_000), full: all)
  run.say(data.provenance + "\n")
  let networks = trainForLooking([3, 7], on: data, random: run.random.split()) { label in
    run.plan(quick: 1, standard: 8, full: 30, batchSize: data.isReal ? 64 : 32, label: label)
  }
  run.show(networkTable(networks), as: "networks")
  run.show(filterFigure(networks, data.name), as: "filters")

  let seen = networks[networks.count - 1]
  let layers = studyLayers(seen.network, on: data.test, scale: seen.scale)
  run.show(layerTable(layers, classes: data.classNames.count), as: "layers")
  run.show(mapFigure(seen, layers, data), as: "maps")
  run.show(patchFigure(seen, layers, data), as: "patches")

  let count = run.choose(quick: 10, standard: 250, full: 1_000)
  let seed = run.random.next()
  let studies = [("trained", seen.network), ("untrained", seen.start)].map { name, network in
    (name, studyMosaics(network, from: data.test, scale: seen.scale, count: count, random: RandomSource(seed: seed)))
  }
  run.show(mosaicTable(studies), as: "mosaics")
  run.show(predictionFigure(seen, data), as: "grad-cam")
  run.show(mosaicFigure(seen, data, random: RandomSource(seed: seed)), as: "mosaics")
  run.parameters = seen.network.parameterCount
  run.card("data", data.provenance)
  run.card("test accuracy", seen.predictions.accuracy)
  run.card("Grad-CAM's peak in the right quarter", studies[0].1.peaks)
}

// MARK: - 4.3.1: filters

/// A trained network with its start and its predictions.
public struct LookedAt: Sendable {
  /// The network before and after training.
  public let start, network: ParametricNetwork
  /// How its images are normalized.
  public let scale: ColorScale
  /// Its predictions for the test images.
  public let predictions: Predictions

  /// The size of its first filters.
  public var firstKernel: Int { network.kernels[0] }
}

/// Exercise 4.3.1: a network for each size of its 24 first filters, with blocks of 48 and 96 filters of 3×3 after them.
///
/// The first filters begin with a tenth of their usual numbers. Before a batch normalization the length of a filter has
/// no effect (except through ε), so the function is the same. But steps are larger relative to short filters, so what
/// is learned soon covers the noise.
public func trainForLooking(
  _ firstKernels: [Int], filters: Int = 24, on data: ImageClassification, random: RandomSource,
  plan: (_ label: String) -> TrainingPlan
) -> [LookedAt] {
  let (seed, scale) = (random.next(), ColorScale(for: data))
  var recipe = ImageRecipe()
  (recipe.learningRate, recipe.weightDecay) = (3e-3, 0.05)
  return firstKernels.map { k in
    let random = RandomSource(seed: seed)
    var start = ParametricNetwork(
      kernel: 3, filters: filters, blocks: 3, firstKernel: k, classes: data.classNames.count, random: random)
    start.convolutions[0].weight *= 0.1
    var network = start
    trainOnImages(
      &network, by: recipe, on: data.train, scale: scale, plan: plan("first filters \(k)×\(k)"), random: random)
    return LookedAt(
      start: start, network: network, scale: scale, predictions: Predictions(of: network, on: data.test, scale: scale))
  }
}

private func networkTable(_ networks: [LookedAt]) -> Table {
  Table(
    "4.3.1  Two networks that differ in their first filters",
    columns: ["first filters", "parameters", "test accuracy", "neighbours correlate", "before training"],
    rows: networks.map {
      [
        .text("\($0.firstKernel)×\($0.firstKernel)"), .integer($0.network.parameterCount),
        .number($0.predictions.accuracy, decimals: 4),
        .number(neighbourCorrelation($0.network.convolutions[0].weight), decimals: 2),
        .number(neighbourCorrelation($0.start.convolutions[0].weight), decimals: 2),
      ]
    })
}

// MARK: - 4.3.2: maps

/// Statistics of a layer's maps on many images.
public struct LayerStudy: Sendable {
  /// The layer, counted from 0.
  public let layer: Int
  /// The shape of its maps for one image. [C×H×W]
  public let shape: Shape
  /// The side of the window of pixels that a place of the map sees.
  public let window: Int
  /// The share of the maps' numbers that are not 0.
  public let activeShare: Double
  /// The η² of the mean of each channel's map: its information about the class. [C]
  public let information: [Double]
  /// The class for which the mean of each channel's map is largest. [C]
  public let favourites: [Int]
  /// The places that activate each channel most, one in each image, the strongest first.
  public let strongest: [[Excitation]]

  /// The channels by decreasing information; first the best channel of each favourite class, then the others.
  public var ranking: [Int] {
    let sorted = information.indices.sorted { (-information[$0], $0) < (-information[$1], $1) }
    let leaders = Dictionary(sorted.map { (favourites[$0], $0) }) { first, _ in first }
    return sorted.filter { leaders[favourites[$0]] == $0 } + sorted.filter { leaders[favourites[$0]] != $0 }
  }
  /// The mean of η² over the channels.
  public var meanInformation: Double { information.reduce(0, +) / Double(information.count) }
}

/// The maps of every layer on a set of images: their sparsity, their information about the classes, and the patches
/// that activate them. Exercise 4.3.2
public func studyLayers(
  _ network: ParametricNetwork, on set: LabeledImages, scale: ColorScale, places: Int = 8, batchSize: Int = 250
) -> [LayerStudy] {
  network.kernels.indices.map { layer in
    let parts = stride(from: 0, to: set.count, by: batchSize).map { first in
      network.maps(scale.normalized(set.images[first..<min(first + batchSize, set.count)]))[layer]
    }
    let maps = Tensor.concatenated(parts, axis: 0)  // [N×C×H×W]
    let means = maps.globalAveragePooled2D()  // [N×C]
    let information = classInformation(means, labels: set.labels).scalars
    return LayerStudy(
      layer: layer, shape: maps[0].shape, window: network.field(ofLayer: layer).size,
      activeShare: (maps .> 0).mean().item, information: information.map { $0.isNaN ? 0 : $0 },
      favourites: favourites(means, labels: set.labels),
      strongest: (0..<maps.shape[1]).map { channel in
        strongestPlaces(maps.sliced(channel..<channel + 1, axis: 1).squeezed(axis: 1), count: places)
      })
  }
}

/// The class with the largest mean of each feature. [N×C]
private func favourites(_ features: Tensor, labels: [Int]) -> [Int] {
  let members = Tensor.oneHot(labels, classes: (labels.max() ?? 0) + 1)  // [N×K]
  let means = matmul(members.transposed, features) / maximum(1, members.sum(axes: [0])).expanded(axis: 1)
  return means.argmax(axis: 0)
}

private func layerTable(_ layers: [LayerStudy], classes: Int) -> Table {
  Table(
    "4.3.2  The layers of the network with the large first filters",
    columns: ["layer", "maps", "sees pixels", "not zero", "mean η²", "η² of the best channel"],
    rows: layers.map {
      [
        .integer($0.layer + 1), .text("\($0.shape)"), .text("\($0.window)×\($0.window)"),
        .number($0.activeShare, decimals: 3), .number($0.meanInformation, decimals: 3),
        .number($0.information.max() ?? .nan, decimals: 3),
      ]
    })
}
