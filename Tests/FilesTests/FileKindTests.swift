import Checking
import Files
import Foundation
import Tensors
import Testing

/// The beginning of a ZIP archive whose first file has this name.
private func zip(_ name: String) -> [UInt8] {
  Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 22) + [UInt8(name.utf8.count), 0, 0, 0] + Array(name.utf8)
}

@Suite("Files: the wrong kind of file is named")
struct FileKindTests {
  @Test(
    "a file of another kind is recognized by its first bytes and named, with advice",
    arguments: [
      (Array("<!DOCTYPE html>\n<html><body>404".utf8), "it is an HTML page", "download the file itself"),
      (Array("\n  <HTML lang=en>".utf8), "it is an HTML page", "download the file itself"),
      (zip("data.csv"), "it is a ZIP archive", "unzip"),
      (zip("archive/data.pkl"), "it is a PyTorch file", "safetensors"),
      (zip("x.npy"), "it is an archive of NumPy arrays (.npz)", "numpy.savetxt"),
      ([0x80, 2, 0x8A, 10, 0x6C], "it is a Python pickle", "binary version"),
      ([0x93] + Array("NUMPY\u{1}".utf8), "it is a NumPy array (.npy)", "numpy.savetxt"),
      (
        Array("version https://git-lfs.github.com/spec/v1\noid sha256:0".utf8), "it is a Git LFS pointer",
        "Fetch it: git lfs pull"
      ),
      ([0x1F, 0x8B, 8, 0], "it is compressed with gzip", "gunzip -k"),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "compressed with xz", "unxz"),
      (Array("BZh91AY".utf8), "it is compressed with bzip2", "bunzip2"),
      ([0x28, 0xB5, 0x2F, 0xFD], "compressed with zstd", "unzstd"),
      ([0x89] + Array("PNG\r\n".utf8), "it is an image (PNG)", "MNIST"), (Array("PAR1".utf8), "a Parquet table", "CSV"),
      ([UInt8](repeating: 65, count: 257) + Array("ustar\u{0}".utf8), "it is a tar archive", "tar -xf"),
    ] as [([UInt8], String, String)])
  func kinds(bytes: [UInt8], name: String, advice: String) throws {
    try TemporaryFolder.temporary { folder in
      let path = try folder.write(bytes, "data file")
      let error = dataError { try DataFile(path: path) }
      #expect(error.hasPrefix("cannot read \(path): ") && error.contains(name) && error.contains(advice), "\(error)")
      let model = dataError { try SafetensorsFile(path: path) }
      #expect(model.contains(name), "\(model)")
    }
  }

  @Test("a pipe is named, and not read like a file without permission")
  func pipe() throws {
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/pipe"
      #expect(mkfifo(path, 0o600) == 0)
      let error = dataError { try DataFile(path: path) }
      #expect(
        error.contains("it is a pipe, but a file must be readable more than once. Save its output to a file first"))
    }
  }

  @Test("a link to nothing is reported with its target")
  func brokenLink() throws {
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/link"
      try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "gone")
      #expect(dataError { try DataFile(path: path) }.contains("it is a link to gone, which does not exist"))
    }
  }

  @Test(
    "text in another encoding is refused with a command that converts it",
    arguments: [
      ([0x6E, 0x61, 0xEF, 0x76, 0x65] as [UInt8], "naïve"), ([0xFF, 0xFE, 0xE9, 0, 0x74, 0, 0xE9, 0], "été"),
    ])
  func encodings(bytes: [UInt8], text: String) throws {
    try TemporaryFolder.temporary { folder in
      let path = try folder.write(bytes, "it's text.csv")
      let error = dataError { try DataFile(path: path).text() }
      let command = try #require(error.firstMatch(of: /iconv .*\.utf8'/)).output
      let shell = Process()
      (shell.executableURL, shell.arguments) = (URL(filePath: "/bin/sh"), ["-c", String(command)])
      try shell.run()
      shell.waitUntilExit()
      #expect(shell.terminationStatus == 0, "\(error)")
      #expect(try DataFile(path: path + ".utf8").text() == text)
    }
  }
}
