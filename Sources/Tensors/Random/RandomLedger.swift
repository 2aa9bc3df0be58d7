import Synchronization

/// The positions of all random sources of a run: with them, an interrupted run resumes with exactly the numbers it
/// would have drawn.
///
/// Sources are known by their number: the first one created while the ledger is current is 0. A repeated run creates
/// the same sources in the same order, so a number identifies the same source again. A class because all sources share
/// its identity.
public final class RandomLedger: Sendable {
  /// The ledger in which new sources are entered, if any.
  @TaskLocal public static var current: RandomLedger?

  private struct Entry {
    let number: Int
    weak var position: RandomPosition?
  }

  private let state = Mutex((made: 0, entries: [Entry](), tidyAt: 64))

  /// An empty ledger.
  public init() {}

  /// The number of sources made so far.
  public var count: Int { state.withLock { $0.made } }

  func add(_ position: RandomPosition) {
    state.withLock { state in
      state.entries.append(Entry(number: state.made, position: position))
      state.made += 1
      if state.entries.count < state.tidyAt { return }
      state.entries.removeAll { $0.position == nil }
      state.tidyAt = 2 * state.entries.count + 64
    }
  }

  /// The positions of the living sources with a number below `limit`.
  public func page(below limit: Int) -> RandomPage {
    state.withLock { state in
      let words = state.entries.filter { $0.number < limit }.compactMap { entry in
        entry.position.map { (entry.number, [$0.state.0, $0.state.1, $0.state.2, $0.state.3]) }
      }
      return RandomPage(made: state.made, words: Dictionary(words) { $1 })
    }
  }

  /// Returns every living source on the page to its position there.
  public func restore(_ page: RandomPage) {
    state.withLock { state in
      for entry in state.entries {
        guard let words = page.words[entry.number], words.count == 4 else { continue }
        entry.position?.state = (words[0], words[1], words[2], words[3])
      }
      state.made = page.made
    }
  }
}

/// The positions of the random sources of a run at one moment.
public struct RandomPage: Codable, Equatable, Sendable {
  /// The number of sources created until then.
  let made: Int
  /// The four words of every source, by its number.
  let words: [Int: [UInt64]]
}

/// A position in a stream of random numbers. A class because the source that advances it and the ledger share it. Its
/// words are read and written separately, because only one task advances it.
final class RandomPosition: Sendable {
  private let a, b, c, d: Atomic<UInt64>

  init(_ state: (UInt64, UInt64, UInt64, UInt64)) {
    a = Atomic(state.0)
    b = Atomic(state.1)
    c = Atomic(state.2)
    d = Atomic(state.3)
  }

  var state: (UInt64, UInt64, UInt64, UInt64) {
    get {
      (a.load(ordering: .relaxed), b.load(ordering: .relaxed), c.load(ordering: .relaxed), d.load(ordering: .relaxed))
    }
    set {
      a.store(newValue.0, ordering: .relaxed)
      b.store(newValue.1, ordering: .relaxed)
      c.store(newValue.2, ordering: .relaxed)
      d.store(newValue.3, ordering: .relaxed)
    }
  }
}
