import Foundation
import Testing

@Suite("The manifest is the table of contents")
struct ManifestTests {
  @Test("the chapters stand in the order of the book, and build on earlier ones only")
  func order() {
    #expect(
      Book.chapters.map(\.name) == [
        "Foundations", "Backprop", "Regularization", "CNN", "RNN", "Attention", "Transformer", "GAN", "VAE",
        "Diffusion",
        "Theory", "Applications",
      ])
    for (index, chapter) in Book.chapters.enumerated() {
      #expect(chapter.number == index + 1)
      for name in chapter.imports { #expect(Book.chapters[..<index].contains { $0.name == name }, "\(chapter)") }
    }
  }

  @Test("a written chapter has its sources, its guide, its program and its tests; a planned one has none yet")
  func folders() {
    for chapter in Book.chapters {
      for path in ["Sources/\(chapter.folder)", "Chapters/\(chapter.folder)/README.md", "Tests/\(chapter.name)Tests"] {
        #expect(FileManager.default.fileExists(atPath: Book.root + path) == chapter.isWritten, "\(path)")
      }
    }
  }

  @Test("every module imports what stands before it in the manifest and nothing else")
  func imports() {
    var allowed: [String: Set<String>] = [
      "Sources/Kernels": ["Dispatch", "Foundation", "Synchronization"],
      "Sources/Tensors": ["Kernels", "Foundation", "Synchronization"],
      "Sources/Workbench": ["Tensors", "Foundation", "Synchronization"],
      "Sources/Checking": ["Tensors", "Foundation", "Testing"],
      "Sources/Fuzz": ["Tensors", "Workbench", "Foundation"],
      "Sources/Bench": Set(["Kernels", "Tensors", "Workbench", "Foundation"] + Book.written.map(\.name)),
    ]
    for chapter in Book.written {
      allowed["Sources/\(chapter.folder)"] = Set(chapter.imports + ["Tensors", "Workbench"])
      allowed["Chapters/\(chapter.folder)"] = Set(
        chapter.imports + ["Tensors", "Workbench", "Foundation", chapter.name])
    }
    let statement = /\s*(?:\S+ )*import (?:(?:enum|struct|class|protocol|func|var|let|typealias) )?(\w+).*/
    for (folder, modules) in allowed {
      for file in Book.swift where file.path.hasPrefix(folder + "/") {
        for (place, line) in file.numbered where !line.contains("//") {
          guard let match = line.wholeMatch(of: statement) else { continue }
          #expect(modules.contains(String(match.1)), "\(place) imports \(match.1)")
        }
      }
    }
    let folders = ["Sources", "Chapters"].flatMap { top in Book.entries(top).map { "\(top)/\($0)" } }
    let unlisted = folders.filter { allowed[$0] == nil && !$0.hasSuffix(".md") }
    #expect(unlisted == [], "these folders are not in the table of contents")
  }
}
