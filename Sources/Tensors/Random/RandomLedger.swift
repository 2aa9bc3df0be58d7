import Synchronization

/// Where all random sources of a run stand: what a run that was interrupted needs to go on with the very numbers it would have drawn.
///
/// Sources are known by their number: the first that was made while the ledger was current is 0. A run that is repeated makes the same
/// sources in the same order, so a number means the same source again. A class because it is the one list that all of them are on.
public final class RandomLedger: Sendable {
  /// The ledger on which new sources are put, if any.
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

  /// Where the sources stand that are alive and have a number below `limit`.
  public func page(below limit: Int) -> RandomPage {
    state.withLock { state in
      let words = state.entries.filter { $0.number < limit }.compactMap { entry in
        entry.position.map { (entry.number, [$0.state.0, $0.state.1, $0.state.2, $0.state.3]) }
      }
      return RandomPage(made: state.made, words: Dictionary(words) { $1 })
    }
  }

  /// Puts every source that stands on the page, and is alive, back to where it stood.
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

/// Where the random sources of a run stood at one moment.
public struct RandomPage: Codable, Equatable, Sendable {
  /// The number of sources made until then.
  let made: Int
  /// The four words of every source by its number.
  let words: [Int: [UInt64]]
}

/// A position in a stream of random numbers. A class because the source that moves it and the ledger share it; each of its words is read
/// and written on its own, for only one task moves it.
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
