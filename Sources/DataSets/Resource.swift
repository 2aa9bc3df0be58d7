// The package's resource files. `Bundle.module` would end the process if they are missing.

import Files
import Foundation

/// A resource file of the package.
package enum Resource {
  /// The path of the file with this name, next to the running program or among its sources.
  static func path(_ name: String) throws -> String {
    let places = [Bundle.main.bundleURL, Bundle.main.resourceURL, Bundle(for: Here.self).resourceURL]
    return try path(name, beside: places.compactMap { $0 }, sources: sources)
  }

  /// The path of the file with this name in one of the bundles in `places`, or in `sources`.
  package static func path(_ name: String, beside places: [URL], sources: URL) throws -> String {
    let bundles = places.flatMap { place in
      ["resources/Resources", "bundle/Resources", "bundle/Contents/Resources/Resources"].map { end in
        place.appending(path: "\(bundle).\(end)")
      }
    }
    let files = (bundles + [sources]).map { $0.appending(path: name).path(percentEncoded: false) }
    if let file = files.first(where: FileManager.default.fileExists) { return file }
    let beside = places.first?.path(percentEncoded: false) ?? "no folder"
    throw DataError(
      attempted: "find \(name), a file of the package",
      found: "\(bundle).resources is not next to the program in \(beside), and there are no sources in "
        + sources.path(percentEncoded: false),
      advice: "Move that folder together with the program, or build the program again")
  }

  /// The package manager's name for this module's resource folder.
  private static let bundle = "DeepLearning_DataSets"
  private static var sources: URL { URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Resources") }
  /// A class, because a module's bundle is found by a class.
  private final class Here {}
}
