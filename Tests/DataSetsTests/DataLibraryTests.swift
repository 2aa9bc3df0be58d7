import Checking
import DataSets
import Tensors
import Testing

@Suite("Data: the library finds sets or replaces them by stand-ins")
struct DataLibraryTests {
  @Test(
    "MNIST is found in its own folder, in the given folder, and under both spellings of its names",
    arguments: ["mnist/", "", "MNIST/raw/"], [false, true])
  func mnist(place: String, dotted: Bool) throws {
    try TemporaryFolder.temporary { folder in
      try writeIDX(folder, place, dotted: dotted)
      let set = try DataLibrary(directory: folder.path, environment: [:]).mnist()
      #expect(set.name == "images in the format of MNIST" && set.isReal)
      #expect(set.train.labels == [5, 0, 4] && set.test.labels == [7, 2])
      #expect(set.provenance == "images in the format of MNIST from \(folder.path), 3 + 2")
    }
  }

  @Test("the environment variable names the folder too; an argument overrules it")
  func environment() throws {
    try TemporaryFolder.temporary { folder in
      try writeIDX(folder, "fashion-mnist/")
      let environment = ["DEEP_LEARNING_DATA": folder.path]
      let set = try DataLibrary(directory: nil, environment: environment).fashionMNIST()
      #expect(set.train.labels == [5, 0, 4] && set.classNames[9] == "class 9")
      let elsewhere = DataLibrary(directory: folder.path + "/none", environment: environment)
      #expect(
        dataError { try elsewhere.fashionMNIST() }.contains(
          "/none: there is no such folder. Check the path, or name no folder"))
    }
  }

  @Test("CIFAR-10 is read from the batches that are there, and its classes from batches.meta.txt if that is there")
  func cifar() throws {
    try TemporaryFolder.temporary { folder in
      try folder.write(cifarRecord(3, 255, 0, 0), "cifar-10-batches-bin/data_batch_2.bin")
      try folder.write(cifarRecord(1, 255, 0, 0), "cifar-10-batches-bin/data_batch_1.bin")
      try folder.write(cifarRecord(9, 0, 0, 255), "cifar-10-batches-bin/test_batch.bin")
      let library = DataLibrary(directory: folder.path, environment: [:])
      let set = try library.cifar10()
      #expect(set.train.labels == [1, 3] && set.test.labels == [9] && set.classNames[3] == "class 3")
      #expect(set.provenance == "images in the format of CIFAR-10 (batches: 2 of 5) from \(folder.path), 2 + 1")
      try folder.write((0..<10).map { "kind \($0)\n" }.joined(), "cifar-10-batches-bin/batches.meta.txt")
      #expect(try library.cifar10().classNames[3] == "kind 3")
    }
  }

  @Test("a set that is not in the requested folder is an error that names all searched places and where to get it")
  func absent() throws {
    try TemporaryFolder.temporary { folder in
      let library = DataLibrary(directory: folder.path, environment: [:])
      let error = dataError { try library.mnist() }
      for part in [
        "cannot read MNIST in \(folder.path): none of its files exists",
        "\(folder.path)/mnist/train-images-idx3-ubyte, ", "\(folder.path)/train-images-idx3-ubyte.",
        "https://", "write your own images in its format (Chapters/YOUR-OWN.md), or name no folder",
      ] { #expect(error.contains(part), "\(part) is not in: \(error)") }
      #expect(dataError { try library.cifar10() }.contains("cifar-10-batches-bin/test_batch.bin"))
      #expect(dataError { try library.fashionMNIST() }.contains("fashion-mnist/train-images"))
    }
  }

  @Test("a folder named only by the environment may lack the set: the stand-in gives the reason")
  func standInSaysWhy() throws {
    let library = DataLibrary(directory: nil, environment: ["DEEP_LEARNING_DATA": "/no/such/folder"])
    let set = try library.fashionMNIST(drawn: 20, 10)
    #expect(!set.isReal && set.train.count == 20 && set.test.count == 10)
    #expect(
      set.provenance
        == "drawn clothes (Fashion-MNIST is not in /no/such/folder, which DEEP_LEARNING_DATA names), 20 + 10")
  }

  @Test("an incomplete set is an error even if only the environment names its folder")
  func incomplete() throws {
    try TemporaryFolder.temporary { folder in
      try folder.write(idxImages(3), "mnist/train-images-idx3-ubyte")
      try folder.write(cifarRecord(9, 0, 0, 255), "cifar-10-batches-bin/test_batch.bin")
      let library = DataLibrary(directory: nil, environment: ["DEEP_LEARNING_DATA": folder.path])
      let error = dataError { try library.mnist() }
      #expect(
        error.contains("train-images-idx3-ubyte exists, but not train-labels-idx1-ubyte, t10k-images-idx3-ubyte"))
      #expect(dataError { try library.cifar10() }.contains("but not any of data_batch_1.bin, data_batch_2.bin"))
    }
  }

  @Test("a packed set is an error with the command that unpacks it")
  func packed() throws {
    try TemporaryFolder.temporary { folder in
      try writeIDX(folder, "mnist/")
      let unpacked = folder.path + "/mnist/t10k-labels-idx1-ubyte"
      try folder.write([0x1F, 0x8B], "fashion-mnist/train-images-idx3-ubyte.gz")
      for name in ["train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"] {
        try folder.write([0x1F, 0x8B], "fashion-mnist/\(name).gz")
      }
      let library = DataLibrary(directory: folder.path, environment: [:])
      #expect(try library.mnist().test.labels == [7, 2], "\(unpacked) is not packed")
      let error = dataError { try library.fashionMNIST() }
      #expect(
        error.contains("with gzip. Unpack it: gunzip -k \(folder.path)/fashion-mnist/t10k-images-idx3-ubyte.gz"))
    }
  }

  @Test("training and test images of different sizes are refused")
  func sizesDiffer() throws {
    try TemporaryFolder.temporary { folder in
      try writeIDX(folder, "mnist/")
      try folder.write(idx(0x803, [2, 3, 2], [UInt8](repeating: 0, count: 12)), "mnist/t10k-images-idx3-ubyte")
      let error = dataError { try DataLibrary(directory: folder.path, environment: [:]).mnist() }
      #expect(error.contains("training images have 2×3 pixels, test images 3×2. Use all four files of the same"))
    }
  }

  @Test("without a folder there are always the same stand-ins")
  func standIns() throws {
    let library = DataLibrary(directory: nil, environment: ["DEEP_LEARNING_DATA": ""])
    #expect(try library.mnist().provenance == "embedded optical digits, 1,437 + 360")
    let (clothes, shapes) = (try library.fashionMNIST(drawn: 30, 10), try library.cifar10(drawn: 20, 10))
    #expect(clothes.train.images.shape == [30, 1, 28, 28] && shapes.train.images.shape == [20, 3, 32, 32])
    #expect(try library.fashionMNIST(drawn: 30, 10).test.images == clothes.test.images)
    #expect(try library.cifar10(drawn: 20, 10).test.images == shapes.test.images)
    #expect(!clothes.isReal && !shapes.isReal && shapes.provenance == "drawn coloured shapes, 20 + 10")
    #expect(clothes.classNames.count == 10 && shapes.classNames.count == 10)
  }
}
