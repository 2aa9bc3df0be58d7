import Checking
import Files
import Foundation
import Testing

/// Writes a file; returns why it was refused, or nothing.
private func refusal(_ path: String) -> String? {
  do { try AtomicFile.write([Array("new".utf8)], to: path) } catch { return "\(error)" }
  return nil
}

@Suite("Files that are replaced as a whole")
struct AtomicFileTests {
  @Test("a FIFO, a socket, a device and a folder are refused and stay unchanged")
  func irregular() throws {
    try TemporaryFolder.temporary { folder in
      let (fifo, inner) = (folder.path + "/fifo", folder.path + "/inner")
      #expect(mkfifo(fifo, 0o600) == 0 && mkdir(inner, 0o700) == 0)
      #expect(refusal(fifo)?.hasPrefix("cannot write \(fifo): it is a FIFO, not a regular file. ") == true)
      #expect(refusal(inner)?.contains("it is a folder, not") == true)
      #expect(refusal("/dev/null")?.contains("it is a device, not") == true)
      try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: "fifo")
      #expect(refusal(folder.path + "/link")?.contains("it is a FIFO, not") == true)
      var status = stat()
      #expect(stat(fifo, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
      #expect(folder.names == ["fifo", "inner", "link"])
    }
  }

  @Test("a link to a missing target is refused, and so is one to itself; both stay")
  func danglingLinks() throws {
    try TemporaryFolder.temporary { folder in
      let (link, ring) = (folder.path + "/link", folder.path + "/ring")
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "missing/file")
      try FileManager.default.createSymbolicLink(atPath: ring, withDestinationPath: "ring")
      #expect(
        refusal(link)?.contains("it is a link to \(folder.path)/missing/file: No such file or directory.") == true)
      #expect(refusal(ring)?.contains("it is a link that leads to itself.") == true)
      #expect(folder.names == ["link", "ring"])
    }
  }

  @Test(
    "a path is read as the system reads it: '~' is a name, and '..' after a link is the parent of the link's target")
  func systemPaths() throws {
    try TemporaryFolder.temporary { folder in
      try folder.write("", "deep/below/file")
      try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: "deep/below")
      try AtomicFile.write([Array("up".utf8)], to: folder.path + "/link/../up")
      #expect(try folder.text("deep/up") == "up" && folder.text("link/../up") == "up")
      try FileManager.default.createDirectory(atPath: folder.path + "/~", withIntermediateDirectories: false)
      try AtomicFile.write([Array("home".utf8)], to: folder.path + "/~/file")
      #expect(try folder.text("~/file") == "home" && folder.names == ["deep", "link", "~"])
    }
  }

  @Test("a relative path that begins with '~' is a name in the current folder")
  func tilde() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      guard FileManager.default.changeCurrentDirectoryPath(folder.path) else { exit(2) }
      mkdir("~", 0o700)
      try AtomicFile.write([Array("a".utf8)], to: "~/file")
      try AtomicFile.write([Array("b".utf8)], to: "~file")
      try AtomicFile.write([Array("c".utf8)], to: "file")
      guard try folder.text("~/file") + folder.text("~file") + folder.text("file") == "abc" else { exit(3) }
      guard folder.names == ["file", "~", "~file"] else { exit(4) }
    }
  }

  @Test("files left by killed writers are removed through a link, those of running writers stay")
  func leftovers() throws {
    try TemporaryFolder.temporary { folder in
      try folder.write("old", "inner/file")
      try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: "inner/file")
      let dead = Int32.max  // No system has so many processes.
      try folder.write("part", "inner/.file.part-\(dead)-12345678")
      try folder.write("part", "inner/.file.part-\(getpid())-12345678")
      AtomicFile.removeLeftovers(of: folder.path + "/link")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/inner").sorted()
      #expect(names == [".file.part-\(getpid())-12345678", "file"])
    }
  }
}
