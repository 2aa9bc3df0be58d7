import Workbench

@main
struct Main {
  static func main() {
    ChapterProgram(
      1, "Foundations", [listing1_6, ablation1_7, exercise1_1, exercise1_2, exercise1_3, exercise1_4]
    ).main()
  }
}
