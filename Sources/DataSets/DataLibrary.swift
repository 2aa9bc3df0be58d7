// The sources of data: a folder that the reader names, or sets that the package contains or draws.

import Files
import Foundation
import Tensors

/// The data sets of the chapters: the real ones if the reader has them, otherwise stand-ins that need no download.
///
/// The folder is the given one, or else the value of the environment variable `DEEP_LEARNING_DATA`. A set is in its own
/// folder inside it (such as `mnist`, `cifar-10-batches-bin`, `imdb`) or directly in it. If a set is missing in a given
/// folder, that is an error. If it is missing in the folder of the variable, a stand-in is used, and its `provenance`
/// says so. A set is identified by its contents, because other sets have files with the same names.
public struct DataLibrary: Sendable {
  /// The folder to search, if there is one.
  public let directory: String?
  /// Whether the folder was given, so that a missing set is an error.
  let isExplicit: Bool
  /// The item that reads, as in its command, and what it needs.
  let item: String
  let needs: DataNeeds?
  /// Called with the name and the fingerprint of everything that a run reads; throws if they were different before.
  private let note: @Sendable (_ name: String, _ contents: String) throws -> Void
  private let published: [NamedSet]

  /// The environment variable with the folder.
  public static let variable = "DEEP_LEARNING_DATA"

  /// The library in `directory`, or else in the folder that `environment` names, or else one with stand-ins only.
  public init(directory: String?, environment: [String: String] = ProcessInfo.processInfo.environment) {
    self.init(directory: directory, environment: environment, for: "a program", needs: nil) { _, _ in }
  }

  /// The library for an item of a chapter, which checks what the item needs. `note` is called with everything that the
  /// item reads.
  package init(
    directory: String?, environment: [String: String] = ProcessInfo.processInfo.environment, for item: String,
    needs: DataNeeds?, published: [NamedSet] = NamedSet.all,
    note: @escaping @Sendable (_ name: String, _ contents: String) throws -> Void
  ) {
    let named = directory ?? environment[Self.variable].flatMap { $0.isEmpty ? nil : $0 }
    self.directory = named.map(SystemPath.trimmed)
    isExplicit = directory != nil
    (self.item, self.needs, self.note, self.published) = (item, needs, note, published)
  }

  /// MNIST, 28×28 grey digits; or else the 1,797 embedded optical digits, shown at that size.
  ///
  /// Throws a `DataError` if a file is damaged, if the set is missing in a given folder, or if it does not meet the
  /// needs of the run.
  public func mnist() throws -> ImageClassification {
    try checked { try idx(.mnist) ?? .opticalDigits(remark: remark(.mnist)) }
  }

  /// Fashion-MNIST, 28×28 grey clothes; or else `train` + `test` drawn ones.
  ///
  /// Throws a `DataError` if a file is damaged, if the set is missing in a given folder, or if it does not meet the
  /// needs of the run.
  public func fashionMNIST(drawn train: Int = 6_000, _ test: Int = 1_000) throws -> ImageClassification {
    try checked {
      try idx(.fashionMNIST) ?? .drawnClothes(train: train, test: test, remark: remark(.fashionMNIST))
    }
  }

  /// CIFAR-10, 32×32 colour photographs, with those of its five batches that exist; or else `train` + `test` shapes.
  ///
  /// Throws a `DataError` if a file is damaged, if the set is missing in a given folder, or if it does not meet the
  /// needs of the run.
  public func cifar10(drawn train: Int = 6_000, _ test: Int = 1_000) throws -> ImageClassification {
    try checked {
      try cifar(.cifar10) ?? .drawnShapes(train: train, test: test, remark: remark(.cifar10))
    }
  }

  /// The path of a file in the folder, for example with a model's weights; nil if it does not exist.
  package func file(_ name: String) throws -> String? {
    guard let path = directory.map({ $0 + "/" + name }), SystemPath.exists(path) else { return nil }
    try note(name, "\(Fingerprint(DataFile(unpackedPath: path).bytes))")
    return path
  }

  // MARK: - Reading

  /// Reads the data, and checks that they meet the needs.
  private func checked(_ read: () throws -> ImageClassification) throws -> ImageClassification {
    let data = try read()
    try needs?.check(data, for: item)
    return data
  }

  private func idx(_ set: NamedSet) throws -> ImageClassification? {
    guard let (files, found) = try read(set) else { return nil }
    func part(_ images: String, _ labels: String) throws -> LabeledImages? {
      guard let images = files[images], let labels = files[labels] else { return nil }
      return try IDXFile.labeledImages(images: images, labels: labels, classes: 10)
    }
    let names = NamedSet.idxFiles
    guard let train = try part(names[0], names[1]), let test = try part(names[2], names[3]) else { return nil }
    guard (train.height, train.width) == (test.height, test.width) else {
      throw DataError(
        attempted: "read \(found.name) in \(directory ?? "")",
        found: "training images have \(train.height)×\(train.width) pixels, test images \(test.height)×\(test.width)",
        advice: "Use all four files of the same data set")
    }
    return ImageClassification(
      name: found.name, classNames: found.classNames, train: train, test: test, origin: found.origin, isReal: true)
  }

  private func cifar(_ set: NamedSet) throws -> ImageClassification? {
    guard let (files, found) = try read(set), let test = files["test_batch.bin"] else { return nil }
    let names = try files["batches.meta.txt"].map(CIFARFile.classNames(file:)) ?? found.classNames
    let batches = NamedSet.batches.compactMap { files[$0] }
    let remark = batches.count == 5 ? "" : " (batches: \(batches.count) of 5)"
    return ImageClassification(
      name: found.name, classNames: names, train: try CIFARFile.labeledImages(files: batches),
      test: try CIFARFile.labeledImages(files: [test]), origin: found.name + remark + " from \(directory ?? "")",
      isReal: true)
  }

  /// The files of a set, with its identity; nil if a stand-in is used.
  func read(_ set: NamedSet) throws -> (files: [String: DataFile], found: Identity)? {
    guard let paths = try locate(set) else {
      try note(set.name, "stand-in")
      return nil
    }
    try note(set.name, "files")
    var (files, prints) = ([String: DataFile](), [String: Fingerprint]())
    for (name, path) in paths.sorted(by: { $0.key < $1.key }) {
      let file = try DataFile(path: path)
      let print = Fingerprint(file.bytes)
      try note("\(set.name)/\(name)", "\(print)")
      (files[name], prints[name]) = (file, print)
    }
    return (files, identity(of: prints, where: set))
  }

  /// The identity of a set.
  struct Identity {
    let name, origin: String
    let classNames: [String]
  }

  /// Identifies published sets by their contents, even under the file names of another set. All others are called
  /// images in a set's format.
  private func identity(of prints: [String: Fingerprint], where set: NamedSet) -> Identity {
    let place = " from \(directory ?? "")"
    guard let known = published.first(where: { $0.files == set.files && $0.holds(prints) }) else {
      let format = set.files == NamedSet.mnist.files ? NamedSet.mnist : set
      let name = "\(set.others) \(format.name)"
      return Identity(name: name, origin: name + place, classNames: (0..<format.classNames.count).map { "class \($0)" })
    }
    let instead = known.name == set.name ? "" : " (in place of \(set.name))"
    return Identity(name: known.name, origin: known.name + instead + place, classNames: known.classNames)
  }

  /// The reason for a stand-in, if the reader has named a folder.
  func remark(_ set: NamedSet) -> String {
    directory.map { " (\(set.name) is not in \($0), which \(Self.variable) names)" } ?? ""
  }
}
