import Running

/// What chapter 11 offers to run, in the order of the notes.
public let chapter11 = ChapterProgram(
  11, "Theory",
  [
    section11_1, section11_1b, section11_1c, section11_2, section11_3, section11_4_1, section11_4_1b, section11_4_2,
    section11_4_2b, section11_5_1, section11_5_2, section11_6, section11_7, section11_8, section11_8b, section11_9,
    listing11_10a, listing11_10b, section11_11, section11_11b, section11_11c, exercise11_1, exercise11_2,
    exercise11_3, exercise11_4, exercise11_5, exercise11_6, exercise11_7, gallery11,
  ])

@main
struct Main {
  static func main() { chapter11.main() }
}
