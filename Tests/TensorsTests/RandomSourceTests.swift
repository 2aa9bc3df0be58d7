import Foundation
import Tensors
import Testing

@Suite("RandomSource: the stream")
struct RandomSourceTests {
  @Test("the generator is xoshiro256**: it gives the authors' first outputs from the state 1, 2, 3, 4")
  func reference() {
    let source = RandomSource(state: (1, 2, 3, 4))
    let expected: [UInt64] = [
      11520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360, 607_988_272_756_665_600,
      16_172_922_978_634_559_625, 8_476_171_486_693_032_832, 10_595_114_339_597_558_777, 2_904_607_092_377_533_576,
    ]
    #expect(expected.map { _ in source.next() } == expected)
  }

  @Test("the seed is scattered by SplitMix64: its published outputs for the seeds 0 and 1234567")
  func seeding() {
    let zero: (UInt64, UInt64, UInt64, UInt64) = (
      0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F, 0xF88B_B8A8_724C_81EC
    )
    #expect(RandomSource(seed: 0).state == zero)
    let other: (UInt64, UInt64, UInt64, UInt64) = (
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431
    )
    #expect(RandomSource(seed: 1_234_567).state == other)
  }

  @Test("the distributions have the same bits everywhere: a checksum recorded with CPython 3.11.7")
  func sameBits() {
    let source = RandomSource(seed: 42)
    let checksum = { (draw: () -> Double) in (0..<1000).reduce(UInt64(0)) { sum, _ in sum &* 31 &+ draw().bitPattern } }
    #expect(checksum { source.normal() } == 11_033_983_814_379_544_361)
    #expect(checksum { source.gamma(shape: 0.5) } == 16_317_350_641_549_291_423)
  }

  @Test("the same seed gives the same numbers, another seed others, and a saved state continues the stream")
  func repetition() {
    let (a, b, c) = (RandomSource(seed: 3), RandomSource(seed: 3), RandomSource(seed: 4))
    #expect((0..<100).allSatisfy { _ in a.next() == b.next() })
    #expect((0..<100).allSatisfy { _ in a.next() != c.next() })
    let resumed = RandomSource(state: a.state)
    #expect((0..<100).allSatisfy { _ in a.normal() == resumed.normal() })
  }

  @Test("split streams repeat with the seed, and no two of a family begin alike, including grandchildren")
  func splitting() {
    #expect(RandomSource(seed: 5).split().next() == RandomSource(seed: 5).split().next())
    let parent = RandomSource(seed: 5)
    let children = (0..<30).map { _ in parent.split() }
    let family = [parent] + children + children.flatMap { child in (0..<30).map { _ in child.split() } }
    #expect(Set(family.map { $0.next() }).count == 1 + 30 + 900)
  }

  @Test("split streams are uncorrelated: |r| < 4/√n for every pair of a parent, two children and a grandchild")
  func independence() {
    let parent = RandomSource(seed: 6)
    let (first, second) = (parent.split(), parent.split())
    let n = 10_000
    let streams = [parent, first, second, first.split()].map { source in (0..<n).map { _ in source.normal() } }
    for i in streams.indices {
      for j in 0..<i {
        let r = zip(streams[i], streams[j]).reduce(0.0) { $0 + $1.0 * $1.1 } / Double(n)
        #expect(abs(r) < 4 / Double(n).squareRoot(), "streams \(i) and \(j): \(r)")
      }
    }
  }

  @Test("each of the 64 bits is 1 half of the time, within four standard errors")
  func bits() {
    let (source, n) = (RandomSource(seed: 7), 10_000)
    var ones = [Int](repeating: 0, count: 64)
    for _ in 0..<n {
      let word = source.next()
      for bit in 0..<64 { ones[bit] += Int(word >> UInt64(bit) & 1) }
    }
    #expect(ones.allSatisfy { abs(Double($0) - Double(n) / 2) < 4 * Double(n).squareRoot() / 2 })
  }

  @Test("a state of zeros stops with a message")
  func zeros() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = RandomSource(state: (0, 0, 0, 0))
    }
    #expect(errorOutput(result).contains("cannot start a random source from four zeros"))
  }
}

@Suite("RandomSource: whole tensors")
struct RandomTensorTests {
  @Test("a tensor holds the numbers of single draws in row-major order, and leaves the stream at the same place")
  func sameAsSingle() {
    let (a, b) = (RandomSource(seed: 1), RandomSource(seed: 1))
    #expect(a.normal([3, 5], scalarType: .double).scalars == (0..<15).map { _ in b.normal() })
    #expect(a.normal([3, 5]).floats == (0..<15).map { _ in Float(b.normal()) })
    let shifted = a.normal([7], mean: 2, standardDeviation: 3, scalarType: .double)
    #expect(shifted.scalars == (0..<7).map { _ in b.normal(mean: 2, standardDeviation: 3) })
    #expect(a.uniform([2, 2], in: -1..<1).floats == (0..<4).map { _ in Float(b.uniform(in: -1..<1)) })
    #expect(a.bernoulli([9], probability: 0.3).scalars == (0..<9).map { _ in b.bernoulli(0.3) ? 1 : 0 })
    #expect(a.state == b.state)
  }

  @Test("the end of an interval never occurs, not even where rounding to Float would reach it")
  func openEnd() {
    let top = { source(yielding: .max) }
    #expect(top().uniform() == 1 - 0x1p-53)
    #expect(top().uniform(in: 1..<(1.0).nextUp) == 1)
    #expect(Float(top().uniform()) == 1)
    #expect(top().uniform([1]).floats == [Float(1).nextDown])
    #expect(top().uniform([1], in: 0.1..<0.2).floats == [Float(0.2).nextDown])
    #expect(source(yielding: 0).uniform([1], in: 0.1..<0.2).floats == [0.1])
    #expect(top().uniform([1], in: 1..<1 + 1e-9).floats == [1])
  }
}

/// A source whose next 64 bits are these: the generator's scrambler, backwards (9 and 5 have inverses modulo 2⁶⁴).
func source(yielding bits: UInt64) -> RandomSource {
  let x = bits &* 0x8E38_E38E_38E3_8E39
  return RandomSource(state: (1, (x >> 7 | x << 57) &* 0xCCCC_CCCC_CCCC_CCCD, 0, 0))
}

/// The standard error of a process that an exit test ran.
func errorOutput(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}
