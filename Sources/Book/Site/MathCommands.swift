extension MathParser {
  /// What a command stands for, with its arguments.
  mutating func command(_ name: String) throws -> String {
    if let letter = MathSymbols.letters[name] { return "<mi>\(letter)</mi>" }
    if let sign = MathSymbols.upright[name] { return "<mi mathvariant=\"normal\">\(escaped(sign))</mi>" }
    if name == "vert" { return Self.fence("|") }
    if name == "pm" || name == "mp" { return sign(MathSymbols.operators[name] ?? "") }
    if let sign = MathSymbols.operators[name] { return "<mo>\(sign)</mo>" }
    if let fence = MathSymbols.fences[name] { return Self.fence(fence) }
    if let sign = MathSymbols.large[name] {
      return "<mo\(name == "int" ? "" : " movablelimits=\"true\"")>\(sign)</mo>"
    }
    if let width = MathSymbols.spaces[name] { return "<mspace width=\"\(width)\"/>" }
    if let accent = MathSymbols.accents[name] {
      return "<mover accent=\"true\"><mrow>\(try argument())</mrow><mo>\(accent)</mo></mover>"
    }
    if let size = MathSymbols.sizes[name] { return try bracket(of: size) }
    if let letters = MathSymbols.alphabets[name] { return try alphabet(letters) }
    // In a line of text the condition stands beside the word.
    if MathSymbols.limits.contains(name) { return "<mo movablelimits=\"true\" lspace=\"0\" rspace=\"0\">\(name)</mo>" }
    if MathSymbols.functions.contains(name) { return "<mi>\(name)</mi>" }
    switch name {
    case "frac", "tfrac", "dfrac":
      let (above, below) = (try argument(), try argument())
      let fraction = "<mfrac><mrow>\(above)</mrow><mrow>\(below)</mrow></mfrac>"
      return name == "tfrac" ? "<mstyle displaystyle=\"false\">\(fraction)</mstyle>" : fraction
    case "binom":
      let (above, below) = (try argument(), try argument())
      return
        "<mrow><mo>(</mo><mfrac linethickness=\"0\"><mrow>\(above)</mrow><mrow>\(below)</mrow></mfrac><mo>)</mo></mrow>"
    case "sqrt":
      guard next == .character("[") else { return "<msqrt>\(try argument())</msqrt>" }
      place += 1
      let degree = try row { $0 == .character("]") }
      place += 1
      return "<mroot><mrow>\(try argument())</mrow><mrow>\(degree)</mrow></mroot>"
    case "mathrm", "operatorname", "mathsf", "mathtt": return try words()
    case "text": return try atom()
    case "underbrace": return "<munder><mrow>\(try argument())</mrow><mo>⏟</mo></munder>"
    case "left": return try stretched()
    case "begin": return try matrix()
    default: throw FormulaError(description: "\\\(name) is unknown")
    }
  }

  /// An upright word of several letters as one identifier; with spaces it is words.
  private mutating func words() throws -> String {
    guard next == .character("{") else { return try argument() }
    place += 1
    var word = ""
    while let token = next, token != .character("}") {
      place += 1
      switch token {
      case .character(let character): word.append(character)
      case .number(let digits): word += digits
      case .command("text"): continue
      case .command(let name):
        guard
          let sign = MathSymbols.letters[name] ?? MathSymbols.upright[name]
            ?? (MathSymbols.spaces[name].map { _ in " " }) ?? (name == "-" ? "-" : nil)
        else { throw FormulaError(description: "\\\(name) cannot stand in a word") }
        word += sign
      case .text(let text): word += text
      }
    }
    _ = try take()
    let variant = word.count == 1 ? " mathvariant=\"normal\"" : ""
    return "<mi\(variant)>\(escaped(word.replacing("-", with: "‑")))</mi>"
  }

  /// Letters of an alphabet.
  private mutating func alphabet(_ letters: (Unicode.Scalar) -> String) throws -> String {
    func written(_ text: String) -> String { text.unicodeScalars.map(letters).joined() }
    func one(_ token: MathToken) throws -> String {
      switch token {
      case .character(let character): return "<mi>\(written(String(character)))</mi>"
      case .number(let digits): return "<mn>\(written(digits))</mn>"
      case .command(let name):
        if let letter = MathSymbols.letters[name] ?? MathSymbols.upright[name] { return "<mi>\(written(letter))</mi>" }
        return try command(name)
      case .text(let words): return "<mtext>\(escaped(words))</mtext>"
      }
    }
    guard next == .character("{") else { return try one(try take()) }
    place += 1
    var elements = ""
    while let token = next, token != .character("}") {
      place += 1
      elements += try one(token)
    }
    _ = try take()
    return elements
  }

  /// The bracket after \big and the like.
  private mutating func bracket(of size: String) throws -> String {
    let sign: String
    switch try take() {
    case .character(let character): sign = escaped(String(character))
    case .command(let name):
      guard let fence = MathSymbols.fences[name] ?? MathSymbols.operators[name] else {
        throw FormulaError(description: "\\\(name) is no bracket")
      }
      sign = fence
    default: throw FormulaError(description: "a bracket is missing")
    }
    return "<mo stretchy=\"true\" minsize=\"\(size)\" maxsize=\"\(size)\">\(sign)</mo>"
  }

  /// Brackets as high as what they enclose.
  private mutating func stretched() throws -> String {
    func fence(_ token: MathToken) throws -> String {
      switch token {
      case .character("."): return ""
      case .character(let character): return "<mo stretchy=\"true\">\(escaped(String(character)))</mo>"
      case .command(let name):
        guard let sign = MathSymbols.fences[name] else { throw FormulaError(description: "\\\(name) is no bracket") }
        return "<mo stretchy=\"true\">\(sign)</mo>"
      default: throw FormulaError(description: "a bracket is missing")
      }
    }
    let open = try fence(try take())
    let body = try row { _ in false }
    guard next == .command("right") else { throw FormulaError(description: "\\left without \\right") }
    place += 1
    return "<mrow>\(open)\(body)\(try fence(try take()))</mrow>"
  }

  /// A matrix, or cases.
  private mutating func matrix() throws -> String {
    func name() throws -> String {
      var name = ""
      guard try take() == .character("{") else { throw FormulaError(description: "\\begin needs a name") }
      while let token = next, token != .character("}") {
        place += 1
        if case .character(let character) = token { name.append(character) }
      }
      place += 1
      return name
    }
    let brackets = [
      "pmatrix": ("(", ")"), "bmatrix": ("[", "]"), "cases": ("{", ""), "matrix": ("", ""), "aligned": ("", ""),
    ]
    let kind = try name()
    guard let pair = brackets[kind] else { throw FormulaError(description: "\\begin{\(kind)} is unknown") }
    var rows: [[String]] = [[]]
    while true {
      rows[rows.count - 1].append(try row { _ in false })
      switch try take() {
      case .character("&"): continue
      case .command("\\"): rows.append([])
      case .command("end"):
        _ = try name()
        let table = rows.map { row in
          "<mtr>" + row.enumerated().map { "<mtd\(Self.alignment(of: kind, $0))>\($1)</mtd>" }.joined() + "</mtr>"
        }.joined()
        func fence(_ sign: String) -> String { sign.isEmpty ? "" : "<mo stretchy=\"true\">\(sign)</mo>" }
        return "<mrow>\(fence(pair.0))<mtable>\(table)</mtable>\(fence(pair.1))</mrow>"
      default: throw FormulaError(description: "\\begin{\(kind)} is not closed")
      }
    }
  }

  /// How a matrix sets a column: cases begin at the left, aligned columns meet in pairs, others stand in the middle.
  private static func alignment(of kind: String, _ column: Int) -> String {
    switch kind {
    case "cases": " style=\"text-align:left\""
    case "aligned" where column % 2 == 0: " style=\"text-align:right;padding-right:0\""
    case "aligned": " style=\"text-align:left;padding-left:0\""
    default: ""
    }
  }
}
