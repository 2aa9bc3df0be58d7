// The files that make up a published data set.

import Files

/// A published data set: the standard names of its files, their usual folders, and their contents.
package struct NamedSet: Sendable {
  package let name: String
  /// The subfolders of the reader's folder that are searched before the folder itself.
  let folders: [String]
  /// The required files.
  let required: [String]
  /// Files of which at least one must exist.
  let atLeastOneOf: [String]
  /// Files that are used if they exist.
  let optional: [String]
  package let classNames: [String]
  let source: String
  /// Files of other published data that are often found instead, each with the error for it.
  let mistaken: [(file: String, what: String)]
  /// The fingerprints of the published files. Names and sizes do not suffice, because other sets have the same ones.
  package var contents: [String: Fingerprint]
  /// What files of the set's names and format are called if they hold something else.
  var others = "images in the format of"

  package static let mnist = NamedSet(
    name: "MNIST", folders: ["mnist", "MNIST/raw"], required: idxFiles, atLeastOneOf: [], optional: [],
    classNames: (0..<10).map(String.init),
    source: "its four files are published at https://ossci-datasets.s3.amazonaws.com/mnist/", mistaken: packedIDX,
    contents: prints([0xFB6E_3C26_0515_25ED, 0xECCA_B7A8_73F1_DDF0, 0xFE06_8920_776F_D4BD, 0xCF57_C2E6_98F9_FC9B]))

  package static let fashionMNIST = NamedSet(
    name: "Fashion-MNIST", folders: ["fashion-mnist", "FashionMNIST/raw"], required: idxFiles, atLeastOneOf: [],
    optional: [],
    classNames: [
      "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ],
    source: "its four files are published at https://github.com/zalandoresearch/fashion-mnist", mistaken: packedIDX,
    contents: prints([0x8831_D1C9_B1BC_F3FF, 0xC57B_481E_807C_6A9A, 0x5878_81E7_2FBC_5D2B, 0xF874_19DB_A643_60A3]))

  package static let cifar10 = NamedSet(
    name: "CIFAR-10", folders: ["cifar-10-batches-bin"], required: ["test_batch.bin"], atLeastOneOf: batches,
    optional: ["batches.meta.txt"],
    classNames: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
    source: "its binary version is published at https://www.cs.toronto.edu/~kriz/cifar.html",
    mistaken: [
      ("cifar-10-batches-py", "this is the Python version, but the binary version is needed"),
      ("data_batch_1", "this is the Python version, but the binary version is needed"),
      ("cifar-100-binary", "this is CIFAR-100, but CIFAR-10 is needed"),
      ("train.bin", "there is CIFAR-100's train.bin, but CIFAR-10 is needed"),
      ("cifar-10-binary.tar.gz", "the archive must be unpacked first: tar -xf cifar-10-binary.tar.gz"),
    ],
    // Each file of this set is identified alone, because sets with only some of the batches are in use.
    contents: [
      "data_batch_1.bin": Fingerprint(value: 0x10F4_A610_9961_7E38),
      "data_batch_2.bin": Fingerprint(value: 0x30CA_E754_ABE1_E1A2),
      "data_batch_3.bin": Fingerprint(value: 0xC359_E8F7_748B_8513),
      "test_batch.bin": Fingerprint(value: 0x3FBC_CBEB_E9A2_E075),
    ])

  static let batches = (1...5).map { "data_batch_\($0).bin" }

  package static let idxFiles = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
  ]
  private static let packedIDX: [(file: String, what: String)] = [
    ("train.csv", "there is a CSV table, but files in the format of MNIST are needed"),
    ("train-00000-of-00001.parquet", "there are Parquet tables, but files in the format of MNIST are needed"),
  ]

  private static func prints(_ values: [UInt64]) -> [String: Fingerprint] {
    Dictionary(uniqueKeysWithValues: zip(idxFiles, values.map(Fingerprint.init(value:))))
  }

  var files: [String] { required + atLeastOneOf + optional }

  /// Whether these are files of the set: at least one has a known fingerprint, and all known fingerprints agree.
  package func holds(_ found: [String: Fingerprint]) -> Bool {
    let known = found.filter { contents[$0.key] != nil }
    return !known.isEmpty && known.allSatisfy { contents[$0.key] == $0.value }
  }

  /// The possible paths of a file in a folder: MNIST is also published with a dot instead of the second hyphen.
  func candidates(_ file: String, in folder: String) -> [String] {
    let dotted = file.replacing("-idx", with: ".idx")
    return (dotted == file ? [file] : [file, dotted]).map { folder + "/" + $0 }
  }
}
