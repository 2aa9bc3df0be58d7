/// Why a formula has no form in MathML.
public struct FormulaError: Error, CustomStringConvertible, Equatable {
  /// The command that is unknown, or what is missing.
  public let description: String

  /// An error with this text.
  public init(description: String) { self.description = description }
}

/// A formula in LaTeX as MathML, which browsers show without a script.
///
/// It knows what the guides use: fractions, roots, scripts, accents, alphabets, functions, large operators, brackets,
/// matrices and words. Throws a `FormulaError` that names the first command it does not know.
public func mathML(_ formula: String, isDisplay: Bool = false) throws -> String {
  var parser = MathParser(tokens: MathToken.all(in: formula))
  let body = try parser.row { _ in false }
  guard parser.isAtEnd else { throw FormulaError(description: "a brace or \\right without its beginning") }
  return "<math\(isDisplay ? " display=\"block\"" : "")>\(MathParser.alone(body))</math>"
}

/// Reads the tokens of a formula from left to right and writes elements.
struct MathParser {
  var tokens: [MathToken]
  var place = 0

  var isAtEnd: Bool { place == tokens.count }
  var next: MathToken? { isAtEnd ? nil : tokens[place] }

  mutating func take() throws -> MathToken {
    guard let token = next else { throw FormulaError(description: "an argument is missing at the end") }
    place += 1
    return token
  }

  /// Elements up to a token at which the row ends, as one string; a closing brace ends every row.
  mutating func row(until isEnd: (MathToken) -> Bool) throws -> String {
    var elements = ""
    while let token = next, token != .character("}"), token != .character("&"), !isEnd(token) {
      if token == .command("\\") || token == .command("end") || token == .command("right") { break }
      let isFunction = isFunctionNext
      if isFunction && isBehindOperand && !elements.hasSuffix(Self.thinSpace) { elements += Self.thinSpace }
      elements += try scripted()
      if isFunction && isBareArgumentNext { elements += Self.thinSpace }
    }
    return elements
  }

  /// An atom with the scripts behind it.
  mutating func scripted() throws -> String {
    let large = next.map(hasLimits) ?? false
    var base = try atom()
    var primes = 0
    var (lower, upper): (String?, String?) = (nil, nil)
    while let token = next {
      if token == .character("_"), lower == nil {
        place += 1
        lower = try argument()
      } else if token == .character("^"), upper == nil {
        place += 1
        upper = try argument()
      } else if token == .character("'") {
        place += 1
        primes += 1
      } else {
        break
      }
    }
    if primes > 0 {
      let marks = String(repeating: "′", count: primes)
      base = "<mrow>\(base)<mo lspace=\"0\" rspace=\"0\">\(marks)</mo></mrow>"
    }
    func script(_ row: String) -> String { "<mrow>\(Self.alone(row))</mrow>" }
    let (below, above) = (lower.map(script), upper.map(script))
    switch (below, above, large) {
    case (nil, nil, _): return base
    case (let below?, nil, true): return "<munder>\(base)\(below)</munder>"
    case (nil, let above?, true): return "<mover>\(base)\(above)</mover>"
    case (let below?, let above?, true): return "<munderover>\(base)\(below)\(above)</munderover>"
    case (let below?, nil, false): return "<msub>\(base)\(below)</msub>"
    case (nil, let above?, false): return "<msup>\(base)\(above)</msup>"
    case (let below?, let above?, false): return "<msubsup>\(base)\(below)\(above)</msubsup>"
    }
  }

  private func hasLimits(_ token: MathToken) -> Bool {
    guard case .command(let name) = token else { return false }
    return MathSymbols.limits.contains(name) || name == "underbrace"
      || (MathSymbols.large[name] != nil && name != "int")
  }

  /// The elements of an argument: a group, one digit of a number, or one atom.
  mutating func argument() throws -> String {
    if next == .character("{") { return try group() }
    if case .number(let digits)? = next, let first = digits.first, digits.count > 1 {
      tokens[place] = .number(String(digits.dropFirst()))
      return "<mn>\(first)</mn>"
    }
    return try atom()
  }

  /// The elements between braces.
  mutating func group() throws -> String {
    guard try take() == .character("{") else { throw FormulaError(description: "an argument must begin with a brace") }
    let elements = try row { _ in false }
    guard next == .character("}") else { throw FormulaError(description: "a brace is not closed") }
    place += 1
    return elements
  }

  /// One letter, number, operator or command with its arguments.
  mutating func atom() throws -> String {
    switch try take() {
    case .number(let digits): return "<mn>\(digits)</mn>"
    case .text(let words): return "<mtext>\(escaped(words))</mtext>"
    case .command(let name): return try command(name)
    case .character("{"):
      place -= 1
      return "<mrow>\(try group())</mrow>"
    case .character(":") where next == .character("="):
      place += 1
      return "<mo>:=</mo>"
    case .character(let character): return element(of: character)
    }
  }

  private func element(of character: Character) -> String {
    if character.isLetter { return "<mi>\(character)</mi>" }
    switch character {
    case "-": return sign("−")
    case "+": return sign("+")
    case "*": return "<mo>∗</mo>"
    case "(", ")", "[", "]", "|": return Self.fence(String(character))
    case "/": return "<mo lspace=\"0\" rspace=\"0\">/</mo>"
    default: return "<mo>\(escaped(String(character)))</mo>"
    }
  }
}

/// A text in HTML.
func escaped(_ text: some StringProtocol) -> String {
  guard text.utf8.contains(where: { [38, 60, 62, 34].contains($0) }) else { return String(text) }
  return text.reduce(into: "") { result, character in
    switch character {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    default: result.append(character)
    }
  }
}
