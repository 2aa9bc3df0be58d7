import BookText

/// `book where 11.14`: the code, the tests, the commands and the guide for a number of the notes.
public let whereCommand = BookCommand(
  "where", "NUMBER", "finds a number of the notes: its code, test, command and place in the guide"
) { words, out in
  let text = words.joined(separator: " ")
  if words.isEmpty {
    throw UsageError("where needs a number of the notes, such as 11.14, (3.13), theorem 8.4 or exercise 4.3.2")
  }
  let numbers = NotesNumber.meant(by: words)
  if numbers.isEmpty { throw UsageError("the notes have no '\(text)'.\(neighbours(of: text))") }
  let index = NumberIndex(try Citations())
  for (place, number) in numbers.enumerated() {
    if place > 0 { out("") }
    for line in index.lines(number) { out(line) }
  }
}

/// What the notes number nearby, for an error's last sentence.
private func neighbours(of text: String) -> String {
  let chapter = text.prefix { $0 != "." }.filter(\.isNumber)
  let numbers = NotesNumber.all.filter { "\($0.chapter)" == chapter }
  guard let last = numbers.last(where: \.kind.isEmpty) else {
    return numbers.isEmpty ? " They have chapters 1 to 12" : " Equations of chapter \(chapter) have no numbers"
  }
  return " The last equation of chapter \(chapter) is \(last)"
}

extension NumberIndex {
  /// All that is known about a number, as lines for a terminal.
  public func lines(_ number: NotesNumber) -> [String] {
    func part(_ title: String, _ entries: [String], limit: Int = 8) -> [String] {
      let shown = entries.prefix(limit) + (entries.count > limit ? ["and \(entries.count - limit) more"] : [])
      return shown.enumerated().map { place, entry in
        (place == 0 ? title : "").padded(9) + entry
      }
    }
    let heading = guide(number).map { ["\($0.title), \($0.link)"] } ?? []
    return ["\(number)"] + part("  code", sources(number).map { "\($0.place)  \($0.name)" })
      + part("  tests", tests(number).map { "\($0.place)  \($0.name)" })
      + part("  run", commands(number)) + part("  guide", heading)
  }
}

extension String {
  fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
