import Attention
import Checking
import DataSets
import RNN
import Tensors
import Testing

@Suite("§ 6.1 An encoder and a decoder")
struct TranslatorTests {
  private static func network(_ hasAttention: Bool, _ type: ScalarType = .double) -> Translator {
    Translator(
      sourceSymbols: 6, targetSymbols: 4, hasAttention: hasAttention, embedding: 5, hidden: 7,
      random: RandomSource(seed: 3)
    ).converted(to: type)
  }
  private let pairs = SequencePairs(sources: [[0, 5, 2, 4], [3, 1], [2]], targets: [[1, 0], [3, 2, 1], []])

  @Test("(6.1) is all that a decoder without attention knows: other states between do not change what it writes")
  func bottleneck() {
    let network = Self.network(false)
    let encoded = network.encode(Tokens([[0, 1, 2]]))
    #expect(encoded.summary.shape == [1, 14])
    // The summary is the forward state of the last place and the backward state of the first.
    let (T, H) = (3, 7)
    expectClose(
      encoded.summary.sliced(0..<H, axis: 1)[0], encoded.states[0, T - 1].sliced(0..<H, axis: 0),
      tolerance: 0)
    expectClose(
      encoded.summary.sliced(H..<2 * H, axis: 1)[0], encoded.states[0, 0].sliced(H..<2 * H, axis: 0),
      tolerance: 0)
    let step = network.step([network.start], from: network.initialState(encoded), reading: encoded)
    #expect(step.context == encoded.summary && step.weights == nil)
  }

  @Test("(6.1): an LSTM hands over two vectors, both made of h_T, whatever the length of the source")
  func handedOver() {
    let network = Self.network(false)
    for length in [1, 5, 40] {
      let state = network.initialState(network.encode(Tokens([(0..<length).map { $0 % 6 }])))
      #expect(state.hidden.shape == [1, 7] && state.cell?.shape == [1, 7])
      #expect(state.hidden.abs().max().item < 1)
    }
  }

  @Test("(6.2)–(6.4): the context is the mean of the states with the weights, which sum to 1 and are 0 at the padding")
  func context() {
    let network = Self.network(true)
    let encoded = network.encode(pairs.sourceTokens)
    let s = network.initialState(encoded)
    let step = network.step([network.start, 0, 1], from: s, reading: encoded)
    guard let α = step.weights, let attention = network.attention else {
      Issue.record("no weights")
      return
    }
    expectClose(α.sum(axes: [1]), .ones([3], scalarType: .double), tolerance: 1e-14, scale: 1)
    #expect(α[1].scalars[2...] == [0, 0] && α[2].scalars == [1, 0, 0, 0])
    #expect(α[0].min().item > 0)
    expectClose(step.context, (α.expanded(axis: 2) * encoded.states).sum(axes: [1]), tolerance: 1e-14, scale: 1)
    let e = attention.scores(s.hidden.expanded(axis: 1), encoded.states)[0, 0]  // from s_{t−1}, before the step
    expectClose(α[0], e.softmax(), tolerance: 1e-14, scale: 1)
  }

  @Test("§ 6.1: teacher forcing gives the logits of the steps, one by one", arguments: [false, true])
  func teacherForcing(hasAttention: Bool) {
    let network = Self.network(hasAttention)
    let all = network.logits(pairs.sourceTokens, pairs.targetTokens)  // [3×4×5]
    #expect(all.shape == [3, 4, 5])
    for (n, target) in pairs.targets.enumerated() {
      let encoded = network.encode(Tokens([pairs.sources[n]]))
      var s = network.initialState(encoded)
      for (t, token) in ([network.start] + target).enumerated() {
        let step = network.step([token], from: s, reading: encoded)
        expectClose(network.logits(step)[0], all[n, t], tolerance: 1e-13, scale: 1)
        s = step.state
      }
    }
  }

