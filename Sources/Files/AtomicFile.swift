// Files that are replaced as a whole: a crash at any moment leaves the old one or the new one.

import Foundation

/// Writes files as a whole or not at all.
package enum AtomicFile {
  /// Writes the parts one after the other into a new file beside `path`, has it stored for good, and then gives it the old one's name.
  ///
  /// Renaming is one act of the file system: whoever opens `path` finds all of the old file or all of the new. The folder is stored
  /// too, or a power cut could undo the renaming. If anything fails, the new file is removed and the old one stays.
  package static func write(_ parts: some Sequence<[UInt8]>, to path: String) throws {
    let target = URL(filePath: path).resolvingSymlinksInPath()
    let folder = target.deletingLastPathComponent().path(percentEncoded: false)
    let part = folder + "/\(prefix(target))\(getpid())-\(UUID().uuidString.prefix(8))"
    do {
      let file = open(part, O_WRONLY | O_CREAT | O_EXCL, 0o644)
      if file < 0 { throw failure() }
      let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
      for bytes in parts { try handle.write(contentsOf: Data(bytes)) }
      if fsync(file) != 0 { throw failure() }
      try handle.close()
      if rename(part, target.path(percentEncoded: false)) != 0 { throw failure() }
    } catch {
      unlink(part)
      throw DataError(
        attempted: "write \(path)", found: reason(error),
        advice: "Check that its folder exists, may be written, and has room; what stood there before still does")
    }
    store(folder)
  }

  /// Removes what writers of `path` left behind that were killed; those of living processes stay.
  package static func removeLeftovers(of path: String) {
    let target = URL(filePath: path).resolvingSymlinksInPath()
    let folder = target.deletingLastPathComponent().path(percentEncoded: false)
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where name.hasPrefix(prefix(target)) {
      guard let process = Int32(name.dropFirst(prefix(target).count).prefix { $0 != "-" }) else { continue }
      if kill(process, 0) != 0 && errno == ESRCH { unlink(folder + "/" + name) }
    }
  }

  /// How the names of new files begin; the writer's process and a random word follow.
  private static func prefix(_ target: URL) -> String { ".\(target.lastPathComponent).part-" }

  /// Some file systems cannot store a folder by itself; then renaming alone has to do.
  private static func store(_ folder: String) {
    let descriptor = open(folder, O_RDONLY)
    if descriptor < 0 { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func failure() -> POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }

  private static func reason(_ error: any Error) -> String {
    let inner = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    let code =
      (error as? POSIXError)?.code.rawValue
      ?? (inner?.domain == NSPOSIXErrorDomain ? inner.map { Int32($0.code) } : nil)
    return code.map { String(cString: strerror($0)) } ?? "\(error)"
  }
}
