import Foundation

/// Where a program writes: results to standard output, progress and errors to standard error. Tests pass their own
/// console.
public struct Console: Sendable {
  /// Writes to standard output.
  public var out: @Sendable (String) -> Void
  /// Writes to standard output, and returns whether that succeeded.
  let attempt: @Sendable (String) -> Bool
  /// Writes to standard error.
  public var err: @Sendable (String) -> Void
  /// Whether standard output is a terminal, so that figures are shown in it.
  public var showsFigures: Bool
  /// Whether standard error is a terminal, so that a progress line can be rewritten in place.
  public var showsProgress: Bool
  /// The width of the terminal in characters.
  public var columns: Int
  /// Whether colours may be used.
  public var usesColor: Bool
  /// The next line of standard input without its end, nil after the last. Tests pass their own.
  public var input: @Sendable () -> String? = { nil }
  /// Whether standard input is a terminal, where a prompt is shown.
  public var isTerminal = false
  /// The clock of progress lines. Tests pass their own.
  public var now: @Sendable () -> Date = { Date() }

  /// The minimum width in characters: narrower terminals are treated as this wide, because figures and progress lines
  /// need room.
  public static let fewestColumns = 20

  /// A console made of these parts.
  public init(
    out: @escaping @Sendable (String) -> Void, err: @escaping @Sendable (String) -> Void, showsFigures: Bool = false,
    showsProgress: Bool = false, columns: Int = 80, usesColor: Bool = false
  ) {
    self.init(
      out: out, err: err, showsFigures: showsFigures, showsProgress: showsProgress, columns: columns,
      usesColor: usesColor
    ) { text in
      out(text)
      return true
    }
  }

  private init(
    out: @escaping @Sendable (String) -> Void, err: @escaping @Sendable (String) -> Void, showsFigures: Bool,
    showsProgress: Bool, columns: Int, usesColor: Bool, attempt: @escaping @Sendable (String) -> Bool
  ) {
    self.attempt = attempt
    (self.out, self.err, self.showsFigures, self.showsProgress) = (out, err, showsFigures, showsProgress)
    (self.columns, self.usesColor) = (max(columns, Self.fewestColumns), usesColor)
  }

  /// The console of this process. Colours need a terminal, and `NO_COLOR` turns them off. `COLUMNS` overrides the
  /// terminal's width.
  public static func standard(environment: [String: String] = ProcessInfo.processInfo.environment) -> Console {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let obeysCodes = environment["TERM"] != "dumb"
    var console = Console(
      out: writeToStandardOutput, err: { try? FileHandle.standardError.write(contentsOf: Data($0.utf8)) },
      showsFigures: isTerminal, showsProgress: isatty(STDERR_FILENO) == 1 && obeysCodes,
      columns: environment["COLUMNS"].flatMap { Int($0) } ?? terminalColumns() ?? 80,
      usesColor: isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && obeysCodes, attempt: attemptToWrite)
    console.input = { readLine() }
    console.isTerminal = isatty(STDIN_FILENO) == 1
    return console
  }

  @Sendable private static func attemptToWrite(_ text: String) -> Bool {
    (try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))) != nil
  }

  /// Writes to standard output. Ends the program with status 74 if that fails: a full disk is not a programmer's
  /// mistake.
  @Sendable private static func writeToStandardOutput(_ text: String) {
    if !attemptToWrite(text) { endForLackOfOutput() }
  }

  /// Ends the program, and says why.
  static func endForLackOfOutput() -> Never {
    try? FileHandle.standardError.write(contentsOf: Data("cannot write to standard output: is the disk full?\n".utf8))
    exit(74)
  }

  private static func terminalColumns() -> Int? {
    var size = winsize()
    let isKnown = [STDOUT_FILENO, STDERR_FILENO].contains { ioctl($0, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 }
    return isKnown ? Int(size.ws_col) : nil
  }
}
