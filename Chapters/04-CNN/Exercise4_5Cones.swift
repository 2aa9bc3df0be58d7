import CNN
import Figures
import Tensors

/// The units of all lower layers on which one unit depends, each at its place in pixels of the input.
public struct DependencyCone: Sendable {
  /// A unit: the middle of its field relative to the top unit's, and its layer.
  public struct Unit: Hashable, Sendable {
    /// The place in pixels.
    public let place: Double
    /// The layer; 0 is the input.
    public let layer: Int
  }

  /// The units of the cone, from the top down.
  public let units: [Unit]
  /// Pairs of a unit and a unit that it reads.
  public let links: [(from: Unit, to: Unit)]
  /// The other units of all layers within a distance in pixels.
  public let others: [Unit]

  /// The cone below unit 0 of the last of these layers.
  public init(of layers: [Window], reach: Double = 16) {
    let fields = (0...layers.count).map { receptiveField(of: Array(layers[..<$0])) }
    let origin = fields[layers.count].center
    func unit(_ number: Int, _ layer: Int) -> Unit {
      Unit(place: fields[layer].center + Double(number * fields[layer].jump) - origin, layer: layer)
    }
    var (numbers, cone, links) = (Set([0]), [unit(0, layers.count)], [(from: Unit, to: Unit)]())
    for layer in layers.indices.reversed() {
      let window = layers[layer]
      var below: Set<Int> = []
      for number in numbers.sorted() {
        for n in 0..<window.kernel {
          let input = number * window.stride + n * window.dilation - window.padding
          below.insert(input)
          links.append((from: unit(number, layer + 1), to: unit(input, layer)))
        }
      }
      cone += below.sorted().map { unit($0, layer) }
      numbers = below
    }
    (units, self.links) = (cone, links)
    let inside = Set(cone)
    others = (0...layers.count).flatMap { layer in
      (-64...64).map { unit($0, layer) }.filter { abs($0.place) <= reach && !inside.contains($0) }
    }
  }
}

/// Cones of three stacks of four layers.
func coneFigure() -> Panels {
  func chart(_ title: String, _ layers: [Window]) -> LineChart {
    let cone = DependencyCone(of: layers)
    let lines = cone.links.flatMap { [$0.from, $0.to, DependencyCone.Unit(place: .nan, layer: 0)] }
    func series(_ name: String, _ units: [DependencyCone.Unit], _ style: Series.Style) -> Series {
      Series(name, x: units.map(\.place), units.map { $0.place.isNaN ? .nan : Double($0.layer) }, style: style)
    }
    let size = receptiveField(of: layers).size
    var chart = LineChart(
      "\(title): \(size) pixels", x: Axis("place, in pixels", range: -17...17), y: Axis("layer", range: -0.3...4.3),
      series: [
        series("reads", lines, .line), series("other units", cone.others, .points),
        series("units in the cone", cone.units, .points),
      ])
    chart.size = Canvas.Size(width: 560, height: 300)
    return chart
  }
  return Panels(
    "What one unit of the fourth layer sees", columns: 1,
    [
      chart("k = 3", .init(repeating: Window(3), count: 4)),
      chart("k = 3 with stride 2", .init(repeating: Window(3, stride: 2), count: 4)),
      chart("k = 3 with dilations 1, 2, 4, 8", [1, 2, 4, 8].map { Window(3, dilation: $0) }),
    ])
}
