import Checking
import DataSets
import Files
import Foundation
import Tensors
import Testing

@Suite("Data: IDX and CIFAR-10 files")
struct DataFilesTests {
  @Test("an IDX pair gives every byte back as a pixel from 0 to 1, row by row, with its label")
  func idxPair() throws {
    try TemporaryFolder.temporary { folder in
      let images = try folder.write(idx(0x803, [2, 2, 3], [0, 51, 102, 153, 204, 255, 255, 0, 0, 0, 0, 51]), "images")
      let labels = try folder.write(idxLabels([7, 0]), "labels")
      let set = try IDXFile.labeledImages(images: images, labels: labels, classes: 10)
      #expect(set.images.shape == [2, 1, 2, 3])
      #expect(set.images.floats == [0, 0.2, 0.4, 0.6, 0.8, 1, 1, 0, 0, 0, 0, 0.2])
      #expect(set.labels == [7, 0])
    }
  }

  @Test("a CIFAR-10 record gives its label and its planes red, green, blue; batches follow one another")
  func cifar() throws {
    try TemporaryFolder.temporary { folder in
      let first = try folder.write(cifarRecord(9, 255, 51, 0) + cifarRecord(0, 0, 0, 102), "first")
      let second = try folder.write(cifarRecord(4, 204, 204, 204), "second")
      let set = try CIFARFile.labeledImages(paths: [first, second])
      #expect(set.labels == [9, 0, 4])
      #expect(set.images.mean(axes: [2, 3]).floats.map { ($0 * 10).rounded() } == [10, 2, 0, 0, 0, 4, 8, 8, 8])
      #expect(set.images.variance(axes: [2, 3]).sum().item < 1e-9)
    }
  }

  @Test(
    "a damaged IDX file is refused, with what was found and what to do",
    arguments: [
      (
        idx(0x801, [2, 2, 3], [1]),
        "it has unsigned bytes with 1 axis, but images are unsigned bytes with 3 axes. Check that images and labels"
      ),
      (idx(0x804, [2, 2, 3, 1], []), "it has unsigned bytes with 4 axes, but images are unsigned bytes with 3 axes"),
      (
        idx(0xD03, [1, 1, 1], [0, 0, 0, 0]),
        "it has 32-bit floating-point numbers with 3 axes, but images are unsigned"
      ),
      (idx(0x12345678, [], []), "an IDX file of images starts with 0x00000803, but this one with 0x12345678"),
      (
        Array(idxImages(2).dropLast()),
        "declares 2×2×3, so 12 bytes should follow it, but there are 11. The file is cut"
      ),
      (idxImages(2) + [0], "so 12 bytes should follow it, but there are 13. The file is too long"),
      (Array(idxImages(2).prefix(9)), "expected a header of 16 bytes, but the file has 9. The file is cut short"),
      ([0, 0], "expected a header of 16 bytes, but the file has 2"),
      ([], "the file is empty. Download or save it again"),
      (idx(0x803, [0, 28, 28], []), "its header declares 0×28×28 bytes, so it is empty"),
      (idx(0x803, [.max, .max, .max], [1, 2]), "so more than 2⁶³ bytes should follow it, but there are 2"),
      (idx(0x803, [1, .max, 4], [1, 2]), "so 17179869180 bytes should follow it, but there are 2"),
    ])
  func damagedImages(bytes: [UInt8], message: String) throws {
    try TemporaryFolder.temporary { folder in
      let path = try folder.write(bytes, "train-images")
      let labels = try folder.write(idxLabels([1, 2]), "labels")
      let error = dataError { try IDXFile.labeledImages(images: path, labels: labels, classes: 10) }
      #expect(error.hasPrefix("cannot read \(path): "))
      #expect(error.contains(message), "\(error)")
    }
  }

  @Test("different numbers of images and labels are refused, and both are named")
  func countsDisagree() throws {
    try TemporaryFolder.temporary { folder in
      let images = try folder.write(idxImages(2), "images")
      let labels = try folder.write(idxLabels([1, 2, 3]), "labels")
      let error = dataError { try IDXFile.labeledImages(images: images, labels: labels, classes: 10) }
      #expect(error.contains("there are 2 images and 3 labels. Use both files of the same part"))
      #expect(error.contains(images) && error.contains(labels))
    }
  }

  @Test("a label out of range is refused, with its record and byte")
  func labelOutOfRange() throws {
    try TemporaryFolder.temporary { folder in
      let images = try folder.write(idxImages(3), "images")
      let labels = try folder.write(idxLabels([1, 9, 10]), "labels")
      let error = dataError { try IDXFile.labeledImages(images: images, labels: labels, classes: 10) }
      #expect(error.contains("cannot read \(labels): label 2 (byte 10) is 10, but labels go from 0 to 9"))
      let batch = try folder.write(cifarRecord(3, 0, 0, 0) + cifarRecord(200, 0, 0, 0), "batch")
      let cifarError = dataError { try CIFARFile.labeledImages(paths: [batch]) }
      #expect(cifarError.contains("the label of record 1 (byte 3073) is 200, but labels go from 0 to 9"))
    }
  }

