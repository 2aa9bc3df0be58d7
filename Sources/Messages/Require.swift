/// Stops the program with `message` unless `condition` holds.
///
/// For a programmer's mistakes, such as shapes that do not match. Unlike with `precondition`, the message is also
/// printed in optimized builds, where students run the exercises.
@inlinable
public func require(
  _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) {
  if !condition() { fatalError(message(), file: file, line: line) }
}
