import Running

/// What chapter 12 offers to run, in the order of the notes.
public let chapter12 = ChapterProgram(
  12, "Applications",
  [
    section12_1, section12_1_1, section12_1_1b, section12_1_1c, section12_1_2, section12_1_2b, section12_1_3,
    section12_2_1, section12_2_2, section12_2_3, section12_3_1, section12_3_2, section12_3_3, section12_3_3b,
    section12_3_3c, section12_4, section12_5_1, listing12_5_2, section12_5_3, section12_6_1, section12_6_2,
    section12_7_1, section12_7_2, section12_8, section12_8b, section12_8c, section12_8d, section12_9, section12_10,
    section12_10b, section12_10c, section12_10d, section12_10e, section12_10f, section12_10g, section12_10h,
    section12_10i, exercise12_1, exercise12_2, exercise12_3, exercise12_4, exercise12_5, gallery12,
  ])

@main
struct Main {
  static func main() { chapter12.main() }
}
