import Foundation
import Kernels
import Running
import Synchronization
import Testing
import ch01
import ch02
import ch03
import ch04

/// What a listing leaves behind with `--quick` and seed 1: a line of its tables, its card or what it prints.
struct Digits: Sendable, CustomTestStringConvertible {
  let chapter: ChapterProgram
  let listing: String
  /// The line, by the vector instructions of the kernels; one for all sets where the kernels have no part in it.
  let lines: [InstructionSet: String]
  var testDescription: String { "Listing \(listing)" }

  init(_ chapter: ChapterProgram, _ listing: String, _ lines: [InstructionSet: String]) {
    (self.chapter, self.listing, self.lines) = (chapter, listing, lines)
  }

  init(_ chapter: ChapterProgram, _ listing: String, onAll line: String) {
    self.init(chapter, listing, Dictionary(uniqueKeysWithValues: InstructionSet.allCases.map { ($0, line) }))
  }

  /// All but SSE round a product and the sum that it is added to once, and in the same order; SSE rounds each. `neon` is
  /// what arm64 ends with where its shorter vectors change the order of another sum.
  init(_ chapter: ChapterProgram, _ listing: String, fused line: String, sse: String, neon: String? = nil) {
    self.init(chapter, listing, [.avx512: line, .avx2: line, .sse: sse, .neon: neon ?? line])
  }
}

private let digits = [
  Digits(
    chapter1, "1.6", fused: "2,0.6885719073051035,0.8916666666666667", sse: "2,0.688571908756852,0.8916666666666667"),
  Digits(chapter2, "2.3", onAll: #""loss" : 0.534446645388523"#),
  Digits(chapter2, "2.5", onAll: "1.00e-03,1406,4.00e-09"),
  Digits(
    chapter2, "2.6", fused: "all,0.2675840384006407,0.2675840384006407,39.615436189163184,1.0000000271069984",
    sse: "all,0.26758403535657777,0.26758403535657777,39.61543526274277,1.0000000033122094"),
  Digits(
    chapter2, "2.7", fused: #""loss at epoch 80" : 0.1998387966206178"#,
    sse: #""loss at epoch 80" : 0.19983879662061776"#),
  Digits(
    chapter3, "3.10", fused: "2,1.3985854512572842,1.0022077560424805,0.8811188811188811",
    sse: "2,1.3987800374834394,1.0024687051773071,0.8811188811188811"),
  Digits(chapter4, "4.6", onAll: "Epoch   1 | Train Loss: 2.3695 | Train Acc: 0.0781 | Test Acc: 0.1000"),
  Digits(chapter4, "4.7", fused: "2,1,1.6407848596572876,0.2", sse: "2,1,1.640784740447998,0.2"),
]

@Suite("Every number, again")
struct DigitsTests {
  @Test("every listing of a written chapter is here")
  func all() {
    let listings = [chapter1, chapter2, chapter3, chapter4].flatMap(\.items).filter { $0.kind == .listing }
    #expect(digits.map(\.listing) == listings.map(\.number))
  }

  @Test(
    "a listing ends with these digits, on these instructions and seed 1",
    arguments: digits.filter { $0.lines[.compiled] != nil })
  func listing(digits: Digits) throws {
    let line = try #require(digits.lines[.compiled])
    let folder = FileManager.default.temporaryDirectory.appending(path: "digits-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let printed = Mutex("")
    let console = Console(out: { text in printed.withLock { $0 += text } }, err: { _ in })
    let path = folder.path(percentEncoded: false)
    #expect(digits.chapter.run(["listing", digits.listing, "--quick", "--out", path], console: console) == 0)
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    let tables = try files.filter { ["csv", "json"].contains($0.pathExtension) }.map { file in
      try String(contentsOf: file, encoding: .utf8)
    }
    let results = (tables + [printed.withLock { $0 }]).joined(separator: "\n")
    #expect(results.contains(line), "\(InstructionSet.compiled.rawValue): \(line) is not among\n\(results)")
  }
}
