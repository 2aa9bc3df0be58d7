import Running

/// The items of chapter 4, in the order of the notes.
public let chapter4 = ChapterProgram(
  4, "CNN",
  [
    section4_1, section4_2, section4_3, section4_4, section4_5, listing4_6, listing4_7, section4_8, ablation4_8,
    section4_9, section4_10, exercise4_1, exercise4_2, exercise4_3, exercise4_4, exercise4_5, gallery4,
  ])

@main
struct Main {
  static func main() { chapter4.main() }
}
