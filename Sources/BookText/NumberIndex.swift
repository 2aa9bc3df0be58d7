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

  /// The part of its chapter's guides that tells it best.
  public func guide(_ number: NotesNumber) -> Heading? { parts(number).first }

  /// The parts of its chapter's guides that tell it, from the best on: headings with the number; the section or the
  /// exercise to which it belongs; parts with other numbers that cite it; and last parts without, such as a gallery.
  private func parts(_ number: NotesNumber) -> [Heading] {
    let folder = "Chapters/\(Book.chapters.first { $0.number == number.chapter }?.folder ?? "")/"
    func own(_ parts: [Heading]) -> [Heading] { parts.filter { $0.path.hasPrefix(folder) } }
    func titled(_ number: NotesNumber) -> [Heading] {
      let parts = own(citations.titles[number] ?? []).map { ($0, NotesNumber.cited(in: $0.title).count) }
      let fewest = parts.map(\.1).min()
      return parts.filter { $0.1 == fewest }.map(\.0) + parts.filter { $0.1 != fewest }.map(\.0)
    }
    let citing = own(spellings(number).flatMap { citations.guides[$0] ?? [] })
    let cited = Set(citing.map(\.link))
    let homes = relatives(number).flatMap(titled)
    // The number of a section or an exercise says where it belongs. A listing's or an equation's is a guess.
    let told: [Heading]
    switch number.kind {
    case "§", "Exercise": told = homes
    case "Listing", "Output": told = homes.filter { cited.contains($0.link) }
    default: told = []
    }
    func numbered(_ parts: [Heading]) -> [Heading] { parts.filter { $0.title.contains(where: \.isNumber) } }
    let known = spellings(number).flatMap(titled) + told + numbered(citing) + homes
    if !known.isEmpty { return known + citing }
    return neighbours(of: number).flatMap { numbered(own(citations.guides[$0] ?? [])) } + citing
  }

  /// What the notes number just before and just after it, among equations or among all other things that share a count.
  private func neighbours(of number: NotesNumber) -> [NotesNumber] {
    let parts = number.number.split(separator: ".").compactMap { Int($0) }
    guard parts.count == 2, number.kind != "§", number.kind != "Exercise" else { return [] }
    let kinds = number.kind.isEmpty ? [""] : NotesNumber.kinds.filter { $0 != "Exercise" }
    return [-1, 1].flatMap { step in
      kinds.map { NotesNumber(kind: $0, number: "\(parts[0]).\(parts[1] + step)") }
    }
  }

  /// The commands that show it, as typed: the items of its number, else the first command in its chapter's parts that
  /// tell it, else the tests of the suite that cites it.
  public func commands(_ number: NotesNumber) -> [String] {
    let kind = number.kind == "§" ? "section" : number.kind.lowercased()
    let own = spellings(number).flatMap { spelling in
      citations.items.filter { $0.kind == kind && $0.number == spelling.number }
    }
    if !own.isEmpty { return own.map { "swift run " + $0.command } }
    let told = parts(number).lazy.flatMap(\.lines).first { $0.hasPrefix("swift run ch") }.map { line in
      line.prefix { $0 != "#" }.split(separator: " ").joined(separator: " ")
    }
    if let told { return [told] }
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
  /// other way round, Listing 3.11 for Output 3.11, § 3.11 for both, and the sections that the first lines of its
  /// source files name.
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
      return spellings(same(number.number, "Listing")) + [same(number.number.filter { !$0.isLetter }, "§")]
    case "Listing":
      return [same(number.number.filter { !$0.isLetter }, "§")]
    default:
      // What is defined in one section may be used in later ones.
      func place(_ section: NotesNumber) -> [Int] { section.number.split(separator: ".").compactMap { Int($0) } }
      let sections = (citations.sources[number] ?? []).compactMap { citations.sections[$0.path] }
        .sorted { place($0).lexicographicallyPrecedes(place($1)) }
      return sections.flatMap { [$0] + wholes($0) }
    }
  }
}
