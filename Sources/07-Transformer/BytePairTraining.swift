// Lehaut, § 3.3  Learning the merges of a byte-pair encoding

import DataSets
import Messages

/// The training of a byte-pair encoding, one merge at a time. Lehaut, § 3.3
///
/// At first every byte of the text is a token. In each step the most frequent pair of neighbours becomes a new token,
/// and replaces the pair from left to right: three equal tokens become one new and one old token. Overlapping pairs are
/// counted, so `aaa` has two. Of equally frequent pairs, the one that occurs first in the text is merged. A pair whose
/// bytes already form a token is skipped, so that no two tokens stand for the same bytes.
///
/// The cost of a step is proportional to the number of occurrences of the pair, not to the length of the text: there is
/// a list of positions for each pair, and each token has links to its neighbours.
public struct BytePairTraining: Sendable {
  /// A merge and its effect.
  public struct Step: Sendable, Equatable {
    /// The numbers of the two tokens and of the new one.
    public let merge: MergeTable.Merge
    /// How often the pair occurred.
    public let occurrences: Int
    /// The tokens of the text after the merge.
    public let tokenCount: Int
  }

  /// How the text is split into pieces.
  public let splitting: MergeTable.Splitting
  /// The merges so far.
  public private(set) var steps: [Step] = []
  /// The tokens of the text now.
  public private(set) var tokenCount: Int
  /// The bytes of each token.
  public private(set) var tokens: [[UInt8]] = (0...255).map { [$0] }
  private var known: Set<[UInt8]>
  /// Each distinct piece once, in the order of first occurrence.
  private var chain: TokenChain
  /// How often the piece at each position occurs.
  private var weights: [Int32]
  private var pairs = PairIndex()

  /// The start of a training: the text as bytes.
  public init(_ text: [UInt8], splitting: MergeTable.Splitting = .gpt2) {
    require(text.count < 1 << 31, "cannot learn merges from \(text.count) bytes: the text must have less than 2 GiB")
    self.splitting = splitting
    (tokenCount, known) = (text.count, Set(tokens))
    var (numbers, pieces, counts) = ([ArraySlice<UInt8>: Int](), [ArraySlice<UInt8>](), [Int32]())
    for piece in splitting.pieces(of: text) {
      if let number = numbers[piece] {
        counts[number] += 1
      } else {
        numbers[piece] = pieces.count
        pieces.append(piece)
        counts.append(1)
      }
    }
    chain = TokenChain(pieces.map { $0.map(Int.init) })
    weights = zip(pieces, counts).flatMap { piece, count in repeatElement(count, count: piece.count) }
    for place in weights.indices { count(place) }
    announce()
  }

  /// Merges the most frequent pair if it occurs at least `least` times; returns nil otherwise.
  @discardableResult
  public mutating func merge(atLeast least: Int = 2) -> Step? {
    while let (pair, occurrences) = pairs.mostFrequent(in: chain) {
      if occurrences < least { return nil }
      let (left, right) = pairs.tokens(of: pair)
      let bytes = tokens[left] + tokens[right]
      let places = pairs.takePlaces(of: pair)
      guard bytes.count <= MergeTable.longestToken, known.insert(bytes).inserted else { continue }
      let merge = MergeTable.Merge(left, right, into: tokens.count)
      tokens.append(bytes)
      for place in places where chain.pair(at: place).map({ $0 == (left, right) }) == true { join(place, merge.joined) }
      announce()
      steps.append(Step(merge: merge, occurrences: occurrences, tokenCount: tokenCount))
      return steps.last
    }
    return nil
  }

  /// The encoding with the merges so far, followed by special tokens.
  public func encoding(specials: [String] = []) -> BytePairEncoding {
    let pairs = steps.map { (left: $0.merge.left, right: $0.merge.right) }
    return BytePairEncoding(MergeTable(pairs: pairs, splitting: splitting, specials: specials))
  }

  // MARK: - The positions of pairs

  /// Counts the pair at a position, if there is one.
  private mutating func count(_ place: Int?) {
    guard let place, let pair = chain.pair(at: place) else { return }
    pairs.add(pair.left, pair.right, at: place, times: Int(weights[place]))
  }

