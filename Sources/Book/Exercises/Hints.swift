import BookText

extension ReaderExercises {
  /// The question of an exercise, the question that the guide asks in the section that it belongs to, and the functions
  /// that are to be written.
  public func hint(_ assignment: ReaderExercise) throws -> [String] {
    let originals = try Originals.current(self)
    var lines = [assignment.title, ""] + originals.question(of: assignment.number).map(String.init) + [""]
    if let section = try section(for: assignment, originals) {
      lines += ["The guide asks in \(section.title):", ""] + section.ask + ["", "Read it in \(section.path).", ""]
    }
    if let reason = paperExercises.first(where: { $0.key == assignment.number })?.value { return lines + [reason] }
    lines += ["To write, with its comment as the instruction:", ""]
    lines += assignment.holes.map { "  \($0.path):\($0.line)  \($0.name), \($0.number)" }
    return lines + ["", "Then: swift run book check \(assignment.number)"]
  }

  /// The section of the chapter's guide that belongs to the exercise, with its question: one that is to be read first,
  /// or else the one that has the most numbers, names of code and long words in common with the solution.
  private func section(
    for assignment: ReaderExercise, _ originals: Originals
  ) throws -> (title: String, path: String, ask: [String])? {
    guard let chapter = Book.written.first(where: { $0.program == assignment.item.program }) else { return nil }
    let solution = Terms(assignment.title + " " + originals.page(of: assignment.number).joined(separator: " "))
    let goal = originals.page(of: assignment.number).last { $0.hasPrefix("**Goal.** ") } ?? ""
    let first = goal.firstRange(of: "**Read first.** ").map { NotesNumber.cited(in: goal[$0.upperBound...]) } ?? []
    let guide = try Book.file("Chapters/\(chapter.folder)/README.md")
    let sections = Heading.all(of: guide).compactMap { heading -> (heading: Heading, ask: [String], likeness: Int)? in
      guard let start = heading.lines.firstIndex(where: { $0.hasPrefix("**Ask.**") }) else { return nil }
      let ask = heading.lines[start...].prefix { !$0.isEmpty }.joined(separator: "\n").dropFirst("**Ask.** ".count)
      let likeness =
        3 * solution.likeness(to: Terms(heading.title))
        + solution.likeness(to: Terms(heading.lines.joined(separator: " ")))
      let place = first.firstIndex(where: NotesNumber.cited(in: heading.title).contains)
      return (heading, ask.split(separator: "\n").map(String.init), likeness + (place.map { 10_000 - $0 } ?? 0))
    }
    return sections.max { $0.likeness < $1.likeness }.map { ($0.heading.title, $0.heading.path, $0.ask) }
  }
}

/// What a text is about: the numbers that it cites, the names of code in it, and its long words.
private struct Terms {
  let numbers: Set<NotesNumber>
  let names, words: Set<Substring>

  init(_ text: String) {
    numbers = Set(NotesNumber.cited(in: text).filter { $0.kind != "Exercise" })
    names = Set(
      text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        .filter { !$0.offset.isMultiple(of: 2) }.map(\.element))
    words = Set(text.lowercased().split { !$0.isLetter }.filter { $0.count > 6 }.map { $0[...] })
  }

  func likeness(to other: Terms) -> Int {
    10 * numbers.intersection(other.numbers).count + 4 * names.intersection(other.names).count
      + words.intersection(other.words).count
  }
}
