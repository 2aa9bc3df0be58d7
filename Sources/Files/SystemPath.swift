// Paths, as the system interprets them.

import Foundation

/// The system's interpretation of paths. All readers and writers here use it, so that one finds what another has
/// written.
///
/// A tilde is an ordinary character, because a shell expands it before a program sees it. The part before ".." may be a
/// link, so only the system knows where ".." leads.
package enum SystemPath {
  /// The kind of thing at a path, with links followed.
  package enum Kind: Equatable, Sendable {
    /// A regular file, which can be read again and again.
    case file
    /// A folder.
    case folder
    /// Something else: a pipe, a device or a socket, by name.
    case other(String)
    /// A link to a path that does not exist.
    case brokenLink(to: String)
    /// Nothing.
    case missing
    /// Something that cannot be accessed, with the system's reason.
    case unreachable(String)
  }

  /// The kind of thing at a path.
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

  /// Whether a path exists.
  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The canonical path, without links, ".", ".." and double slashes; nil if the path does not exist.
  package static func resolved(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  /// The folder of a path, and the name in it. A link at the end is followed if its target exists.
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

  /// Creates a folder and its missing parents. Returns the created folders, the outermost first.
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
            attempted: "create the folder \(path)", found: found.isEmpty ? String(cString: strerror(reason)) : found,
            advice: "Name another folder")
        }
      }
      whole += "/"
    }
    return made
  }

  /// What is at a path instead of a folder: nil if there is a folder, and "" if there is nothing.
  private static func obstacle(_ path: String) -> String? {
    switch kind(path) {
    case .folder: nil
    case .file: "\(path) is a file"
    case .other(let kind): "\(path) is a \(kind)"
    case .brokenLink(let target): "\(path) is a link to \(target), which does not exist"
    case .missing, .unreachable: ""
    }
  }
}
