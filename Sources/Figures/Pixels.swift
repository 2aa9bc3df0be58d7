import Messages

/// An image: rows of pixels from top to bottom, each of 1 (grey) or 3 (red, green, blue) values in 0…1.
public struct Pixels: Sendable {
  /// The number of pixels in a row.
  public let width: Int
  /// The number of rows.
  public let height: Int
  /// 1 for grey, 3 for colour.
  public let channels: Int
  /// The values, with the channels of a pixel next to each other: [height × width × channels].
  public let values: [Double]

  /// The image of `width` × `height` pixels. Values outside 0…1 are clipped when they are shown.
  public init(width: Int, height: Int, channels: Int = 1, values: [Double]) {
    require(
      (channels == 1 || channels == 3) && width > 0 && height > 0 && values.count == width * height * channels,
      "cannot make an image of \(width)×\(height) pixels with \(channels) channels from \(values.count) values: "
        + "1 or 3 channels and width · height · channels values are needed")
    (self.width, self.height, self.channels, self.values) = (width, height, channels, values)
  }

  /// The square grey image of n² values, such as one digit of 28 × 28.
  public init(square values: [Double]) {
    let side = Int(Double(values.count).squareRoot().rounded())
    self.init(width: side, height: side, values: values)
  }

  /// Images of equal size side by side, in rows of `columns`.
  public init(tiling images: [Pixels], columns: Int) {
    let (width, height, channels) = (images[0].width, images[0].height, images[0].channels)
    require(
      images.allSatisfy { $0.width == width && $0.height == height && $0.channels == channels }
        && images.count.isMultiple(of: columns),
      "cannot tile \(images.count) images in rows of \(columns): images of one size and whole rows are needed")
    let row = width * channels
    let values = stride(from: 0, to: images.count, by: columns).flatMap { first in
      (0..<height).flatMap { line in
        images[first..<first + columns].flatMap { $0.values[line * row..<(line + 1) * row] }
      }
    }
    self.init(
      width: columns * width, height: images.count / columns * height, channels: channels, values: values)
  }

  /// The image with its channels one after the other, [channels × height × width], as in convolutions.
  public init(width: Int, height: Int, planes: [Double]) {
    let area = max(1, width * height)
    let channels = planes.count / area
    require(
      planes.count == channels * area,
      "cannot make an image of \(width)×\(height) pixels from \(planes.count) values in planes of \(area)")
    self.init(
      width: width, height: height, channels: channels,
      values: (0..<area * channels).map { planes[$0 % channels * area + $0 / channels] })
  }

  /// The values of a pixel, with grey repeated if 3 channels are wanted and there is 1.
  func pixel(row: Int, column: Int, channels wanted: Int) -> [Double] {
    let start = (row * width + column) * channels
    return wanted == channels ? Array(values[start..<start + channels]) : Array(repeating: values[start], count: wanted)
  }

  /// The colour of a pixel.
  func color(row: Int, column: Int) -> Color {
    let start = (row * width + column) * channels
    return Color(
      red: values[start], green: values[start + (channels == 3 ? 1 : 0)], blue: values[start + (channels == 3 ? 2 : 0)])
  }
}
