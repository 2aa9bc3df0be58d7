import Attention
import DataSets
import Tensors
import Testing
import ch06

@Suite("Exercise 6.1 Number words to digits")
struct Exercise6_1Tests {
  @Test("Exercise 6.1.3: each digit is said by one word, the digits of a teen by the same, and some zeros by none")
  func words() {
    let cases: [(Int, [Int?])] = [
      (0, [0]), (7, [0]), (10, [0, 0]), (13, [0, 0]), (20, [0, nil]), (45, [0, 1]), (100, [0, nil, nil]),
      (105, [0, nil, 2]),
      (110, [0, 2, 2]), (123, [0, 2, 3]), (417, [0, 2, 2]), (620, [0, 2, nil]),
    ]
    for (number, places) in cases { #expect(NumberTranslation.wordOfDigit(number) == places, "\(number)") }
    for number in 0..<1000 {
      let places = NumberTranslation.wordOfDigit(number)
      #expect(places.count == "\(number)".count)
      let words = NumberWords.words(number).split { $0 == " " || $0 == "-" }
      #expect(places.allSatisfy { $0.map { $0 < words.count && words[$0] != "hundred" } ?? true })
      // Digits that no word says are zeros.
      #expect(zip(places, "\(number)").allSatisfy { $0 != nil || $1 == "0" })
    }
  }

  @Test("Exercise 6.1.2: seen and unseen numbers are disjoint, and every word has a number")
  func split() {
    let task = NumberTranslation(below: 1000, seen: 800, unseen: 200, random: RandomSource(seed: 1))
    #expect(Set(task.seen).isDisjoint(with: task.unseen) && Set(task.seen + task.unseen).count == 1000)
    let pairs = task.pairs([123, 0, 999_999])
    #expect(pairs.targets == [[1, 2, 3], [0], [9, 9, 9, 9, 9, 9]])
    #expect(pairs.sources.map { $0.map { task.words[$0] } }[0] == ["one", "hundred", "twenty", "three"])
    #expect(pairs.sources[2].count == 9)
  }

  @Test(
    "Exercise 6.1: 95 % of unseen numbers come out right, with and without attention; the weights are on the words"
  )
  func trained() {
    let task = NumberTask(bound: 1000, seen: 800, unseen: 200, steps: 220, checks: 2)
    let fixed = task.run(hasAttention: false, seed: 1)
    let attended = task.run(hasAttention: true, seed: 1)
    #expect(fixed.exact.last ?? 0 >= 0.95)
    #expect(attended.exact.last ?? 0 >= 0.95)
    let alignment = DigitAlignment(of: attended.network, task.numbers)
    #expect(alignment.digits >= 0.9)
  }
}

@Suite("§ 6.1 The bottleneck")
struct BottleneckTests {
  @Test("§ 6.1.1: 15 letters backwards: right with attention, which looks at the mirrored place, and not without it")
  func bottleneck() {
    var task = ReversalTask(steps: 320, batch: 48, tests: 100)
    task.lengths = 15...15
    task.testLengths = [15, 16]
    let fixed = task.run(hasAttention: false, seed: 1)
    let attended = task.run(hasAttention: true, seed: 1)
    #expect(fixed.exact(at: 15) < 0.2)
    #expect(attended.exact(at: 15) >= 0.9)
    #expect(attended.mirrored >= 0.95)
  }

  @Test("§ 6.1.1: what a fixed context loses is length: 5 letters come right in as many steps as 15 do not")
  func length() {
    var task = ReversalTask(steps: 320, batch: 48, tests: 100)
    (task.lengths, task.testLengths) = (5...5, [5, 6])
    #expect(task.run(hasAttention: false, seed: 1).exact(at: 5) > 0.7)
  }
}
