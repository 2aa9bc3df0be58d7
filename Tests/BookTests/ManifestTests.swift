import BookText
import Checking
import Foundation
import Testing

@Suite("The manifest is the table of contents")
struct ManifestTests {
  @Test("the chapters are in the order of the book")
  func order() {
    #expect(
      Book.chapters.map(\.name) == [
        "Foundations", "Backprop", "Regularization", "CNN", "RNN", "Attention", "Transformer", "GAN", "VAE",
        "Diffusion", "Theory", "Applications",
      ])
  }

  @Test("a written chapter has its sources, guide, solutions, program and tests; a planned one has none yet")
  func folders() {
    for chapter in Book.chapters {
      let guides = ["README.md", "SOLUTIONS.md"].map { "Chapters/\(chapter.folder)/\($0)" }
      for path in guides + ["Sources/\(chapter.folder)", "Tests/\(chapter.name)Tests"] {
        #expect(FileManager.default.fileExists(atPath: Book.root + path) == chapter.isWritten, "\(path)")
      }
    }
  }

  @Test("every file in a target's folder is Swift, excluded or a resource, so that a build prints no warning")
  func files() throws {
    let manifest = try Book.file("Package.swift").text
    var listed: [String: [String]] = [:]
    for target in manifest.split(separator: #/arget\(\s*name: /#).dropFirst() {
      let name = target.firstMatch(of: /^"([^"]+)"/).map { String($0.1) } ?? ""
      let path = target.firstMatch(of: /path: "([^"]+)"/).map { String($0.1) } ?? "Sources/\(name)"
      let lists = target.matches(of: /(?:exclude|resources): \[([^\]]*)\]/).map(\.1)
      let names = lists.flatMap { $0.matches(of: /"([^"]+)"/).map { String($0.1) } }
      let places = path.contains(#"\(name)"#) ? Book.written.map(\.folder) : [""]
      for place in places { listed[path.replacing(#"\(digits)-\(name)"#, with: place), default: []] += names }
    }
    let tests = Book.entries("Tests").filter { $0.hasSuffix("Tests") }.map { "Tests/\($0)" }
    let folders = ["Sources", "Chapters"].flatMap { top in Book.entries(top).map { "\(top)/\($0)" } }
    for folder in folders + tests where !folder.hasSuffix(".md") {
      let names = listed[folder, default: []].map { "\(folder)/\($0)" }
      let others = Book.paths(folder).filter { path in
        !path.hasSuffix(".swift") && !names.contains { path == $0 || path.hasPrefix($0 + "/") }
      }
      #expect(others == [], "Package.swift has to exclude these files, or to name them as resources")
      let missing = names.filter { !FileManager.default.fileExists(atPath: Book.root + $0) }
      #expect(missing == [], "Package.swift names these files, and there are none")
    }
  }

  @Test("every guide leads to the solutions of its exercises")
  func solutions() throws {
    for chapter in Book.written {
      #expect(try chapter.guide().text.contains("](SOLUTIONS.md#exercise-\(chapter.number)1"), "\(chapter)")
    }
  }

  @Test("every module imports only modules before it in the manifest")
  func imports() {
    let base: Set = ["Running", "Training", "DataSets", "Figures", "Files", "Distributions", "Tensors", "Messages"]
    var allowed: [String: Set<String>] = [
      "Sources/Messages": [],
      "Sources/Figures": ["Messages"],
      "Sources/Kernels": ["Dispatch"],
      "Sources/Tensors": ["Kernels", "Messages"],
      "Sources/Distributions": ["Tensors", "Messages"],
      "Sources/Files": ["Tensors", "Messages"],
      "Sources/DataSets": ["Files", "Tensors", "Messages"],
      "Sources/Training": ["Files", "Tensors", "Messages"],
      "Sources/Running": ["Training", "DataSets", "Figures", "Files", "Tensors", "Messages"],
      "Sources/BookText": [],
      "Sources/Book": ["BookText", "Messages"],
      "Sources/Checking": base.union(["Kernels", "BookText", "Testing"]),
      "Sources/Fuzz": base,
      "Sources/Bench": base.union(["Kernels"]).union(Book.written.map(\.name)),
      "Chapters/Scratch": base.union(["Kernels"]).union(Book.written.map(\.name)),
    ]
    for chapter in Book.written {
      let earlier = base.union(Book.written.prefix(chapter.number - 1).map(\.name))
      allowed["Sources/\(chapter.folder)"] = earlier
      allowed["Chapters/\(chapter.folder)"] = earlier.union([chapter.name])
    }
    let statement = /\s*(?:\S+ )*import (?:(?:enum|struct|class|protocol|func|var|let|typealias) )?(\w+).*/
    for (folder, modules) in allowed {
      for file in Book.swift where file.path.hasPrefix(folder + "/") {
        for (place, line) in file.numbered where !line.contains("//") {
          guard let match = line.wholeMatch(of: statement) else { continue }
          let isSystem =
            ["Foundation", "Synchronization"].contains(match.1) && folder.prefixMatch(of: /Sources\/\d/) == nil
          #expect(isSystem || modules.contains(String(match.1)), "\(place) imports \(match.1)")
        }
      }
    }
    let folders = ["Sources", "Chapters"].flatMap { top in Book.entries(top).map { "\(top)/\($0)" } }
    let unlisted = folders.filter { allowed[$0] == nil && !$0.hasSuffix(".md") }
    #expect(unlisted == [], "these folders are not in the table of contents")
  }
}
