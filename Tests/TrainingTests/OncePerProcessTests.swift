import Testing
import Training

@Suite("Training: values computed once")
struct OncePerProcessTests {
  @Test("each key is computed at its first call only")
  func once() {
    let squares = OncePerProcess<Int, Int>()
    var calls: [Int] = []
    func square(_ x: Int) -> Int {
      squares.value(for: x) {
        calls.append(x)
        return x * x
      }
    }
    #expect([3, 3, 4, 3].map(square) == [9, 9, 16, 9] && calls == [3, 4])
  }
}
