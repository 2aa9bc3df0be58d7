import DataSets
import Tensors
import Testing

@Suite("Data: spoken vowels")
struct DataVowelsTests {
  @Test("sounds have the asked number of vowels, which are heard one after the other, and depend on the seed alone")
  func spans() {
    let (set, again) = (
      SpokenVowels(count: 40, from: RandomSource(seed: 1)), SpokenVowels(count: 40, from: RandomSource(seed: 1))
    )
    #expect(set.sounds.shape == [40, 9_600] && set.sounds == again.sounds && set.vowels == again.vowels)
    #expect(Set(set.vowels.map(\.count)) == [1, 2, 3, 4, 5])
    for (vowels, spans) in zip(set.vowels, set.spans) {
      #expect(vowels.count == spans.count && vowels.allSatisfy { Vowel.all.indices.contains($0) })
      for (a, b) in zip(spans, spans.dropFirst()) { #expect(b.lowerBound - a.upperBound >= 160) }
      #expect(spans.allSatisfy { $0.count >= 600 && $0.upperBound <= 9_600 })
    }
    let part = set.subset([3, 1])
    #expect(part.vowels == [set.vowels[3], set.vowels[1]] && part.sounds[1] == set.sounds[1])
  }

  @Test("speech is louder than the noise around it by the asked level")
  func noise() {
    let set = SpokenVowels(count: 30, vowels: 1...1, noise: -20 ... -20, longest: 5, from: RandomSource(seed: 2))
    let quiet = (0..<30).map { set.sounds[$0][4_000..<9_000].squared().mean().item }
    #expect(quiet.allSatisfy { abs($0 - 0.01) < 0.001 })
    let spoken = (0..<30).map { set.sounds[$0][set.spans[$0][0]].squared().mean().item }
    #expect(spoken.allSatisfy { (0.25..<2).contains($0) })
  }

  @Test("where nobody speaks there is noise, with or without a chord")
  func silence() {
    let set = SpokenVowels(count: 40, vowels: 0...0, noise: -20 ... -20, longest: 2, from: RandomSource(seed: 3))
    #expect(set.vowels.allSatisfy(\.isEmpty) && set.sounds.shape == [40, SpokenVowels.length(vowels: 2)])
    let powers = (0..<40).map { set.sounds[$0].squared().mean().item }
    #expect(powers.allSatisfy { abs($0 - 0.01) < 0.002 || abs($0 - 1.01) < 0.1 })
    #expect((10...30).contains(powers.count { $0 > 0.5 }))
  }
}
