import Figures
import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// An SVG document as its reader sees it: a list of elements in their order.
struct Drawing {
  struct Element {
    let name: String
    let attributes: [String: String]
    var text = ""
    func number(_ attribute: String) -> Double { Double(attributes[attribute] ?? "") ?? .nan }
  }

  let elements: [Element]
  /// Whether the document is well-formed XML.
  let isWellFormed: Bool

  init(_ figure: some Figure, theme: Theme = .light) { self.init(svg: figure.svg(theme: theme)) }

  init(svg: String) {
    let reader = Reader()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = reader
    isWellFormed = parser.parse()
    elements = reader.elements
  }

  func all(_ name: String) -> [Element] { elements.filter { $0.name == name } }

  /// The tick labels of the horizontal axis: centred, in the size of ticks.
  var ticksX: [Element] {
    all("text").filter { $0.attributes["text-anchor"] == "middle" && $0.number("font-size") == 12 }
  }

  /// The tick labels of the vertical axis: they end at the axis.
  var ticksY: [Element] { all("text").filter { $0.attributes["text-anchor"] == "end" } }

  /// The places of the corners of a path, one list for every “M”.
  static func runs(_ path: Element) -> [[(x: Double, y: Double)]] {
    let runs = (path.attributes["d"] ?? "").replacingOccurrences(of: "Z", with: "").split(separator: "M")
    return runs.map { run in
      run.split(separator: "L").map { pair in
        let numbers = pair.split(separator: " ").map { Double($0) ?? .nan }
        return (numbers[0], numbers[1])
      }
    }
  }

  /// The value at a place, read off two ticks as a person would; `transform` is the logarithm for a logarithmic axis.
  static func value(
    at place: Double, _ ticks: [Element], _ attribute: String, offset: Double, transform: (Double) -> Double = { $0 }
  ) -> Double {
    guard let first = ticks.first, let last = ticks.last else { return .nan }
    let (from, to) = (first.number(attribute) - offset, last.number(attribute) - offset)
    let (low, high) = (transform(number(first.text)), transform(number(last.text)))
    return low + (place - from) / (to - from) * (high - low)
  }

  /// The value of a tick label.
  static func number(_ label: String) -> Double {
    let superscripts = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    if label.hasPrefix("10"), label.count > 2, let digit = label.last.flatMap({ superscripts.firstIndex(of: $0) }) {
      return pow(10, (label.contains("⁻") ? -1 : 1) * Double(digit))
    }
    return Double(label.replacingOccurrences(of: "−", with: "-").replacingOccurrences(of: ",", with: "")) ?? .nan
  }
}

/// The parser calls back an object, whose identity it keeps.
private final class Reader: NSObject, XMLParserDelegate {
  var elements: [Drawing.Element] = []
  private var open: [Int] = []

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    open.append(elements.count)
    elements.append(Drawing.Element(name: name, attributes: attributes))
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    open.removeLast()
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if let last = open.last { elements[last].text += string }
  }
}

/// One figure of every kind, with the troubles that data bring: gaps, infinities, nothing at all.
enum Gallery {
  static let wave = (0..<50).map { 2 * sin(Double($0) / 5) }
  static let lines = LineChart(
    "Lines & <bands>", x: Axis("step"), y: Axis("loss"),
    series: [
      Series("wave", wave, band: (wave.map { $0 - 1 }, wave.map { $0 + 1 })),
      Series("gap", [1, 2, .nan, 3, .infinity, 5]),
      Series("none", []),
    ])
  static let points = ScatterPlot(
    "Points", points: [(0, 0), (1, 1), (2, .nan)], classes: [0, 1, 2], names: ["a", "b"])
  static let bars = BarChart(
    "Bars", categories: ["one", "two with a long name"], y: Axis("points"),
    series: [Series("a", [1, -2]), Series("b", [.nan, 3])])
  static let histogram = Histogram(
    "Histogram", x: Axis("z"), values: wave, density: { exp(-$0 * $0 / 2) / sqrt(2 * .pi) })
  static let counts = Histogram("Counts", values: wave)
  static let map = HeatMap(
    "Map", rows: ["1", "2"], columns: ["a", "b", "c"], rowTitle: "depth", columnTitle: "width",
    values: [[0.1, 0.2, 0.3], [0.4, .nan, 0.6]], format: "%.2f")
  static let images = ImageGrid(
    "Images", images: (0..<5).map { shift in (0..<64).map { Double(($0 + shift) % 8) / 7 } }, columns: 3,
    captions: ["0", "one", "a caption that is too long"])
  static let all: [any Figure] = [
    lines, points, bars, histogram, counts, map, images, Panels("Panels", columns: 2, [lines, map, images]),
    LineChart("", series: []), HeatMap("empty", values: []), ImageGrid("no images", images: [Pixels]()),
    BarChart("no bars", categories: [], values: []), Histogram("no values", values: []), Panels("no panels", []),
  ]
}
