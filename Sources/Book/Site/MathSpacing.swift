/// The spaces that a formula's rules give, which are not written in it.
extension MathParser {
  /// The space around a function's name.
  static let thinSpace = "<mspace width=\"0.17em\"/>"

  /// Whether the next token is the name of a function.
  var isFunctionNext: Bool {
    guard case .command(let name)? = next else { return false }
    return MathSymbols.functions.contains(name) || name == "operatorname"
  }

  /// Whether what was read last is a letter, a number or the end of an expression, so that a function's name behind it
  /// needs a space.
  var isBehindOperand: Bool {
    guard place > 0 else { return false }
    switch tokens[place - 1] {
    case .number: return true
    case .character(let character): return character.isLetter || ")]}|'".contains(character)
    case .command(let name): return MathSymbols.letters[name] != nil || MathSymbols.upright[name] != nil
    case .text: return false
    }
  }

  /// Whether an argument without brackets comes next, so that a function's name before it needs a space.
  var isBareArgumentNext: Bool {
    switch next {
    case nil, .text: return false
    case .number: return true
    case .character(let character): return character.isLetter || character == "|"
    case .command(let name):
      let others: Set<String> = ["left", "right", "end", "\\"]
      let known = [MathSymbols.operators[name], MathSymbols.spaces[name], MathSymbols.sizes[name]]
      let isBracket = MathSymbols.fences[name] != nil && name != "|"
      return known.allSatisfy { $0 == nil } && !isBracket && !others.contains(name)
    }
  }

  /// Whether the sign that was just read belongs to the operand behind it: it follows a bracket, a comma or another
  /// sign, as in (-1, -2) and in x = -1. Browsers know it at the beginning only.
  private var isUnary: Bool {
    guard place > 1 else { return false }
    if place > 2, [.character("^"), .character("_")].contains(tokens[place - 3]) { return false }
    switch tokens[place - 2] {
    case .character(let character): return "([,;:=<>+-*/".contains(character)
    case .command(let name):
      let others: Set<String> = ["{", "langle", "lfloor", "lceil", "lvert", "lVert", "quad", "qquad"]
      return MathSymbols.operators[name] != nil || others.contains(name)
    default: return false
    }
  }

  /// A plus or minus, close to its operand if it has one only.
  func sign(_ sign: String) -> String { isUnary ? "<mo form=\"prefix\">\(sign)</mo>" : "<mo>\(sign)</mo>" }

  /// A bracket or bar that keeps its height. A bar may open, close or divide: it has no space of its own.
  static func fence(_ sign: some StringProtocol) -> String {
    sign == "|" ? "<mo stretchy=\"false\" lspace=\"0\" rspace=\"0\">|</mo>" : "<mo stretchy=\"false\">\(sign)</mo>"
  }

  /// A row; an operator that is all of it has no space, since it has no operands: the star of x^*.
  static func alone(_ row: String) -> String {
    let start = "<mo>"
    guard row.hasPrefix(start), row.dropFirst(start.count).prefix(while: { $0 != "<" }).count == row.count - 9 else {
      return row
    }
    return "<mo lspace=\"0\" rspace=\"0\">" + row.dropFirst(start.count)
  }
}
