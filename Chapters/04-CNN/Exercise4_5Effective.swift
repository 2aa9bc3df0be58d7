import CNN
import Figures
import Foundation
import Messages
import Tensors

// MARK: - 4.5.3: effective fields

/// The effective field of a stack of 3 × 3 convolutions.
public struct StackEffect: Sendable {
  /// The number of layers.
  public let layers: Int
  /// The weights.
  public let kind: StackKind
  /// The field.
  public let field: EffectiveField
  /// The receptive field: 2 n + 1.
  public var size: Int { 2 * layers + 1 }
  /// The deviation without activation by the central limit theorem: √(n (k² − 1) / 12).
  public var promisedDeviation: Double { (Double(layers) * 8 / 12).squareRoot() }
}

/// The effective fields of stacks of several depths, with equal weights, random ones, and random ones with ReLU.
public func measureEffectiveFields(depths: [Int], draws: Int, random: RandomSource) -> [StackEffect] {
  StackKind.allCases.flatMap { kind in
    depths.map { n in
      StackEffect(layers: n, kind: kind, field: effectiveField(layers: n, kind, draws: draws, random: random))
    }
  }
}

func effectiveTable(_ effects: [StackEffect]) -> Table {
  Table(
    "Effective fields of n layers of 3 × 3: standard deviation of the gradient, in pixels",
    columns: ["weights", "n", "field 2n + 1", "deviation", "√(2n/3)", "square with 95 %", "its share of the field"],
    rows: effects.map { effect in
      let side = effect.field.side(holding: 0.95)
      let share = Double(side * side) / Double(effect.size * effect.size)
      return [
        .text(effect.kind.rawValue), .integer(effect.layers), .integer(effect.size),
        .number(effect.field.deviation, decimals: 2), .number(effect.promisedDeviation, decimals: 2), .integer(side),
        .text(decimals(100 * share, 0) + " %"),
      ]
    })
}

/// The maps of some kinds and depths at the same scale; pixels outside the field are grey.
func effectiveMaps(_ effects: [StackEffect]) -> Panels {
  let side = effects.map(\.size).max() ?? 1
  let maps = effects.map { effect in
    let (margin, largest) = ((side - effect.size) / 2, effect.field.map.max().item)
    let rows = effect.field.map.scalars.map { ($0 / largest).squareRoot() }
    let values = (0..<side).map { i in
      (0..<side).map { j in
        let (row, column) = (i - margin, j - margin)
        let isInside = 0..<effect.size ~= row && 0..<effect.size ~= column
        return isInside ? rows[row * effect.size + column] : .nan
      }
    }
    return HeatMap("\(effect.kind.rawValue), n = \(effect.layers)", values: values, format: nil, range: 0...1)
  }
  let columns = Set(effects.map(\.layers)).count
  return Panels("Effective fields: how much each pixel of the field counts", columns: columns, maps)
}

func effectiveFigure(_ effects: [StackEffect]) -> Panels {
  let depths = effects.filter { $0.kind == .equal }.map { Double($0.layers) }
  let deepest = effects.last { $0.kind == .equal }
  let profiles = effects.filter { $0.layers == deepest?.layers }
  let places = (0..<(deepest?.size ?? 1)).map { Double($0) - Double(deepest?.layers ?? 0) }
  let σ = deepest?.promisedDeviation ?? 1
  return Panels(
    "The effective field grows like √n",
    [
      LineChart(
        "Deviation of the gradient, in pixels", x: Axis("layers n", .logarithmic), y: Axis("pixels", .logarithmic),
        series: StackKind.allCases.map { kind in
          Series(kind.rawValue, x: depths, effects.filter { $0.kind == kind }.map(\.field.deviation), style: .both)
        } + [
          Series("√(2n/3)", x: depths, depths.map { (2 * $0 / 3).squareRoot() }),
          Series("radius of the field, n", x: depths, depths),
        ]),
      LineChart(
        "Profile of the gradient, n = \(deepest?.layers ?? 0)", x: Axis("pixels from the middle"), y: Axis("share"),
        series: profiles.map { Series($0.kind.rawValue, x: places, $0.field.profile) } + [
          Series("Gaussian", x: places, places.map { exp(-$0 * $0 / (2 * σ * σ)) / (σ * (2 * Double.pi).squareRoot()) })
        ]),
    ])
}

func resNetFigure(_ field: EffectiveField) -> Panels {
  let n = field.map.shape[0]
  // Means over 4 × 4 pixels, because strides make the map of single pixels chequered.
  let coarse = field.map.reshaped([1, 1, n, n]).averagePooled2D(window: 4)[0, 0]
  let top = coarse.max().item
  let values = (0..<coarse.shape[0]).map { row in coarse[row].scalars.map { ($0 / top).squareRoot() } }
  let places = (0..<n).map { Double($0 - n / 2) }
  let profile = field.map.sum(axes: [0]).reshaped([1, 1, n]).averagePooled1D(window: 8).scalars.map { 8 * $0 }
  return Panels(
    "ResNet-50 with random weights: what the middle unit of the last stage sees",
    [
      HeatMap("Root of the mean squared gradient, \(n) × \(n) pixels", values: values, format: nil, range: 0...1),
      LineChart(
        "Share of the squared gradient in strips of 8 columns", x: Axis("pixels from the middle"), y: Axis("share"),
        series: [Series("", x: profile.indices.map { places[8 * $0] + 3.5 }, profile)]),
    ])
}
