// Drawn digits, written by an unsteady pen: any number of them, with known classes.

import Foundation
import Messages
import Tensors

extension LabeledImages {
  /// `count` images of 28×28 pixels with a digit drawn in strokes, every digit equally often, in random order.
  ///
  /// Digits vary in form, rotation, slant, size and position, and in the pen's width, pressure and unsteadiness.
  public static func drawnDigits(count: Int, from source: RandomSource) -> LabeledImages {
    drawn(count: count, side: 28, from: source) { digit in
      var sketch = Sketch(side: 28)
      let placement = Placement(
        turn: 0.12 * source.normal(), slant: 0.15 + 0.2 * source.normal(),
        width: source.uniform(in: 0.4..<0.62), height: source.uniform(in: 0.58..<0.74),
        right: 0.035 * source.normal(), down: 0.03 * source.normal())
      let waver = Waver(from: source)
      let (width, pressure) = (source.uniform(in: 1.3..<3.2), source.uniform(in: 0.8..<1))
      for stroke in strokes(of: digit, from: source) {
        sketch.stroke(placement(waver(stroke)), width: width, shade: pressure)
      }
      return sketch
    }
  }

  /// `count` sketches, with all classes equally often and in random order, drawn one after the other.
  static func drawn(
    count: Int, side: Int, from source: RandomSource, _ draw: (_ label: Int) -> Sketch
  ) -> LabeledImages {
    require(count > 0, "cannot draw \(count) images")
    let labels = source.permutation(count).map { $0 % 10 }
    let pixels = labels.flatMap { draw($0).ink }
    return LabeledImages(images: Tensor(pixels, shape: [count, 1, side, side]), labels: labels)
  }
}

/// An unsteady hand: every point is displaced by a slow wave.
private struct Waver {
  private let amplitudes: [Double]
  private let phases: [Double]

  init(from source: RandomSource) {
    amplitudes = (0..<2).map { _ in 0.045 * source.normal() }
    phases = (0..<2).map { _ in source.uniform(in: 0..<2 * .pi) }
  }

  func callAsFunction(_ path: [SketchPoint]) -> [SketchPoint] {
    path.map { point in
      SketchPoint(
        point.x + amplitudes[0] * sin(5 * point.y + phases[0]), point.y + amplitudes[1] * sin(5 * point.x + phases[1]))
    }
  }
}

/// The pen's paths for a digit, in one of the usual forms.
private func strokes(of digit: Int, from source: RandomSource) -> [[SketchPoint]] {
  let forms = forms(of: digit)
  return forms[source.integer(below: forms.count)]
}

private func line(_ coordinates: Double...) -> [SketchPoint] {
  stride(from: 0, to: coordinates.count - 1, by: 2).map { SketchPoint(coordinates[$0], coordinates[$0 + 1]) }
}

/// All forms of a digit; each is a list of paths in a square from 0 to 1.
private func forms(of digit: Int) -> [[[SketchPoint]]] {
  switch digit {
  case 0: [[arc(0.5, 0.5, 0.4, 0.5)], [arc(0.5, 0.5, 0.3, 0.5)]]
  case 1:
    [
      [line(0.5, 0, 0.5, 1)], [line(0.25, 0.25, 0.55, 0, 0.55, 1)],
      [line(0.3, 0.2, 0.5, 0, 0.5, 1), line(0.2, 1, 0.8, 1)],
    ]
  case 2:
    [
      [arc(0.5, 0.28, 0.36, 0.28, from: 190, to: 390) + line(0.1, 1, 0.92, 1)],
      [arc(0.5, 0.28, 0.36, 0.28, from: 210, to: 400) + arc(0.25, 0.88, 0.15, 0.12, from: 60, to: 300) + line(0.92, 1)],
    ]
  case 3:
    [
      [arc(0.45, 0.25, 0.35, 0.25, from: 200, to: 450) + arc(0.45, 0.75, 0.4, 0.25, from: 270, to: 510)],
      [line(0.12, 0, 0.85, 0, 0.42, 0.42) + arc(0.42, 0.71, 0.43, 0.29, from: 270, to: 510)],
    ]
  case 4:
    [
      [line(0.25, 0, 0.12, 0.58, 0.95, 0.58), line(0.7, 0.1, 0.66, 1)],
      [line(0.66, 1, 0.66, 0, 0.06, 0.66, 0.95, 0.66)],
    ]
  case 5:
    [
      [line(0.88, 0, 0.24, 0, 0.18, 0.46) + arc(0.45, 0.7, 0.4, 0.3, from: 225, to: 500)],
      [line(0.26, 0, 0.2, 0.45) + arc(0.45, 0.7, 0.4, 0.3, from: 235, to: 500), line(0.26, 0.02, 0.9, 0)],
    ]
  case 6:
    [
      [arc(0.75, 0.68, 0.6, 0.68, from: 265, to: 180) + arc(0.5, 0.7, 0.35, 0.3, from: 180, to: 540)],
      [line(0.55, 0, 0.2, 0.55) + arc(0.5, 0.72, 0.34, 0.28, from: 200, to: 560)],
    ]
  case 7:
    [
      [line(0.08, 0, 0.9, 0, 0.4, 1)],
      [line(0.08, 0.05, 0.9, 0, 0.4, 1), line(0.3, 0.5, 0.85, 0.5)],
      [line(0.12, 0.16, 0.12, 0, 0.9, 0, 0.55, 0.5, 0.45, 1)],
    ]
  case 8:
    [
      [arc(0.5, 0.24, 0.31, 0.24), arc(0.5, 0.74, 0.38, 0.26)],
      [arc(0.5, 0.27, 0.3, 0.23), arc(0.48, 0.75, 0.33, 0.25)],
    ]
  default:
    [
      [arc(0.5, 0.29, 0.35, 0.29) + line(0.8, 0.5, 0.72, 1)],
      [arc(0.5, 0.29, 0.35, 0.29) + arc(0.25, 0.29, 0.6, 0.71, from: 10, to: 85)],
    ]
  }
}
