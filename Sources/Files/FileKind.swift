// Kinds of files that are often found instead of the expected ones, recognized by their first bytes.

import Messages

/// A kind of file that is not supported: its name, and what to do with it.
struct FileKind: Sendable {
  /// The name, worded to follow "it is".
  let name: String
  /// What to do with the file at a path.
  let advice: @Sendable (_ path: String) -> String

  private init(_ name: String, _ advice: @escaping @Sendable (String) -> String) {
    (self.name, self.advice) = (name, advice)
  }

  /// The kind of a file with these bytes; nil if it is not one of the kinds below.
  static func of(_ bytes: [UInt8]) -> FileKind? {
    if bytes.starts(with: Array("PK\u{3}\u{4}".utf8)) { return archive(bytes) }
    // A pickle begins with its protocol, then a frame, a tuple, a dictionary or a long number.
    if bytes.count > 2, bytes[0] == 0x80, 2...5 ~= bytes[1], [0x95, 0x8A, 0x7D, 0x28, 0x5D, 0x63].contains(bytes[2]) {
      return pickle
    }
    if bytes.count > 262, bytes[257..<262].elementsEqual("ustar".utf8) {
      return packed("a tar archive", ["tar", "-xf"])
    }
    if isPage(bytes) { return page }
    return beginnings.first { bytes.starts(with: $0.bytes) }?.kind
  }

  private static func isPage(_ bytes: [UInt8]) -> Bool {
    let start = String(decoding: bytes.prefix(200), as: UTF8.self).drop { $0.isWhitespace || $0 == "\u{FEFF}" }
      .lowercased()
    return ["<!doctype html", "<html", "<head", "<body"].contains { start.hasPrefix($0) }
  }

  /// The kind of a ZIP archive, recognized by the name of its first file. The name begins at byte 30; its length is at
  /// byte 26.
  private static func archive(_ bytes: [UInt8]) -> FileKind {
    let length = bytes.count > 30 ? Int(bytes[26]) | Int(bytes[27]) << 8 : 0
    let name = String(decoding: bytes.dropFirst(30).prefix(length), as: UTF8.self)
    if name.hasSuffix("data.pkl") || name.hasSuffix("/version") { return torch }
    if name.hasSuffix(".npy") {
      return FileKind("an archive of NumPy arrays (.npz)") { _ in
        "Save the array as text: numpy.savetxt(\"data.csv\", array, delimiter=\",\")"
      }
    }
    return packed("a ZIP archive", ["unzip"])
  }

  private static func packed(_ name: String, _ command: [String]) -> FileKind {
    FileKind(name) { "Unpack it: \(typed(command + [$0]))" }
  }

  private static let page = FileKind("an HTML page, such as a server sends instead of a file") { _ in
    "Open the address in a browser, and download the file itself"
  }
  private static let torch = FileKind("a PyTorch file") { _ in
    "In Python with PyTorch, save its tensors as safetensors: "
      + "safetensors.torch.save_file(torch.load(FILE), \"model.safetensors\")"
  }
  private static let pickle = FileKind(
    "a Python pickle, such as an old PyTorch file or the Python version of CIFAR-10"
  ) {
    _ in "Use the binary version of the data, and save tensors as safetensors"
  }
  private static let image = "Images are read from files in the formats of MNIST and CIFAR-10"

  private static let beginnings: [(bytes: [UInt8], kind: FileKind)] = [
    (
      Array("version https://git-lfs".utf8),
      FileKind("a Git LFS pointer to a file that was not fetched") { _ in "Fetch it: git lfs pull" }
    ),
    (
      [0x93] + Array("NUMPY".utf8),
      FileKind("a NumPy array (.npy)") {
        "Save it as text: numpy.savetxt(\"data.csv\", numpy.load(\"\($0)\"), delimiter=\",\")"
      }
    ),
    ([0x1F, 0x8B], FileKind("compressed with gzip") { DataFile.unpacking($0) }),
    (Array("BZh".utf8), packed("compressed with bzip2", ["bunzip2", "-k"])),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], packed("compressed with xz", ["unxz", "-k"])),
    ([0x28, 0xB5, 0x2F, 0xFD], packed("compressed with zstd", ["unzstd"])),
    ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], packed("a 7z archive", ["7z", "x"])),
    ([0x89] + Array("PNG".utf8), FileKind("an image (PNG)") { _ in image }),
    ([0xFF, 0xD8, 0xFF], FileKind("an image (JPEG)") { _ in image }),
    (Array("%PDF".utf8), FileKind("a PDF document") { _ in "Use the data it was made from" }),
    (Array("PAR1".utf8), FileKind("a Parquet table") { _ in "Export it as CSV" }),
    (
      [0x89] + Array("HDF".utf8),
      FileKind("an HDF5 file") { _ in "Export the array as CSV or safetensors" }
    ),
    (Array("SQLite format 3".utf8), FileKind("an SQLite database") { _ in "Export the table as CSV" }),
  ]
}
