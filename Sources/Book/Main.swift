import Foundation

@main
struct Main {
  static func main() {
    func write(_ line: String, to file: FileHandle) { file.write(Data("\(line)\n".utf8)) }
    exit(
      runBook(
        Array(CommandLine.arguments.dropFirst()), out: { write($0, to: .standardOutput) },
        err: { write($0, to: .standardError) }))
  }
}
