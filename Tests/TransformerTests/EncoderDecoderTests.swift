import Attention
import CNN
import Checking
import DataSets
import Tensors
import Testing
import Training
import Transformer
import ch07

@Suite("§ 7.4.4  The complete architecture")
struct EncoderDecoderTests {
  private static func small(_ placement: NormPlacement = .preNorm) -> EncoderDecoderTransformer {
    EncoderDecoderTransformer(
      sourceSymbols: 6, targetSymbols: 4, width: 16, heads: 4, hidden: 20, blocks: 2, placement: placement,
      random: RandomSource(seed: 3)
    ).converted(to: .double)
  }
  private let pairs = SequencePairs(sources: [[0, 5, 2, 4], [3, 1], [2]], targets: [[1, 0], [3, 2, 1], []])

  @Test("§ 7.4.4: the base model has 18,914,304 parameters in its encoder and 25,224,192 in its decoder")
  func base() {
    let (encoder, decoder) = baseParameters()
    #expect(encoder == 18_914_304 && decoder == 25_224_192)
    // By the formulas: 4 d² + 4 d for an attention, 2 d d_ff + d_ff + d for the network, 2 d for a normalization.
    let (d, f) = (512, 2_048)
    let (attention, network, norm) = (4 * d * d + 4 * d, 2 * d * f + f + d, 2 * d)
    #expect(encoder == 6 * (attention + network + 2 * norm) && decoder == 6 * (2 * attention + network + 3 * norm))
  }

  @Test("§ 7.4.4: logits at a place depend on no later symbol, and on every symbol of the source")
  func dependence() {
    let model = Self.small()
    func logits(_ source: [Int], _ target: [Int]) -> Tensor { model.logits(Tokens([source]), Tokens([target]))[0] }
    let first = logits([0, 5, 2], [1, 0, 3])
    #expect(first.shape == [4, 5])
    let later = logits([0, 5, 2], [1, 0, 2])
    #expect((0..<3).allSatisfy { first[$0] == later[$0] } && first[3] != later[3])
    for place in 0..<3 {
      var source = [0, 5, 2]
      source[place] = 1
      let other = logits(source, [1, 0, 3])
      #expect((0..<4).allSatisfy { (other[$0] - first[$0]).abs().max().item > 1e-6 })
    }
  }

  @Test("§ 7.4.4: padding of sources and targets changes nothing", arguments: NormPlacement.allCases)
  func padding(placement: NormPlacement) {
    let model = Self.small(placement)
    let together = model.logits(pairs.sourceTokens, pairs.targetTokens)
    for (n, target) in pairs.targets.enumerated() {
      let alone = model.logits(Tokens([pairs.sources[n]]), Tokens([target]))[0]
      expectClose(together[n].sliced(0..<target.count + 1, axis: 0), alone, tolerance: 1e-12, scale: 1)
    }
    // The loss is the mean of −ln p over symbols and ends.
    let p = together.logSoftmax()
    var sum = 0.0
    for (n, target) in pairs.targets.enumerated() {
      for (t, symbol) in (target + [model.end]).enumerated() { sum -= p[n, t, symbol].item }
    }
    #expect(abs(model.loss(pairs.sourceTokens, pairs.targetTokens).item - sum / 8) < 1e-12)
  }

  @Test("§ 7.4.4: greedy writing with a cache is writing without one, and a beam of width 1")
  func greedy() {
    let model = Self.small()
    let written = model.translate(pairs.sourceTokens, longest: 6)
    for (n, source) in pairs.sources.enumerated() {
      var tokens: [Int] = []
      while tokens.count < 6 {
        let logits = model.logits(Tokens([source]), Tokens([tokens]))[0]
        let next = logits[tokens.count].argmax()[0]
        if next == model.end { break }
        tokens.append(next)
      }
      #expect(written[n] == tokens)
      let beam = model.translate(source, width: 1, longest: 6)[0]
      #expect(beam.tokens.prefix(6) == tokens.prefix(6))
    }
  }

