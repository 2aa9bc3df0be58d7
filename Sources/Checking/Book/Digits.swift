public import Kernels
public import Testing

/// A line of a listing's tables, card or printed text, with `--quick` and seed 1.
public struct Digits: Sendable, CustomTestStringConvertible {
  /// The number of the listing.
  public let listing: String
  /// The line, by the vector instructions of the kernels; the same for all sets if no kernel takes part.
  public let lines: [InstructionSet: String]
  /// The listing.
  public var testDescription: String { "Listing \(listing)" }

  /// One line for all instruction sets.
  public init(_ listing: String, onAll line: String) {
    self.listing = listing
    lines = Dictionary(uniqueKeysWithValues: InstructionSet.allCases.map { ($0, line) })
  }

  /// All sets but SSE add in the same order and round a product together with its sum, once; SSE rounds each.
  public init(_ listing: String, fused line: String, sse: String) {
    self.listing = listing
    lines = [.avx512: line, .avx2: line, .neon: line, .sse: sse]
  }

  /// The line of AVX-512 and AVX2, and those of the other sets, for listings in which all differ.
  public init(_ listing: String, avx line: String, neon: String, sse: String) {
    self.listing = listing
    lines = [.avx512: line, .avx2: line, .neon: neon, .sse: sse]
  }

  /// Records an issue if the line for the compiled instructions exists and the listing does not give it.
  public func check(_ chapter: TestedChapter, sourceLocation: SourceLocation = #_sourceLocation) throws {
    guard let line = lines[.compiled] else { return }
    let run = try chapter.run(["listing", listing, "--quick"])
    let results = (run.tables + [run.printed]).joined(separator: "\n")
    if run.status != 0 {
      Issue.record("listing \(listing) ended with \(run.status): \(run.errors)", sourceLocation: sourceLocation)
    } else if !results.contains(line) {
      let set = InstructionSet.compiled.rawValue
      Issue.record("\(set): \(line) is not among\n\(results)", sourceLocation: sourceLocation)
    }
  }
}
