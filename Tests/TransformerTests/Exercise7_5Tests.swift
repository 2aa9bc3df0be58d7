import Attention
import Checking
import DataSets
import RNN
import Tensors
import Testing
import Transformer
import ch07

@Suite("Exercise 7.5  BERT against GPT")
struct Exercise7_5Tests {
  @Test("Exercise 7.5.2: conditionals with the odds ratios 36 and 0.67 belong to no distribution")
  func noJoint() {
    let (first, second) = inconsistentBits.oddsRatios
    #expect(abs(first - 36) < 1e-12 && abs(second - 2.0 / 3) < 1e-12 && inconsistentBits.joint == nil)
    let products: Double = inconsistentBits.products.reduce(0, +)
    let causal: Double = inconsistentBits.causal(first: 0.3).reduce(0, +)
    #expect(abs(products - 0.93) < 1e-12 && abs(causal - 1) < 1e-15)
    // Whatever is drawn last has its conditional, the other has not: the frequencies depend on the order.
    let (a, b) = (inconsistentBits.gibbs(endsWith: 1), inconsistentBits.gibbs(endsWith: 2))
    #expect(zip(a, b).contains { abs($0 - $1) > 0.05 })
    #expect(TwoBits(of: b).second.map { ($0 * 1e9).rounded() } == [5e8, 4e8])
    #expect(zip(TwoBits(of: b).first, [0.2, 0.9]).contains { abs($0 - $1) > 0.05 })
  }

  @Test("Exercise 7.5.2: the conditionals of a distribution have one odds ratio, and give it back", arguments: 1...5)
  func joint(seed: UInt64) throws {
    let random = RandomSource(seed: seed)
    let parts = (0..<4).map { _ in random.uniform(in: 0.05..<1) }
    let total = parts.reduce(0, +)
    let p = parts.map { $0 / total }
    let bits = TwoBits(of: p)
    #expect(abs(bits.oddsRatios.first / bits.oddsRatios.second - 1) < 1e-12)
    let found = try #require(bits.joint)
    for other in [found, bits.gibbs(endsWith: 1), bits.gibbs(endsWith: 2)] {
      #expect(zip(p, other).allSatisfy { abs($0 - $1) < 1e-10 })
    }
    let products: Double = bits.products.reduce(0, +)
    // Σ p(x₁|x₂) p(x₂|x₁) is 1 for independent bits alone.
    #expect(abs(products - 1) > 1e-5, "even then the product of both is no probability")
  }

  @Test("Exercise 7.5.2: over all sequences causal conditionals (7.14) sum to 1, those of a masked model (7.13) do not")
  func sums() {
    let causal = GPT(symbols: 3, context: 4, width: 8, heads: 2, blocks: 1, random: RandomSource(seed: 1))
      .mapParameters { $0.rank == 2 ? $0 * 50 : $0 }
    let p = allSequences(of: 3, length: 3).map {
      Tensor(causal.logProbability(of: $0, after: 0), scalarType: .double).exp().item
    }
    let sum: Double = p.reduce(0, +)
    #expect(abs(sum - 1) < 1e-5)
    let masked = MaskedLanguageModel(
      BERTSizes(symbols: 4, width: 8, heads: 2, blocks: 1, positions: 3), random: RandomSource(seed: 1)
    ).mapParameters { $0.rank == 2 ? $0 * 50 : $0 }
    #expect(abs(masked.sumOfProducts(length: 3, symbols: 3, mask: 3) - 1) > 0.005)
  }

