import Attention
import Checking
import Foundations
import Messages
import RNN
import Running
import Tensors
import Testing
import Training
import Transformer

@Suite("§ 7.7  GPT")
struct GPTTests {
  private let random = RandomSource(seed: 5)
  private func model(context: Int = 10, isTied: Bool = true) -> GPT {
    var model = GPT(
      symbols: 7, context: context, width: 12, heads: 3, blocks: 2, isTied: isTied, random: RandomSource(seed: 3))
    // Large, so that a wrong position, a wrong symbol or a wrong mask shows.
    model.positions = 0.5 * random.normal([context, 12])
    model.tokens.table = 0.5 * random.normal([7, 12])
    model.encoder = model.encoder.mapParameters { $0.rank == 2 ? 20 * $0 : $0 }
    return model.converted(to: .double)
  }
  private func text(_ n: Int) -> [Int] { (0..<n).map { _ in random.integer(below: 7) } }

  @Test("§ 7.7: GPT-2 has 124,439,808 parameters: V d + T d + 12 blocks + 2 d; the reader's model 809,856")
  func parameters() {
    func count(_ V: Int, _ T: Int, _ d: Int, _ L: Int) -> Int { V * d + T * d + L * (12 * d * d + 13 * d) + 2 * d }
    let small = GPT(symbols: 65, context: 64, width: 128, heads: 4, blocks: 4, random: random)
    #expect(small.parameterCount == count(65, 64, 128, 4) && small.parameterCount == 809_856)
    #expect(count(50_257, 1024, 768, 12) == 124_439_808)
    let own = GPT(symbols: 65, context: 64, width: 128, heads: 4, blocks: 4, isTied: false, random: random)
    #expect(own.parameterCount == small.parameterCount + 65 * 128)
  }

  @Test("§ 7.7: it starts as GPT-2: σ = 0.02, W^O and W₂ with 0.02/√(2L), biases 0, norms 1")
  func start() {
    let model = GPT(symbols: 300, context: 200, width: 64, heads: 4, blocks: 8, random: random)
    func σ(_ x: Tensor) -> Double { x.squared().mean().item.squareRoot() }
    for block in model.encoder.blocks {
      for linear in [block.attention.query, block.attention.key, block.attention.value, block.network.widening] {
        #expect(abs(σ(linear.weight) - 0.02) < 0.0012)
      }
      for linear in [block.attention.output, block.network.narrowing] {
        #expect(abs(σ(linear.weight) - 0.005) < 0.0003)  // 0.02 / √16
      }
      let linears = [block.attention.query, block.attention.output, block.network.widening, block.network.narrowing]
      #expect(linears.allSatisfy { $0.bias?.abs().max().item == 0 })
    }
    #expect(abs(σ(model.tokens.table) - 0.02) < 0.0006 && abs(σ(model.positions) - 0.02) < 0.0006)
    // Before it has learned, it guesses: ln V.
    let small = GPT(symbols: 65, context: 64, width: 128, heads: 4, blocks: 4, random: random)
    #expect(abs(small.loss([(0..<65).map { $0 }]).item - 4.174) < 0.1)
  }

