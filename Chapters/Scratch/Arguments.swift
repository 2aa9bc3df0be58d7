import DataSets
import Files
import Foundation
import Messages

/// Starts what the arguments name: the experiment, a training on images, or a training on a table. An error ends the
/// program with one line and status 1. The folder `results` is made for files.
func start(_ experiment: () throws -> Void) {
  let arguments = Array(CommandLine.arguments.dropFirst())
  do {
    _ = try SystemPath.makeFolder("results")
    switch arguments.count {
    case 0: try experiment()
    case 1 where !arguments[0].hasPrefix("-") && !arguments[0].hasSuffix(".csv"): try trainOnImages(arguments[0])
    case 2: try trainOnTable(arguments[0], target: arguments[1])
    default:
      throw DataError(
        attempted: "run scratch", found: "its arguments are \(typed(arguments))",
        advice: "Name nothing, a folder of images, or a table and a column: scratch, scratch results/my-data, "
          + "scratch results/table.csv kind")
    }
  } catch {
    FileHandle.standardError.write(Data("scratch: \(error)\n".utf8))
    exit(1)
  }
}
