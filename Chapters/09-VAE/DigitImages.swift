import DataSets
import Figures
import Messages
import Running
import Tensors
import VAE

extension Run {
  /// MNIST if the reader has it, at most this many images of it; otherwise this many drawn digits, always the same
  /// ones.
  func digits(_ train: Int, _ test: Int) throws -> ImageClassification {
    let found = try data.mnist()
    guard found.name == "optical digits" else { return found.limited(to: train, test) }
    let source = RandomSource(seed: 1998)
    return ImageClassification(
      name: "drawn digits", classNames: found.classNames, train: .drawnDigits(count: train, from: source),
      test: .drawnDigits(count: test, from: source),
      origin: found.origin.replacing("embedded optical digits", with: "drawn digits"), isReal: false)
  }
}

/// Grids of images are saved as PNG; among panels they are saved as SVG, with their titles.
func sheet(_ grid: ImageGrid) -> Panels {
  var grid = grid
  let title = grid.title
  grid.title = ""
  return Panels(title, columns: 1, [grid])
}

/// The sentence about the smallest binary cross-entropy that images allow. § 9.8
func floorSentence(_ images: Tensor) -> String {
  "The grey levels of an image have \(decimals(greyLevelEntropies(images).mean().item, 2)) nats of entropy: no "
    + "reconstruction can cost less."
}
