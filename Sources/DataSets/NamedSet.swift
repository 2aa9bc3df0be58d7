// The files that make up a published data set, and where to look for them.

import Files
import Foundation

/// A published data set: its files' standard names and the folders they usually stand in.
struct NamedSet: Sendable {
  let name: String
  /// The folders, inside the reader's, in which the set is looked for before the reader's own.
  let folders: [String]
  /// The files without which there is no set.
  let required: [String]
  /// Files of which at least one must be there.
  let atLeastOneOf: [String]
  /// Files that are used if they are there.
  let optional: [String]
  let classNames: [String]
  let source: String

  static let mnist = NamedSet(
    name: "MNIST", folders: ["mnist", "MNIST/raw"], required: idxFiles, atLeastOneOf: [], optional: [],
    classNames: (0..<10).map(String.init),
    source: "its four files are published at https://ossci-datasets.s3.amazonaws.com/mnist/")

  static let fashionMNIST = NamedSet(
    name: "Fashion-MNIST", folders: ["fashion-mnist", "FashionMNIST/raw"], required: idxFiles, atLeastOneOf: [],
    optional: [],
    classNames: [
      "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ],
    source: "its four files are published at https://github.com/zalandoresearch/fashion-mnist")

  static let cifar10 = NamedSet(
    name: "CIFAR-10", folders: ["cifar-10-batches-bin"], required: ["test_batch.bin"], atLeastOneOf: batches,
    optional: ["batches.meta.txt"],
    classNames: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
    source: "its binary version is published at https://www.cs.toronto.edu/~kriz/cifar.html")

  static let batches = (1...5).map { "data_batch_\($0).bin" }

  private static let idxFiles = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
  ]

  var files: [String] { required + atLeastOneOf + optional }

  /// The paths a file may have in a folder: MNIST is also published with a point in place of the second hyphen.
  func candidates(_ file: String, in folder: String) -> [String] {
    let dotted = file.replacing("-idx", with: ".idx")
    return (dotted == file ? [file] : [file, dotted]).map { folder + "/" + $0 }
  }
}

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

  /// The folders to look in; the reader's own is left out when its name says that it holds another set.
  private func places(for set: NamedSet, in directory: String) -> [String] {
    let others = [NamedSet.mnist, .fashionMNIST, .cifar10].filter { $0.name != set.name }.flatMap(\.folders)
    let isAnothers = others.contains { ("/" + directory).hasSuffix("/" + $0) }
    return set.folders.map { directory + "/" + $0 } + (isAnothers ? [] : [directory])
  }

  /// What is there of a set in one folder; a file that is still packed counts, so that reading it says so.
  private func files(of set: NamedSet, in folder: String) -> [String: String] {
    let exists = FileManager.default.fileExists(atPath:)
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
    guard FileManager.default.fileExists(atPath: directory) else {
      return DataError(
        attempted: "read \(set.name) in \(directory)", found: "there is no such folder",
        advice: "Check the path after --data, or leave --data out to use the stand-in that comes with the package")
    }
    let looked = places(for: set, in: directory).map { "\($0)/\(set.files[0])" }.joined(separator: ", ")
    return DataError(
      attempted: "read \(set.name) in \(directory)", found: "no file of it is there; looked for \(looked)",
      advice: "Get the set, \(set.source), and unpack it; or leave --data out to use the stand-in")
  }
}
