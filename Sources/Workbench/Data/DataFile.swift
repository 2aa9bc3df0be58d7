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
    self.path = path
    bytes = try Self.read(path)
    if bytes.starts(with: [0x1F, 0x8B]) {
      throw error("it starts with the bytes 1f 8b, so it is still packed by gzip", Self.unpacking(path))
    }
  }

  /// The file at a path, whatever its first bytes are.
  init(unpackedPath path: String) throws {
    self.path = path
    bytes = try Self.read(path)
  }

  /// An error about this file.
  func error(_ found: String, _ advice: String) -> DataError {
    DataError(attempted: "read \(path)", found: found, advice: advice)
  }

  /// The unsigned 32-bit number, most significant byte first, at a position that is known to exist.
  func bigEndian(at position: Int) -> Int {
    bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
  }

  /// The bytes as text; an error names the first byte that is not UTF-8. A byte order mark is dropped.
  public func text() throws -> String {
    let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    guard let text = String(validating: content, as: UTF8.self) else {
      throw error(
        "byte \(firstInvalidByte()) is not UTF-8 text", "Save the file as UTF-8, or convert it: iconv -t UTF-8 FILE")
    }
    return text
  }

  /// The position of the first byte that belongs to no UTF-8 character.
  private func firstInvalidByte() -> Int {
    do {
      _ = try UTF8Span(validating: bytes.span)
      return bytes.count
    } catch {
      return error.byteOffsets.lowerBound
    }
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
    if content.isEmpty { throw error("the file is empty", "Fetch or save it again") }
    return [UInt8](content)
  }

  /// How to unpack a file, whatever it is called.
  private static func unpacking(_ path: String) -> String {
    path.hasSuffix(".gz")
      ? "Unpack it: gunzip -k \(path)"
      : "Unpack it: mv \(path) \(path).gz && gunzip -k \(path).gz"
  }
}
