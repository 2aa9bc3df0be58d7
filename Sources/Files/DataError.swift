// Bad data is an error that a person can act on.

/// Why data could not be had: what was attempted, what was found instead, and what to do about it.
public struct DataError: Error, Equatable, CustomStringConvertible {
  /// What was attempted, as it reads after "cannot": "read the images in train-images-idx3-ubyte".
  public let attempted: String
  /// What was found instead, with the file's byte, record, or line and column.
  public let found: String
  /// What the reader can do next.
  public let advice: String

  /// The error that reads "cannot `attempted`: `found`. `advice`."
  public init(attempted: String, found: String, advice: String) {
    (self.attempted, self.found, self.advice) = (attempted, found, advice)
  }

  /// All three parts in two sentences.
  public var description: String { "cannot \(attempted): \(found). \(advice)." }
}
