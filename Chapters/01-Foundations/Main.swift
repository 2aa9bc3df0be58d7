import Running

/// The items of chapter 1, in the order of the notes.
public let chapter1 = ChapterProgram(
  1, "Foundations",
  [
    section1_1, section1_2, section1_4, section1_5, section1_8, listing1_6, ablation1_7, exercise1_1, exercise1_2,
    exercise1_3, exercise1_4, exercise1_5,
  ])

@main
struct Main {
  static func main() { chapter1.main() }
}
