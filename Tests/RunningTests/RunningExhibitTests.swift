import Running
import Tensors
import Testing

@Suite("Running: a gallery of mistakes")
struct RunningExhibitTests {
  private static let halves = Exhibit(
    "half of it", wrong: "x / 2", right: "x",
    shows: Exhibit.Trial("x = (4, NaN)", wrong: Tensor([2, .nan]), right: Tensor([4, 1])),
    hides: Exhibit.Trial("x = 0", wrong: Tensor(0), right: Tensor(0)), caughtBy: "halves are not wholes")

  @Test("the distance is relative to the largest number, 0 if nothing differs, infinite if one side is NaN")
  func distance() {
    let distance = { (a: [Double], b: [Double]) in
      Exhibit.Trial("", wrong: Tensor(a, scalarType: .double), right: Tensor(b, scalarType: .double)).distance
    }
    #expect(distance([1, 2], [1, 4]) == 0.5)
    #expect(distance([-8, 2], [-4, 2]) == 0.5)
    #expect(distance([0, 0], [0, 0]) == 0)
    #expect(distance([1, .infinity], [1, 3]) == .infinity)
    #expect(distance([.nan], [1]) == .infinity)
  }

  @Test("a gallery prints the symptom, both lines of code and the test, and keeps the table")
  func printed() throws {
    let (status, screen, folder) = try runBody { $0.show([Self.halves]) }
    #expect(status == 0)
    #expect(screen.out.contains("1  half of it: x = (4, NaN)  (2, NaN)  (4, 1)  x = 0     0"))
    #expect(screen.out.contains("   wrong  x / 2\n   right  x\n   test   halves are not wholes\n"))
    let csv = try folder.text("exercise-1.1-mistakes.csv")
    #expect(csv.contains("half of it"))
  }

  @Test("a comparison of different numbers of entries stops with a message")
  func mismatch() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Exhibit.Trial("the input", wrong: Tensor([1, 2]), right: Tensor(1))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("cannot compare [2] with [] on the input: both sides need the same number of entries"))
  }
}
