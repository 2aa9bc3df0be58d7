import Foundation
import Running

@main
struct Bench {
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    let help = ["--help", "-h", "help"]
    if arguments.isEmpty || help.contains(arguments[0]) || !Set(help.prefix(2)).isDisjoint(with: arguments) {
      return print(usage)
    }
    do { try checkThreads(ProcessInfo.processInfo.environment) } catch { fail("\(error)") }
    let rest = Array(arguments.dropFirst())
    switch arguments[0] {
    case "steps": steps(rest)
    case "kernels": printKernels(rest)
    case "peak":
      if let word = rest.first { fail("peak takes no arguments, found '\(word)'") }
      printPeak()
    case "memory": memory(rest)
    case "growth": growth(rest)
    case "generate": generate(rest)
    case "sample": sample(rest)
    default: fail("unknown command '\(arguments[0])'")
    }
  }

  static let usage = """
    Usage: bench COMMAND

    steps [NAME …]                      a step of each model: its name and its median milliseconds
    steps [NAME …] --against COMMAND    alternately with a rival that takes names and prints the same; ratios
          [--rounds N]                  the number of rounds (3)
    kernels [WORD …]                    all kernels, or those with a word in their name: GFLOP/s and GB/s
                                        by size, with one thread and with all
    peak                                the limits of the machine: multiply-adds and memory
    memory [NAME …] [--against COMMAND] the peak memory of each step
    growth [NAME …]                     the cost of twice the batch
    generate [TEXTS …] [--rounds N]     symbols per second of a GPT of GPT-2's size that writes this many texts
                                        at once (1 and 4), and the share of the memory's speed that it reaches
             [--against COMMAND]        alternately with a rival that takes numbers of texts and prints each
                                        with the milliseconds of a step
    sample [NAME …] [--rounds N]        the time of 64 images of 28×28 by the U-Net of Listing 10.8: ddim in
                                        50 steps, ddpm in 1,000
           [--against COMMAND]          alternately with a rival that takes names and prints each with the
                                        milliseconds of all steps

    Steps: \(Step.all.map { $0.name }.joined(separator: " "))
    Threads: DEEP_LEARNING_THREADS, by default the number of cores.
    """

  /// Ends the program with an error message and advice.
  static func fail(_ text: String) -> Never {
    FileHandle.standardError.write(Data("bench: \(text); see bench --help\n".utf8))
    exit(64)
  }
}
