import DataSets

/// Something a chapter offers to run: a listing of the notes, an ablation, the demonstration of a section, an exercise,
/// its gallery of mistakes.
public struct Exercise: Sendable {
  /// What kind of thing it is: the word after the program's name.
  public enum Kind: String, CaseIterable, Sendable {
    case section, listing, ablation, exercise, gallery
  }

  /// What kind of thing it is.
  public let kind: Kind
  /// Its number in the notes, such as 1.3; a gallery has that of its chapter.
  public let number: String
  /// What it does, in a few words.
  public let title: String
  /// How hard the notes say it is: one to three stars, or none.
  public let stars: Int
  /// The seconds it usually takes with each budget, on two cores.
  public let seconds: [Budget: Int]
  /// The least that it needs of its data with each budget; nil if it reads no data set.
  public let needs: (@Sendable (Budget) -> DataNeeds)?
  let body: @Sendable (Run) throws -> Void

  /// Something of any kind that usually takes so many seconds.
  ///
  /// A body that throws has failed: its message is shown and no file is written. What reads a data set says what it needs of it.
  public init(
    _ kind: Kind, _ number: String, _ title: String, stars: Int = 0, seconds: Int, quick: Int = 1,
    full: Int? = nil, needs: (@Sendable (Budget) -> DataNeeds)? = nil, body: @escaping @Sendable (Run) throws -> Void
  ) {
    (self.kind, self.number, self.title, self.stars, self.needs) = (kind, number, title, stars, needs)
    self.seconds = [.quick: quick, .standard: seconds, .full: full ?? seconds]
    self.body = body
  }

  /// An exercise of the notes that usually takes so many seconds.
  public init(
    _ number: String, _ title: String, stars: Int, seconds: Int, quick: Int = 1, full: Int? = nil,
    needs: (@Sendable (Budget) -> DataNeeds)? = nil, body: @escaping @Sendable (Run) throws -> Void
  ) {
    self.init(
      .exercise, number, title, stars: stars, seconds: seconds, quick: quick, full: full, needs: needs, body: body)
  }

  /// What to type after the program's name: "exercise 1.3".
  public var command: String { "\(kind.rawValue) \(number)" }
}
