// Drawn clothes: the ten classes of Fashion-MNIST as silhouettes with patterns.

import Foundation
import Tensors

extension LabeledImages {
  /// `count` images of 28×28 pixels with one of Fashion-MNIST's ten kinds of clothes, all equally often, in random
  /// order.
  ///
  /// Cut, size, position, shade and pattern vary. Shirts, coats and pullovers resemble each other as in the original.
  public static func drawnClothes(count: Int, from source: RandomSource) -> LabeledImages {
    drawn(count: count, side: 28, from: source) { kind in
      var sketch = Sketch(side: 28)
      let facesLeft = [5, 7, 9].contains(kind)  // shoes, as in the original
      let width = source.uniform(in: 0.78..<0.98)
      let placement = Placement(
        turn: 0.035 * source.normal(), slant: 0.05 * source.normal(), width: facesLeft ? -width : width,
        height: source.uniform(in: 0.84..<0.98), right: 0.02 * source.normal(), down: 0.02 * source.normal())
      for mark in pattern(of: kind, from: source) {
        switch mark {
        case .area(let outline, let shade): sketch.fill(placement(outline), shade: shade)
        case .line(let path, let width, let shade): sketch.stroke(placement(path), width: width, shade: shade)
        }
      }
      sketch.develop(fabric(from: source))
      return sketch
    }
  }
}

extension ImageClassification {
  /// Drawn clothes in two parts, the stand-in for Fashion-MNIST. They are always the same for the same numbers.
  static func drawnClothes(train: Int, test: Int, remark: String) -> ImageClassification {
    let source = RandomSource(seed: 2017)
    return ImageClassification(
      name: "drawn clothes", classNames: NamedSet.fashionMNIST.classNames,
      train: .drawnClothes(count: train, from: source), test: .drawnClothes(count: test, from: source),
      origin: "drawn clothes\(remark)", isReal: false)
  }
}

/// Something to draw: a filled outline or a line, `width` pixels wide, in a shade from 0 to 1.
private enum Stroke {
  case area([SketchPoint], shade: Double)
  case line([SketchPoint], width: Double, shade: Double)
}

private func points(_ coordinates: [Double]) -> [SketchPoint] {
  stride(from: 0, to: coordinates.count - 1, by: 2).map { SketchPoint(coordinates[$0], coordinates[$0 + 1]) }
}

private func line(_ coordinates: Double..., width: Double, shade: Double) -> Stroke {
  .line(points(coordinates), width: width, shade: shade)
}

/// An outline given by its right half: distances from the centre line, and heights.
private func symmetric(_ half: Double...) -> Stroke {
  let right = points(half).map { SketchPoint(0.5 + $0.x, $0.y) }
  return .area(right + right.reversed().map { SketchPoint(1 - $0.x, $0.y) }, shade: 1)
}

/// Turns ink into cloth: plain, striped across or along, or fading, with a little noise.
private func fabric(from source: RandomSource) -> (Double, Double, Double) -> Double {
  let base = source.uniform(in: 0.4..<0.95)
  let contrast = source.bernoulli(0.4) ? source.uniform(in: 0.1..<0.35) : 0
  let frequency = source.uniform(in: 12..<45)
  let (alongX, alongY) = [(1.0, 0.0), (0.0, 1.0), (0.7, 0.7)][source.integer(below: 3)]
  let fade = source.uniform(in: -0.35..<0.35)
  return { ink, x, y in
    let stripes = contrast * sin(frequency * (alongX * x + alongY * y))
    return ink * (base + stripes + fade * (y - 0.5) + 0.06 * source.normal())
  }
}

/// The marks of one piece of clothing, with a random cut.
private func pattern(of kind: Int, from source: RandomSource) -> [Stroke] {
  let vary = { (range: Range<Double>) in source.uniform(in: range) }
  switch kind {
  case 0: return top(sleeve: vary(0.28..<0.52), hem: vary(0.8..<0.95), from: source)
  case 1: return trouser(from: source)
  case 2: return top(sleeve: vary(0.72..<0.92), hem: vary(0.82..<0.95), from: source)
  case 3: return dress(from: source)
  case 4:
    let hem = vary(0.9..<0.99)
    return top(sleeve: vary(0.72..<0.92), hem: hem, from: source) + front(to: hem, vary(0.9..<2.2), vary(0..<0.35))
  case 5: return sandal(from: source)
  case 6:
    let sleeve = source.bernoulli(0.3) ? vary(0.3..<0.55) : vary(0.65..<0.9)
    let hem = vary(0.82..<0.97)
    return top(sleeve: sleeve, hem: hem, from: source) + front(to: hem, vary(0.5..<1.2), vary(0.35..<0.6)) + collar()
  case 7: return sneaker(from: source)
  case 8: return bag(from: source)
  default: return boot(from: source)
  }
}

/// Clothes for the upper body: `sleeve` and `hem` are the heights where the sleeves and the body end.
private func top(sleeve: Double, hem: Double, from source: RandomSource) -> [Stroke] {
  let (body, neck) = (source.uniform(in: 0.21..<0.28), source.uniform(in: 0.07..<0.13))
  let reach = body + 0.06 + 0.22 * sleeve
  let cuff = source.uniform(in: 0.08..<0.13)
  let cloth = symmetric(
    neck, 0.05, body + 0.02, 0.1, reach, sleeve - 0.05, reach - cuff, sleeve, body, 0.34, body + 0.01, hem)
  return [cloth, .area(arc(0.5, 0.05, neck, source.uniform(in: 0.03..<0.1)), shade: 0)]
}

