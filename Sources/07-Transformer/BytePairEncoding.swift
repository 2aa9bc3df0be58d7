// Lehaut, § 3.3  Byte-pair encoding

import DataSets
import Messages

/// Byte-pair encoding: turns a text into token numbers, where each token stands for one or more bytes. Lehaut, § 3.3
///
/// The text is cut into pieces. Of all pairs of neighbours in a piece for which there is a merge, those of the earliest
/// merge become one token, from left to right, until no merge applies. Every byte is a token, so every text can be
/// encoded, and decoding returns exactly its bytes. Sennrich et al. (2016), Radford et al. (2019)
public struct BytePairEncoding: Sendable, Equatable {
  /// The tokens and the merges.
  public let table: MergeTable
  /// The position of each pair of tokens among the merges.
  private let ranks: [UInt64: Int]

  /// The encoding of a table.
  public init(_ table: MergeTable) {
    self.table = table
    ranks = Dictionary(table.merges.enumerated().map { (Self.key($1.left, $1.right), $0) }) { first, _ in first }
  }

  /// The encoding learned from a text with at most `merges` merges, the most frequent pair first.
  ///
  /// `BytePairTraining` learns it step by step.
  public init(
    learnedFrom text: String, merges: Int, splitting: MergeTable.Splitting = .gpt2, specials: [String] = []
  ) {
    var training = BytePairTraining(Array(text.utf8), splitting: splitting)
    while training.steps.count < merges, training.merge() != nil {}
    self = training.encoding(specials: specials)
  }

  /// The number of tokens.
  public var count: Int { table.count }

  /// The number of the special token with a name, such as `<|endoftext|>`; nil if there is none.
  public func number(ofSpecial name: String) -> Int? {
    table.specials.first { table.tokens[$0] == Array(name.utf8) }
  }

  // MARK: - From text to numbers

  /// The numbers of a text's tokens. The names of special tokens in the text are treated as plain text, unless they are
  /// allowed.
  public func encode(_ text: String, allowsSpecials: Bool = false) -> [Int] {
    allowsSpecials ? encodeWithSpecials(Array(text.utf8)) : encode(Array(text.utf8))
  }

  /// The token numbers of any bytes.
  public func encode(_ bytes: [UInt8]) -> [Int] {
    var (numbers, known) = ([Int](), [ArraySlice<UInt8>: [Int]]())
    for piece in table.splitting.pieces(of: bytes) {
      // The results are kept, because most pieces occur often.
      if let found = known[piece] {
        numbers += found
      } else {
        let found = merged(piece)
        known[piece] = found
        numbers += found
      }
    }
    return numbers
  }

  private func encodeWithSpecials(_ bytes: [UInt8]) -> [Int] {
    let specials = table.specials.map { (number: $0, name: table.tokens[$0]) }.sorted { $0.name.count > $1.name.count }
    var (numbers, start, place) = ([Int](), 0, 0)
    while place < bytes.count {
      if let special = specials.first(where: { bytes[place...].starts(with: $0.name) }) {
        numbers += encode(Array(bytes[start..<place])) + [special.number]
        place += special.name.count
        start = place
      } else {
        place += 1
      }
    }
    return numbers + encode(Array(bytes[start...]))
  }

  // MARK: - From numbers to text

  /// The bytes of tokens. Stops if there is no token with one of the numbers.
  public func bytes(of numbers: some Sequence<Int>) -> [UInt8] {
    numbers.flatMap { number in
      require((0..<count).contains(number), "cannot decode token \(number): there are \(count) tokens")
      return table.tokens[number]
    }
  }

  /// The text of tokens; bytes that are not UTF-8 become �.
  public func decode(_ numbers: some Sequence<Int>) -> String { String(decoding: bytes(of: numbers), as: UTF8.self) }

  // MARK: - The merges of a piece

  /// A pair of neighbours that can be merged, ordered by merge (earlier first) and then by position (leftmost first).
  private struct Candidate: Comparable {
    let rank, place: Int
    static func < (a: Candidate, b: Candidate) -> Bool { (a.rank, a.place) < (b.rank, b.place) }
  }

  static func key(_ left: Int, _ right: Int) -> UInt64 { UInt64(left) << 32 | UInt64(right) }

  /// The tokens of a piece after all merges. O(n log n)
  private func merged(_ piece: ArraySlice<UInt8>) -> [Int] {
    var sequence = TokenChain(piece.map { table.bytes[Int($0)] })
    var candidates = PriorityQueue<Candidate>()
    func candidate(_ chain: TokenChain, _ place: Int) -> Candidate? {
      guard let (left, right) = chain.pair(at: place) else { return nil }
      return ranks[Self.key(left, right)].map { Candidate(rank: $0, place: place) }
    }
    for place in 0..<piece.count {
      if let next = candidate(sequence, place) { candidates.add(next) }
    }
    while let rank = candidates.first?.rank {
      // All pairs of this merge are joined before the new tokens are looked at.
      var joined: [Int] = []
      while let next = candidates.first, next.rank == rank {
        _ = candidates.popFirst()
        if candidate(sequence, next.place) == next {
          sequence.join(at: next.place, into: table.merges[rank].joined)
          joined.append(next.place)
        }
      }
      for place in joined {
        for near in [sequence.place(before: place), place] {
          if let near, let next = candidate(sequence, near) { candidates.add(next) }
        }
      }
    }
    return sequence.tokens
  }
}
