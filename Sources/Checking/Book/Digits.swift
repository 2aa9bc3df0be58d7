public import Kernels
public import Testing

/// What a listing leaves behind with `--quick` and seed 1: a line of its tables, its card or what it prints.
public struct Digits: Sendable, CustomTestStringConvertible {
  /// The number of the listing.
  public let listing: String
  /// The line, by the vector instructions of the kernels; one for all sets where the kernels have no part in it.
  public let lines: [InstructionSet: String]
  /// The listing.
  public var testDescription: String { "Listing \(listing)" }

  /// One line for all instruction sets.
  public init(_ listing: String, onAll line: String) {
    self.listing = listing
    lines = Dictionary(uniqueKeysWithValues: InstructionSet.allCases.map { ($0, line) })
  }

  /// All but SSE round a product and the sum that it is added to once, and in the same order; SSE rounds each.
  public init(_ listing: String, fused line: String, sse: String) {
    self.listing = listing
    lines = [.avx512: line, .avx2: line, .neon: line, .sse: sse]
  }

  /// The line where only AVX-512 and AVX2 were looked at.
  public init(_ listing: String, avx line: String) {
    self.listing = listing
    lines = [.avx512: line, .avx2: line]
  }

  /// Records an issue unless the listing of this chapter leaves the line of the compiled instructions, or these have none.
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
