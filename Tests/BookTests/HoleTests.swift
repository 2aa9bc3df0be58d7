import BookText
import Checking
import Messages
import Testing

@Suite("Holes: the functions that solve exercises")
struct HoleTests {
  private let text = """
    import Tensors

    /// A step. Exercise 3.2.1
    ///
    /// More about it.
    public func step(
      _ x: Double, then next: (Double) -> Double = { $0 }
    ) throws -> [Double] {
      if x > 0 {
        return [next(x)]
      }
      return []
    }

    public struct Part {
      /// Twice the number, as in (3.2), Exercise
      /// 3.2.
      @inlinable
      public var doubled: Int { number * 2 }

      /// A part. Exercise 3.3
      public init(_ number: Int) { self.number = number }
      /// Exercise 3.4: begins with it.
      public func first() -> Int { 1 }
      /// Has no end in it, Exercise 3.4.1 and more.
      public func second() -> Int { 2 }
      /// Prints. Exercise 3.5
      private func third() { print(3) }
      /// Is stored. Exercise 3.5
      public let number: Int
      /// Is stored with a value. Exercise 3.5
      public static let value = { 3 }()
      /// Two. Exercise 3.4, 3.5
      public func fourth() -> Int { 4 }
    }

    """

  @Test("a public function, initializer or property is one if its comment's first paragraph ends with the citation")
  func found() {
    let holes = Hole.all(path: "Sources/03-X/Step.swift", text: text)
    #expect(holes.map(\.number) == ["3.2.1", "3.2", "3.3"])
    #expect(holes.map(\.exercise) == ["3.2", "3.2", "3.3"])
    #expect(holes.map(\.name) == ["step", "doubled", "init"])
    #expect(holes.map(\.line) == [6, 19, 22])
    #expect(
      holes.map(\.signature) == [
        "public func step( _ x: Double, then next: (Double) -> Double = { $0 } ) throws -> [Double]",
        "public var doubled: Int", "public init(_ number: Int)",
      ])
    #expect(holes[0].body == ["  if x > 0 {", "    return [next(x)]", "  }", "  return []"])
    #expect(holes[1].body == ["    number * 2"] && holes[2].body == ["    self.number = number"])
    #expect(holes.allSatisfy { !$0.isOpen })
  }

  @Test("an emptied function has unsolved in its place, and its own body puts the file back")
  func emptied() {
    let holes = Hole.all(path: "", text: text)
    let open = Hole.replacing(holes.map { ($0, $0.emptyBody) }, in: text)
    #expect(open.contains(") throws -> [Double] {\n  unsolved(\"3.2.1\")\n}\n"))
    #expect(open.contains("  public var doubled: Int {\n    unsolved(\"3.2\")\n  }\n"))
    let again = Hole.all(path: "", text: open)
    #expect(again.map(\.signature) == holes.map(\.signature) && again.allSatisfy(\.isOpen))
    let filled = Hole.replacing(zip(again, holes).map { ($0, $1.body) }, in: open)
    #expect(filled.split(whereSeparator: \.isWhitespace) == text.split(whereSeparator: \.isWhitespace))
  }

  @Test("an unsolved function says which exercise is missing, where its code belongs, and how to get a hint")
  func message() async {
    #expect(
      unsolvedMessage("3.2.1", path: "/a/Sources/b/Sources/03-Regularization/ElasticNet.swift", line: 37)
        == "Exercise 3.2.1 is yours: Sources/03-Regularization/ElasticNet.swift:37 has no body yet "
        + "(swift run book hint 3.2)")
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { unsolved("4.3") }
    expectMessage(result, "Exercise 4.3 is yours: ")
  }

  @Test("a test holds the exercises of its name, or else those of its suite's name, and the filter runs no others")
  func filters() {
    let text = """
      @Suite("Exercises 10.1, 10.2 and 10.4")
      struct ScheduleTests {
        @Test("Exercise 10.1: a sum") func sum() {}
        @Test(
          "Exercise 10.4.2: \\"two\\" lines",
          arguments: [1, 2])
        func two(_ n: Int) {}
        @Test("nothing cited")
        func both() {}
      }

      @Suite("§ 10.1  Other")
      struct OtherTests {
        @Test("(10.2): no exercise")
        func none() {}
        @Test("Exercise 10.6: an exercise")
        func six() {}
      }

      @Suite("Exercise 10.5  Guidance") struct Exercise10_5Tests {
        @Test("w = 0")
        func zero() {}
      }

      """
    let cases = TestCase.all(path: "Tests/DiffusionTests/A.swift", text: text)
    #expect(cases.map(\.function) == ["sum", "two", "both", "none", "six", "zero"])
    #expect(cases.map { $0.exercises.sorted() }[..<3] == [["10.1"], ["10.4"], ["10.1", "10.2", "10.4"]])
    func filter(_ exercise: String) -> String { TestCase.filter(for: exercise, among: cases) }
    #expect(filter("10.4") == #"DiffusionTests\.ScheduleTests/two\(|DiffusionTests\.ScheduleTests/both\("#)
    #expect(filter("10.5") == #"DiffusionTests\.Exercise10_5Tests/"#)
    #expect(filter("10.6") == #"DiffusionTests\.OtherTests/six\("#)
    #expect(filter("10.3") == "")
  }
}
