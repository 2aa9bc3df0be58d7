import Running

/// What chapter 9 offers to run, in the order of the notes.
public let chapter9 = ChapterProgram(
  9, "VAE",
  [
    section9_1, section9_2, section9_2b, section9_3, section9_4, section9_5, section9_6, section9_6b, section9_7,
    listing9_8a, listing9_8b, ablation9_9, section9_9_1, section9_10, section9_10b, section9_10c, section9_10d,
    section9_10e, section9_10f, exercise9_1, exercise9_2, exercise9_3, exercise9_4, exercise9_5, exercise9_6,
    gallery9,
  ])

@main
struct Main {
  static func main() { chapter9.main() }
}