  @Test("Exercise 7.5.3: the truth of a word from both sides, and from the left, agrees with the language's own")
  func truth() throws {
    let language = SmallLanguage.agreement
    let truth = LanguageTruth(language)
    let sentence = ["the", "dogs", "that", "the", "old", "farmer", "sees", "sleep", "quietly"]
    let own = language.loss(of: sentence.joined(separator: " ") + ".\n")
    #expect(abs(-Tensor(truth.probability(of: sentence), scalarType: .double).log().item - own) < 1e-9)
    #expect(truth.probability(of: ["the", "dogs", "sleeps"]) == 0 && truth.probability(of: ["the", "dog"]) == 0)
    // Only plural nouns fit before "sleep".
    let shares = truth.fillIn(["the", "x", "sleep"], at: 1, candidates: ["dogs", "kings", "dog"])
    #expect(shares == [0.5, 0.5, 0])
    let next = truth.next(after: ["the", "dogs"])
    let total: Double = next.values.reduce(0, +)
    #expect(abs(total - 1) < 1e-12 && abs((next["that"] ?? 0) - 1.0 / 3) < 1e-12 && next["sleeps"] == nil)
    #expect(abs((truth.next(after: ["the", "dogs", "sleep"])[""] ?? 0) - 0.75) < 1e-12)
    // p(sentence) = Π p(word | those before).
    var product = 1.0
    for place in sentence.indices {
      product *= truth.next(after: Array(sentence[..<place]))[sentence[place]] ?? 0
    }
    product *= truth.next(after: sentence)[""] ?? 0
    #expect(abs(product / truth.probability(of: sentence) - 1) < 1e-9)
  }

  @Test("Exercise 7.5.3: a causal model fills in by trying every word: Bayes's rule on whole sentences")
  func everyWord() throws {
    let set = try SentenceSet(.generated(characters: 3_000))
    let model = GPT(symbols: set.symbols, context: 24, width: 8, heads: 2, blocks: 1, random: RandomSource(seed: 1))
    let (sentence, place) = set.places(1)[0]
    let shares = model.filledIn([(sentence, place)], words: set.words)[0]
    let total: Double = shares.reduce(0, +)
    #expect(abs(total - 1) < 1e-9 && shares.count == set.symbols && shares[0] == 0)
    var other = sentence
    other[place] = set.words.lowerBound
    let logs = model.logProbabilities(of: [sentence, other])
    let ratio = Tensor(logs[0] - logs[1], scalarType: .double).exp().item
    #expect(abs(shares[sentence[place]] / shares[set.words.lowerBound] / ratio - 1) < 1e-4)
    #expect(abs(model.loss(of: [sentence]).item * Double(sentence.count - 1) + logs[0]) < 1e-3)
  }

  @Test("Exercise 7.5.1: Gibbs sampling draws every free place anew in each sweep, and needs a pass for each")
  func gibbs() throws {
    let set = try SentenceSet(.generated(characters: 3_000))
    let model = MaskedLanguageModel(
      BERTSizes(symbols: set.symbols, width: 8, heads: 2, blocks: 1, positions: 24), random: RandomSource(seed: 1))
    let frame = [SentenceSet.start, set.mask, set.mask, set.mask, SentenceSet.end]
    var counts: [Int] = []
    let few = set.words.lowerBound..<set.words.lowerBound + 3
    model.gibbs([frame, frame], mask: set.mask, allowed: few, sweeps: 3, using: RandomSource(seed: 2)) {
      _, sequences, passes in
      counts.append(passes)
      for sequence in sequences {
        #expect(sequence[0] == SentenceSet.start && sequence[4] == SentenceSet.end)
        #expect(sequence[1...3].allSatisfy(few.contains))
      }
    }
    #expect(counts == [3, 6, 9])
  }

  @Test("Exercise 7.5.1: a causal model needs a pass for each word of a sentence, and one for its end")
  func passes() throws {
    let set = try SentenceSet(.generated(characters: 12_000))
    let pair = LearnedPair(set, .quick, random: RandomSource(seed: 1))
    let course = GibbsCourse(pair, set, count: 4, sweeps: 1, seed: 1)
    let random = RandomSource(seed: 1)
    var symbols = 0
    for _ in 0..<4 {
      pair.causal.generate(
        after: [SentenceSet.start], length: pair.causal.context - 1, sampling: Sampling(), using: random
      ) { symbol in
        symbols += 1
        return symbol != SentenceSet.end
      }
    }
    #expect(symbols > 4 && course.causalPasses == Double(symbols) / 4)
  }
}
