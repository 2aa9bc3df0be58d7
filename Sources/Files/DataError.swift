// Errors about bad data, which tell the reader what to do.

/// The reason why data could not be used: what was attempted, what was found, and what to do about it.
public struct DataError: Error, Equatable, CustomStringConvertible {
  /// What was attempted, worded to follow "cannot": "read the images in train-images-idx3-ubyte".
  public let attempted: String
  /// What was found instead, with the byte, the record, or the line and column in the file.
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
