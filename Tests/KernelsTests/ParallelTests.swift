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

  @Test("simultaneous callers get their own results, whichever threads help")
  func callers() async {
    let count = 200_003
    let x = Region(Buffer((0..<count).map { Float($0 % 1013) }))
    let areRight = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<12 {
        group.addTask {
          ThreadLimit.$current.withValue(1 + number % 4) {
            (0..<20).allSatisfy { _ in
              let y = Buffer(.float, count: count)
              map(.affine(scale: Double(number), shift: 1), x, into: y, count: count)
              return (0..<count).allSatisfy { y[$0] == Double(number * ($0 % 1013) + 1) }
            }
          }
        }
      }
      return await group.reduce(into: [Bool]()) { $0.append($1) }
    }
    #expect(areRight == Array(repeating: true, count: 12))
  }

  @Test("large buffers that exist at the same time share no memory; consecutive ones may")
  func blocks() {
    for count in [65_520, 65_521, 1 << 20, 1_234_567] {
      let first = Buffer(.float, count: count, repeating: 1)
      for round in 0..<3 {
        let (second, third) = (
          Buffer(.float, count: count, repeating: 2 + Double(round)), Buffer(.float, count: count - 1, repeating: 9)
        )
        #expect(second.floats(count: count).allSatisfy { $0 == 2 + Float(round) })
        #expect(third.floats(count: count - 1).allSatisfy { $0 == 9 })
      }
      #expect(first.floats(count: count).allSatisfy { $0 == 1 })
    }
  }

  @Test("DEEP_LEARNING_THREADS sets the limit")
  func environment() async {
    await #expect(processExitsWith: .success) {
      setenv("DEEP_LEARNING_THREADS", "3", 1)
      exit(ThreadLimit.current == 3 ? 0 : 1)
    }
  }

  @Test("a limit that is not a number stops with a message that quotes it")
  func nonsense() async throws {
    let word = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { useLimit("two") }
    let zero = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { useLimit("0") }
    for (result, text) in [(word, "two"), (zero, "0")] {
      let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
      #expect(message.contains("DEEP_LEARNING_THREADS is \"\(text)\", not a number of threads"))
    }
  }
}

private func useLimit(_ text: String) {
  setenv("DEEP_LEARNING_THREADS", text, 1)
  print(ThreadLimit.current)
}