  /// Stops counting the pair at a position.
  private mutating func discount(_ place: Int?) {
    guard let place, let pair = chain.pair(at: place) else { return }
    pairs.remove(pair.left, pair.right, times: Int(weights[place]))
  }

  /// Merges the pair at a position, and replaces the counts of the pairs before and after it.
  private mutating func join(_ place: Int, _ joined: Int) {
    let before = chain.place(before: place)
    discount(before)
    discount(place)
    discount(chain.place(after: place))
    chain.join(at: place, into: joined)
    count(before)
    count(place)
    tokenCount -= Int(weights[place])
  }

  private mutating func announce() { pairs.announce(in: chain) }
}

/// The pairs of neighbours in a chain: the number of occurrences of each, and their positions.
private struct PairIndex: Sendable {
  /// An entry of the queue: a pair with its count and its first position when the entry was added. More frequent pairs
  /// come first, then earlier ones.
  private struct Claim: Comparable, Sendable {
    let occurrences, place, pair: Int
    static func < (a: Claim, b: Claim) -> Bool { (b.occurrences, a.place) < (a.occurrences, b.place) }
  }

  private var numbers: [UInt64: Int] = [:]
  private var keys: [UInt64] = []
  private var occurrences: [Int] = []
  /// Where each pair was counted, in ascending order; some positions may have changed since.
  private var places: [[Int32]] = []
  /// The number of positions at the start of a pair's list that are no longer valid.
  private var passed: [Int] = []
  private var claims = PriorityQueue<Claim>()
  /// Pairs that were counted since the last call of `announce`.
  private var grown: Set<Int> = []

  mutating func add(_ left: Int, _ right: Int, at place: Int, times: Int) {
    let key = BytePairEncoding.key(left, right)
    let pair = numbers[key] ?? keys.count
    if pair == keys.count {
      numbers[key] = pair
      keys.append(key)
      occurrences.append(0)
      places.append([])
      passed.append(0)
    }
    occurrences[pair] += times
    places[pair].append(Int32(place))
    grown.insert(pair)
  }

  mutating func remove(_ left: Int, _ right: Int, times: Int) {
    if let pair = numbers[BytePairEncoding.key(left, right)] { occurrences[pair] -= times }
  }

  func tokens(of pair: Int) -> (left: Int, right: Int) { (Int(keys[pair] >> 32), Int(keys[pair] & 0xFFFF_FFFF)) }

  /// The positions where a pair was counted; its list is removed.
  mutating func takePlaces(of pair: Int) -> [Int] {
    defer { (places[pair], passed[pair]) = ([], 0) }
    return places[pair].map(Int.init)
  }

  /// Adds entries for the pairs that were counted since the last call.
  mutating func announce(in chain: TokenChain) {
    for pair in grown { claim(pair, in: chain) }
    grown.removeAll(keepingCapacity: true)
  }

  /// The most frequent pair and its occurrences. An outdated entry, whose pair has become rarer or has another first
  /// position, is replaced by a new one, so the first valid entry is that of the most frequent pair.
  mutating func mostFrequent(in chain: TokenChain) -> (pair: Int, occurrences: Int)? {
    while let claim = claims.popFirst() {
      let place = firstPlace(of: claim.pair, in: chain)
      if place == claim.place && occurrences[claim.pair] == claim.occurrences { return (claim.pair, claim.occurrences) }
      self.claim(claim.pair, in: chain)
    }
    return nil
  }

  private mutating func claim(_ pair: Int, in chain: TokenChain) {
    guard let place = firstPlace(of: pair, in: chain) else { return }
    claims.add(Claim(occurrences: occurrences[pair], place: place, pair: pair))
  }

  private mutating func firstPlace(of pair: Int, in chain: TokenChain) -> Int? {
    let tokens = tokens(of: pair)
    while passed[pair] < places[pair].count {
      let place = Int(places[pair][passed[pair]])
      if chain.pair(at: place).map({ $0 == tokens }) == true { return place }
      passed[pair] += 1
    }
    return nil
  }
}
