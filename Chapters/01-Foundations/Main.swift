import Workbench

@main
struct Main {
  static func main() {
    ChapterProgram(1, "Foundations", [listing1_6]).main()
  }
}
