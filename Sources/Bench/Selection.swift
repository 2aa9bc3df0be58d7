/// The arguments of a command: what it measures, such as the names of steps, and its options.
public struct Selection<Subject> {
  /// What is measured.
  public private(set) var subjects: [Subject] = []
  /// The command of the rival.
  public private(set) var rival: String?
  /// How often each subject is measured.
  public private(set) var rounds: Int

  /// Parses subjects, and the options that the command takes; ends the program with advice if a word is wrong. Without
  /// a subject, the usual ones are measured. `subject` is nil for a word that names none; `advice` says what it names.
  public init(
    _ arguments: [String], options: [String] = [], rounds: Int = 3, usual: [Subject],
    subject: (String) -> Subject?, advice: (String) -> String
  ) {
    self.rounds = rounds
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--against" where options.contains(argument):
        guard let command = rest.popFirst() else { Bench.fail("--against needs a command in quotes") }
        if rival != nil { Bench.fail("--against is given twice: give it once") }
        rival = command
      case "--rounds" where options.contains(argument):
        guard let count = rest.popFirst().flatMap({ Int($0) }), count > 0 else {
          Bench.fail("--rounds needs a whole number, at least 1")
        }
        self.rounds = count
      default:
        if argument.hasPrefix("--") { Bench.fail("unknown option '\(argument)' here") }
        guard let found = subject(argument) else { Bench.fail(advice(argument)) }
        subjects.append(found)
      }
    }
    if subjects.isEmpty { subjects = usual }
  }
}

extension Selection<Step> {
  /// Parses the names of steps. Without a rival there is only one round.
  init(_ arguments: [String], options: [String] = []) {
    self.init(arguments, options: options, usual: Step.all) { name in
      Step.all.first { $0.name == name }
    } advice: {
      "unknown step '\($0)'"
    }
    if rival == nil && arguments.contains("--rounds") { Bench.fail("--rounds needs a rival: give --against COMMAND") }
  }
}
