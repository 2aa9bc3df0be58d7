import Running

/// What chapter 6 offers to run, in the order of the notes.
public let chapter6 = ChapterProgram(
  6, "Attention",
  [
    section6_1, section6_2, section6_3, section6_4, section6_5, section6_6, section6_7, section6_8, listing6_9a,
    listing6_9b, section6_10, ablation6_11, section6_12, exercise6_1, exercise6_2, exercise6_3, exercise6_4,
    exercise6_5,
    gallery6,
  ])

@main
struct Main {
  static func main() { chapter6.main() }
}
