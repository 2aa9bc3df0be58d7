import Figures
import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// An SVG document as a list of elements in order.
struct Drawing {
  struct Element {
    let name: String
    let attributes: [String: String]
    /// The translation of the element by its groups.
    var moved = Place(x: 0, y: 0)
    var text = ""
    func number(_ attribute: String) -> Double { Double(attributes[attribute] ?? "") ?? .nan }
    /// A coordinate on the whole picture.
    func x(_ attribute: String = "x") -> Double { moved.x + (attributes[attribute] == nil ? 0 : number(attribute)) }
    func y(_ attribute: String = "y") -> Double { moved.y + (attributes[attribute] == nil ? 0 : number(attribute)) }
    var fill: String { attributes["fill"] ?? "" }
    var stroke: String { attributes["stroke"] ?? "" }
    /// The corners of an upright rectangle on the whole picture.
    var box: Box { Box(left: x(), top: y(), right: x() + number("width"), bottom: y() + number("height")) }
  }

  struct Place: Hashable {
    var x: Double
    var y: Double
  }

  /// An upright rectangle.
  struct Box: Hashable {
    var left, top, right, bottom: Double
    var width: Double { right - left }
    var height: Double { bottom - top }
    func holds(_ x: Double, _ y: Double) -> Bool { (left...right).contains(x) && (top...bottom).contains(y) }
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

  /// The plots of all frames: an axis downwards, and one to the right from where it ends.
  var plots: [Box] {
    let axes = all("line").filter { $0.stroke == "#8c959f" && $0.attributes["stroke-width"] == "1" }
    return zip(axes, axes.dropFirst()).compactMap { down, right in
      guard down.x("x1") == down.x("x2"), down.x("x2") == right.x("x1"), down.y("y2") == right.y("y1"),
        right.y("y1") == right.y("y2"), down.y("y2") - down.y("y1") > 20
      else { return nil }
      return Box(left: down.x("x1"), top: down.y("y1"), right: right.x("x2"), bottom: right.y("y1"))
    }
  }

  var width: Double { elements.first?.number("width") ?? .nan }
  var height: Double { elements.first?.number("height") ?? .nan }

  /// The first text with these words.
  func text(_ words: String) -> Element? { all("text").first { $0.text == words } }

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

  /// The value at a place, read off two ticks; `transform` is the logarithm for a logarithmic axis.
  static func value(
    at place: Double, _ ticks: [Element], _ attribute: String, offset: Double, transform: (Double) -> Double = { $0 }
  ) -> Double {
    guard let first = ticks.first, let last = ticks.last else { return .nan }
    let (from, to) = (first.number(attribute) - offset, last.number(attribute) - offset)
    let (low, high) = (transform(number(first.text)), transform(number(last.text)))
    return low + (place - from) / (to - from) * (high - low)
  }

  /// The value of a label such as 10⁻¹²; other labels are plain numbers.
  static func power(_ label: String) -> Double {
    let superscripts = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    let digits = label.compactMap { superscripts.firstIndex(of: $0) }
    if digits.isEmpty { return number(label) }
    return pow(10, Double(digits.reduce(0) { $0 * 10 + $1 }) * (label.contains("⁻") ? -1 : 1))
  }

  /// The value of a tick label.
  static func number(_ label: String) -> Double {
    if label.contains(where: { "⁰¹²³⁴⁵⁶⁷⁸⁹".contains($0) }) { return power(label) }
    return Double(label.replacingOccurrences(of: "−", with: "-").replacingOccurrences(of: ",", with: "")) ?? .nan
  }
}

/// The parser calls an object, whose identity it keeps.
private final class Reader: NSObject, XMLParserDelegate {
  var elements: [Drawing.Element] = []
  private var open: [Int] = []
  private var moves: [Drawing.Place] = [Drawing.Place(x: 0, y: 0)]

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    open.append(elements.count)
    var move = moves[moves.count - 1]
    if let words = attributes["transform"], words.hasPrefix("translate(") {
      let numbers = words.dropFirst("translate(".count).dropLast().split(separator: " ").compactMap { Double($0) }
      move = Drawing.Place(x: move.x + numbers[0], y: move.y + numbers[1])
    }
    moves.append(move)
    elements.append(Drawing.Element(name: name, attributes: attributes, moved: move))
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    open.removeLast()
    moves.removeLast()
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    // An index is part of its text.
    for place in open where ["text", "tspan", "title"].contains(elements[place].name) { elements[place].text += string }
  }
}
