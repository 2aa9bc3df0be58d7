// The header of a safetensors file, with all the checks of its contents.

import Tensors

/// The entry of one tensor in the header of a safetensors file.
struct SafetensorsEntry: Sendable {
  /// The name of the scalar type in the format, such as F32.
  let type: String
  /// The lengths of the axes.
  let lengths: [Int]
  /// The range of the data, counted from the first byte after the header.
  let range: Range<Int>

  /// The scalar type of the tensor; nil if these scalars cannot be read.
  var scalarType: ScalarType? { ["F16": .float, "BF16": .float, "F32": .float, "F64": .double][type] }

  /// The scalar types of the format, with their sizes in bytes. Newer types are accepted here, but reading such a
  /// tensor is an error.
  static let sizes = [
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2,
    "I32": 4, "U32": 4, "F32": 4, "C64": 8, "F64": 8, "I64": 8, "U64": 8,
  ]
}

/// The header of a safetensors file: names with types, shapes and positions, and metadata.
struct SafetensorsHeader: Sendable {
  private(set) var metadata: [String: String] = [:]
  private(set) var entries: [String: SafetensorsEntry] = [:]
  /// The position in the file of the first byte after the header.
  let dataStart: Int
  private let file: DataFile

  /// Reads and checks the header of a file.
  init(_ file: DataFile) throws {
    self.file = file
    do { dataStart = try Self.end(file) } catch {
      try file.refuseOtherKinds()
      throw error
    }
    let json: JSONText
    do { json = try JSONReader.value(file.bytes[8..<dataStart]) } catch {
      throw file.error("at byte \(error.byte) of its header, \(error.found)", Self.advice)
    }
    guard case .object(let members) = json else {
      throw file.error("its header is not a JSON object", Self.advice)
    }
    for member in members {
      if member.name == "__metadata__" { metadata = try texts(member.value) } else { try add(member) }
    }
    try checkPlaces()
  }

  private static let advice = "The file is damaged, or it is not a safetensors file: download or save it again"
  private static let longest = 100_000_000

  /// The end of the header, from the eight bytes with its length.
  private static func end(_ file: DataFile) throws -> Int {
    guard file.bytes.count >= 8 else {
      throw file.error("it should begin with 8 bytes for the length of its header, but has \(file.bytes.count)", advice)
    }
    let length = file.bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(file.bytes.count - 8) else {
      throw file.error(
        "its header should have \(length) bytes, but only \(file.bytes.count - 8) follow: it is cut short", advice)
    }
    guard length <= UInt64(longest) else {
      throw file.error("its header has \(length) bytes, but the format allows at most \(longest)", advice)
    }
    guard length > 0, file.bytes[8] == UInt8(ascii: "{") else {
      throw file.error("its header does not begin with a brace", advice)
    }
    return 8 + Int(length)
  }

  private func error(_ name: String, _ found: String) -> DataError {
    file.error("of tensor \(JSONText.quoted(name.excerpt)), \(found)", Self.advice)
  }

  private func texts(_ json: JSONText) throws -> [String: String] {
    guard case .object(let members) = json else {
      throw file.error("its __metadata__ is not a JSON object", Self.advice)
    }
    return try members.reduce(into: [:]) { texts, member in
      guard case .string(let text) = member.value else {
        throw file.error("its __metadata__ has no string for \(JSONText.quoted(member.name.excerpt))", Self.advice)
      }
      texts[member.name] = text
    }
  }

  private mutating func add(_ member: JSONText.Member) throws {
    let name = member.name
    guard case .object(let parts) = member.value, parts.map(\.name).sorted() == ["data_offsets", "dtype", "shape"]
    else {
      throw error(name, "expected exactly dtype, shape and data_offsets")
    }
    let part = Dictionary(parts.map { ($0.name, $0.value) }) { $1 }
    guard case .string(let type)? = part["dtype"] else { throw error(name, "dtype is not a string") }
    guard let lengths = part["shape"]?.integers else { throw error(name, "shape is not a list of whole numbers") }
    guard let places = part["data_offsets"]?.integers, places.count == 2 else {
      throw error(name, "data_offsets are not two whole numbers")
    }
    let available = file.bytes.count - dataStart
    guard places[0] <= places[1], places[1] <= available else {
      throw error(name, "the data go from \(places[0]) to \(places[1]), but there are \(available) bytes")
    }
    entries[name] = SafetensorsEntry(type: type, lengths: lengths, range: places[0]..<places[1])
    try checkSize(name, type, lengths, places[1] - places[0])
  }

  /// Compares the size implied by a shape with the size of the data, before any memory is allocated.
  private func checkSize(_ name: String, _ type: String, _ lengths: [Int], _ found: Int) throws {
    var count: Int? = 1
    // Zeros come last: the product is 0 only if the rest does not overflow.
    for length in lengths.filter({ $0 > 0 }) + lengths.filter({ $0 == 0 }) {
      count = count.flatMap { product($0, length) }
    }
    let size = SafetensorsEntry.sizes[type]
    let expected = size.map { size in count.flatMap { product($0, size) } } ?? found
    guard count != nil, let expected else {
      throw error(name, "shape \(Self.shown(lengths)) is too large for memory")
    }
    guard expected == found else {
      throw error(
        name, "\(type.excerpt) of shape \(Self.shown(lengths)) needs \(expected) bytes, but the data have \(found)")
    }
  }

  private func product(_ a: Int, _ b: Int) -> Int? {
    let (value, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? nil : value
  }

  /// Checks that the data of the tensors follow one another without gaps, overlaps or left-over bytes, in any order.
  private func checkPlaces() throws {
    var end = 0
    let sorted = entries.sorted {
      ($0.value.range.lowerBound, $0.value.range.upperBound, $0.key)
        < ($1.value.range.lowerBound, $1.value.range.upperBound, $1.key)
    }
    for (name, entry) in sorted {
      let start = entry.range.lowerBound
      if start > end { throw error(name, "the data begin at \(start), but the data before end at \(end): a gap") }
      if start < end {
        throw error(name, "the data begin at \(start), inside those of another tensor, which end at \(end)")
      }
      end = entry.range.upperBound
    }
    let available = file.bytes.count - dataStart
    guard end == available else {
      throw file.error("its tensors end at byte \(end) of the data, but there are \(available)", Self.advice)
    }
  }

  /// A shape in the usual notation.
  static func shown(_ lengths: [Int]) -> String { "[" + lengths.map(String.init).joined(separator: "×").excerpt + "]" }
}

extension JSONText {
  /// The numbers of a list that contains only whole numbers.
  fileprivate var integers: [Int]? {
    guard case .array(let elements) = self else { return nil }
    let numbers = elements.compactMap { if case .integer(let number) = $0 { number } else { nil } }
    return numbers.count == elements.count ? numbers : nil
  }
}
