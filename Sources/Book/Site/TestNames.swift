/// The name of a test as HTML: code between its backticks, and scripts of single letters as in a formula.
public func testName(_ name: String) -> String {
  let parts = name.split(separator: "`", omittingEmptySubsequences: false)
  guard parts.count % 2 == 1 else { return scripts(Array(name)) }
  return parts.enumerated().map { place, part in
    place % 2 == 1 ? "<code>\(escaped(part))</code>" : scripts(Array(part))
  }.joined()
}

/// A text in which x_t, x_{t−1}, W^Q and e^(−x) have their scripts below and above. What may be a name of Swift or of
/// Python stays as it is: in clip_grad_norm_ no letter stands alone before a mark.
private func scripts(_ text: [Character]) -> String {
  var (result, place) = ("", 0)
  while place < text.count {
    let (mark, end) = (text[place], endOfScript(in: text, at: place))
    if let end, end > place + 1 {
      var inner = Array(text[place + 1..<end])
      if inner.first == "{" || inner.first == "(" { inner = Array(inner.dropFirst().dropLast()) }
      result += mark == "_" ? "<sub>\(scripts(inner))</sub>" : "<sup>\(scripts(inner))</sup>"
      place = end
    } else {
      result += escaped(String(mark))
      place += 1
    }
  }
  return result
}

/// Where the script ends whose mark stands here; nil if none does.
private func endOfScript(in text: [Character], at place: Int) -> Int? {
  let mark = text[place]
  guard mark == "_" || mark == "^", place > 0, place + 1 < text.count else { return nil }
  let (base, before) = (text[place - 1], place > 1 ? text[place - 2] : " ")
  if mark == "_" && (!base.isLetter || isPartOfWord(before)) { return nil }
  if mark == "^" && (base.isWhitespace || base == "_") { return nil }
  let first = text[place + 1]
  if first == "{" || (first == "(" && mark == "^") {
    var depth = 0
    for index in text.indices[(place + 1)...] {
      if "{(".contains(text[index]) { depth += 1 }
      if "})".contains(text[index]) { depth -= 1 }
      if depth == 0 { return index + 1 }
    }
    return nil
  }
  var end = place + 1
  if mark == "^" && first == "−" { end += 1 }
  func isInner(_ index: Int) -> Bool {
    if text[index] == "." { return mark == "^" && index + 1 < text.count && isDigit(text[index + 1]) }
    return text[index].isLetter || isDigit(text[index])
  }
  while end < text.count, isInner(end) { end += 1 }
  // A function's name, as in 2^min(i, 2), or a longer name, as in a_b_c.
  let isLonger = end < text.count && (text[end] == "(" || text[end] == mark)
  return isLonger ? nil : end
}

private func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }

private func isPartOfWord(_ character: Character) -> Bool {
  character == "_" || (character.isASCII && (character.isLetter || character.isNumber))
}
