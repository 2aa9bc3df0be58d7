import CNN
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors

// MARK: - 4.3.3: Grad-CAM

/// How well Grad-CAM finds the four classes of a mosaic.
public struct MosaicStudy: Sendable {
  /// For every mosaic and each of its four classes, the focus of that class's map.
  public let foci: [[Focus]]

  /// The share of maps whose largest value is in the quarter of their class.
  public var peaks: Double { mean { $1.peak == $0 ? 1 : 0 } }
  /// The share of a map that is in the quarter of its class, on average.
  public var share: Double { mean { $1.shares[$0] } }
  /// The share of maps that are zero everywhere.
  public var empty: Double { mean { $1.peak == nil ? 1 : 0 } }

  private func mean(_ value: (_ quarter: Int, Focus) -> Double) -> Double {
    let values = foci.flatMap { $0.enumerated().map(value) }
    return values.reduce(0, +) / Double(values.count)
  }
}

/// Mosaics of four images, and the map of the last layer for each of their four classes. Exercise 4.3.3
public func studyMosaics(
  _ network: ParametricNetwork, from set: LabeledImages, scale: ColorScale, count: Int, random: RandomSource
) -> MosaicStudy {
  let foci = (0..<count).map { _ -> [Focus] in
    let mosaic = Mosaic(from: set, random: random)
    let maps = mosaicMaps(network, mosaic, scale: scale)
    return (0..<4).map { Focus(of: maps[$0]) }
  }
  return MosaicStudy(foci: foci)
}

/// The maps of a mosaic's four classes, from one pass over four copies of it. [4×h×w]
private func mosaicMaps(_ network: ParametricNetwork, _ mosaic: Mosaic, scale: ColorScale) -> Tensor {
  let x = scale.normalized(mosaic.image.expanded(axis: 0)).repeated(4, axis: 0)
  return gradCAM(network, at: x, classes: mosaic.classes, layer: network.kernels.count - 1)
}

func mosaicTable(_ studies: [(name: String, study: MosaicStudy)]) -> Table {
  Table(
    "4.3.3  Grad-CAM on \(grouped(studies[0].study.foci.count)) mosaics of four images, for each of their classes",
    columns: ["network", "peak in the right quarter", "share in the right quarter", "empty maps"],
    rows: studies.map {
      [
        .text($0.name), .number($0.study.peaks, decimals: 3), .number($0.study.share, decimals: 3),
        .number($0.study.empty, decimals: 3),
      ]
    } + [["by chance", .number(0.25, decimals: 3), .number(0.25, decimals: 3), ""]])
}

/// An image in grey with a map over it, from yellow for little to red for the most. image: [3×H×W]; map: [h×w]
public func overlay(_ image: Tensor, _ map: Tensor) -> Tensor {
  let large = enlarged(map.expanded(axis: 0), height: image.shape[1], width: image.shape[2])[0]
  let m = large / maximum(1e-12, large.max())
  let grey = image.mean(axes: [0])
  let (red, green) = (0.25 * grey + 0.75, 0.25 * grey + 0.75 * (1 - m))
  let heat = [red, green, 0.25 * grey].map { (1 - m) * grey + m * $0 }
  return Tensor.stacked(heat, axis: 0)
}

/// Images that are classified right and wrong, with the maps of the predicted and of the true class.
func predictionFigure(_ seen: LookedAt, _ data: ImageClassification) -> Panels {
  let (guesses, labels) = (seen.predictions.classes, data.test.labels)
  let right = data.classNames.indices.compactMap { k in labels.indices.first { labels[$0] == k && guesses[$0] == k } }
  let wrong = Array(labels.indices.filter { labels[$0] != guesses[$0] }.prefix(8))
  let shares = seen.predictions.logits.softmax(axis: -1)
  func caption(_ image: Int, _ k: Int) -> String {
    "\(decimals(100 * shares[image, k].item, 0))% \(data.classNames[k])"
  }
  func overlays(_ chosen: [Int], _ classes: [Int]) -> [Pixels] {
    if chosen.isEmpty { return [] }
    let images = data.test.images.gathered(chosen)
    let maps = gradCAM(
      seen.network, at: seen.scale.normalized(images), classes: classes, layer: seen.network.kernels.count - 1)
    return chosen.indices.map { picture(overlay(images[$0], maps[$0])) }
  }
  func row(_ chosen: [Int]) -> [Pixels] { chosen.map { picture(data.test.images[$0]) } }
  let names = { (chosen: [Int]) in chosen.map { data.classNames[labels[$0]] } }
  let grids = [
    ImageGrid(
      "Right: where the class is seen", images: row(right) + overlays(right, right.map { labels[$0] }),
      columns: max(1, right.count),
      captions: names(right) + right.map { "\(decimals(100 * shares[$0, labels[$0]].item, 0))%" }),
    ImageGrid(
      "Wrong: the guess, the truth",
      images: row(wrong) + overlays(wrong, wrong.map { guesses[$0] }) + overlays(wrong, wrong.map { labels[$0] }),
      columns: max(1, wrong.count),
      captions: names(wrong) + wrong.map { caption($0, guesses[$0]) } + wrong.map { caption($0, labels[$0]) }),
  ]
  return Panels("Grad-CAM of the last layer: \(data.name)", columns: 1, grids.filter { !$0.images.isEmpty })
}

/// Three mosaics, each with the maps of its four classes.
func mosaicFigure(_ seen: LookedAt, _ data: ImageClassification, random: RandomSource) -> Panels {
  let grids = (0..<3).map { _ -> ImageGrid in
    let mosaic = Mosaic(from: data.test, random: random)
    let maps = mosaicMaps(seen.network, mosaic, scale: seen.scale)
    return ImageGrid(
      "", images: [picture(mosaic.image)] + (0..<4).map { picture(overlay(mosaic.image, maps[$0])) }, columns: 5,
      captions: ["four images"] + mosaic.classes.map { data.classNames[$0] })
  }
  return Panels("One image, four questions", columns: 1, grids)
}
