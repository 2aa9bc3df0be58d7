import CNN
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors
import Training
import Transformer

/// § 7.5: an image as patches, and what [CLS] looks at.
public let section7_5 = Exercise(
  .section, "7.5", "Vision Transformer", seconds: 40, quick: 2, full: 90, needs: { _ in DataNeeds() }
) { run in
  let all = try run.data.cifar10(
    drawn: run.choose(quick: 128, standard: 4_096, full: 20_480), run.choose(quick: 40, standard: 500, full: 1_000))
  let data = all.limited(to: run.choose(quick: 128, standard: 4_096, full: 20_480), 500)
  run.say(data.provenance)
  run.show(patchFigure(data.test.images[0], side: 8), as: "patches")
  run.show(sizeTable(), as: "sizes")

  let sizes = VisionSizes(patch: 4, width: 32, heads: 4, blocks: 3, classes: data.classNames.count)
  let plan = run.plan(quick: 1, standard: 12, full: 20, batchSize: 32)
  let result = trainVisionTransformer(
    sizes, on: data, learningRate: 2e-3, plan: plan, random: run.random, tell: run.say)
  let (network, scale) = (result.network, ColorScale(for: data))
  run.show(attentionFigure(network, data, scale), as: "attention")

  let reach = reach(network, scale.normalized(data.test.prefix(4).images))
  run.parameters = network.parameterCount
  run.card("data", data.provenance)
  run.card("test accuracy", result.predictions.accuracy)
  run.card("rows of an image", Double(sizes.patches + 1))
  run.card("patches that a logit's gradient reaches", Double(reach.patches))
  run.card("parameters of ViT-B/16", grouped(VisionSizes.base16.parameterCount))
}

// MARK: - Patches

/// An image, its patches, and the image made of the patches again. image: [3×H×W]
private func patchFigure(_ image: Tensor, side P: Int) -> Panels {
  let (H, W) = (image.shape[1], image.shape[2])
  let cut = patches(image.expanded(axis: 0), size: P)
  let parts = (0..<cut.shape[1]).map { picture(cut[0, $0].reshaped([3, P, P])) }
  let again = images(fromPatches: cut, side: P, height: H, width: W)
  return Panels(
    "Definition 7.8: \(cut.shape[1]) patches of \(cut.shape[2]) numbers",
    [
      ImageGrid("The image", images: [picture(image)], columns: 1),
      ImageGrid("Its patches, row by row", images: parts, columns: W / P),
      ImageGrid("Put together again", images: [picture(again[0])], columns: 1),
    ])
}

private func sizeTable() -> Table {
  let all: [(String, VisionSizes)] = [
    ("Exercise 7.4", VisionSizes(width: 64, heads: 4, blocks: 4)),
    ("the same, patches of 4×4", VisionSizes(patch: 4, width: 64, heads: 4, blocks: 4)),
    ("ViT-B/16", .base16),
  ]
  return Table(
    "Sizes", columns: ["network", "image", "patch", "rows N + 1", "width", "blocks", "parameters"],
    rows: all.map { name, s in
      [
        .text(name), .integer(s.image), .integer(s.patch), .integer(s.patches + 1), .integer(s.width),
        .integer(s.blocks), .integer(s.parameterCount),
      ]
    })
}

// MARK: - What [CLS] sees

/// How many rows behind the last block reach the logits, and how many patches the logits' gradient reaches.
public func reach(_ network: VisionTransformer, _ images: Tensor) -> (rows: Int, patches: Int) {
  let states = network.states(images)
  func touched(_ gradient: Tensor) -> Int {
    gradient.abs().sum(axes: [0, 2]).scalars.count { $0 > 0 }
  }
  let d = network.sizes.width
  let rows = gradient(at: states) { network.head($0[0..<1, axis: 1].reshaped([images.shape[0], d])).squared().sum() }
  let pixels = gradient(at: images) { network($0).squared().sum() }
  return (touched(rows), touched(patches(pixels, size: network.sizes.patch)))
}

/// Images, and over each what [CLS] looks at in the first and in the last block, on average over the heads.
private func attentionFigure(_ network: VisionTransformer, _ data: ImageClassification, _ scale: ColorScale) -> Panels {
  let labels = data.test.labels
  let chosen = data.classNames.indices.compactMap { k in labels.firstIndex(of: k) }.prefix(6)
  let images = data.test.images.gathered(Array(chosen))
  let α = network.classAttention(scale.normalized(images))
  let side = network.sizes.image / network.sizes.patch
  func maps(_ block: Int) -> [Pixels] {
    chosen.indices.map { i in
      picture(overlay(images[i], α[block][i].mean(axes: [0]).reshaped([side, side])))
    }
  }
  let plain = chosen.indices.map { picture(images[$0]) }
  let grid = ImageGrid(
    "", rows: [plain, maps(0), maps(α.count - 1)], rowTitles: ["image", "first block", "last block"],
    captions: chosen.map { data.classNames[labels[$0]] })
  return Panels("What [CLS] looks at: \(data.name)", columns: 1, [grid])
}

/// An image in grey with a map over it, red where the map is largest. image: [3×H×W]; map: [h×w]
private func overlay(_ image: Tensor, _ map: Tensor) -> Tensor {
  let large = enlarged(map.expanded(axis: 0), height: image.shape[1], width: image.shape[2])[0]
  let m = (large - large.min()) / maximum(1e-12, large.max() - large.min())
  let grey = 0.6 * image.mean(axes: [0]) + 0.2
  return Tensor.stacked([m + (1 - m) * grey, (1 - m) * grey, (1 - m) * grey], axis: 0)
}
