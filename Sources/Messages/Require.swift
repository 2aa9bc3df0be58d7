/// Stops the program with `message` unless `condition` holds.
///
/// Used for a programmer's mistakes, such as shapes that do not fit. Unlike `precondition`, the message is printed in optimized
/// builds too, where students run the exercises.
@inlinable
public func require(
  _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) {
  if !condition() { fatalError(message(), file: file, line: line) }
}
