/// Where the book has a number of the notes: its code, its test, its command and its place in the guides.
public struct NumberIndex: Sendable {
  private let citations: Citations

  /// The index of a repository's citations.
  public init(_ citations: Citations) { self.citations = citations }

  /// The source lines that cite the number, those of its chapter's module first.
  public func sources(_ number: NotesNumber) -> [Citation] {
    first(number) { citations.sources[$0] ?? [] }
  }

  /// The tests whose names cite it, those of its chapter first.
  public func tests(_ number: NotesNumber) -> [Citation] {
    let folder = "Tests/\(Book.chapters.first { $0.number == number.chapter }?.name ?? "")Tests/"
    let own = first(number) { citations.tests[$0] ?? [] }
    return own.filter { $0.path.hasPrefix(folder) } + own.filter { !$0.path.hasPrefix(folder) }
  }

  /// The part of its chapter's guides that tells it: one whose heading cites the number, else the first that cites it.
  public func guide(_ number: NotesNumber) -> Heading? {
    let folder = "Chapters/\(Book.chapters.first { $0.number == number.chapter }?.folder ?? "")/"
    return first(number) { (citations.guides[$0] ?? []).filter { $0.path.hasPrefix(folder) } }.first
  }

  /// The commands that show it, as typed: the items of its number, else the first command in its part of the guide,
  /// else the tests of the suite that cites it.
  public func commands(_ number: NotesNumber) -> [String] {
    let kind = number.kind == "§" ? "section" : number.kind.lowercased()
    let own = spellings(number).flatMap { spelling in
      citations.items.filter { $0.kind == kind && $0.number == spelling.number }
    }
    if !own.isEmpty { return own.map { "swift run " + $0.command } }
    let told = first(number) { number in
      (citations.guides[number] ?? []).flatMap(\.lines).filter { $0.hasPrefix("swift run ch") }.prefix(1).map { line in
        line.prefix { $0 != "#" }.split(separator: " ").joined(separator: " ")
      }
    }
    if !told.isEmpty { return told }
    return tests(number).prefix(1).map { test in
      "swift test --filter " + (test.path.split(separator: "/").last ?? "").prefix { $0 != "." }
    }
  }

  /// What is found under the number itself, or else under the first of the numbers next to it with a result.
  private func first<Found>(_ number: NotesNumber, _ found: (NotesNumber) -> [Found]) -> [Found] {
    let own = spellings(number).flatMap(found)
    return own.isEmpty ? relatives(number).lazy.map(found).first { !$0.isEmpty } ?? [] : own
  }

  /// The numbers under which a number is cited: 10.8 also as 10.8a, and 10.8a also as 10.8.
  private func spellings(_ number: NotesNumber) -> [NotesNumber] {
    guard let last = number.number.last else { return [] }
    let others = last.isLetter ? [String(number.number.dropLast())] : ["a", "b", "c"].map { number.number + $0 }
    return [number] + others.map { NotesNumber(kind: number.kind, number: $0) }
  }

  /// What the number belongs to, or else what belongs to it: Exercise 3.1 for Exercise 3.1.2, § 3.1 for § 3.1.1 and the
  /// other way round, Listing 3.11 for Output 3.11 and § 3.11, and the sections that the first lines of its source
  /// files name.
  private func relatives(_ number: NotesNumber) -> [NotesNumber] {
    func same(_ text: String, _ kind: String? = nil) -> NotesNumber {
      NotesNumber(kind: kind ?? number.kind, number: text)
    }
    func wholes(_ number: NotesNumber) -> [NotesNumber] {
      let parts = number.number.split(separator: ".")
      return parts.count > 2 ? [NotesNumber(kind: number.kind, number: parts.dropLast().joined(separator: "."))] : []
    }
    switch number.kind {
    case "§", "Exercise":
      return wholes(number) + ["1", "2", "3"].map { same(number.number + "." + $0) }
        + spellings(same(number.number, "Listing"))
    case "Output":
      let listing = same(number.number, "Listing")
      return [listing] + spellings(listing)
    default:
      let sections = (citations.sources[number] ?? []).compactMap { citations.sections[$0.path] }
      return sections + sections.flatMap(wholes)
    }
  }
}
