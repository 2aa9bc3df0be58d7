/// Something a chapter offers to run: a listing of the notes, an ablation, the demonstration of a section, an exercise, its gallery of mistakes.
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
  let body: @Sendable (Run) throws -> Void

  /// Something of any kind that usually takes so many seconds.
  ///
  /// A body that throws has failed: its message is shown and no file is written.
  public init(
    _ kind: Kind, _ number: String, _ title: String, stars: Int = 0, seconds: Int, quick: Int = 1,
    full: Int? = nil, body: @escaping @Sendable (Run) throws -> Void
  ) {
    (self.kind, self.number, self.title, self.stars) = (kind, number, title, stars)
    self.seconds = [.quick: quick, .standard: seconds, .full: full ?? seconds]
    self.body = body
  }

  /// An exercise of the notes that usually takes so many seconds.
  public init(
    _ number: String, _ title: String, stars: Int, seconds: Int, quick: Int = 1, full: Int? = nil,
    body: @escaping @Sendable (Run) throws -> Void
  ) {
    self.init(.exercise, number, title, stars: stars, seconds: seconds, quick: quick, full: full, body: body)
  }

  /// What to type after the program's name: "exercise 1.3".
  public var command: String { "\(kind.rawValue) \(number)" }
}

/// How much a run may cost.
public enum Budget: String, CaseIterable, Sendable {
  /// Seconds: enough to see that everything works.
  case quick
  /// What the guide shows.
  case standard
  /// As the notes have it, however long it takes.
  case full
}

/// What the reader asked of a run.
public struct RunOptions: Sendable, Equatable {
  /// The seed of all random numbers.
  public var seed: UInt64 = 1
  /// The folder with data sets, if one was named.
  public var data: String?
  /// The folder for results, if one was named.
  public var out: String?
  /// The number of epochs, if one was named.
  public var epochs: Int?
  /// How much the run may cost.
  public var budget = Budget.standard
  /// The file that keeps what the run has done, if one was named.
  public var checkpoint: String?
  /// Whether the run goes on from that file.
  public var resumes = false
  /// Whether only the card is printed.
  public var isQuiet = false
  /// Whether colours are never used.
  public var isPlain = false

  /// The defaults.
  public init() {}
}
