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

/// One picture of images of equal size, side by side, in rows of `columns`.
func tiled(_ images: [Pixels], columns: Int) -> Pixels {
  let (width, height, rows) = (images[0].width, images[0].height, images.count / columns)
  var values: [Double] = []
  for row in 0..<rows {
    for line in 0..<height {
      for column in 0..<columns {
        values += images[row * columns + column].values[line * width..<(line + 1) * width]
      }
    }
  }
  return Pixels(width: columns * width, height: rows * height, values: values)
}

/// Grids of images are saved as PNG; among panels they are saved as SVG, with their titles.
func sheet(_ grid: ImageGrid) -> Panels {
  var grid = grid
  let title = grid.title
  grid.title = ""
  return Panels(title, columns: 1, [grid])
}
