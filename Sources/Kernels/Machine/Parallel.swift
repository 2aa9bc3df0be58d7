import Foundation

// Threads. Work is divided according to its size alone, and threads claim the pieces. The number of threads decides who
// computes a piece, never what the piece is: every result is the same, bit for bit, on one core and on sixty-four.

/// How many threads a kernel may use.
public enum ThreadLimit {
  /// The limit that applies here: the environment variable `DEEP_LEARNING_THREADS`, or else the number of active cores.
  ///
  /// To change it temporarily: `ThreadLimit.$current.withValue(1) { … }`.
  @TaskLocal public static var current: Int = fromEnvironment

  private static let fromEnvironment: Int = {
    let process = ProcessInfo.processInfo
    guard let text = process.environment["DEEP_LEARNING_THREADS"] else { return process.activeProcessorCount }
    guard let count = Int(text), count > 0 else {
      fatalError(
        "DEEP_LEARNING_THREADS is \"\(text)\", not a number of threads: set it to 1 or more, or leave it unset")
    }
    return count
  }()
}

/// Runs `body` once for each of 0..<tasks, in any order and on several threads.
///
/// The number of tasks must follow from the problem, never from the machine. A task should take ten microseconds or
/// more: smaller work is cheaper on the caller's thread. Within a task the limit is one thread, so a nested `parallel`
/// is a loop.
func parallel(_ tasks: Int, _ body: @Sendable (Int) -> Void) {
  let threads = tasks > 1 ? min(ThreadLimit.current, tasks) : 1
  if threads == 1 { return (0..<tasks).forEach(body) }
  withoutActuallyEscaping(body) { body in
    let job = Job(tasks, body)
    Team.shared.help(job, helpers: threads - 1) { ThreadLimit.$current.withValue(1, operation: job.work) }
  }
}

/// Runs `body` on consecutive ranges that make up 0..<count, each at least `grain` long unless `count` is less.
///
/// Long ranges begin at multiples of 64, and so at whole vectors and cache lines: no two threads write to one line.
func parallelChunks(of count: Int, atLeast grain: Int, _ body: @Sendable (Range<Int>) -> Void) {
  guard count > 0 else { return }
  let least = max(1, grain, count / mostChunks)
  let length = least < 64 ? least : (least + 63) & ~63
  let chunks = max(1, count / length)
  parallel(chunks) { chunk in
    body(chunk * length..<(chunk == chunks - 1 ? count : (chunk + 1) * length))
  }
}

/// Enough ranges for any machine to divide evenly, few enough for claiming them to cost nothing.
private let mostChunks = 256
