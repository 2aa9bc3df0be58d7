// The embedded real data set: 1,797 handwritten digits, which need no download.
//
// Resources/optical-digits.md describes their origin, their contents and their limits.

import Files
import Foundation
import Tensors

extension ImageClassification {
  /// The 1,797 optical digits enlarged to 28×28, split with a fixed seed into 1,437 training and 360 test images.
  ///
  /// The split is stratified: both parts have every digit in the same proportion. Alpaydin and Kaynak (1998).
  public static func opticalDigits() throws -> ImageClassification { try opticalDigits(remark: "") }

  static func opticalDigits(remark: String) throws -> ImageClassification {
    let digits = try LabeledImages.opticalDigits().shownLikeMNIST()
    let (train, test) = digits.stratifiedSplit(first: 1_437, from: RandomSource(seed: 1998))
    return ImageClassification(
      name: "optical digits", classNames: (0..<10).map(String.init), train: train, test: test,
      origin: "embedded optical digits\(remark)", isReal: true)
  }
}

extension LabeledImages {
  /// The 1,797 optical digits as published: 8×8 pixels, each the share of ink in a block, in sixteenths.
  public static func opticalDigits() throws -> LabeledImages {
    let table = try CSVTable(path: try Resource.path("optical-digits.csv"), hasHeader: false)
    var pixels: [Float] = []
    var labels: [Int] = []
    for row in 0..<table.rowCount {
      for column in 0..<64 { pixels.append(Float(try table.integer(row, column, in: 0...16)) / 16) }
      labels.append(try table.integer(row, 64, in: 0...9))
    }
    return LabeledImages(images: Tensor(floats: pixels, shape: [labels.count, 1, 8, 8]), labels: labels)
  }

  /// The same images enlarged to 20×20 and centred in 28×28, as MNIST's digits are.
  public func shownLikeMNIST() -> LabeledImages { enlarged(height: 20, width: 20).framed(by: 4) }

  /// The same images with `newHeight`×`newWidth` pixels, interpolated bilinearly between pixel centres.
  ///
  /// Bilinear interpolation is linear in the rows and in the columns: Y = R X Cᵀ.
  public func enlarged(height newHeight: Int, width newWidth: Int) -> LabeledImages {
    let rows = interpolation(from: height, to: newHeight, images.scalarType)
    let columns = interpolation(from: width, to: newWidth, images.scalarType)
    return LabeledImages(images: matmul(matmul(rows, images), columns.transposed), labels: labels)
  }

  /// The same images with a border of zeros, `margin` pixels wide.
  public func framed(by margin: Int) -> LabeledImages {
    let higher = images.padded(axis: 2, before: margin, after: margin)
    return LabeledImages(images: higher.padded(axis: 3, before: margin, after: margin), labels: labels)
  }
}

/// The matrix that interpolates a line of `old` pixels at the centres of `new` ones. [new×old]
private func interpolation(from old: Int, to new: Int, _ scalarType: ScalarType) -> Tensor {
  let weights = (0..<new).map { place in
    let position = min(max((Double(place) + 0.5) * Double(old) / Double(new) - 0.5, 0), Double(old - 1))
    return (0..<old).map { max(0, 1 - abs(position - Double($0))) }
  }
  return Tensor(weights, scalarType: scalarType)
}