  @Test("(7.15): what comes later changes no logit before it, bit for bit, and what came before changes all behind it")
  func causal() {
    let model = model()
    var text = [1, 2, 3, 4, 5, 6, 0, 1]
    let before = model([text])
    text[5] = 3
    let after = model([text])
    #expect(before.sliced(0..<5, axis: 1) == after.sliced(0..<5, axis: 1))
    for place in 5..<8 { #expect(before[0, place] != after[0, place]) }
  }

  @Test(
    "(7.15): added, 0 stands for visible; in Listing 7.8 it stands for hidden, and its reading shows the future alone")
  func senses() {
    let n = 5
    let M = Tensor.lowerTriangle(n, n, diagonal: 0, scalarType: .double).log()  // (7.15)
    let e = random.normal([n, n], scalarType: .double)
    let (added, misread) = ((e + M).softmax(), Mistake.oppositeMask(e, M))
    for i in 0..<n - 1 {
      for j in 0..<n {
        #expect((added[i, j].item > 0) == (j <= i) && (misread[i, j].item > 0) == (j > i))
      }
    }
    #expect(misread[n - 1].scalars.allSatisfy { $0.isNaN })  // the last place has no future
  }

  @Test("Definition 7.11: one causal pass gives at every place what a pass over the prefix alone gives")
  func prefixes() {
    for isTied in [true, false] {
      let (model, text) = (model(isTied: isTied), text(10))
      let whole = model([text])
      for n in 1...10 {
        expectClose(model([Array(text[..<n])])[0, n - 1], whole[0, n - 1], tolerance: 1e-13, scale: 1)
      }
    }
  }

  @Test("(7.14): with a symbol for the beginning the probabilities of all sequences sum to 1, without one to V")
  func sums() {
    for (V, T) in [(2, 4), (3, 3), (3, 5)] {
      var model = GPT(symbols: V, context: T + 1, width: 8, heads: 2, blocks: 2, random: random)
      model.tokens.table = 2 * random.normal([V, 8])
      model = model.converted(to: .double)
      let sequences = allSequences(of: V, length: T)
      #expect(sequences.count == (0..<T).reduce(1) { n, _ in n * V } && Set(sequences).count == sequences.count)
      func shares(_ start: Int?) -> [Double] {
        sequences.map { exponential(model.logProbability(of: $0, after: start)) }
      }
      let (given, without) = (shares(V - 1), shares(nil))
      let (one, many): (Double, Double) = (given.reduce(0, +), without.reduce(0, +))
      #expect(abs(one - 1) < 1e-12 && abs(many - Double(V)) < 1e-12)
      let (least, most) = (given.min() ?? 0, given.max() ?? 0)
      #expect(most > 2 * least)  // not the uniform distribution, for which everything would hold
    }
  }

  @Test("(7.14): the loss is the mean over all places of −log of the conditional of the symbol that follows")
  func loss() {
    let (model, texts) = (model(), [text(11), text(11)])
    var total = 0.0
    for text in texts {
      let shares = model.conditionals(Array(text.dropLast())).log()
      for t in 0..<10 { total -= shares[t, text[t + 1]].item }
    }
    #expect(abs(model.loss(texts).item - total / 20) < 1e-13)
    let product = texts.map { model.logProbability(of: Array($0.dropFirst()), after: $0[0]) }
    #expect(abs(product[0] + product[1] + total) < 1e-12)
  }

  @Test("§ 7.7: the tied table's gradient is the sum of those of two copies, one that is read and one that judges")
  func tied() {
    let model = model()
    var two = model
    two.head = Linear(weight: model.tokens.table, bias: nil)
    let pieces = [text(9), text(9)]
    expectClose(two.loss(pieces), model.loss(pieces), tolerance: 1e-14, scale: 1)
    let one = gradient(at: model) { $0.loss(pieces) }
    let separate = gradient(at: two) { $0.loss(pieces) }
    let judging = separate.head?.weight ?? Tensor(0)
    expectClose(one.tokens.table, separate.tokens.table + judging, tolerance: 1e-13, scale: 1)
    #expect(judging.abs().max().item > 1e-3 && separate.tokens.table.abs().max().item > 1e-3)
    expectClose(one.positions, separate.positions, tolerance: 1e-13, scale: 1)
  }

  @Test(
    "§ 7.7: symbol by symbol, or in any pieces, the cache gives the logits of the whole text", arguments: [1, 3, 10])
  func cache(size: Int) {
    let (model, texts) = (model(), [text(10), text(10)])
    let whole = model(texts)
    var cache = model.emptyCache()
    for first in stride(from: 0, to: 10, by: size) {
      let end = min(first + size, 10)
      let last = model(texts.map { Array($0[first..<end]) }, cache: &cache)
      expectClose(
        last, whole.sliced(end - 1..<end, axis: 1).squeezed(axis: 1), tolerance: 1e-13, scale: 1)
    }
    #expect(cache.room == 0)
  }

  @Test("§ 7.7: past the context, too, the cache agrees with recomputation at every length")
  func pastTheContext() {
    for context in [2, 7, 10] {
      let model = model(context: context)
      var continuation = Continuation(of: [1, 2], by: model)
      for symbol in text(4 * context) {
        continuation.append(symbol)
        let again = Continuation.recomputed(continuation.text, by: model)
        expectClose(continuation.logits, again, tolerance: 1e-13, scale: 1)
      }
    }
    let writing = model()
    func written(_ usesCache: Bool) -> [Int] {
      writing.continuation(of: [1, 2], length: 40, usesCache: usesCache, using: RandomSource(seed: 4))
    }
    #expect(written(true) == written(false))
  }

  @Test("Fleuret 3.2: 10⁵ sequences, drawn symbol by symbol, come as often as their product of conditionals says")
  func frequencies() {
    var model = GPT(symbols: 3, context: 4, width: 8, heads: 2, blocks: 2, random: random)
    model.tokens.table = 1.5 * random.normal([3, 8])
    let (T, count, source) = (3, 100_000, RandomSource(seed: 9))
    var logits: [[Int]: Tensor] = [:]  // of every prefix: the same as a pass for each of the 3 · 10⁵ symbols
    for n in 0..<T {
      for prefix in allSequences(of: 3, length: n) { logits[prefix] = model.logits(after: [0] + prefix) }
    }
    var found: [[Int]: Int] = [:]
    for _ in 0..<count {
      var sequence: [Int] = []
      while sequence.count < T {
        sequence.append(Sampling().next(from: logits[sequence] ?? Tensor(0), using: source))
      }
      found[sequence, default: 0] += 1
    }
    for sequence in allSequences(of: 3, length: T) {
      let p = exponential(model.logProbability(of: sequence, after: 0))
      let σ = (p * (1 - p) * Double(count)).squareRoot()
      #expect(abs(Double(found[sequence] ?? 0) - p * Double(count)) <= 3 * σ, "\(sequence)")
    }
  }

  @Test("§ 7.7: a GPT learns one sentence by heart, and goes on with it")
  func byHeart() {
    let text = Array(repeating: [0, 1, 2, 3, 1, 4, 5, 6], count: 6).flatMap { $0 }
    let start = GPT(symbols: 7, context: 16, width: 16, heads: 2, blocks: 2, random: RandomSource(seed: 1))
    let plan = SequencePlan(steps: 120, batch: 8, learningRate: 1e-2, warmup: 10)
    let (model, history) = start.trained(on: text, by: plan, random: RandomSource(seed: 2))
    #expect((history.losses.last ?? 9) < 1.2)
    let written = model.continuation(of: [0, 1], length: 14, sampling: .greedy, using: RandomSource(seed: 1))
    #expect(written == [2, 3, 1, 4, 5, 6, 0, 1, 2, 3, 1, 4, 5, 6])
  }

  @Test("§ 7.7: pieces of unequal length, and more than the context, are refused")
  func refused() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let model = GPT(symbols: 3, context: 4, width: 4, heads: 1, blocks: 1, random: RandomSource(seed: 1))
      _ = model([[0, 1, 2, 0, 1]])
    }
    expectMessage(result, "cannot read pieces of [5] symbols after 0: all must be equally long")
  }
}

/// eˣ by the tensors' own exponential.
private func exponential(_ x: Double) -> Double { Tensor(x, scalarType: .double).exp().item }
