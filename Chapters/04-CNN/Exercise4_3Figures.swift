import CNN
import DataSets
import Figures
import Foundations
import Running
import Tensors

/// A plane with every number f times in each direction. [H×W] → [fH×fW]
private func magnified(_ plane: Tensor, by f: Int) -> Tensor {
  let (H, W) = (plane.shape[0], plane.shape[1])
  return (plane.reshaped([H, 1, W, 1]) * Tensor.ones([1, f, 1, f])).reshaped([f * H, f * W])
}

/// The filters as images: grey is 0, each filter is scaled by its own largest number.
func filterFigure(_ networks: [LookedAt], _ name: String) -> Panels {
  func grid(_ title: String, _ network: ParametricNetwork) -> ImageGrid {
    let weight = network.convolutions[0].weight
    return ImageGrid(
      title, images: (0..<weight.shape[0]).map { picture(0.5 + 0.5 * weight[$0] / weight[$0].abs().max()) }, columns: 12
    )
  }
  let trained = networks.map { grid("\($0.firstKernel)×\($0.firstKernel), trained", $0.network) }
  let last = networks[networks.count - 1]
  return Panels(
    "The filters of the first layer: \(name)", columns: 1,
    trained + [grid("\(last.firstKernel)×\(last.firstKernel), before training", last.start)])
}

/// An image of each of three classes, and eight maps of it from every layer, labelled with the class for which each is
/// largest.
func mapFigure(_ seen: LookedAt, _ layers: [LayerStudy], _ data: ImageClassification) -> Panels {
  let (labels, guesses) = (data.test.labels, seen.predictions.classes)
  let images = data.classNames.indices.compactMap { k in labels.indices.first { labels[$0] == k && guesses[$0] == k } }
  let grids = [0, 4, 7].filter { $0 < images.count }.map { place -> ImageGrid in
    let image = images[place]
    let x = data.test.images[image..<image + 1]
    let maps = seen.network.maps(seen.scale.normalized(x))
    let rows = layers.flatMap { layer -> [Pixels] in
      let front = layer.layer == 0 ? picture(x[0]) : picture(Tensor.ones([1, 1, 1]))
      let shown = layer.ranking.prefix(8).map { channel in
        let map = maps[layer.layer][0, channel]
        return picture(magnified(map / maximum(1e-6, map.max()), by: data.test.height / map.shape[0]))
      }
      return [front] + shown
    }
    let captions = layers.flatMap { layer in
      [layer.layer == 0 ? "image" : ""] + layer.ranking.prefix(8).map { data.classNames[layer.favourites[$0]] }
    }
    return ImageGrid(data.classNames[labels[image]], images: rows, columns: 9, captions: captions)
  }
  return Panels("Maps of layers 1 to \(layers.count): \(data.name)", columns: 1, grids)
}

/// Four channels of every layer, and the eight patches that activate each most.
func patchFigure(_ seen: LookedAt, _ layers: [LayerStudy], _ data: ImageClassification) -> Panels {
  let grids = layers.map { layer -> ImageGrid in
    let field = seen.network.field(ofLayer: layer.layer)
    let channels = layer.ranking.prefix(4)
    let patches = channels.flatMap { channel in
      layer.strongest[channel].map { picture(patch(of: data.test.images[$0.image], at: $0, field: field)) }
    }
    return ImageGrid(
      "Layer \(layer.layer + 1): channels \(channels.map { "\($0)" }.joined(separator: ", "))",
      images: patches, columns: layer.strongest[0].count)
  }
  return Panels("What excites a channel most", columns: 1, grids)
}
