// safetensors, the published format for named tensors: eight bytes with the length of the header, lowest byte first;
// the header in JSON; then the data of all tensors, one after the other, each scalar with its lowest byte first.

import Messages
import Tensors

/// A valid safetensors file: tensors by name, and metadata as texts.
///
/// The format is that of Hugging Face's `safetensors`; each side can read the other's files. 16-bit scalars, F16 and
/// BF16, become `Float` without loss. The file may contain tensors of integers and other types, but they cannot be
/// read.
public struct SafetensorsFile: Sendable {
  private let file: DataFile
  private let header: SafetensorsHeader

  /// Reads the file at a path. Throws a `DataError` that says what is wrong with it.
  public init(path: String) throws {
    try self.init(DataFile(unpackedPath: path))
  }

  /// Reads a file from its bytes. Throws a `DataError` that says what is wrong with it.
  package init(_ file: DataFile) throws {
    self.file = file
    header = try SafetensorsHeader(file)
  }

  /// The path of the file.
  public var path: String { file.path }
  /// The metadata, as texts by name.
  public var metadata: [String: String] { header.metadata }
  /// The names of all tensors, in alphabetical order.
  public var names: [String] { header.entries.keys.sorted() }

  /// The tensor with this name. Throws a `DataError` if there is none, or if its scalars are not F16, BF16, F32 or F64.
  public func tensor(_ name: String) throws -> Tensor {
    guard let entry = header.entries[name] else {
      let near = nearest(to: name, in: names).map { "Did you mean \(JSONText.quoted($0))?" }
      throw error(
        "take tensor \(JSONText.quoted(name))", "there is no tensor with this name",
        near ?? "It has \(names.count) tensors: \(names.prefix(5).joined(separator: ", "))")
    }
    guard let type = entry.scalarType else {
      throw error(
        "take tensor \(JSONText.quoted(name))",
        "its scalars are \(entry.type.excerpt), but only F16, BF16, F32 and F64 can be read",
        "Convert it with the program that made the file")
    }
    let (first, range) = (header.dataStart, entry.range)
    let (bytes, shape) = (file.bytes[first + range.lowerBound..<first + range.upperBound], Shape(entry.lengths))
    return switch entry.type {
    case "F16": Tensor(floats: halves(bytes, Float.init(half:)), shape: shape)
    case "BF16": Tensor(floats: halves(bytes) { Float(bitPattern: UInt32($0) << 16) }, shape: shape)
    default: Tensor(littleEndianBytes: bytes, shape: shape, scalarType: type)
    }
  }

  /// All tensors that can be read, by name.
  public var tensors: [String: Tensor] {
    header.entries.filter { $0.value.scalarType != nil }.keys.reduce(into: [:]) { $0[$1] = try? tensor($1) }
  }

  /// An error about this file: "cannot load layers.0.weight from FILE: …"
  func error(_ attempted: String, _ found: String, _ advice: String) -> DataError {
    DataError(attempted: "\(attempted) from \(path)", found: found, advice: advice)
  }

  // MARK: - Writing

  /// Writes tensors and metadata to a file, which is replaced as a whole. If anything fails, the old file stays
  /// unchanged.
  ///
  /// Throws a `DataError` if two tensors have the same name, or if the file cannot be written.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to path: String
  ) throws {
    try AtomicFile.write(parts(tensors, metadata, path), to: path)
  }

  /// The bytes that would be written to a file.
  package static func bytes(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:]
  ) throws -> [UInt8] {
    Array(try parts(tensors, metadata, "a file").joined())
  }

  /// The header, then the bytes of each tensor, created on demand.
  private static func parts(
    _ tensors: [(name: String, tensor: Tensor)], _ metadata: [String: String], _ path: String
  ) throws -> some Sequence<[UInt8]> {
    // Wide scalars come first, so that the data of every tensor begin at a multiple of the scalar size.
    let sorted = tensors.filter { $0.tensor.scalarType == .double } + tensors.filter { $0.tensor.scalarType == .float }
    let names = sorted.map(\.name)
    guard Set(names).count == names.count, !names.contains("__metadata__") else {
      throw DataError(
        attempted: "write \(path)", found: "two tensors have the same name, or one is named __metadata__",
        advice: "Give each of \(names.sorted().joined(separator: ", ")) its own name")
    }
    return Prefixed(first: headerBytes(sorted, metadata), rest: sorted.lazy.map(\.tensor.littleEndianBytes))
  }

  private static func headerBytes(_ tensors: [(name: String, tensor: Tensor)], _ metadata: [String: String]) -> [UInt8]
  {
    var (members, start) = ([String](), 0)
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }.map { "\(JSONText.quoted($0.key)):\(JSONText.quoted($0.value))" }
      members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    for (name, tensor) in tensors {
      let (type, size) = tensor.scalarType == .float ? ("F32", 4) : ("F64", 8)
      let (end, shape) = (start + tensor.count * size, tensor.shape.lengths.map(String.init).joined(separator: ","))
      members.append(
        "\(JSONText.quoted(name)):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(start),\(end)]}")
      start = end
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    while !header.count.isMultiple(of: 8) { header.append(UInt8(ascii: " ")) }
    return (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header
  }
}

/// A first element, followed by those of another sequence, created on demand.
private struct Prefixed<Rest: Sequence>: Sequence {
  let first: Rest.Element
  let rest: Rest

  func makeIterator() -> AnyIterator<Rest.Element> {
    var (start, iterator) = (Optional(first), rest.makeIterator())
    return AnyIterator {
      defer { start = nil }
      return start ?? iterator.next()
    }
  }
}
