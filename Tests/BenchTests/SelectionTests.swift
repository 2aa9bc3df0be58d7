import Testing
import bench

@Suite("What a benchmark is asked to measure")
struct SelectionTests {
  private func selection(_ words: String...) -> Selection<Int> {
    Selection(words, options: ["--against", "--rounds"], usual: [7, 8]) {
      Int($0)
    } advice: {
      $0
    }
  }

  @Test("subjects, rival and rounds are those of the arguments; without any, the usual subjects three times")
  func words() {
    let all = selection("3", "--rounds", "5", "4", "--against", "python3 rival.py")
    #expect(all.subjects == [3, 4] && all.rounds == 5 && all.rival == "python3 rival.py")
    let none = selection()
    #expect(none.subjects == [7, 8] && none.rounds == 3 && none.rival == nil)
  }
}
