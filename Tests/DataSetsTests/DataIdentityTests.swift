import Checking
import DataSets
import Files
import Foundation
import Synchronization
import Tensors
import Testing

/// A set with the files of `set` and a folder's contents as the published ones.
private func published(_ set: NamedSet, in folder: String) throws -> NamedSet {
  var set = set
  set.contents = [:]
  for name in NamedSet.idxFiles { set.contents[name] = Fingerprint(try DataFile(path: folder + "/" + name).bytes) }
  return set
}

@Suite("Data: sets are recognized by their contents")
struct DataIdentityTests {
  @Test(
    "files with MNIST's names are MNIST, Fashion-MNIST or neither by their contents, in any folder, for any request"
  )
  func contents() throws {
    try TemporaryFolder.temporary { folder in
      try writeIDX(folder, "digits/")
      try writeIDX(folder, "clothes/", shift: 1)
      try writeIDX(folder, "own/", shift: 2)
      let sets = [
        try published(.mnist, in: folder.path + "/digits"), try published(.fashionMNIST, in: folder.path + "/clothes"),
      ]
      func library(_ name: String) -> DataLibrary {
        DataLibrary(
          directory: "\(folder.path)/\(name)", environment: [:], for: "this", needs: nil, published: sets
        ) { _, _ in }
      }
      let digits = try library("digits").mnist()
      #expect(digits.provenance == "MNIST from \(folder.path)/digits, 3 + 2" && digits.classNames[9] == "9")
      let instead = try library("digits").fashionMNIST()
      #expect(instead.provenance == "MNIST (in place of Fashion-MNIST) from \(folder.path)/digits, 3 + 2")
      #expect(instead.name == "MNIST" && instead.classNames[9] == "9")
      let clothes = try library("clothes").fashionMNIST()
      #expect(clothes.name == "Fashion-MNIST" && clothes.classNames[9] == "Ankle boot")
      let own = try library("own").fashionMNIST()
      #expect(own.provenance == "images in the format of MNIST from \(folder.path)/own, 3 + 2")
      #expect(own.name == "images in the format of MNIST" && own.classNames[9] == "class 9")
    }
  }

  @Test("with one file of another set, the set is neither")
  func mixed() throws {
    let names = NamedSet.idxFiles
    #expect(NamedSet.mnist.holds(NamedSet.mnist.contents) && !NamedSet.fashionMNIST.holds(NamedSet.mnist.contents))
    var contents = NamedSet.mnist.contents
    contents[names[3]] = NamedSet.fashionMNIST.contents[names[3]]
    #expect(!NamedSet.mnist.holds(contents) && !NamedSet.fashionMNIST.holds(contents))
    #expect(!NamedSet.mnist.holds([:]))
  }

  @Test("some of CIFAR-10's batches are CIFAR-10, and other batches are not")
  func batches() {
    var found = NamedSet.cifar10.contents.filter { ["data_batch_2.bin", "test_batch.bin"].contains($0.key) }
    #expect(NamedSet.cifar10.holds(found))
    found["data_batch_1.bin"] = Fingerprint(value: 0)
    #expect(!NamedSet.cifar10.holds(found))
  }

  @Test(
    "the published files are the published sets",
    .enabled(if: ProcessInfo.processInfo.environment[DataLibrary.variable] != nil, "needs the sets"))
  func real() throws {
    let library = DataLibrary(directory: nil)
    let sets = [try library.mnist(), try library.fashionMNIST(drawn: 10, 10), try library.cifar10(drawn: 10, 10)]
    let expected = ["MNIST", "Fashion-MNIST", "CIFAR-10"]
    for (set, name) in zip(sets, expected) where !set.provenance.contains(DataLibrary.variable) {
      #expect(set.name == name)
    }
  }

  @Test(
    "all data of a run are noted with their contents, a stand-in as such; a note that throws ends the reading"
  )
  func notes() throws {
    try TemporaryFolder.temporary { folder in
      try writeIDX(folder, "mnist/")
      func notes(_ directory: String?) throws -> [String: String] {
        let notes = Mutex([String: String]())
        let library = DataLibrary(directory: directory, environment: [:], for: "this", needs: nil) { name, contents in
          notes.withLock { $0[name] = contents }
        }
        _ = try library.mnist()
        return notes.withLock { $0 }
      }
      let first = try notes(folder.path)
      #expect(first.count == 5 && first["MNIST"] == "files")
      #expect(try notes(nil) == ["MNIST": "stand-in"])
      #expect(try notes(folder.path + "/mnist/../mnist//") == first, "another way to write the same folder")
      try folder.write(idxLabels([7, 3]), "mnist/t10k-labels-idx1-ubyte")
      let second = try notes(folder.path)
      #expect(first.keys.filter { first[$0] != second[$0] } == ["MNIST/t10k-labels-idx1-ubyte"])
      let strict = DataLibrary(directory: folder.path, environment: [:], for: "this", needs: nil) { name, _ in
        throw DataError(attempted: "read \(name)", found: "no", advice: "Stop")
      }
      #expect(dataError { try strict.mnist() }.contains("cannot read MNIST: no"))
    }
  }

