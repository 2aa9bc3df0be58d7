// The files that the package carries. `Bundle.module` would end the process if they are missing.

import Files
import Foundation

/// A file that the package carries.
package enum Resource {
  /// The path of the file with this name: beside the program that runs, or among the sources that it was built from.
  static func path(_ name: String) throws -> String {
    let places = [Bundle.main.bundleURL, Bundle.main.resourceURL, Bundle(for: Here.self).resourceURL]
    return try path(name, beside: places.compactMap { $0 }, sources: sources)
  }

  /// The path of the file with this name in one of the bundles that stand in `places`, or in `sources`.
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
      attempted: "find \(name), which the package carries",
      found: "\(bundle).resources does not stand beside the program in \(beside), nor are there the sources in "
        + sources.path(percentEncoded: false),
      advice: "Move that folder together with the program, or build the program again")
  }

  /// What the package manager calls the folder of resources of this module.
  private static let bundle = "DeepLearning_DataSets"
  private static var sources: URL { URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Resources") }
  /// A class, because the bundle of a module is found by one.
  private final class Here {}
}
