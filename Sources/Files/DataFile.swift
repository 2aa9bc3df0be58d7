// A file's bytes, with the accidents that happen to downloaded files told apart.

import Foundation
import Messages

/// A file that was read whole: where it stands, and its bytes.
public struct DataFile: Sendable {
  /// Where the file stands.
  public let path: String
  /// Everything in it; at least one byte.
  public let bytes: [UInt8]

  /// The file at a path, or a `DataError` if it is missing, no file, empty, unreadable, or of a kind that nothing here reads: packed, a web
  /// page, an archive.
  public init(path: String) throws {
    try self.init(unpackedPath: path)
    try refuseOtherKinds()
  }

  /// The file at a path, whatever its first bytes are.
  package init(unpackedPath path: String) throws { try self.init(path: path, bytes: try Self.read(path)) }

  /// A file whose bytes are there already, whatever the first of them are.
  package init(path: String, bytes: [UInt8]) throws {
    (self.path, self.bytes) = (path, bytes)
    if bytes.isEmpty { throw error("the file is empty", "Fetch or save it again") }
  }

  /// Throws a `DataError` that names what the file is, if it is of a kind that nothing here reads.
  package func refuseOtherKinds() throws {
    if let kind = FileKind.of(bytes) { throw error("it is \(kind.name)", kind.advice(path)) }
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
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw error("it begins as text in UTF-16 does, and UTF-8 is expected", converting("UTF-16"))
    }
    do { _ = try UTF8Span(validating: bytes.span) } catch {
      throw self.error(
        "byte \(error.byteOffsets.lowerBound) is not UTF-8 text",
        "Save the file as UTF-8. If it is in Latin-1: " + converting("ISO-8859-1"))
    }
    return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
  }

  private func converting(_ encoding: String) -> String {
    "\(typed(["iconv", "-f", encoding, "-t", "UTF-8", path])) > \(typed([path + ".utf8"]))"
  }

  private static func read(_ path: String) throws -> [UInt8] {
    func error(_ found: String, _ advice: String) -> DataError {
      DataError(attempted: "read \(path)", found: found, advice: advice)
    }
    switch SystemPath.kind(path) {
    case .file: break
    case .folder: throw error("it is a folder", "Name a file inside it")
    case .other(let kind):
      throw error(
        "it is a \(kind), and files are read more than once",
        "Keep what comes out of it in a file first: cat \(typed([path])) > FILE")
    case .brokenLink(let target): throw error("it is a link to \(target), where there is nothing", "Correct the link")
    case .unreachable(let reason):
      throw error("it cannot be looked at: \(reason)", "Check the folders on the way to it")
    case .missing:
      if SystemPath.exists(path + ".gz") {
        throw error("only \(path).gz is there, packed by gzip", unpacking(path + ".gz"))
      }
      throw error("there is no such file", "Check the path, or download the file to that place")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      throw error(
        "it may not be opened: \(String(cString: strerror(errno)))", "Check its permissions: ls -l \(typed([path]))")
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do { return [UInt8](try handle.readToEnd() ?? Data()) } catch let problem {
      throw error("reading it ended with an error of the system: \(problem)", "Try again, or copy the file elsewhere")
    }
  }

  /// How to unpack a file that gzip has packed, whatever it is called.
  static func unpacking(_ path: String) -> String {
    path.hasSuffix(".gz")
      ? "Unpack it: \(typed(["gunzip", "-k", path]))"
      : "Unpack it: \(typed(["mv", path, path + ".gz"])) && \(typed(["gunzip", "-k", path + ".gz"]))"
  }
}
