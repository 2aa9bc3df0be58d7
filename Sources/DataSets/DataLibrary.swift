// Where data comes from: a folder that the reader names, or what the package carries and draws itself.

import Files
import Foundation
import Tensors

/// The data sets of the chapters: the real ones if the reader has them, otherwise stand-ins that need no download.
///
/// The folder is the one given, or else the value of the environment variable `DEEP_LEARNING_DATA`. A set stands in its
/// own folder inside it (`mnist`, `fashion-mnist`, `cifar-10-batches-bin`) or directly in it. If the folder was given
/// but a set is not in it, that is an error; if the variable names it, there is a stand-in whose `provenance` says so.
public struct DataLibrary: Sendable {
  /// The folder to look in, if there is one.
  public let directory: String?
  /// Whether the folder was asked for, so that a set that is missing in it is an error.
  let isExplicit: Bool

  /// The name of the environment variable that names the folder.
  public static let variable = "DEEP_LEARNING_DATA"

  /// The library in `directory`, or in the folder that `environment` names, or one of stand-ins only.
  public init(directory: String?, environment: [String: String] = ProcessInfo.processInfo.environment) {
    let named = directory ?? environment[Self.variable].flatMap { $0.isEmpty ? nil : $0 }
    self.directory = named.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    isExplicit = directory != nil
  }

  /// MNIST, 28×28 grey digits; or else the 1,797 embedded optical digits, shown at that size.
  ///
  /// Throws a `DataError` if a file is damaged, or if the folder was given and does not hold the set.
  public func mnist() throws -> ImageClassification {
    try idx(.mnist) ?? .opticalDigits(remark: remark(.mnist))
  }

  /// Fashion-MNIST, 28×28 grey clothes; or else `train` + `test` drawn ones.
  ///
  /// Throws a `DataError` if a file is damaged, or if the folder was given and does not hold the set.
  public func fashionMNIST(drawn train: Int = 6_000, _ test: Int = 1_000) throws -> ImageClassification {
    try idx(.fashionMNIST) ?? .drawnClothes(train: train, test: test, remark: remark(.fashionMNIST))
  }

  /// CIFAR-10, 32×32 colour photographs, as many of its five batches as are there; or else `train` + `test` shapes.
  ///
  /// Throws a `DataError` if a file is damaged, or if the folder was given and does not hold the set.
  public func cifar10(drawn train: Int = 6_000, _ test: Int = 1_000) throws -> ImageClassification {
    guard let files = try locate(.cifar10) else {
      return .drawnShapes(train: train, test: test, remark: remark(.cifar10))
    }
    let names = try files["batches.meta.txt"].map(CIFARFile.classNames(path:)) ?? NamedSet.cifar10.classNames
    let batches = NamedSet.batches.compactMap { files[$0] }
    return ImageClassification(
      name: NamedSet.cifar10.name, classNames: names,
      train: try CIFARFile.labeledImages(paths: batches),
      test: try CIFARFile.labeledImages(paths: [files["test_batch.bin"] ?? ""]),
      origin: origin(.cifar10, batches.count == 5 ? "" : " (batches: \(batches.count) of 5)"), isReal: true)
  }

  private func idx(_ set: NamedSet) throws -> ImageClassification? {
    guard let files = try locate(set) else { return nil }
    func part(_ prefix: String) throws -> LabeledImages {
      try IDXFile.labeledImages(
        images: files["\(prefix)-images-idx3-ubyte"] ?? "", labels: files["\(prefix)-labels-idx1-ubyte"] ?? "",
        classes: 10)
    }
    let (train, test) = (try part("train"), try part("t10k"))
    guard (train.height, train.width) == (test.height, test.width) else {
      throw DataError(
        attempted: "read \(set.name) in \(directory ?? "")",
        found: "training images have \(train.height)×\(train.width) pixels, test images \(test.height)×\(test.width)",
        advice: "Take all four files from the same data set")
    }
    return ImageClassification(
      name: set.name, classNames: set.classNames, train: train, test: test, origin: origin(set, ""), isReal: true)
  }

  private func origin(_ set: NamedSet, _ remark: String) -> String {
    "\(set.name)\(remark) from \(directory ?? "")"
  }

  /// Why a stand-in stands in, if the reader has named a folder at all.
  private func remark(_ set: NamedSet) -> String {
    directory.map { " (\(set.name) is not in \($0), which \(Self.variable) names)" } ?? ""
  }
}
