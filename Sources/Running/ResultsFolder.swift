import Files
import Foundation
import Messages

/// The folder for a run's files.
struct ResultsFolder {
  let path: String
  /// The folders that were created for it, the outermost first.
  private var made: [String] = []

  /// The error that the folder, or a file in it, cannot be written.
  struct Unwritable: Error, CustomStringConvertible {
    let description: String
  }

  /// The folder at this path. Slashes at the end are ignored.
  init(_ path: String) { self.path = SystemPath.trimmed(path) }

  /// Creates the folder, then writes a trial file and removes it: a folder that cannot be written is reported before
  /// the run, not after it.
  mutating func make() throws {
    func unwritable(_ cause: String) -> Unwritable {
      Unwritable(description: "cannot write results to '\(path)': \(cause). Name another folder with --out DIR")
    }
    do { made = try SystemPath.makeFolder(path) } catch { throw unwritable((error as? DataError)?.found ?? "\(error)") }
    // As long as file names get, so that a path that is too long for the system fails here. Always the same name: so
    // the next run removes what a killed one has left.
    let trial = path + "/" + "trial-".padding(toLength: 120, withPad: "-", startingAt: 0)
    AtomicFile.removeLeftovers(of: trial)
    defer { unlink(trial) }
    do { try AtomicFile.write([[0]], to: trial) } catch {
      removeIfEmpty()
      throw unwritable((error as? DataError)?.found ?? "\(error)")
    }
  }

  /// Removes the created folders that are still empty, so that a failed run leaves no trace.
  func removeIfEmpty() { made.reversed().forEach { rmdir($0) } }

  /// Writes files, each completely or not at all. If one cannot be written, this file and all that follow are saved
  /// elsewhere.
  func write(_ files: [(name: String, bytes: [UInt8])]) throws {
    for (place, file) in files.enumerated() {
      let target = path + "/" + file.name
      AtomicFile.removeLeftovers(of: target)
      do { try AtomicFile.write([file.bytes], to: target) } catch {
        let cause = (error as? DataError)?.found ?? "\(error)"
        throw Unwritable(description: "cannot write '\(target)': \(cause). \(Self.kept(Array(files[place...])))")
      }
    }
  }

  /// Writes files to a temporary folder, and returns a message that says where they are, or that they are lost.
  private static func kept(_ files: [(name: String, bytes: [UInt8])]) -> String {
    let all = files.count == 1 ? "The file is" : "This file and the \(files.count - 1) that follow are"
    let folder =
      SystemPath.trimmed(FileManager.default.temporaryDirectory.path(percentEncoded: false))
      + "/results-\(UUID().uuidString.prefix(8))"
    do {
      _ = try SystemPath.makeFolder(folder)
      for file in files { try AtomicFile.write([file.bytes], to: folder + "/" + file.name) }
      return "\(all) in \(typed([folder])) instead: move them when the cause is fixed"
    } catch {
      return
        "\(all) lost, because \(folder) cannot be written either; the card has the numbers. Free some space and run "
        + "the command again, with --checkpoint FILE --resume if it had a checkpoint, so that nothing is trained twice"
    }
  }
}
