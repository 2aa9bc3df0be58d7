/// The body of a function that is left to the reader: stops the program and says which exercise is missing, where its
/// code belongs, and how to get a hint.
///
/// `swift run book start DIR` makes a copy of this package in which it stands in every function that solves an
/// exercise.
public func unsolved(
  _ exercise: String, path: StaticString = #filePath, file: StaticString = #fileID, line: UInt = #line
) -> Never {
  fatalError(unsolvedMessage(exercise, path: "\(path)", line: line), file: file, line: line)
}

/// The message of `unsolved` for an exercise such as 3.2.1 and the place of its function.
package func unsolvedMessage(_ exercise: String, path: String, line: UInt) -> String {
  let parts = path.split(separator: "/")
  let top = parts.lastIndex { $0 == "Sources" || $0 == "Chapters" } ?? parts.startIndex
  let whole = exercise.split(separator: ".").prefix(2).joined(separator: ".")
  return "Exercise \(exercise) is yours: \(parts[top...].joined(separator: "/")):\(line) has no body yet "
    + "(swift run book hint \(whole))"
}
