import Foundation

@main
struct Bench {
  static func main() {
    var arguments = Array(CommandLine.arguments.dropFirst())
    let command = arguments.isEmpty ? "help" : arguments.removeFirst()
    switch command {
    case "steps": steps(arguments)
    case "kernels": printKernels(arguments)
    case "peak": printPeak()
    case "memory": memory(arguments)
    case "growth": growth(arguments)
    case "help", "--help": print(usage)
    default: fail("unknown command '\(command)'")
    }
  }

  static let usage = """
    Usage: bench COMMAND

    steps [NAME …]                      a training step of each model: its name and the median of its milliseconds
    steps [NAME …] --against COMMAND    in turns with a rival that takes names and prints the same, with ratios
          [--rounds N]                  (3)
    kernels [WORD …]                    the parts, or those whose names have a word: GFLOP/s and GB/s by size,
                                        with one thread and with all
    peak                                what the machine could do: multiply-adds and memory
    memory [NAME …] [--against COMMAND] the most memory that each step holds
    growth [NAME …]                     what twice the batch costs

    Steps: \(Step.all.map { $0.name }.joined(separator: " "))
    Threads: DEEP_LEARNING_THREADS, or else as many as there are cores.
    """

  /// Ends the program with what is wrong and what to do.
  static func fail(_ text: String) -> Never {
    FileHandle.standardError.write(Data("bench: \(text); bench --help tells what there is\n".utf8))
    exit(64)
  }
}

/// What follows a command: names of steps and options.
struct Selection {
  var steps: [Step] = []
  var rival: String?
  var rounds = 3

  init(_ arguments: [String]) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--against":
        guard let command = rest.popFirst() else { Bench.fail("--against needs a command in quotes") }
        rival = command
      case "--rounds":
        guard let count = rest.popFirst().flatMap({ Int($0) }), count > 0 else {
          Bench.fail("--rounds needs a number, 1 or more")
        }
        rounds = count
      default:
        guard let step = Step.all.first(where: { $0.name == argument }) else {
          Bench.fail("unknown step '\(argument)'")
        }
        steps.append(step)
      }
    }
    if steps.isEmpty { steps = Step.all }
  }
}
