import Running

/// What chapter 10 offers to run, in the order of the notes.
public let chapter10 = ChapterProgram(
  10, "Diffusion",
  [
    section10_1, section10_2_1, section10_2_2, section10_2b, section10_3, section10_4, section10_5, section10_6_1,
    section10_6_2, section10_7, listing10_8a, listing10_8b, listing10_8c, ablation10_9, section10_10, section10_10b,
    section10_10c, section10_10d, exercise10_1, exercise10_2, exercise10_3, exercise10_4, exercise10_5, exercise10_6,
    gallery10,
  ])

@main
struct Main {
  static func main() { chapter10.main() }
}
