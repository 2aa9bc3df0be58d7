// Files that are replaced as a whole: a crash at any moment leaves either the old file or the new one.

import Foundation

/// Writes files completely or not at all.
package enum AtomicFile {
  /// Writes the parts one after the other into a new file next to `path`, flushes it to disk, and then renames it to
  /// `path`.
  ///
  /// Renaming is atomic: a reader of `path` finds either the whole old file or the whole new one. The folder is flushed
  /// too, because otherwise a power cut could undo the renaming. If anything fails, the new file is removed and the old
  /// one stays. Renaming would even replace a device, so anything that is not a regular file is refused.
  package static func write(_ parts: some Sequence<[UInt8]>, to path: String) throws {
    let target = try target(of: path)
    let part = "\(target.folder)/\(prefix(target.name))\(getpid())-\(UUID().uuidString.prefix(8))"
    do {
      let file = open(part, O_WRONLY | O_CREAT | O_EXCL, 0o644)
      if file < 0 { throw failure() }
      let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
      for bytes in parts { try handle.write(contentsOf: Data(bytes)) }
      if store(file) != 0 { throw failure() }
      try handle.close()
      if rename(part, target.path) != 0 { throw failure() }
    } catch {
      unlink(part)
      throw DataError(
        attempted: "write \(path)", found: reason(error),
        advice: "Check that its folder exists, is writable and has free space; an old file there is unchanged")
    }
    storeFolder(target.folder)
  }

  /// Removes the unfinished files that killed writers of `path` have left behind. Files of living processes stay.
  package static func removeLeftovers(of path: String) {
    guard let target = try? target(of: path) else { return }
    let prefix = prefix(target.name)
    for name in (try? FileManager.default.contentsOfDirectory(atPath: target.folder)) ?? []
    where name.hasPrefix(prefix) {
      guard let process = Int32(name.dropFirst(prefix.count).prefix { $0 != "-" }) else { continue }
      if kill(process, 0) != 0 && errno == ESRCH { unlink(target.folder + "/" + name) }
    }
  }

  /// The beginning of the names of new files; the writer's process number and a random word follow.
  private static func prefix(_ name: String) -> String { ".\(name).part-" }

  // MARK: - The target

  /// A file, with its folder and its name.
  private struct Target {
    let path: String
    private let slash: String.Index?

    init(_ path: String) { (self.path, slash) = (path, path.lastIndex(of: "/")) }

    var folder: String { slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "." }
    var name: String { slash.map { String(path[path.index(after: $0)...]) } ?? path }
  }

  /// The file that the system would open for writing: links at the end of the path are followed, and `~` and `..` are
  /// left to the system.
  ///
  /// Throws if the path leads to something that is not a regular file.
  private static func target(of path: String) throws -> Target {
    func refusal(_ found: String, _ advice: String) -> DataError {
      DataError(attempted: "write \(path)", found: found, advice: advice)
    }
    var target = Target(path)
    var links = 0
    while let link = try? FileManager.default.destinationOfSymbolicLink(atPath: target.path) {
      links += 1
      if links > 40 { throw refusal("it is a link that leads to itself", "Remove the link, or name another file") }
      target = Target(link.hasPrefix("/") ? link : target.folder + "/" + link)
    }
    var status = stat()
    if stat(target.path, &status) != 0 {
      if links == 0 { return target }  // Opening the new file will report any error.
      let reason = String(cString: strerror(errno))
      throw refusal("it is a link to \(target.path): \(reason)", "Remove the link, or name another file")
    }
    if status.st_mode & S_IFMT != S_IFREG {
      throw refusal("it is \(kind(status.st_mode)), not a regular file", "Name another file")
    }
    return target
  }

  /// A description of something that is not a file.
  private static func kind(_ mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFDIR: "a folder"
    case S_IFIFO: "a FIFO"
    case S_IFSOCK: "a socket"
    default: "a device"
    }
  }

  // MARK: - Flushing to disk

  /// Flushes a file so that its contents survive a power cut. Returns 0 if that succeeded.
  private static func store(_ file: Int32) -> Int32 {
    #if canImport(Darwin)
      // On Darwin, fsync leaves the bytes in the drive's cache. Some file systems support only that.
      if fcntl(file, F_FULLFSYNC) == 0 { return 0 }
    #endif
    return fsync(file)
  }

  /// Flushes a folder. Some file systems cannot do this; then renaming alone must suffice.
  private static func storeFolder(_ folder: String) {
    let descriptor = open(folder, O_RDONLY)
    if descriptor < 0 { return }
    _ = store(descriptor)
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