  @Test(
    "§ 6.1: the loss is the mean of −ln p over symbols and ends, and padding counts for nothing",
    arguments: [false, true])
  func loss(hasAttention: Bool) {
    let network = Self.network(hasAttention)
    var (total, count) = (0.0, 0)
    for (source, target) in zip(pairs.sources, pairs.targets) {
      let p = network.logits(Tokens([source]), Tokens([target]))[0].logSoftmax()
      for (t, symbol) in (target + [network.end]).enumerated() { total -= p[t, symbol].item }
      count += target.count + 1
    }
    let loss = network.loss(pairs.sourceTokens, pairs.targetTokens)
    #expect(abs(loss.item - total / Double(count)) < 1e-13)
  }

  @Test("§ 6.1: the gradient is that of differences, with and without attention", arguments: [false, true])
  func gradient(hasAttention: Bool) {
    let network = Self.network(hasAttention)
    #expect(gradientError(at: network) { $0.loss(pairs.sourceTokens, pairs.targetTokens) } < 1e-6)
  }

  @Test("§ 6.1: greedy decoding takes the largest logit in every step, and stops at the end or at the longest")
  func greedy() {
    let network = Self.network(true)
    let all = network.translate(pairs.sourceTokens, longest: 5)
    for (translation, source) in zip(all, pairs.sources) {
      let encoded = network.encode(Tokens([source]))
      var (s, token, written, logP) = (network.initialState(encoded), network.start, [Int](), 0.0)
      while true {
        let step = network.step([token], from: s, reading: encoded)
        let p = network.logits(step).logSoftmax()
        (token, s) = (p.argmax()[0], step.state)
        if written.count == 5 { break }
        logP += p[0, token].item
        if token == network.end { break }
        written.append(token)
      }
      #expect(translation.tokens == written)
      #expect(abs(translation.logProbability - logP) < 1e-12)
      #expect(translation.weights.allSatisfy { $0.count == source.count && abs($0.reduce(0, +) - 1) < 1e-12 })
      #expect(translation.weights.count == min(written.count + 1, 6))
    }
    #expect(network.translate(pairs.sourceTokens, longest: 0).allSatisfy { $0.tokens.isEmpty })
  }

  @Test("§ 6.1: as many sources as targets are needed")
  func misfit() async {
    await #expect(processExitsWith: .failure) {
      _ = SequencePairs(sources: [[1]], targets: [])
    }
  }

  @Test("§ 6.1: a reversal is its own inverse, and every letter is as frequent as the others")
  func reversals() {
    let pairs = SequencePairs.reversals(400, lengths: 3...9, letters: 5, random: RandomSource(seed: 1))
    #expect(zip(pairs.sources, pairs.targets).allSatisfy { $0 == $1.reversed() })
    #expect(Set(pairs.sources.map(\.count)) == Set(3...9))
    let all = pairs.sources.flatMap { $0 }
    for letter in 0..<5 {
      let share = Double(all.count { $0 == letter }) / Double(all.count)
      #expect(abs(share - 0.2) < 0.04)
    }
  }
}

@Suite("§ 6.1 Beam search")
struct BeamSearchTests {
  /// A world of 3 symbols and an end (3), whose next logits are random numbers that depend on the whole prefix.
  private func world(_ seed: Int) -> ([[Int]]) -> Tensor {
    { prefixes in
      Tensor.stacked(
        prefixes.map { prefix in
          let number = prefix.reduce(seed + 1) { ($0 * 31 + $1 + 1) % 100_003 }
          return 2 * RandomSource(seed: UInt64(number)).normal([4], scalarType: .double)
        }, axis: 0)
    }
  }

