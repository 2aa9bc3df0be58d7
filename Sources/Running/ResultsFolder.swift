import Files
import Foundation
import Messages

/// The folder that a run's files go to.
struct ResultsFolder {
  let path: String
  /// The folders that were made for it, the outermost first.
  private var made: [String] = []

  /// A folder, or files in it, that cannot be written.
  struct Unwritable: Error, CustomStringConvertible {
    let description: String
  }

  /// The folder at this path; slashes at its end do not matter.
  init(_ path: String) { self.path = SystemPath.trimmed(path) }

  /// Makes the folder and writes a file into it, which it removes: a folder that takes no files is found out before a run, so that none
  /// is in vain.
  mutating func make() throws {
    func unwritable(_ cause: String) -> Unwritable {
      Unwritable(description: "cannot write results to '\(path)': \(cause). Name another folder with --out DIR")
    }
    do { made = try SystemPath.makeFolder(path) } catch { throw unwritable((error as? DataError)?.found ?? "\(error)") }
    // As long as the names of files get: what is too long for the system shows here.
    let trial = path + "/" + "trial-\(UUID().uuidString)".padding(toLength: 120, withPad: "-", startingAt: 0)
    defer { unlink(trial) }
    do { try AtomicFile.write([[0]], to: trial) } catch {
      removeIfEmpty()
      throw unwritable((error as? DataError)?.found ?? "\(error)")
    }
  }

  /// Removes the folders that were made and have stayed empty: a run that fails leaves no trace.
  func removeIfEmpty() { made.reversed().forEach { rmdir($0) } }

  /// Writes files, each as a whole or not at all. If one cannot be written, that one and all that follow are kept elsewhere.
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

  /// Writes files to a folder for temporary ones; returns where they are, or that they are lost.
  private static func kept(_ files: [(name: String, bytes: [UInt8])]) -> String {
    let all = files.count == 1 ? "The file is" : "This file and the \(files.count - 1) that follow are"
    let folder =
      SystemPath.trimmed(FileManager.default.temporaryDirectory.path(percentEncoded: false))
      + "/results-\(UUID().uuidString.prefix(8))"
    do {
      _ = try SystemPath.makeFolder(folder)
      for file in files { try AtomicFile.write([file.bytes], to: folder + "/" + file.name) }
      return "\(all) in \(typed([folder])) instead: move them when the cause is gone"
    } catch {
      return
        "\(all) lost, for \(folder) cannot be written either; the card has the figures. Make room, and run the command again: "
        + "with --checkpoint FILE --resume if it had a checkpoint, so that nothing is trained twice"
    }
  }
}
