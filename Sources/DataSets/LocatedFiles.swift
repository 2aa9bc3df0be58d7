// Where the files of a set are looked for, and what is said if they are not there.

import Files

extension DataLibrary {
  /// The path of every file of a set that is there; nil if none is and the folder was not asked for.
  ///
  /// Throws a `DataError` if a set is incomplete or still packed, or missing in a folder that was asked for.
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

  /// The folders to look in.
  private func places(for set: NamedSet, in directory: String) -> [String] {
    set.folders.map { directory + "/" + $0 } + [directory]
  }

  /// What is there of a set in one folder; a file that is still packed counts, so that reading it says so.
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
      found: "\(found.keys.sorted().joined(separator: ", ")) is there, but not \(absent.joined(separator: ", "))",
      advice: "Put the missing files beside it: \(set.source)")
  }

  private func missing(_ set: NamedSet, in directory: String) -> DataError {
    guard SystemPath.exists(directory) else {
      return DataError(
        attempted: "read \(set.name) in \(directory)", found: "there is no such folder",
        advice: "Check the path after --data, or leave --data out to use the stand-in that comes with the package")
    }
    for (file, what) in set.mistaken where SystemPath.exists(directory + "/" + file) {
      return DataError(
        attempted: "read \(set.name) in \(directory)", found: what, advice: "Get the set, \(set.source), and unpack it")
    }
    let looked = places(for: set, in: directory).map { "\($0)/\(set.files[0])" }.joined(separator: ", ")
    return DataError(
      attempted: "read \(set.name) in \(directory)", found: "no file of it is there; looked for \(looked)",
      advice: "Get the set, \(set.source), and unpack it; or leave --data out to use the stand-in")
  }
}
