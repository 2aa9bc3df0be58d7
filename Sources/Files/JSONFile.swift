// JSON files next to published weights: sizes, and the vocabulary of a tokenizer.

extension JSONText {
  /// The value in a JSON file, whose lists may have 10,000 values: a tokenizer lists the tokens that were added to it.
  ///
  /// Throws a `DataError` that names the first byte that is wrong.
  package init(_ file: DataFile) throws {
    do { self = try JSONReader.value(file.utf8(), longestList: 10_000) } catch let mistake as Mistake {
      throw file.error("at byte \(mistake.byte), \(mistake.found)", "It is damaged: download or save it again")
    }
  }

  /// The member of an object with this name; nil for other values and for a missing or null member.
  package subscript(name: String) -> JSONText? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }.flatMap { $0.value == .other("null") ? nil : $0.value }
  }

  /// The members of an object; nil for other values.
  package var members: [Member]? { if case .object(let members) = self { members } else { nil } }
  /// A string; nil for other values.
  package var string: String? { if case .string(let text) = self { text } else { nil } }
  /// A whole number from 0; nil for other values.
  package var integer: Int? { if case .integer(let number) = self { number } else { nil } }
  /// true or false; nil for other values.
  package var flag: Bool? { if case .other(let word) = self { Bool(word) } else { nil } }
  /// A number; nil for other values.
  package var number: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .other(let word): Double(word)
    default: nil
    }
  }
}
