import Files
import Foundation

/// The folder that a run's files go to. It is made when there is something to write, not before.
struct ResultsFolder {
  let path: String

  /// A folder, or a file in it, that cannot be written.
  struct Unwritable: Error, CustomStringConvertible {
    let path: String
    var description: String { "cannot write results to '\(path)': name another folder with --out DIR" }
  }

  /// The folder at this path; slashes at its end do not matter.
  init(_ path: String) {
    var path = path
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    self.path = path
  }

  /// Throws if files could not be written here: found out before a run, so that none is in vain. Leaves no trace.
  func requireWritable() throws {
    var names = URL(filePath: path).standardizedFileURL.pathComponents.dropFirst()  // what follows the root
    var existing: String { "/" + names.joined(separator: "/") }
    while !names.isEmpty && !FileManager.default.fileExists(atPath: existing) { names.removeLast() }
    // Permissions do not tell everything, a trial does.
    let trial = existing + "/." + UUID().uuidString
    do {
      try FileManager.default.createDirectory(atPath: trial, withIntermediateDirectories: false)
      try FileManager.default.removeItem(atPath: trial)
    } catch { throw Unwritable(path: path) }
  }

  /// Writes a file as a whole or not at all.
  func write(_ bytes: [UInt8], _ name: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      AtomicFile.removeLeftovers(of: path + "/" + name)
      try AtomicFile.write([bytes], to: path + "/" + name)
    } catch { throw Unwritable(path: path + "/" + name) }
  }
}
