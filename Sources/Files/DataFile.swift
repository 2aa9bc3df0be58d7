// A file's bytes, with a separate error for each thing that can go wrong with a downloaded file.

import Foundation
import Messages

/// A file that was read completely: its path and its bytes.
public struct DataFile: Sendable {
  /// The path of the file.
  public let path: String
  /// The contents, at least one byte.
  public let bytes: [UInt8]

  /// Reads the file at a path. Throws a `DataError` if it is missing, not a file, empty, unreadable, or of a kind that
  /// is not supported, such as a compressed file, a web page or an archive.
  public init(path: String) throws {
    try self.init(unpackedPath: path)
    try refuseOtherKinds()
  }

  /// Reads the file at a path, whatever its kind.
  package init(unpackedPath path: String) throws { try self.init(path: path, bytes: try Self.read(path)) }

  /// A file with these bytes, whatever its kind.
  package init(path: String, bytes: [UInt8]) throws {
    (self.path, self.bytes) = (path, bytes)
    if bytes.isEmpty { throw error("the file is empty", "Download or save it again") }
  }

  /// Throws a `DataError` that names the kind of the file, if that kind is not supported.
  package func refuseOtherKinds() throws {
    if let kind = FileKind.of(bytes) { throw error("it is \(kind.name)", kind.advice(path)) }
  }

  /// An error about this file.
  package func error(_ found: String, _ advice: String) -> DataError {
    DataError(attempted: "read \(path)", found: found, advice: advice)
  }

  /// The unsigned 32-bit number at a position, most significant byte first. The position must exist.
  package func bigEndian(at position: Int) -> Int {
    bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
  }

  /// The bytes as text, without a byte order mark. The error for a text that is not UTF-8 names the first invalid byte.
  public func text() throws -> String { String(decoding: try utf8(), as: UTF8.self) }

  /// The bytes of a text, without a byte order mark. The error for a text that is not UTF-8 names the first invalid
  /// byte.
  package func utf8() throws -> ArraySlice<UInt8> {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw error("it begins like UTF-16 text, but UTF-8 is expected", converting("UTF-16"))
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
        "it is a \(kind), but a file must be readable more than once",
        "Save its output to a file first: cat \(typed([path])) > FILE")
    case .brokenLink(let target): throw error("it is a link to \(target), which does not exist", "Correct the link")
    case .unreachable(let reason):
      throw error("it cannot be accessed: \(reason)", "Check the folders in its path")
    case .missing:
      if SystemPath.exists(path + ".gz") {
        throw error("there is only \(path).gz, compressed with gzip", unpacking(path + ".gz"))
      }
      throw error("there is no such file", "Check the path, or download the file to it")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      throw error(
        "it cannot be opened: \(String(cString: strerror(errno)))", "Check its permissions: ls -l \(typed([path]))")
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do { return [UInt8](try handle.readToEnd() ?? Data()) } catch let problem {
      throw error("the system reported an error while reading it: \(problem)", "Try again, or copy the file elsewhere")
    }
  }

  /// The command that unpacks a gzip file, whatever its name.
  static func unpacking(_ path: String) -> String {
    path.hasSuffix(".gz")
      ? "Unpack it: \(typed(["gunzip", "-k", path]))"
      : "Unpack it: \(typed(["mv", path, path + ".gz"])) && \(typed(["gunzip", "-k", path + ".gz"]))"
  }
}
