// Paths as the system reads them.

import Foundation

/// What the system says of a path. All readers and writers here ask it, so that what one of them writes the next one finds.
///
/// A tilde is a letter like any other: a shell expands it before a program sees it. What stands before ".." may be a link, so that only the
/// system can tell where ".." leads.
package enum SystemPath {
  /// What stands at a path, links followed.
  package enum Kind: Equatable, Sendable {
    /// A file whose bytes can be read again and again.
    case file
    /// A folder.
    case folder
    /// Neither: a pipe, a device or a socket, by that name.
    case other(String)
    /// A link to a place where there is nothing.
    case brokenLink(to: String)
    /// Nothing.
    case missing
    /// Something that cannot be looked at, with the system's reason.
    case unreachable(String)
  }

  /// What stands at a path.
  package static func kind(_ path: String) -> Kind {
    var status = stat()
    if stat(path, &status) == 0 { return kind(status) }
    let reason = errno
    if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, reason == ENOENT {
      return .brokenLink(to: linkTarget(path))
    }
    return [ENOENT, ENOTDIR].contains(reason) ? .missing : .unreachable(String(cString: strerror(reason)))
  }

  private static func kind(_ status: stat) -> Kind {
    switch status.st_mode & S_IFMT {
    case S_IFREG: .file
    case S_IFDIR: .folder
    case S_IFIFO: .other("pipe")
    case S_IFSOCK: .other("socket")
    default: .other("device")
    }
  }

  private static func linkTarget(_ path: String) -> String {
    var letters = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &letters, letters.count)
    return String(decoding: letters.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Whether something stands at a path.
  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The one path without links, ".", ".." and doubled slashes that leads to the same place; nil if there is nothing.
  package static func resolved(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  /// The folder in which a path's last part stands, and that part; links in that last part are followed if they lead somewhere.
  package static func place(of path: String) -> (folder: String, name: String) {
    let whole = resolved(path) ?? path
    guard let slash = whole.lastIndex(of: "/") else { return (".", whole) }
    return (slash == whole.startIndex ? "/" : String(whole[..<slash]), String(whole[whole.index(after: slash)...]))
  }

  /// The path without slashes at its end.
  package static func trimmed(_ path: String) -> String {
    var path = path
    while path.utf8.count > 1 && path.hasSuffix("/") { path.removeLast() }
    return path
  }

  /// Makes a folder and those that it stands in, as far as they are not there; returns those that it made, the outermost first.
  package static func makeFolder(_ path: String) throws -> [String] {
    var (made, whole) = ([String](), path.hasPrefix("/") ? "/" : "")
    for part in path.split(separator: "/") {
      whole += part
      if mkdir(whole, 0o777) == 0 {
        made.append(whole)
      } else {
        let reason = errno
        if let found = obstacle(whole) {
          made.reversed().forEach { rmdir($0) }
          throw DataError(
            attempted: "make the folder \(path)", found: found.isEmpty ? String(cString: strerror(reason)) : found,
            advice: "Name another folder")
        }
      }
      whole += "/"
    }
    return made
  }

  /// What stands where a folder is wanted: nil if there is one, and "" if there is nothing.
  private static func obstacle(_ path: String) -> String? {
    switch kind(path) {
    case .folder: nil
    case .file: "\(path) is a file"
    case .other(let kind): "\(path) is a \(kind)"
    case .brokenLink(let target): "\(path) is a link to \(target), where there is nothing"
    case .missing, .unreachable: ""
    }
  }
}
