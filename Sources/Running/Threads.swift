/// Throws a `UsageError` if the environment sets an invalid number of threads.
///
/// The kernels read the variable only when they first need threads, in the middle of a run. So it is checked earlier,
/// like any argument.
package func checkThreads(_ environment: [String: String]) throws {
  let name = "DEEP_LEARNING_THREADS"
  guard let text = environment[name] else { return }
  guard let count = Int(text), count >= 1 else {
    throw UsageError("\(name) needs a whole number of at least 1, found '\(text)': \(name)=2, or leave it unset")
  }
}