  @Test(
    "the files found instead of a missing set are named",
    arguments: [
      ("cifar-10-batches-py/data_batch_1", "this is the Python version, but the binary version is needed"),
      ("cifar-100-binary/train.bin", "this is CIFAR-100, but CIFAR-10 is needed"),
      ("train.bin", "there is CIFAR-100's train.bin"), ("cifar-10-binary.tar.gz", "tar -xf cifar-10-binary.tar.gz"),
    ])
  func mistaken(file: String, message: String) throws {
    try TemporaryFolder.temporary { folder in
      try folder.write("x", file)
      let error = dataError { try DataLibrary(directory: folder.path, environment: [:]).cifar10() }
      #expect(error.contains(message), "\(error)")
    }
  }
}

@Suite("Data: the needs of an item")
struct DataNeedsTests {
  private func set(
    train: [Int], test: [Int], height: Int = 4, width: Int = 4, blank: Bool = false
  ) -> ImageClassification {
    func images(_ labels: [Int]) -> LabeledImages {
      let pixels = RandomSource(seed: 1).uniform([labels.count, 1, height, width])
      return LabeledImages(images: blank ? 0 * pixels : pixels, labels: labels)
    }
    return ImageClassification(
      name: "own", classNames: (0..<10).map(String.init), train: images(train), test: images(test),
      origin: "own images",
      isReal: true)
  }

  @Test("sufficient data pass")
  func fine() throws {
    let needs = DataNeeds(train: 4, test: 2, classes: 2, testClasses: 2, size: .exactly(4))
    try needs.check(set(train: [0, 1, 0, 1], test: [0, 1]), for: "listing 1.6")
  }

  @Test("the first unmet need is reported in one line: the item, its need, and what was found")
  func lacks() {
    let two = [0, 1, 0, 1]
    let cases: [(DataNeeds, ImageClassification, String)] = [
      (DataNeeds(train: 5), set(train: two, test: two), "it needs at least 5 training images, but there are 4"),
      (DataNeeds(test: 5), set(train: two, test: two), "it needs at least 5 test images, but there are 4"),
      (
        DataNeeds(classes: 3), set(train: two, test: two),
        "it needs 3 classes among the training images, but there are 2"
      ),
      (DataNeeds(), set(train: [3, 3], test: two), "it needs 2 classes among the training images, but there is 1"),
      (
        DataNeeds(testClasses: 2, amongFirst: 2), set(train: two, test: [0, 0, 1]),
        "it needs 2 classes among the first 2 test images, but there is 1"
      ),
      (
        DataNeeds(size: .exactly(4)), set(train: two, test: two, height: 3),
        "it needs 4×4 pixels, but images have 3×4"
      ),
      (
        DataNeeds(size: .atLeast(4)), set(train: two, test: two, width: 3),
        "it needs at least 4×4 pixels, but images have 4×3"
      ),
      (
        DataNeeds(), set(train: two, test: two, blank: true),
        "it needs training images with different pixel values, but all pixels are equal"
      ),
    ]
    for (needs, data, message) in cases {
      let error = dataError { try needs.check(data, for: "listing 1.6") }
      #expect(
        error.hasPrefix("cannot run listing 1.6 on own images, \(data.train.count) + \(data.test.count): \(message). "))
      #expect(error.hasSuffix("with other data with --data, or leave --data out.") && !error.contains("\n"))
    }
  }

  @Test("the library checks what it has read, before anything is trained on it")
  func library() throws {
    try TemporaryFolder.temporary { folder in
      try writeIDX(folder, "")
      let library = DataLibrary(
        directory: folder.path, environment: [:], for: "listing 1.6", needs: DataNeeds(train: 4)
      ) { _, _ in }
      #expect(dataError { try library.mnist() }.contains("cannot run listing 1.6 on images in the format of MNIST"))
      #expect(dataError { try library.fashionMNIST() }.contains("it needs at least 4 training images, but there are 3"))
    }
  }

  @Test("needs are described in words")
  func words() {
    #expect(
      "\(DataNeeds(train: 1_000, size: .exactly(28)))"
        == "at least 1,000 training and 1 test images, 2 classes, images of 28×28 pixels")
    #expect(
      "\(DataNeeds(classes: 10, testClasses: 4, size: .atLeast(8)))"
        == "at least 2 training and 1 test images, 10 classes, 4 of them among the test images, "
        + "images of at least 8×8 pixels")
  }
}
