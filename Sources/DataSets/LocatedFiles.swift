// The search for the files of a set, and the errors if they are missing.

import Files

extension DataLibrary {
  /// The paths of the existing files of a set; nil if there are none and the folder was not given.
  ///
  /// Throws a `DataError` if a set is incomplete or still compressed, or if it is missing in a given folder.
  func locate(_ set: NamedSet) throws -> [String: String]? {
    guard let directory else { return nil }
    for folder in places(for: set, in: directory) {
      let found = files(of: set, in: folder)
      if found.isEmpty { continue }
      try check(found, set, folder)
      return found
    }
    if isExplicit { throw missing(set, in: directory) }
    return nil
  }

  /// Whether any file of a set exists.
  func holds(_ set: NamedSet) -> Bool {
    guard let directory else { return false }
    return places(for: set, in: directory).contains { !files(of: set, in: $0).isEmpty }
  }

  /// The folders to search.
  private func places(for set: NamedSet, in directory: String) -> [String] {
    set.folders.map { directory + "/" + $0 } + [directory]
  }

  /// The existing files of a set in one folder. A compressed file counts too, so that reading it gives a helpful error.
  private func files(of set: NamedSet, in folder: String) -> [String: String] {
    let exists = SystemPath.exists
    return set.files.reduce(into: [:]) { found, file in
      let candidates = set.candidates(file, in: folder)
      found[file] = candidates.first(where: exists) ?? candidates.first { exists($0 + ".gz") }
    }
  }

  private func check(_ found: [String: String], _ set: NamedSet, _ folder: String) throws {
    var absent = set.required.filter { found[$0] == nil }
    if !set.atLeastOneOf.isEmpty, set.atLeastOneOf.allSatisfy({ found[$0] == nil }) {
      absent.append("any of " + set.atLeastOneOf.joined(separator: ", "))
    }
    if absent.isEmpty { return }
    throw DataError(
      attempted: "read \(set.name) in \(folder)",
      found: "\(found.keys.sorted().joined(separator: ", ")) exists, but not \(absent.joined(separator: ", "))",
      advice: "Put the missing files next to it: \(set.source)")
  }

  private func missing(_ set: NamedSet, in directory: String) -> DataError {
    guard SystemPath.exists(directory) else {
      return DataError(
        attempted: "read \(set.name) in \(directory)", found: "there is no such folder",
        advice: "Check the path, or name no folder to use the package's own data")
    }
    for (file, what) in set.mistaken where SystemPath.exists(directory + "/" + file) {
      return DataError(
        attempted: "read \(set.name) in \(directory)", found: what,
        advice: "Download and unpack the set (\(set.source))")
    }
    let isMadeEasily = set.files == NamedSet.mnist.files
    let own = isMadeEasily ? ", write your own images in its format (Chapters/YOUR-OWN.md)" : ""
    let looked = places(for: set, in: directory).map { "\($0)/\(set.files[0])" }.joined(separator: ", ")
    return DataError(
      attempted: "read \(set.name) in \(directory)", found: "none of its files exists; looked for \(looked)",
      advice: "Download and unpack the set (\(set.source))\(own), or name no folder to use the package's own data")
  }
}
