// A file's bytes, with the accidents that happen to downloaded files told apart.

import Foundation

/// A file that was read whole: where it stands, and its bytes.
public struct DataFile: Sendable {
  /// Where the file stands.
  public let path: String
  /// Everything in it; at least one byte.
  public let bytes: [UInt8]

  /// The file at a path, or a `DataError` if it is missing, a folder, empty, unreadable or still packed by gzip.
  public init(path: String) throws {
    try self.init(unpackedPath: path)
    if bytes.starts(with: [0x1F, 0x8B]) {
      throw error("it starts with the bytes 1f 8b, so it is still packed by gzip", Self.unpacking(path))
    }
  }

  /// The file at a path, whatever its first bytes are.
  package init(unpackedPath path: String) throws { try self.init(path: path, bytes: try Self.read(path)) }

  /// A file whose bytes are there already, whatever the first of them are.
  package init(path: String, bytes: [UInt8]) throws {
    (self.path, self.bytes) = (path, bytes)
    if bytes.isEmpty { throw error("the file is empty", "Fetch or save it again") }
  }

  /// An error about this file.
  package func error(_ found: String, _ advice: String) -> DataError {
    DataError(attempted: "read \(path)", found: found, advice: advice)
  }

  /// The unsigned 32-bit number, most significant byte first, at a position that is known to exist.
  package func bigEndian(at position: Int) -> Int {
    bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
  }

  /// The bytes as text; an error names the first byte that is not UTF-8. A byte order mark is dropped.
  public func text() throws -> String { String(decoding: try utf8(), as: UTF8.self) }

  /// The bytes of a text without its byte order mark; an error names the first byte that is not UTF-8.
  package func utf8() throws -> ArraySlice<UInt8> {
    do { _ = try UTF8Span(validating: bytes.span) } catch {
      throw self.error(
        "byte \(error.byteOffsets.lowerBound) is not UTF-8 text",
        "Save the file as UTF-8, or convert it: iconv -t UTF-8 FILE")
    }
    return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
  }

  private static func read(_ path: String) throws -> [UInt8] {
    func error(_ found: String, _ advice: String) -> DataError {
      DataError(attempted: "read \(path)", found: found, advice: advice)
    }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      if FileManager.default.fileExists(atPath: path + ".gz") {
        throw error("only \(path).gz is there, packed by gzip", unpacking(path + ".gz"))
      }
      throw error("there is no such file", "Check the path, or download the file to that place")
    }
    if isFolder.boolValue { throw error("it is a folder", "Name a file inside it") }
    guard let content = FileManager.default.contents(atPath: path) else {
      throw error("it may not be opened", "Check its permissions: ls -l \(path)")
    }
    return [UInt8](content)
  }

  /// How to unpack a file, whatever it is called.
  private static func unpacking(_ path: String) -> String {
    path.hasSuffix(".gz")
      ? "Unpack it: gunzip -k \(path)"
      : "Unpack it: mv \(path) \(path).gz && gunzip -k \(path).gz"
  }
}