  @Test("a file packed by gzip is refused with the command that unpacks it, whatever its name")
  func packed() throws {
    try TemporaryFolder.temporary { folder in
      let named = try folder.write([0x1F, 0x8B, 8, 0], "images.gz")
      #expect(dataError { try DataFile(path: named) }.contains("compressed with gzip. Unpack it: gunzip -k \(named)."))
      let renamed = try folder.write([0x1F, 0x8B, 8, 0], "images")
      #expect(
        dataError { try DataFile(path: renamed) }.contains("mv \(renamed) \(renamed).gz && gunzip -k \(renamed).gz"))
      try FileManager.default.removeItem(atPath: renamed)
      let onlyPacked = dataError { try DataFile(path: renamed) }
      #expect(onlyPacked.contains("only \(named), compressed with gzip. Unpack it: gunzip -k \(named)."))
    }
  }

  @Test("a missing file and a folder have different messages")
  func missing() throws {
    try TemporaryFolder.temporary { folder in
      #expect(
        dataError { try DataFile(path: folder.path + "/absent") }.contains("absent: there is no such file. Check"))
      #expect(dataError { try DataFile(path: folder.path) }.contains("it is a folder. Name a file inside it"))
    }
  }

  @Test("a CIFAR-10 file that ends inside a record is refused, with the number of complete records")
  func cutRecord() throws {
    try TemporaryFolder.temporary { folder in
      let path = try folder.write(cifarRecord(1, 0, 0, 0) + [1, 2, 3], "data_batch_1.bin")
      let error = dataError { try CIFARFile.labeledImages(paths: [path]) }
      #expect(error.contains("its 3076 bytes are 1 of them and 3 more"))
    }
  }

  @Test("CIFAR-100 instead of CIFAR-10 is recognized: its records have two labels")
  func hundredClasses() throws {
    try TemporaryFolder.temporary { folder in
      let path = try folder.write([1] + cifarRecord(1, 0, 0, 0), "data_batch_1.bin")
      let error = dataError { try CIFARFile.labeledImages(paths: [path]) }
      #expect(error.contains("its 3074 bytes are records of 3074 bytes, as in CIFAR-100, but CIFAR-10 has 3073"))
    }
  }

  @Test("class names are ten lines, with any line ending")
  func classNames() throws {
    try TemporaryFolder.temporary { folder in
      let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
      let path = try folder.write(names.joined(separator: "\r\n") + "\r\n\r\n", "batches.meta.txt")
      #expect(try CIFARFile.classNames(path: path) == names)
      let short = try folder.write("a\nb\n", "short.txt")
      #expect(
        dataError { try CIFARFile.classNames(path: short) }.contains("expected 10 class names, one per line, found 2"))
    }
  }

  @Test("text is read without its byte order mark, and a byte that is not UTF-8 is named")
  func text() throws {
    try TemporaryFolder.temporary { folder in
      let marked = try folder.write([0xEF, 0xBB, 0xBF] + Array("δ = 0\n".utf8), "marked.txt")
      #expect(try DataFile(path: marked).text() == "δ = 0\n")
      let latin = try folder.write(Array("na".utf8) + [0xEF] + Array("ve".utf8), "latin.txt")
      #expect(
        dataError { try DataFile(path: latin).text() }.contains("byte 2 is not UTF-8 text. Save the file as UTF-8"))
    }
  }

  @Test("a truncated or damaged IDX file is read completely or refused")
  func fuzz() throws {
    let source = RandomSource(seed: 5)
    try TemporaryFolder.temporary { folder in
      let images = try folder.write(idxImages(5), "images")
      let labels = try folder.write(idxLabels([0, 1, 2, 3, 4]), "labels")
      var refused = 0
      for _ in 0..<100 {
        let isImages = source.bernoulli(0.5)
        var bytes = isImages ? idxImages(5) : idxLabels([0, 1, 2, 3, 4])
        bytes.removeLast(source.bernoulli(0.5) ? source.integer(below: bytes.count + 1) : 0)
        if !bytes.isEmpty { bytes[source.integer(below: bytes.count)] ^= 1 << UInt8(source.integer(below: 8)) }
        let damaged = try folder.write(bytes, "damaged")
        do {
          let set = try IDXFile.labeledImages(
            images: isImages ? damaged : images, labels: isImages ? labels : damaged, classes: 10)
          #expect(set.count == 5 && set.images.count == 30 && set.labels.allSatisfy { (0..<10).contains($0) })
        } catch is DataError {
          refused += 1
        }
      }
      #expect((50..<100).contains(refused), "\(refused) of 100 were refused")
    }
  }
}
