// The tokens of a byte-pair encoding, and the merges that make them.

import Files
import Messages

/// The tokens of a byte-pair encoding: 256 bytes, the tokens that merges make of two others, and special ones.
///
/// A token's number is its place in `tokens`. The merges have the order in which they were learned. A special token
/// occurs in no text, and its bytes are those of its name.
public struct MergeTable: Sendable, Equatable {
  /// How a text is cut into pieces before tokens are merged. No token crosses a cut.
  public enum Splitting: String, Sendable, CaseIterable {
    /// Not at all.
    case none
    /// Into words, numbers, signs and spaces, as GPT-2 does.
    case gpt2
  }

  /// A merge: the tokens on the left and on the right become one.
  public struct Merge: Sendable, Hashable {
    /// The numbers of the two tokens, and of the one that they become.
    public let left, right, joined: Int

    /// The merge of these numbers.
    public init(_ left: Int, _ right: Int, into joined: Int) {
      (self.left, self.right, self.joined) = (left, right, joined)
    }
  }

  /// The largest number of bytes in a token.
  public static let longestToken = 1024

  /// The bytes of each token.
  public let tokens: [[UInt8]]
  /// The number of each byte's token.
  public let bytes: [Int]
  /// The merges, in the order in which they were learned.
  public let merges: [Merge]
  /// The numbers of the special tokens, in ascending order.
  public let specials: [Int]
  /// How a text is cut.
  public let splitting: Splitting

  /// A table in which byte b is token b, merge k makes token 256 + k, and the special tokens follow.
  ///
  /// Stops if a merge names a token that does not exist yet, if two tokens are the same bytes, or if a special token's
  /// name is empty or has spaces in it.
  public init(pairs: [(left: Int, right: Int)], splitting: Splitting = .none, specials: [String] = []) {
    var parts = MergeParts(bytes: Array(0..<256))
    do throws(MergeParts.Mistake) {
      for pair in pairs { try parts.add(Merge(pair.left, pair.right, into: 256 + parts.merges.count)) }
      for name in specials { try parts.add(special: name, number: 256 + pairs.count + parts.specials.count) }
      try self.init(parts, splitting: splitting)
    } catch {
      fatalError("cannot make a table of \(pairs.count) merges: after \(parts.merges.count) of them, \(error.found)")
    }
  }

  /// The table of these parts, whose tokens must have all numbers from 0 on.
  init(_ parts: MergeParts, splitting: Splitting) throws(MergeParts.Mistake) {
    let count = parts.tokens.count
    if let gap = (0..<count).first(where: { parts.tokens[$0] == nil }) {
      throw MergeParts.Mistake(found: "no token has the number \(gap), though there are \(count) tokens")
    }
    tokens = (0..<count).compactMap { parts.tokens[$0] }
    (bytes, merges, specials) = (parts.bytes, parts.merges, parts.specials.sorted())
    self.splitting = splitting
  }

  /// The number of tokens.
  public var count: Int { tokens.count }
}

/// The tokens of a table while they are put together, one at a time, so that the first wrong one is found at once.
struct MergeParts {
  /// What is wrong with a token.
  struct Mistake: Error {
    let found: String
  }

  let bytes: [Int]
  private(set) var tokens: [Int: [UInt8]]
  private(set) var merges: [MergeTable.Merge] = []
  private(set) var specials: [Int] = []
  /// Both numbers of each merge in one.
  private var pairs: Set<Int> = []
  private var known: Set<[UInt8]>

  /// The tokens of bytes, which have different numbers.
  init(bytes: [Int]) {
    self.bytes = bytes
    tokens = Dictionary(uniqueKeysWithValues: bytes.enumerated().map { ($1, [UInt8($0)]) })
    known = Set(tokens.values)
  }

  /// Adds a merge of tokens that exist. Several merges may make the same token.
  mutating func add(_ merge: MergeTable.Merge) throws(Mistake) {
    guard let left = tokens[merge.left], let right = tokens[merge.right] else {
      throw Mistake(found: "this merge joins a token that no earlier one makes")
    }
    guard left.count + right.count <= MergeTable.longestToken else {
      throw Mistake(found: "this merge makes a token of more than \(MergeTable.longestToken) bytes")
    }
    if !pairs.insert(merge.left << 32 | merge.right).inserted {
      throw Mistake(found: "an earlier merge joins the same two")
    }
    let joined = left + right
    if let other = tokens[merge.joined] {
      if other != joined { throw Mistake(found: "this merge makes token \(merge.joined), which is another one") }
    } else if known.insert(joined).inserted {
      tokens[merge.joined] = joined
    } else {
      throw Mistake(found: "this merge makes the bytes of another token")
    }
    merges.append(merge)
  }

  /// Adds a special token, whose name stays itself in every form of file.
  mutating func add(special name: String, number: Int) throws(Mistake) {
    let isName =
      !name.isEmpty
      && name.unicodeScalars.allSatisfy {
        !$0.properties.isWhitespace && $0.properties.generalCategory != .control && $0 != "\u{FEFF}"
      }
    if !isName { throw Mistake(found: "the name of a special token is empty or has spaces in it") }
    if tokens[number] != nil { throw Mistake(found: "another token has the number \(number)") }
    // In GPT-2's spelling a special token must differ from the others too.
    guard known.insert(ByteSymbols.bytes(of: name) ?? Array(name.utf8)).inserted else {
      throw Mistake(found: "the special token \(JSONText.quoted(name.excerpt)) is also another token")
    }
    tokens[number] = Array(name.utf8)
    specials.append(number)
  }
}
