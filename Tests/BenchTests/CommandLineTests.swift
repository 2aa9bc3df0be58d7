import Checking
import Foundation
import Testing

private final class Here {}

/// The exit status of the benchmark with these words, and what it writes to standard error.
private func bench(_ words: [String], threads: String? = nil) throws -> (status: Int32, message: String) {
  let (process, errors) = (Process(), Pipe())
  process.executableURL = builtProgram("bench", beside: Here.self)
  process.arguments = words
  var environment = ProcessInfo.processInfo.environment
  environment["DEEP_LEARNING_THREADS"] = threads
  process.environment = environment
  (process.standardOutput, process.standardError) = (FileHandle.nullDevice, errors)
  try process.run()
  let message = errors.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: message, as: UTF8.self))
}

@Suite("The benchmark's command line")
struct CommandLineTests {
  @Test(
    "wrong words end the program with advice, before anything is measured",
    arguments: [
      (["speed"], "unknown command 'speed'"),
      (["peak", "now"], "peak takes no arguments, found 'now'"),
      (["steps", "perceptron"], "unknown step 'perceptron'"),
      (["steps", "--rounds", "2"], "--rounds needs a rival: give --against COMMAND"),
      (["kernels", "sorting"], "no kernel has 'sorting' in its name"),
      (["generate", "four"], "generate needs numbers of texts from 1 to 64, found 'four'"),
      (["generate", "0"], "generate needs numbers of texts from 1 to 64, found '0'"),
      (["generate", "-1"], "generate needs numbers of texts from 1 to 64, found '-1'"),
      (["generate", "1", "65"], "generate needs numbers of texts from 1 to 64, found '65'"),
      (["generate", "--texts", "4"], "unknown option '--texts' here"),
      (["generate", "--against"], "--against needs a command in quotes"),
      (["generate", "--against", "a", "--against", "b"], "--against is given twice: give it once"),
      (["generate", "--rounds"], "--rounds needs a whole number, at least 1"),
      (["generate", "--rounds", "0"], "--rounds needs a whole number, at least 1"),
      (["sample", "euler"], "sample needs the names ddim and ddpm, found 'euler'"),
      (["sample", "--images", "4"], "unknown option '--images' here"),
      (["sample", "--against"], "--against needs a command in quotes"),
      (["sample", "--rounds", "0"], "--rounds needs a whole number, at least 1"),
    ] as [([String], String)])
  func wrongWords(words: [String], message: String) throws {
    let result = try bench(words)
    #expect(result.status == 64 && result.message == "bench: \(message); see bench --help\n")
  }

  @Test("a wrong number of threads is named, and no words or --help explain all commands")
  func help() throws {
    #expect(try bench(["generate"], threads: "none").status == 64)
    for words in [[], ["--help"], ["generate", "--help"]] {
      let result = try bench(words)
      #expect(result.status == 0 && result.message.isEmpty)
    }
  }
}
