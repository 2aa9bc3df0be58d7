/// A part of a formula in LaTeX.
enum MathToken: Equatable {
  /// A backslash with a name, such as alpha, or with one character, such as a comma.
  case command(String)
  /// Any other character: a letter, an operator, a brace.
  case character(Character)
  /// Digits, with a decimal point or commas between them.
  case number(String)
  /// The words inside \text, as they stand.
  case text(String)

  /// The parts of a formula, without spaces.
  static func all(in formula: some StringProtocol) -> [MathToken] {
    var (tokens, rest): ([MathToken], Substring) = ([], Substring(formula))
    while let first = rest.first {
      rest.removeFirst()
      if first == "\\" {
        let name = rest.prefix { $0.isASCII && $0.isLetter }
        let command = name.isEmpty ? String(rest.prefix(1)) : String(name)
        rest.removeFirst(command.count)
        if command == "text", let words = group(at: &rest) {
          tokens.append(.command(command))
          tokens.append(.text(words))
        } else {
          tokens.append(.command(command))
        }
      } else if first.isNumber && first.isASCII {
        var digits = String(first)
        while let next = rest.first {
          if rest.hasPrefix("{,}"), rest.dropFirst(3).first.map({ $0.isNumber && $0.isASCII }) ?? false {
            digits.append(",")
            rest.removeFirst(3)
            continue
          }
          let isSeparator = ",.".contains(next) && rest.dropFirst().first.map { $0.isNumber && $0.isASCII } ?? false
          let isThousands = next != "," || rest.dropFirst().prefix(3).count(where: \.isNumber) == 3
          guard (next.isNumber && next.isASCII) || (isSeparator && isThousands) else { break }
          digits.append(next)
          rest.removeFirst()
        }
        tokens.append(.number(digits))
      } else if !first.isWhitespace {
        tokens.append(.character(first))
      }
    }
    return tokens
  }

  /// The characters between braces, if a brace comes next.
  private static func group(at rest: inout Substring) -> String? {
    guard rest.first == "{", let end = rest.firstIndex(of: "}") else { return nil }
    let words = rest[rest.index(after: rest.startIndex)..<end]
    rest = rest[rest.index(after: end)...]
    return String(words)
  }
}
