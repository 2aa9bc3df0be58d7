import Running

/// What chapter 5 offers to run, in the order of the notes.
public let chapter5 = ChapterProgram(
  5, "RNN",
  [
    section5_1, section5_2, section5_3, section5_4, section5_5, section5_6, section5_7, listing5_8, ablation5_9,
    section5_10, exercise5_1, exercise5_2, exercise5_3, exercise5_4, exercise5_5, gallery5,
  ])

@main
struct Main {
  static func main() { chapter5.main() }
}
