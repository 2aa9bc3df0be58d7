/// The symbols of formulas: what a command of LaTeX stands for.
enum MathSymbols {
  /// Letters, as identifiers.
  static let letters: [String: String] = [
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ",
    "omega": "ω", "ell": "ℓ", "imath": "ı", "hbar": "ℏ",
  ]
  /// Upright letters and signs, as identifiers.
  static let upright: [String: String] = [
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ",
    "Omega": "Ω", "partial": "∂", "nabla": "∇", "infty": "∞", "varnothing": "∅", "emptyset": "∅", "top": "⊤",
    "perp": "⊥", "dots": "…", "ldots": "…", "cdots": "⋯", "dagger": "†", "blacksquare": "■", "%": "%",
    "#": "#", "&": "&", "_": "_", "$": "$",
  ]
  /// Relations and operations, as operators.
  static let operators: [String: String] = [
    "cdot": "⋅", "times": "×", "circ": "∘", "odot": "⊙", "otimes": "⊗", "oplus": "⊕", "pm": "±", "mp": "∓", "ast": "∗",
    "star": "⋆",
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "sim": "∼", "equiv": "≡",
    "propto": "∝", "ll": "≪", "gg": "≫", "succ": "≻", "prec": "≺", "in": "∈", "notin": "∉", "subset": "⊂",
    "subseteq": "⊆", "cup": "∪", "cap": "∩", "setminus": "∖", "to": "→", "rightarrow": "→", "leftarrow": "←",
    "Rightarrow": "⇒", "Leftrightarrow": "⇔", "mapsto": "↦", "mid": "∣", "vert": "|", "forall": "∀", "exists": "∃",
    "wedge": "∧", "vee": "∨", "neg": "¬", "colon": ":",
  ]
  /// Brackets.
  static let fences: [String: String] = [
    "{": "{", "}": "}", "|": "‖", "Vert": "‖", "lVert": "‖", "rVert": "‖", "lvert": "|", "rvert": "|", "langle": "⟨",
    "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
  ]
  /// Operators whose limits stand below and above them in a formula set apart.
  static let large: [String: String] = ["sum": "∑", "prod": "∏", "bigcup": "⋃", "bigcap": "⋂", "int": "∫"]
  /// Functions, in upright letters; those in `limits` take their condition below.
  static let functions: Set<String> = [
    "log", "ln", "exp", "sin", "cos", "tan", "tanh", "sinh", "cosh", "det", "max", "min", "inf", "sup", "arg", "lim",
    "dim", "deg", "gcd", "Pr", "ker",
  ]
  /// The functions that take their condition below.
  static let limits: Set<String> = ["max", "min", "inf", "sup", "lim"]
  /// Spaces, with their width.
  static let spaces: [String: String] = [
    ",": "0.17em", ":": "0.22em", ";": "0.28em", " ": "0.25em", "quad": "1em", "qquad": "2em", "!": "-0.17em",
  ]
  /// Signs above a letter.
  static let accents: [String: String] = [
    "bar": "¯", "overline": "¯", "hat": "^", "widehat": "^", "tilde": "~", "widetilde": "~", "vec": "→",
    "overleftarrow": "←", "overrightarrow": "→", "dot": "˙", "ddot": "¨", "check": "ˇ",
  ]
  /// How much larger than a letter a bracket is.
  static let sizes: [String: String] = [
    "big": "1.2em", "bigl": "1.2em", "bigr": "1.2em", "Big": "1.6em", "Bigl": "1.6em", "Bigr": "1.6em", "bigg": "2.1em",
    "biggl": "2.1em", "biggr": "2.1em", "Bigg": "2.6em", "bigm": "1.2em", "Bigm": "1.6em",
  ]

  /// Alphabets: the command and what it makes of a letter.
  static let alphabets: [String: @Sendable (Unicode.Scalar) -> String] = [
    "mathbf": { shifted($0, upper: 0x1D400, lower: 0x1D41A, digits: 0x1D7CE) },
    "boldsymbol": { bold($0) },
    "mathcal": { script($0) },
    "mathbb": { doubleStruck($0) },
    "mathfrak": { fraktur($0) },
  ]

  private static func shifted(_ scalar: Unicode.Scalar, upper: UInt32, lower: UInt32, digits: UInt32? = nil) -> String {
    let value = scalar.value
    let code: UInt32
    switch value {
    case 65...90: code = upper + value - 65
    case 97...122: code = lower + value - 97
    case 48...57: code = digits.map { $0 + value - 48 } ?? value
    default: code = value
    }
    return Unicode.Scalar(code).map { String(Character($0)) } ?? String(Character(scalar))
  }

  private static func bold(_ scalar: Unicode.Scalar) -> String {
    switch scalar.value {
    case 0x3B1...0x3C9: Unicode.Scalar(0x1D736 + scalar.value - 0x3B1).map { String(Character($0)) } ?? ""
    case 0x391...0x3A9: Unicode.Scalar(0x1D6A8 + scalar.value - 0x391).map { String(Character($0)) } ?? ""
    default: shifted(scalar, upper: 0x1D468, lower: 0x1D482)
    }
  }

  private static func script(_ scalar: Unicode.Scalar) -> String {
    let others: [Unicode.Scalar: String] = [
      "B": "ℬ", "E": "ℰ", "F": "ℱ", "H": "ℋ", "I": "ℐ", "L": "ℒ", "M": "ℳ", "R": "ℛ",
    ]
    return others[scalar] ?? shifted(scalar, upper: 0x1D49C, lower: 0x1D4B6)
  }

  private static func doubleStruck(_ scalar: Unicode.Scalar) -> String {
    let others: [Unicode.Scalar: String] = ["C": "ℂ", "H": "ℍ", "N": "ℕ", "P": "ℙ", "Q": "ℚ", "R": "ℝ", "Z": "ℤ"]
    return others[scalar] ?? shifted(scalar, upper: 0x1D538, lower: 0x1D552, digits: 0x1D7D8)
  }

  private static func fraktur(_ scalar: Unicode.Scalar) -> String {
    let others: [Unicode.Scalar: String] = ["C": "ℭ", "H": "ℌ", "I": "ℑ", "R": "ℜ", "Z": "ℨ"]
    return others[scalar] ?? shifted(scalar, upper: 0x1D504, lower: 0x1D51E)
  }
}
