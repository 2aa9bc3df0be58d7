// Coloured shapes: images of CIFAR-10's size, with classes that depend on the form and never on the colour.

import Foundation
import Tensors

extension LabeledImages {
  /// `count` images of size 3×32×32 with one of ten shapes, every shape equally often, in random order.
  ///
  /// Shape and background have random colours, so no class has its own colour. Position, size, rotation, shading and
  /// noise vary.
  public static func drawnShapes(count: Int, from source: RandomSource) -> LabeledImages {
    let side = 32
    let shapes = drawn(count: count, side: side, from: source) { drawShape($0, side: side, from: source) }
    let colours = (0..<count).map { _ in contrastingColours(from: source) }
    let paper = Tensor(colours.map(\.paper)).reshaped([count, 3, 1, 1])
    let paint = Tensor(colours.map(\.paint)).reshaped([count, 3, 1, 1])
    let painted = paper + shapes.images * (paint - paper)  // [N×3×H×W]
    let grain = Tensor((0..<painted.count).map { _ in source.uniform(in: -0.07..<0.07) }, shape: painted.shape)
    let images = painted + shading(count: count, side: side, from: source) + grain
    return LabeledImages(images: images.clamped(to: 0...1), labels: shapes.labels)
  }

  /// The names of the ten shapes, in the order of their classes.
  public static let shapeNames = [
    "disc", "ring", "square", "frame", "triangle", "plus", "cross", "star", "stripes", "crescent",
  ]
}

extension ImageClassification {
  /// Coloured shapes in two parts, the stand-in for CIFAR-10. They are always the same for the same numbers.
  static func drawnShapes(train: Int, test: Int, remark: String) -> ImageClassification {
    let source = RandomSource(seed: 2009)
    return ImageClassification(
      name: "coloured shapes", classNames: LabeledImages.shapeNames,
      train: .drawnShapes(count: train, from: source), test: .drawnShapes(count: test, from: source),
      origin: "drawn coloured shapes\(remark)", isReal: false)
  }
}

/// Two colours with a difference in mean lightness of at least 0.3; the shape is the lighter one with probability 3/4.
private func contrastingColours(from source: RandomSource) -> (paper: [Double], paint: [Double]) {
  let dark = source.uniform(in: 0.1..<0.4)
  let light = dark + source.uniform(in: 0.3..<0.5)
  func colour(_ lightness: Double) -> [Double] {
    let offsets = (0..<3).map { _ in source.uniform(in: -0.3..<0.3) }
    let mean = offsets.reduce(0, +) / 3
    return offsets.map { min(max(lightness + $0 - mean, 0), 1) }
  }
  let (first, second) = (colour(dark), colour(light))
  return source.bernoulli(0.75) ? (first, second) : (second, first)
}

/// A linear gradient of light across every image, in a random direction. [N×1×H×W]
private func shading(count: Int, side: Int, from source: RandomSource) -> Tensor {
  let slopes = { Tensor((0..<count).map { _ in source.uniform(in: -0.15..<0.15) }, shape: [count, 1, 1, 1]) }
  let ramp = Tensor.linear(from: -0.5, to: 0.5, count: side)
  return slopes() * ramp + slopes() * ramp.reshaped([side, 1])
}

private func drawShape(_ shape: Int, side: Int, from source: RandomSource) -> Sketch {
  var sketch = Sketch(side: side)
  let size = source.uniform(in: 0.5..<0.8)
  let placement = Placement(
    turn: source.uniform(in: -0.3..<0.3), slant: 0.1 * source.normal(),
    width: size * source.uniform(in: 0.85..<1.15), height: size,
    right: source.uniform(in: -0.11..<0.11), down: source.uniform(in: -0.11..<0.11))
  let pen = source.uniform(in: 2.5..<4.5)
  let (fills, strokes) = outlines(of: shape)
  for (outline, shade) in fills { sketch.fill(placement(outline), shade: shade) }
  for path in strokes { sketch.stroke(placement(path), width: pen) }
  return sketch
}

/// The areas to fill, each with its shade, and the paths to draw, in a square from 0 to 1.
private func outlines(of shape: Int) -> (fills: [([SketchPoint], Double)], strokes: [[SketchPoint]]) {
  let square = [SketchPoint(0.05, 0.05), SketchPoint(0.95, 0.05), SketchPoint(0.95, 0.95), SketchPoint(0.05, 0.95)]
  switch shape {
  case 0: return ([(arc(0.5, 0.5, 0.5, 0.5), 1)], [])
  case 1: return ([], [arc(0.5, 0.5, 0.45, 0.45)])
  case 2: return ([(square, 1)], [])
  case 3: return ([], [square + square.prefix(1)])
  case 4: return ([([SketchPoint(0.5, 0), SketchPoint(1, 0.95), SketchPoint(0, 0.95)], 1)], [])
  case 5: return ([], [segment(0.5, 0, 0.5, 1), segment(0, 0.5, 1, 0.5)])
  case 6: return ([], [segment(0.1, 0.1, 0.9, 0.9), segment(0.9, 0.1, 0.1, 0.9)])
  case 7: return ([(star, 1)], [])
  case 8: return ([], [0.1, 0.5, 0.9].map { segment(0, $0, 1, $0) })
  default: return ([(arc(0.5, 0.5, 0.5, 0.5), 1), (arc(0.72, 0.4, 0.42, 0.42), 0)], [])
  }
}

private func segment(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> [SketchPoint] {
  [SketchPoint(x1, y1), SketchPoint(x2, y2)]
}

/// A star with five points: ten corners, alternately far from the centre and near it.
private let star: [SketchPoint] = (0..<10).map { corner in
  let (radius, angle) = (corner.isMultiple(of: 2) ? 0.58 : 0.24, Double(corner) * .pi / 5 - .pi / 2)
  return SketchPoint(0.5 + radius * cos(angle), 0.5 + radius * sin(angle))
}
