import Running

/// What chapter 8 offers to run, in the order of the notes.
public let chapter8 = ChapterProgram(
  8, "GAN",
  [
    section8_1, section8_2, section8_3_1, section8_3_2, section8_4_1, section8_4_2, section8_5, section8_6,
    listing8_7, section8_8, ablation8_9, section8_10, exercise8_1, exercise8_2, exercise8_3, exercise8_4, exercise8_5,
    exercise8_6, gallery8,
  ])

@main
struct Main {
  static func main() { chapter8.main() }
}
