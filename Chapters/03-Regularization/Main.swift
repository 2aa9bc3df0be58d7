import Running

/// The program of chapter 3, in the order of the notes.
public let chapter3 = ChapterProgram(
  3, "Regularization",
  [
    section3_1, section3_2, section3_3, section3_4, section3_5, section3_6, section3_7, section3_8, section3_9,
    section3_12,
    listing3_10, ablation3_11, exercise3_1, exercise3_2, exercise3_3, exercise3_4, exercise3_5, gallery3,
  ])

@main
struct Main {
  static func main() { chapter3.main() }
}
