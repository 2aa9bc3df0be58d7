import Running

/// The items of chapter 2, in the order of the notes.
public let chapter2 = ChapterProgram(
  2, "Backprop",
  [
    section2_1, section2_2, section2_3, section2_4, section2_5, section2_6, section2_7, section2_9, listing2_3,
    listing2_5,
    listing2_6, listing2_7, ablation2_8, exercise2_1, exercise2_2, exercise2_3, exercise2_4, exercise2_5, gallery2,
  ])

@main
struct Main {
  static func main() { chapter2.main() }
}
