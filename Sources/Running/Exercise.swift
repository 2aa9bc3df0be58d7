import DataSets

/// An item of a chapter that can be run: the demonstration of a section, a listing of the notes, an ablation, an
/// exercise, or the chapter's gallery of mistakes.
public struct Exercise: Sendable {
  /// The kind of item: the word after the program's name.
  public enum Kind: String, CaseIterable, Sendable {
    case section, listing, ablation, exercise, gallery
  }

  /// The kind of item.
  public let kind: Kind
  /// The number in the notes, such as 1.3; for a gallery, the chapter's number.
  public let number: String
  /// The title: what the item does, in a few words.
  public let title: String
  /// The difficulty given in the notes: one to three stars, or 0 for none.
  public let stars: Int
  /// The seconds it usually takes with each budget, on two cores.
  public let seconds: [Budget: Int]
  /// The data that it needs at least, for each budget; nil if it reads no data set.
  public let needs: (@Sendable (Budget) -> DataNeeds)?
  /// Whether it generates text, so that it takes `--prompt` and the other options of such items.
  public private(set) var generatesText = false
  /// Whether it takes `--from` with a model that a run saved, though it generates no text.
  public private(set) var readsModels = false
  /// Whether `--from` may name a folder as well, in which a model is published as several files.
  public private(set) var readsModelFolders = false
  let body: @Sendable (Run) throws -> Void

  /// An item of any kind, with the seconds that it usually takes.
  ///
  /// If the body throws, the item has failed: its message is shown and no file is written. An item that reads a data
  /// set must state what it needs of it.
  public init(
    _ kind: Kind, _ number: String, _ title: String, stars: Int = 0, seconds: Int, quick: Int = 1,
    full: Int? = nil, needs: (@Sendable (Budget) -> DataNeeds)? = nil, body: @escaping @Sendable (Run) throws -> Void
  ) {
    (self.kind, self.number, self.title, self.stars, self.needs) = (kind, number, title, stars, needs)
    self.seconds = [.quick: quick, .standard: seconds, .full: full ?? seconds]
    self.body = body
  }

  /// An exercise of the notes, with the seconds that it usually takes.
  public init(
    _ number: String, _ title: String, stars: Int, seconds: Int, quick: Int = 1, full: Int? = nil,
    needs: (@Sendable (Budget) -> DataNeeds)? = nil, body: @escaping @Sendable (Run) throws -> Void
  ) {
    self.init(
      .exercise, number, title, stars: stars, seconds: seconds, quick: quick, full: full, needs: needs, body: body)
  }

  /// The same item as one that generates text and takes the options for that.
  public var generating: Exercise {
    var item = self
    item.generatesText = true
    return item
  }

  /// The same item as one that takes `--from` with a saved model.
  public var readingModels: Exercise {
    var item = self
    item.readsModels = true
    return item
  }

  /// The same item as one whose `--from` may name a folder.
  public var readingModelFolders: Exercise {
    var item = self
    item.readsModelFolders = true
    return item
  }

  /// The words after the program's name: "exercise 1.3".
  public var command: String { "\(kind.rawValue) \(number)" }
}
