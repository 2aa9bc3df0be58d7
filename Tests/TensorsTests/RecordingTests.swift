import Foundation
import Tensors
import Testing

/// The megabytes of this process's memory; 0 if the system does not report it.
private func residentMemory() -> Double {
  let statistics = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
  let pages = statistics.split(separator: " ").dropFirst().first.flatMap { Double($0) }
  return (pages ?? 0) * Double(getpagesize()) / 1e6
}

/// −(−(… 2)), as many times as asked, differentiated.
private func slopeOfChain(_ length: Int) -> Double {
  gradient(at: Tensor(2)) { x in
    var y = x
    for _ in 0..<length { y = -y }
    return y
  }.item
}

/// The growth of the forward pass's memory, in megabytes, over five steps of 36 MB each.
///
/// Smaller blocks would not return to the system at once.
private func growth(_ step: (Tensor) -> Tensor) -> Double {
  var result = 0.0
  _ = gradient(at: Tensor.ones([9_000_000])) { x in
    let before = residentMemory()
    let y = (0..<5).reduce(x) { y, _ in step(y) }
    result = residentMemory() - before
    return y[0]
  }
  return result
}

@Suite("The recording")
struct RecordingTests {
  @Test("a chain of a million operations does not overflow the stack, neither used nor dropped")
  func millionNodes() {
    #expect(slopeOfChain(1_000_000) == 1)
  }

  @Test("a chain that nobody differentiates is dropped without recursion, also one whose links share inputs")
  func droppedChain() {
    let g = gradient(at: Tensor(2)) { x in
      var (y, z) = (x, x)
      for _ in 0..<50_000 { (y, z) = (y + z, y) }
      return x
    }
    #expect(g.item == 1)
  }

  // Memory is measured in a separate process, where no other test allocates.

  @Test("memory does not grow from one gradient to the next", .enabled(if: residentMemory() > 0))
  func noLeak() async {
    await #expect(processExitsWith: .success) {
      func round() {
        _ = slopeOfChain(10_000)
        _ = gradient(at: Tensor.ones([100_000])) { x in (x.exp() * x + x.tanh()).sum() }
      }
      for _ in 0..<3 { round() }
      let before = residentMemory()
      for _ in 0..<30 { round() }
      // One round makes 2 MB of activations and 5 MB of nodes: keeping either would take 60 MB and more.
      #expect(residentMemory() - before < 30)
    }
  }

  @Test("activations that no rule asks for are freed during the forward pass", .enabled(if: residentMemory() > 0))
  func activations() async {
    await #expect(processExitsWith: .success) { #expect(growth { $0 + 1 } < 80) }
    await #expect(processExitsWith: .success) { #expect(growth { $0 * $0 } > 160) }
  }

  @Test("the result of a call has no history: later calls treat it as constant")
  func noHistory() {
    let (value, slope) = valueWithGradient(at: Tensor(3)) { $0 * $0 }
    #expect(gradient(at: Tensor(1)) { $0 * value * slope }.item == 54)
    var leaked = Tensor(0)
    _ = gradient(at: Tensor(3)) { x in
      leaked = x * x
      return x
    }
    #expect(gradient(at: Tensor(2)) { $0 * leaked }.item == 9)
  }

  @Test("several tasks differentiate at the same time, inside a gradient call too")
  func concurrency() async {
    let slope = { @Sendable (n: Int) -> Double in
      gradient(at: Tensor(Double(n))) { x in
        var y = x * x
        for _ in 0..<200 { y = y + x * gradient(at: x) { $0 * $0 } }
        return y
      }.item
    }
    let slopes = await withTaskGroup(of: Double.self) { group in
      for n in 1...8 { group.addTask { slope(n) } }
      return await group.reduce(into: [Double]()) { $0.append($1) }
    }
    #expect(slopes.sorted() == (1...8).map { Double(802 * $0) })  // d(x² + 200 · 2 x²)/dx at n
  }
}
