import Files
import Foundation
import Testing

/// A folder for one test. A class because its identity is the folder on disk, which is deleted when the test ends.
public final class TemporaryFolder: Sendable {
  /// The path of the folder.
  public let path: String

  /// Makes an empty folder.
  public init() throws {
    let parent = FileManager.default.temporaryDirectory.path(percentEncoded: false)
    path = (parent.hasSuffix("/") ? parent : parent + "/") + "test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Runs a test with its own folder.
  public static func temporary<Result>(_ test: (TemporaryFolder) throws -> Result) throws -> Result {
    let folder = try TemporaryFolder()
    return try withExtendedLifetime(folder) { try test(folder) }
  }

  /// The names of the entries, sorted.
  public var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  /// The text of a file.
  public func text(_ name: String) throws -> String { try String(contentsOfFile: path + "/" + name, encoding: .utf8) }

  /// Writes a file and its folders; returns its path.
  @discardableResult
  public func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let url = URL(filePath: path).appending(path: name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path(percentEncoded: false)
  }

  /// Writes a text file; returns its path.
  @discardableResult
  public func write(_ text: String, _ name: String) throws -> String { try write(Array(text.utf8), name) }
}

/// The text of the `DataError` that `action` throws; anything else fails the test.
public func dataError(_ action: () throws -> some Any) -> String {
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
