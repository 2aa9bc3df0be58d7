import Checking
import Files
import Foundation
import Tensors
import Testing

@Suite("Files: paths are read as the system reads them")
struct SystemPathTests {
  @Test("a tilde is a plain character: a file written to ~name has that name and is found under it")
  func tilde() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      try withExtendedLifetime(folder) {
        guard chdir(folder.path) == 0 else { exit(1) }
        try SafetensorsFile.write([("a", Tensor(1))], to: "~model")
        guard folder.names == ["~model"], try SafetensorsFile(path: "~model").names == ["a"] else { exit(2) }
        guard try SystemPath.makeFolder("~/x") == ["~", "~/x"], folder.names == ["~", "~model"] else { exit(3) }
      }
    }
  }

  @Test("'..' after a link is relative to the link's target, for writing and for reading")
  func behindLinks() throws {
    try TemporaryFolder.temporary { folder in
      _ = try SystemPath.makeFolder(folder.path + "/far/inner")
      try FileManager.default.createSymbolicLink(
        atPath: folder.path + "/link", withDestinationPath: folder.path + "/far/inner")
      let path = folder.path + "/link/../model"
      try SafetensorsFile.write([("a", Tensor(1))], to: path)
      #expect(
        SystemPath.kind(folder.path + "/far/model") == .file && SystemPath.kind(folder.path + "/model") == .missing)
      #expect(try SafetensorsFile(path: path).names == ["a"])
      #expect(SystemPath.resolved(path) == SystemPath.resolved(folder.path + "/far/model"))
      #expect(try SystemPath.makeFolder(folder.path + "/link/../new") == [folder.path + "/link/../new"])
      #expect(SystemPath.kind(folder.path + "/far/new") == .folder)
    }
  }

  @Test("a link to a file is followed when the file is replaced, and stays a link")
  func links() throws {
    try TemporaryFolder.temporary { folder in
      try folder.write("old", "model")
      let link = folder.path + "/link"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "model")
      try SafetensorsFile.write([("a", Tensor(1))], to: link)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "model")
      #expect(try SafetensorsFile(path: folder.path + "/model").names == ["a"])
    }
  }

  @Test("the kind of entry at a path is reported: a file, a folder, a pipe, a device, a link to nothing, nothing")
  func kinds() throws {
    try TemporaryFolder.temporary { folder in
      let (pipe, broken) = (folder.path + "/pipe", folder.path + "/broken")
      #expect(mkfifo(pipe, 0o600) == 0)
      try FileManager.default.createSymbolicLink(atPath: broken, withDestinationPath: "gone")
      #expect(SystemPath.kind(try folder.write("x", "file")) == .file)
      #expect(SystemPath.kind(folder.path) == .folder && SystemPath.kind(pipe) == .other("pipe"))
      #expect(SystemPath.kind("/dev/null") == .other("device") && SystemPath.kind(broken) == .brokenLink(to: "gone"))
      #expect(SystemPath.kind(folder.path + "/none") == .missing)
      #expect(
        SystemPath.kind("/" + String(repeating: "a", count: 300))
          == .unreachable(String(cString: strerror(ENAMETOOLONG)))
      )
    }
  }

  @Test("a folder that cannot be made leaves no new parent folders, and the reason is reported")
  func noFolder() throws {
    try TemporaryFolder.temporary { folder in
      let file = try folder.write("x", "file")
      #expect(dataError { try SystemPath.makeFolder(file + "/a") }.contains("\(file) is a file"))
      let long = folder.path + "/a/b/" + String(repeating: "c", count: 300)
      #expect(dataError { try SystemPath.makeFolder(long) }.contains(String(cString: strerror(ENAMETOOLONG))))
      #expect(folder.names == ["file"])
      try FileManager.default.createSymbolicLink(atPath: folder.path + "/broken", withDestinationPath: "gone")
      #expect(
        dataError { try SystemPath.makeFolder(folder.path + "/broken") }.contains(
          "broken is a link to gone, which does not exist"))
    }
  }
}

@Suite("Files: fingerprints")
struct FingerprintTests {
  @Test("the fingerprints are the published ones of FNV-1a (Fowler, Noll and Vo)")
  func published() {
    let known = ["": "cbf29ce484222325", "a": "af63dc4c8601ec8c", "foobar": "85944171f73967e8"]
    for (text, print) in known { #expect("\(Fingerprint(Array(text.utf8)))" == print) }
    #expect("\(Fingerprint(value: 255))" == "00000000000000ff")
  }

  @Test("one bit in a million bytes changes the fingerprint")
  func bits() {
    var bytes = [UInt8](repeating: 7, count: 1_000_000)
    let whole = Fingerprint(bytes)
    bytes[999_999] ^= 1
    #expect(Fingerprint(bytes) != whole)
    bytes[999_999] ^= 1
    bytes.append(0)
    #expect(Fingerprint(bytes) != whole)
  }
}
