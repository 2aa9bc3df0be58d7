import Running

/// What chapter 7 offers to run, in the order of the notes.
public let chapter7 = ChapterProgram(
  7, "Transformer",
  [
    section7_1, section7_2, section7_3, section7_4, section7_4_4, section7_5, section7_6, section7_7, section7_7b,
    section7_8, listing7_8, ablation7_9, section7_10, section7_10b, section7_10c, section7_10d, section7_10e,
    section7_10f, exercise7_1, exercise7_2, exercise7_3, exercise7_4, exercise7_5, exercise7_6, gallery7,
  ])

@main
struct Main {
  static func main() { chapter7.main() }
}
