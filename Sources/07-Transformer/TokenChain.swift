// Lehaut, § 3.3  Tokens as a linked list

/// A sequence of tokens as a doubly linked list, in which two neighbours are merged in constant time. Lehaut, § 3.3
struct TokenChain: Sendable {
  private static let nowhere: Int32 = -1
  /// The token that starts at each position; −1 where the position is inside a token that starts further left.
  private(set) var token: [Int32]
  private var next, previous: [Int32]

  /// The chain of these tokens.
  init(_ tokens: [Int]) { self.init([tokens]) }

  /// One chain for each piece, in one list.
  init(_ pieces: [[Int]]) {
    token = pieces.joined().map(Int32.init)
    next = token.indices.map { Int32($0 + 1) }
    previous = token.indices.map { Int32($0 - 1) }
    var start = 0
    for piece in pieces where !piece.isEmpty {
      previous[start] = Self.nowhere
      start += piece.count
      next[start - 1] = Self.nowhere
    }
  }

  /// The position after the token at a position; nil at the end of a piece.
  func place(after place: Int) -> Int? { next[place] < 0 ? nil : Int(next[place]) }

  /// The position before the token at a position; nil at the start of a piece.
  func place(before place: Int) -> Int? { previous[place] < 0 ? nil : Int(previous[place]) }

  /// The token at a position and the one after it; nil if there is none.
  func pair(at place: Int) -> (left: Int, right: Int)? {
    guard token[place] >= 0, next[place] >= 0 else { return nil }
    return (Int(token[place]), Int(token[Int(next[place])]))
  }

  /// Merges the token at a position with the one after it.
  mutating func join(at place: Int, into joined: Int) {
    guard let second = self.place(after: place) else { return }
    token[place] = Int32(joined)
    token[second] = Self.nowhere
    next[place] = next[second]
    if let third = self.place(after: place) { previous[third] = Int32(place) }
  }

  /// The tokens from left to right.
  var tokens: [Int] { token.filter { $0 >= 0 }.map(Int.init) }
}