  @Test("§ 7.4.4: a beam of every sequence finds the most probable one")
  func beam() {
    let model = Self.small()
    let source = [0, 5, 2, 4]
    let found = model.translate(source, width: 64, longest: 2)[0]
    let best = bestSequence(longest: 2, end: model.end) { prefixes in
      Tensor.stacked(
        prefixes.map { model.logits(Tokens([source]), Tokens([$0]))[0, $0.count] }, axis: 0)
    }
    #expect(found.tokens == best?.tokens && abs(found.logProbability - (best?.logProbability ?? 0)) < 1e-10)
    // A penalty divides the logarithms of longer sequences.
    let fair = model.translate(source, width: 64, lengthPenalty: 1, longest: 3).filter { $0.tokens.count > 1 }
    #expect(!fair.isEmpty && fair.allSatisfy { $0.score > $0.logProbability })
  }

  @Test("§ 7.4.4: the weights of the cross-attention are those of each block, and each row sums to 1")
  func crossWeights() {
    let model = Self.small()
    let weights = model.crossWeights([0, 5, 2, 4], [1, 0])
    #expect(weights.map(\.shape) == [[4, 3, 4], [4, 3, 4]])
    for map in weights {
      expectClose(map.sum(axes: [2]), .ones([4, 3], scalarType: .double), tolerance: 1e-14, scale: 1)
    }
  }

  @Test("§ 7.4.4: a network of 1 + 1 blocks learns to write three letters backwards")
  func learns() {
    let random = RandomSource(seed: 5)
    let start = EncoderDecoderTransformer(
      sourceSymbols: 4, targetSymbols: 4, width: 32, heads: 2, hidden: 32, blocks: 1, random: random.split())
    let drawn = random.split()
    let plan = SequencePlan(steps: 150, batch: 32, learningRate: 5e-3, warmup: 15)
    let (model, _) = start.trained(by: plan, with: ParameterGroups.adamW(of: start), random: random) { model in
      let pairs = SequencePairs.reversals(32, lengths: 3...3, letters: 4, random: drawn)
      return model.loss(pairs.sourceTokens, pairs.targetTokens)
    } evaluate: { _, _ in
      [:]
    }
    let all = SequencePairs.reversals(100, lengths: 3...3, letters: 4, random: RandomSource(seed: 9))
    #expect(model.exactMatch(all) >= 0.95)
    #expect(start.exactMatch(all) < 0.2)
  }

  @Test("Lehaut, § 3.3, omits the causal mask: without it the loss falls to 0, and nothing that is written is right")
  func leaks() {
    let runs = [AttentionMask.everything, .causal].map { mask in
      let random = RandomSource(seed: 5)
      let start = EncoderDecoderTransformer(
        sourceSymbols: 10, targetSymbols: 10, width: 32, heads: 2, hidden: 32, blocks: 1, placement: .postNorm,
        random: random.split())
      let drawn = random.split()
      func draw() -> SequencePairs { .reversals(32, lengths: 8...8, letters: 10, random: drawn) }
      let plan = SequencePlan(steps: 300, batch: 32, learningRate: 5e-3, warmup: 30)
      let (model, history) = start.trained(by: plan, with: Adam(learningRate: 5e-3), random: random) { model in
        let pairs = draw()
        return model.loss(pairs.sourceTokens, pairs.targetTokens, mask: mask)
      } evaluate: { model, _ in
        let pairs = draw()
        return ["loss": model.loss(pairs.sourceTokens, pairs.targetTokens, mask: mask).item]
      }
      let test = SequencePairs.reversals(100, lengths: 8...8, letters: 10, random: RandomSource(seed: 9))
      let letters = zip(model.translate(test.sourceTokens, longest: 8), test.targets).reduce(0) { hits, pair in
        hits + zip(pair.0, pair.1).count { $0 == $1 }
      }
      return (loss: history["loss"].last ?? .nan, letters: Double(letters) / 800)
    }
    #expect(runs[0].loss < 0.02 && runs[0].letters < 0.2, "\(runs)")
    #expect(runs[1].loss < 0.02 && runs[1].letters > 0.95, "\(runs)")
  }

  @Test("§ 7.4.4: the number words of § 7.4.4 keep 200 numbers unseen")
  func task() {
    let task = WritingTask.numbers(steps: 1)
    #expect(task.unseen.count == 200 && task.sourceSymbols == 30 && task.targetSymbols == 10)
  }
}