/// The opening of a coat or the buttons of a shirt.
private func front(to hem: Double, _ width: Double, _ shade: Double) -> [Stroke] {
  [line(0.5, 0.14, 0.5, hem - 0.02, width: width, shade: shade)]
}

private func collar() -> [Stroke] {
  [line(0.38, 0.06, 0.5, 0.17, 0.62, 0.06, width: 1, shade: 0.45)]
}

private func trouser(from source: RandomSource) -> [Stroke] {
  let (waist, leg) = (source.uniform(in: 0.14..<0.2), source.uniform(in: 0.1..<0.16))
  let gap = source.uniform(in: 0.01..<0.1)
  let crotch = source.uniform(in: 0.28..<0.4)
  return [symmetric(0, 0.02, waist, 0.02, waist + 0.04, 0.3, gap + leg, 0.98, gap, 0.98, 0.005, crotch)]
}

private func dress(from source: RandomSource) -> [Stroke] {
  let (bust, flare) = (source.uniform(in: 0.11..<0.16), source.uniform(in: 0.14..<0.3))
  let waist = bust - source.uniform(in: 0..<0.05)
  let hem = source.uniform(in: 0.85..<0.99)
  let cloth = symmetric(0.05, 0.02, bust - 0.02, 0.03, bust, 0.22, waist, 0.38, flare, hem)
  guard source.bernoulli(0.4) else { return [cloth] }
  let length = source.uniform(in: 0.2..<0.5)
  return [
    cloth, symmetric(0, 0.04, bust, 0.04, bust + 0.1, length, bust + 0.02, length + 0.02, bust - 0.02, 0.2, 0, 0.2),
  ]
}

private func sandal(from source: RandomSource) -> [Stroke] {
  let heel = source.uniform(in: 0..<0.28)
  let sole = points([0.06, 0.72 - heel, 0.35, 0.76 - heel / 2, 0.6, 0.8, 0.95, 0.78])
  var marks: [Stroke] = [.line(sole, width: source.uniform(in: 1.5..<3), shade: 1)]
  if heel > 0.12 { marks.append(line(0.08, 0.72 - heel, 0.1, 0.84, width: 2, shade: 1)) }
  for place in 0..<2 + source.integer(below: 3) {
    let x = 0.2 + 0.18 * Double(place) + 0.02 * source.normal()
    let rise = source.uniform(in: 0.14..<0.36)
    marks.append(
      line(
        x - 0.12, 0.74 - heel * (0.6 - x / 2), x + 0.04, 0.72 - rise - heel / 3, x + 0.2, 0.76, width: 1.3, shade: 0.9))
  }
  return marks
}

private func sneaker(from source: RandomSource) -> [Stroke] {
  let (collar, toe) = (source.uniform(in: 0.34..<0.46), source.uniform(in: 0.56..<0.66))
  let upper = points([
    0.05, 0.74, 0.06, collar, 0.2, collar + 0.05, 0.42, collar + 0.02, 0.7, toe - 0.02, 0.95, toe + 0.04, 0.97, 0.74,
  ])
  let laces = (0..<3).map { lace in
    let x = 0.48 + 0.08 * Double(lace)
    return line(
      x, collar + 0.1 + 0.05 * Double(lace), x - 0.05, collar + 0.2 + 0.04 * Double(lace), width: 0.8, shade: 0.4)
  }
  let sole = line(0.06, 0.77, 0.95, 0.77, width: source.uniform(in: 1.6..<3.2), shade: source.uniform(in: 0.5..<1))
  return [.area(upper, shade: 1)] + laces + [sole]
}

private func bag(from source: RandomSource) -> [Stroke] {
  let (half, above) = (source.uniform(in: 0.32..<0.48), source.uniform(in: 0.3..<0.48))
  let below = source.uniform(in: 0.78..<0.95)
  let body = symmetric(half - source.uniform(in: 0..<0.1), above, half, below)
  let handle = arc(
    0.5, above, half * source.uniform(in: 0.4..<0.85), source.uniform(in: 0.12..<0.3), from: 180, to: 360)
  let flap = line(0.5 - half, above + 0.15, 0.5 + half, above + 0.15, width: 1, shade: 0.45)
  return [.line(handle, width: source.uniform(in: 1..<2.2), shade: 0.9), body] + (source.bernoulli(0.5) ? [flap] : [])
}

private func boot(from source: RandomSource) -> [Stroke] {
  let (shaft, instep) = (source.uniform(in: 0.03..<0.24), source.uniform(in: 0.4..<0.5))
  let heel = source.uniform(in: 0.02..<0.14)
  let upper = points([
    0.08, shaft, 0.46, shaft, 0.47, instep, 0.75, instep + 0.14, 0.95, 0.68, 0.96, 0.82, 0.1, 0.82, 0.13, instep,
  ])
  let sole = line(0.1, 0.84, 0.95, 0.84, width: source.uniform(in: 1..<2), shade: source.uniform(in: 0.4..<1))
  return [.area(upper, shade: 1), sole, line(0.15, 0.82, 0.15, 0.84 + heel, width: 3.5, shade: 0.9)]
}
