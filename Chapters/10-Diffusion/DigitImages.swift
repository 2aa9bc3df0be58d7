import DataSets
import Figures
import Messages
import Running
import Tensors

extension Run {
  /// MNIST if the reader has it, at most this many images of it; otherwise the embedded optical digits as published, of
  /// 8×8 pixels.
  func digits(_ train: Int = .max, _ test: Int = .max) throws -> ImageClassification {
    let found = try data.mnist()
    return (found.name == "optical digits" ? try smallDigits(found) : found).limited(to: train, test)
  }
}

/// The optical digits of 8×8 pixels, in the usual two parts of 1,437 and 360 images.
func smallDigits(_ enlarged: ImageClassification) throws -> ImageClassification {
  let parts = try LabeledImages.opticalDigits().stratifiedSplit(first: 1_437, from: RandomSource(seed: 1998))
  return ImageClassification(
    name: "optical digits, 8×8", classNames: enlarged.classNames, train: parts.first, test: parts.rest,
    origin: enlarged.origin + ", 8×8", isReal: true)
}

/// Images with pixels from 0 to 1 as a diffusion model sees them: from −1 to 1. § 10.8
func centred(_ images: Tensor) -> Tensor { 2 * images - 1 }

/// A diffusion model's images with pixels from 0 to 1, the range of a picture; what lies outside is clipped. § 10.8
func shown(_ x: Tensor) -> Tensor { ((x + 1) / 2).clamped(to: 0...1) }

/// Grids of images are saved as PNG; among panels they are saved as SVG, with their titles.
func sheet(_ grid: ImageGrid) -> Panels {
  var grid = grid
  let title = grid.title
  grid.title = ""
  return Panels(title, columns: 1, [grid])
}
