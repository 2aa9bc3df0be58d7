import Foundation
import Kernels
import Testing

@Suite("Threads")
struct ParallelTests {
  @Test("the limit is at least one, and holds only inside withValue")
  func limit() {
    let before = ThreadLimit.current
    #expect(before >= 1)
    ThreadLimit.$current.withValue(7) { #expect(ThreadLimit.current == 7) }
    #expect(ThreadLimit.current == before)
  }

  @Test("DEEP_LEARNING_THREADS sets the limit")
  func environment() async {
    await #expect(processExitsWith: .success) {
      setenv("DEEP_LEARNING_THREADS", "3", 1)
      exit(ThreadLimit.current == 3 ? 0 : 1)
    }
  }

  @Test("a limit that is no number stops with a message that quotes it", arguments: ["two", "0"])
  func nonsense(_ text: String) async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [text] in
      setenv("DEEP_LEARNING_THREADS", text, 1)
      print(ThreadLimit.current)
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("DEEP_LEARNING_THREADS is \"\(text)\", not a number of threads"))
  }
}
