import BookText

/// The letters of a formula in LaTeX, in their order: Latin letters as they are, Greek ones with their command, and
/// letters of other alphabets as `\mathcal{L}`. Words, operators and accents are not letters.
public func letters(in formula: some StringProtocol) -> [String] {
  let tokens = MathToken.all(in: formula)
  var (found, index): ([String], Int) = ([], 0)
  /// The tokens of the argument that comes next, in braces or alone.
  func argument() -> ArraySlice<MathToken> {
    guard index < tokens.count else { return [] }
    guard tokens[index] == .character("{") else {
      index += 1
      return tokens[index - 1..<index]
    }
    var (end, depth) = (index + 1, 1)
    while end < tokens.count {
      if tokens[end] == .character("{") { depth += 1 }
      if tokens[end] == .character("}") { depth -= 1 }
      if depth == 0 { break }
      end += 1
    }
    defer { index = end + 1 }
    return tokens[index + 1..<end]
  }
  while index < tokens.count {
    let token = tokens[index]
    index += 1
    switch token {
    case .command(let name) where alphabets.contains(name):
      found += argument().compactMap(letter).map { "\\\(name){\($0)}" }
    case .command(let name) where wordCommands.contains(name):
      if index < tokens.count, tokens[index] == .character("*") { index += 1 }
      _ = argument()
    default: found += letter(token).map { [$0] } ?? []
    }
  }
  return found
}

/// The letter that a token alone is: x or \alpha.
private func letter(_ token: MathToken) -> String? {
  switch token {
  case .character(let character) where character.isASCII && character.isLetter: String(character)
  case .command(let name) where greek.contains(name): "\\" + name
  default: nil
  }
}

/// Commands that set their argument in another alphabet.
private let alphabets: Set<String> = ["mathcal", "mathbb", "mathbf", "boldsymbol", "mathfrak"]
/// Commands whose argument is words.
private let wordCommands: Set<String> = ["mathrm", "operatorname", "begin", "end"]
/// Commands that are letters.
private let greek = Set(
  """
  alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho sigma tau upsilon
  phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell imath jmath
  """.split { $0.isWhitespace }.map(String.init))

/// A letter of a chapter's guides.
public struct GuideLetter: Sendable {
  /// The letter, as `letters(in:)` writes it.
  public let letter: String
  /// The part of the guide in which it first occurs: § 1.2, Exercise 1.1, or "beginning" before the first part.
  public let place: String
}

/// The letters of all formulas of a chapter's guide and solutions, each once, in the order in which they occur.
public func guideLetters(of chapter: Book.Chapter) throws -> [GuideLetter] {
  var (found, known): ([GuideLetter], Set<String>) = ([], [])
  for name in ["README", "SOLUTIONS"] {
    for part in parts(of: try Book.file("Chapters/\(chapter.folder)/\(name).md")) {
      for letter in formulas(in: part.text).flatMap(letters) where known.insert(letter).inserted {
        found.append(GuideLetter(letter: letter, place: part.place))
      }
    }
  }
  return found
}

/// The parts of a guide below its headings of the second level, without its blocks of code.
private func parts(of file: Book.File) -> [(place: String, text: String)] {
  var (parts, isCode): ([(place: String, text: String)], Bool) = ([("beginning", "")], false)
  for line in file.lines {
    if line.hasPrefix("```") {
      isCode.toggle()
    } else if !isCode && line.hasPrefix("## ") {
      let title = line.dropFirst(3)
      parts.append((NotesNumber.cited(in: title).first?.description ?? String(title.prefix { $0 != ":" }), ""))
    } else if !isCode {
      parts[parts.count - 1].text += line + "\n"
    }
  }
  return parts
}

/// The formulas of a text, between $ in a line or between $$; not those in code between backticks.
func formulas(in text: String) -> [String] {
  let (bytes, dollar, tick) = (Array(text.utf8), UInt8(ascii: "$"), UInt8(ascii: "`"))
  var (found, place): ([String], Int) = ([], 0)
  /// The next place of the same run of signs; nil if there is none, or none in the line.
  func end(of run: ArraySlice<UInt8>, inLine: Bool) -> Int? {
    var next = run.endIndex
    while next + run.count <= bytes.count {
      if inLine && bytes[next] == UInt8(ascii: "\n") { return nil }
      if bytes[next..<next + run.count].elementsEqual(run) { return next }
      next += 1
    }
    return nil
  }
  while place < bytes.count {
    guard bytes[place] == dollar || bytes[place] == tick else {
      place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
      continue
    }
    let run = bytes[place...].prefix { $0 == bytes[place] }
    let isBlock = bytes[place] == dollar && run.count == 2
    guard let end = end(of: run, inLine: !isBlock) else {
      place = run.endIndex
      continue
    }
    if bytes[place] == dollar { found.append(String(decoding: bytes[run.endIndex..<end], as: UTF8.self)) }
    place = end + run.count
  }
  return found
}
