// Tensors as bytes, and as parts of encodable values: the building blocks of all files.

import Messages
import Synchronization

extension Tensor {
  /// All elements in row-major order, each with its lowest byte first.
  public var littleEndianBytes: [UInt8] {
    switch scalarType {
    case .float: bytes(of: floats.map(\.bitPattern))
    case .double: bytes(of: scalars.map(\.bitPattern))
    }
  }

  private func bytes<Word: FixedWidthInteger & UnsignedInteger>(of words: [Word]) -> [UInt8] {
    let size = MemoryLayout<Word>.size
    var bytes = [UInt8](repeating: 0, count: words.count * size)
    for place in words.indices {
      for byte in 0..<size { bytes[place * size + byte] = UInt8(truncatingIfNeeded: words[place] >> (8 * byte)) }
    }
    return bytes
  }

  /// The tensor whose elements, in row-major order, are these bytes, each element with its lowest byte first.
  public init(littleEndianBytes bytes: ArraySlice<UInt8>, shape: Shape, scalarType: ScalarType) {
    require(
      bytes.count == shape.count * scalarType.size,
      "cannot fill \(shape) of \(scalarType) with \(bytes.count) bytes: it holds \(shape.count * scalarType.size)")
    switch scalarType {
    case .float: self.init(floats: words(bytes).map { Float(bitPattern: $0) }, shape: shape)
    case .double: self.init(words(bytes).map { Double(bitPattern: $0) }, shape: shape, scalarType: .double)
    }
  }
}

private func words<Word: FixedWidthInteger & UnsignedInteger>(_ bytes: ArraySlice<UInt8>) -> [Word] {
  let size = MemoryLayout<Word>.size
  var words = [Word](repeating: 0, count: bytes.count / size)
  for place in words.indices {
    let first = bytes.startIndex + place * size
    var word: Word = 0
    for byte in 0..<size { word |= Word(bytes[first + byte]) << (8 * byte) }
    words[place] = word
  }
  return words
}

// MARK: - Tensors within other values

/// The tensors that an encoder has found, by name, or those available to a decoder.
///
/// An optimizer encodes itself like any value. Its large parts, the tensors, go into the store that the coder carries
/// in its `userInfo`; only their names are encoded with the rest. A class because its identity is shared: all parts of
/// a value put their tensors in the same store.
public final class TensorStore: Sendable {
  /// The key of the store in a coder's `userInfo`.
  public static let key = CodingUserInfoKey(rawValue: "tensors")
  private let prefix: String
  private let contents: Mutex<[String: Tensor]>

  /// A store of these tensors. The names of tensors added later begin with `prefix`.
  public init(_ tensors: [String: Tensor] = [:], prefix: String = "") {
    self.prefix = prefix
    contents = Mutex(tensors)
  }

  /// All tensors, by name.
  public var tensors: [String: Tensor] { contents.withLock { $0 } }

  /// The `userInfo` for a coder that should use this store.
  public var userInfo: [CodingUserInfoKey: any Sendable] { Self.key.map { [$0: self] } ?? [:] }

  fileprivate static func current(_ userInfo: [CodingUserInfoKey: Any]) -> TensorStore? {
    key.flatMap { userInfo[$0] as? TensorStore }
  }

  fileprivate func put(_ tensor: Tensor, at path: [any CodingKey]) -> String {
    let name = prefix + path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    contents.withLock { $0[name] = tensor.stopGradient }
    return name
  }
}

extension Tensor: Codable {
  private enum Key: String, CodingKey { case shape, scalarType, scalars }

  /// Puts the tensor into the encoder's store and writes its name; without a store, writes shape, type and scalars.
  public func encode(to encoder: any Encoder) throws {
    if let store = TensorStore.current(encoder.userInfo) {
      var container = encoder.singleValueContainer()
      return try container.encode(store.put(self, at: encoder.codingPath))
    }
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(shape.lengths, forKey: .shape)
    try container.encode(scalarType.rawValue, forKey: .scalarType)
    try container.encode(scalars, forKey: .scalars)
  }

  /// Reads a name and takes the tensor from the decoder's store; without a store, reads shape, scalar type and scalars.
  public init(from decoder: any Decoder) throws {
    func corrupted(_ found: String) -> DecodingError {
      .dataCorrupted(DecodingError.Context(codingPath: decoder.codingPath, debugDescription: found))
    }
    if let store = TensorStore.current(decoder.userInfo) {
      let name = try decoder.singleValueContainer().decode(String.self)
      guard let tensor = store.tensors[name] else { throw corrupted("there is no tensor '\(name)'") }
      self = tensor
      return
    }
    let container = try decoder.container(keyedBy: Key.self)
    let lengths = try container.decode([Int].self, forKey: .shape)
    let scalars = try container.decode([Double].self, forKey: .scalars)
    let type = try container.decode(String.self, forKey: .scalarType)
    guard let scalarType = ScalarType(rawValue: type) else { throw corrupted("'\(type)' is not a scalar type") }
    let count = lengths.reduce(Optional(1)) { count, length in
      let (product, overflows) = (count ?? 0).multipliedReportingOverflow(by: length)
      return count == nil || overflows || length < 0 ? nil : product
    }
    guard count == scalars.count else { throw corrupted("\(scalars.count) scalars do not fill \(lengths)") }
    self.init(scalars, shape: Shape(lengths), scalarType: scalarType)
  }
}

extension RandomSource: Codable {
  /// Writes the position in the stream: four whole numbers.
  public func encode(to encoder: any Encoder) throws {
    try [state.0, state.1, state.2, state.3].encode(to: encoder)
  }

  /// The stream that continues from an encoded position.
  public convenience init(from decoder: any Decoder) throws {
    let words = try [UInt64](from: decoder)
    guard words.count == 4, words != [0, 0, 0, 0] else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath,
          debugDescription: "a random source has four numbers, not all of them 0; found \(words)"))
    }
    self.init(state: (words[0], words[1], words[2], words[3]))
  }
}
