import Foundation
import Testing
import Workbench

/// A folder for one test, with what it needs to make small data files; it is removed afterwards.
struct DataFolder {
  let path: String

  /// Runs a test in a folder of its own.
  static func temporary<Result>(_ test: (DataFolder) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appending(path: "data-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try test(DataFolder(path: url.path(percentEncoded: false)))
  }

  /// Writes a file, and the folders it stands in; gives back its path.
  @discardableResult
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let url = URL(filePath: path).appending(path: name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path(percentEncoded: false)
  }

  @discardableResult
  func write(_ text: String, _ name: String) throws -> String { try write(Array(text.utf8), name) }
}

/// An IDX file: the magic number, the lengths of the axes, the bytes.
func idx(_ magic: UInt32, _ lengths: [UInt32], _ bytes: [UInt8]) -> [UInt8] {
  ([magic] + lengths).flatMap { number in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } } + bytes
}

/// An IDX file of `count` images of 2×3 pixels with the values 0, 1, 2, …
func idxImages(_ count: Int) -> [UInt8] {
  idx(0x803, [UInt32(count), 2, 3], (0..<count * 6).map { UInt8(truncatingIfNeeded: $0) })
}

/// An IDX file with these labels.
func idxLabels(_ labels: [UInt8]) -> [UInt8] { idx(0x801, [UInt32(labels.count)], labels) }

/// A record of CIFAR-10: its label, then all of red, of green and of blue in one value each.
func cifarRecord(_ label: UInt8, _ red: UInt8, _ green: UInt8, _ blue: UInt8) -> [UInt8] {
  [label] + [red, green, blue].flatMap { [UInt8](repeating: $0, count: 1024) }
}

/// The text of the error that `action` throws; a test fails if it throws none, or one that is not about data.
func dataError(_ action: () throws -> some Any) -> String {
  do {
    _ = try action()
    Issue.record("no error was thrown")
    return ""
  } catch let error as DataError {
    return error.description
  } catch {
    Issue.record("another error was thrown: \(error)")
    return ""
  }
}
