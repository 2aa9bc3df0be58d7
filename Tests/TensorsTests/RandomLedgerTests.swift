import Foundation
import Tensors
import Testing

@Suite("Random sources of a run")
struct RandomLedgerTests {
  @Test("a page restores every source of a run: made from a seed, split, made from a state")
  func restoring() throws {
    let ledger = RandomLedger()
    RandomLedger.$current.withValue(ledger) {
      let first = RandomSource(seed: 1)
      let second = first.split()
      let third = RandomSource(state: second.state)
      _ = (first.uniform([10]), third.uniform([3]))
      let page = ledger.page(below: .max)
      let numbers = [first, second, third].map { $0.next() }
      _ = (RandomSource(seed: 4), second.uniform([100]))
      #expect(ledger.count == 4)
      ledger.restore(page)
      #expect([first, second, third].map { $0.next() } == numbers)
      #expect(ledger.count == 3)
    }
  }

  @Test("later sources are unchanged, and released ones do no harm")
  func limits() {
    let ledger = RandomLedger()
    RandomLedger.$current.withValue(ledger) {
      let first = RandomSource(seed: 1)
      for seed in UInt64(0)..<1_000 { _ = RandomSource(seed: seed).next() }
      let limit = ledger.count
      let young = RandomSource(seed: 2)
      let page = ledger.page(below: limit)
      let (next, _) = (first.next(), young.next())
      let state = young.state
      ledger.restore(page)
      #expect(first.next() == next && young.state == state)
      #expect(limit == 1_001)
    }
  }

  @Test("a repeated run numbers its sources in the same way, and a page can be saved and loaded")
  func repeated() throws {
    func sources() -> [RandomSource] {
      let first = RandomSource(seed: 7)
      return [first, first.split(), RandomSource(seed: 8)]
    }
    let ledger = RandomLedger()
    let (page, numbers) = RandomLedger.$current.withValue(ledger) {
      let made = sources()
      for source in made { _ = source.uniform([5]) }
      return (ledger.page(below: .max), made.map { $0.next() })
    }
    let read = try JSONDecoder().decode(RandomPage.self, from: JSONEncoder().encode(page))
    #expect(read == page)
    let again = RandomLedger()
    RandomLedger.$current.withValue(again) {
      let made = sources()
      again.restore(read)
      #expect(made.map { $0.next() } == numbers)
    }
  }

  @Test("without a ledger nothing is recorded")
  func none() {
    let ledger = RandomLedger()
    _ = RandomSource(seed: 1)
    #expect(ledger.count == 0 && ledger.page(below: .max) == RandomLedger().page(below: .max))
  }
}