  @Test("§ 6.1: a beam of width 1 is greedy decoding")
  func greedy() {
    for seed in 0..<40 {
      let next = world(seed)
      var (tokens, logP) = ([Int](), 0.0)
      while true {
        let p = next([tokens]).logSoftmax()[0]
        let token = p.argmax()[0]
        if token == 3 || tokens.count == 6 {
          if token == 3 { logP += p[token].item }
          break
        }
        logP += p[token].item
        tokens.append(token)
      }
      let best = beamSearch(width: 1, longest: 6, end: 3, logits: next)[0]
      if tokens.count < 6 { #expect(best.tokens == tokens && abs(best.logProbability - logP) < 1e-12) }
    }
  }

  @Test(
    "§ 6.1: a beam as wide as the world finds the optimum of an enumeration, with any penalty",
    arguments: [0, 0.6, 1.5])
  func exact(α: Double) {
    for seed in 0..<15 {
      let next = world(seed)
      let best = bestSequence(lengthPenalty: α, longest: 4, end: 3, logits: next)
      let found = beamSearch(width: 200, lengthPenalty: α, longest: 4, end: 3, logits: next)
      #expect(found[0].tokens == best?.tokens)
      #expect(abs(found[0].score - (best?.score ?? 0)) < 1e-12)
      #expect(found.map(\.score) == found.map(\.score).sorted(by: >))
    }
  }

  @Test("§ 6.1: greedy decoding is fooled by a likely beginning, and a beam of width 2 is not")
  func fooled() {
    // "0" has probability 0.6, and then three equal continuations; "1" has 0.4, and then the end for certain.
    let next: ([[Int]]) -> Tensor = { prefixes in
      Tensor(
        prefixes.map { prefix -> [Double] in
          if prefix.isEmpty { return [0.6, 0.4, 1e-9, 1e-9] }
          return prefix == [1]
            ? [1e-9, 1e-9, 1e-9, 1] : prefix == [0] ? [0.33, 0.33, 0.33, 0.01] : [1e-9, 1e-9, 1e-9, 1]
        }, scalarType: .double
      ).log()
    }
    #expect(beamSearch(width: 1, longest: 3, end: 3, logits: next)[0].tokens == [0, 0])
    let better = beamSearch(width: 2, longest: 3, end: 3, logits: next)[0]
    #expect(better.tokens == [1] && abs(better.logProbability - (0.4 as Double).logarithm) < 1e-8)
    #expect(bestSequence(longest: 3, end: 3, logits: next)?.tokens == [1])
  }

  @Test("§ 6.1: without a length penalty short sequences win, and a penalty lets longer ones win")
  func lengths() {
    // After every prefix the end and the symbol 0 are about equally likely.
    let next: ([[Int]]) -> Tensor = { Tensor($0.map { _ in [0.5, 0, 0, 0.49] }, scalarType: .double).log() }
    #expect(beamSearch(width: 8, longest: 6, end: 3, logits: next)[0].tokens.isEmpty)
    #expect(beamSearch(width: 8, lengthPenalty: 4, longest: 6, end: 3, logits: next)[0].tokens.count == 6)
    #expect(abs(lengthDivisor(7, strength: 0.5) - (2.0 as Double).squareRoot()) < 1e-15)
    #expect(lengthDivisor(30, strength: 0) == 1)
  }

  @Test("§ 6.1: the search of a network is that over its logits, and a wider beam contains the greedy translation")
  func network() {
    let network = Translator(
      sourceSymbols: 6, targetSymbols: 4, hasAttention: true, embedding: 5, hidden: 7, random: RandomSource(seed: 3)
    ).converted(to: .double)
    let greedy = network.translate(Tokens([[0, 5, 2]]), longest: 4)[0]
    let found = network.translate([0, 5, 2], width: 300, longest: 4)
    #expect(found.count > 1 && found.allSatisfy { $0.logProbability <= found[0].logProbability })
    if let same = found.first(where: { $0.tokens == greedy.tokens }) {
      #expect(abs(same.logProbability - greedy.logProbability) < 1e-10)
    } else {
      #expect(greedy.tokens.count == 4)
    }
    let p = network.logits(Tokens([[0, 5, 2]]), Tokens([found[0].tokens]))[0].logSoftmax()
    let logP = (found[0].tokens + [network.end]).enumerated().reduce(0) { $0 + p[$1.offset, $1.element].item }
    #expect(abs(logP - found[0].logProbability) < 1e-10)
  }
}

extension Double {
  fileprivate var logarithm: Double { Tensor(self, scalarType: .double).log().item }
}
