import Foundation
import Tensors
import Testing

@Suite("The recording")
struct RecordingTests {
  @Test("a chain of a million operations neither overflows the stack nor leaks")
  func millionNodes() {
    let clock = ContinuousClock()
    let x = Tensor(2)
    for _ in 0..<2 {
      var n = 0
      print(
        "total",
        clock.measure {
          let g = gradient(at: x) { x in
            var y = x
            print("forward", clock.measure { for _ in 0..<1_000_000 { y = -y; n += 1 } })
            return y
          }
          #expect(g.item == 1)
        })
    }
  }
}
