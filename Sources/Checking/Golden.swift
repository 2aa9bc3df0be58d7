import Foundation

// Reference values of other implementations: Tests/Golden/*.json.

/// Why a golden file could not be used.
public struct GoldenError: Error, CustomStringConvertible {
  /// What was attempted, what was found, and what to do.
  public let description: String
}

/// The contents of Tests/Golden/`name`.json.
///
/// Throws a `GoldenError` if the file is missing or does not fit the type.
public func golden<T: Decodable>(_ name: String, as type: T.Type = T.self) throws -> T {
  let project = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
  let file = "Tests/Golden/\(name).json"
  guard let data = try? Data(contentsOf: project.appending(path: file)) else {
    throw GoldenError(description: "cannot read \(file): run the Python script next to it that makes it")
  }
  do {
    return try JSONDecoder().decode(type, from: data)
  } catch {
    throw GoldenError(description: "cannot read \(file) as \(type): \(error)")
  }
}
