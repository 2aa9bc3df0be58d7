import Attention
import Checking
import RNN
import Tensors
import Testing

@Suite("Exercise 6.4.4 Keys and values kept")
struct KeyValueCacheTests {
  private let random = RandomSource(seed: 2)
  private func model(context: Int = 12, _ type: ScalarType = .double) -> CausalLanguageModel {
    var model = CausalLanguageModel(symbols: 9, context: context, width: 16, heads: 4, blocks: 3, random: random)
    model.positions = 0.5 * random.normal([context, 16])  // large, so that a wrong position shows
    return model.converted(to: type)
  }
  private func text(_ n: Int) -> [Int] { (0..<n).map { _ in random.integer(below: 9) } }

  @Test("Exercise 6.4.4: symbol by symbol, the cache gives the logits of the whole text to rounding")
  func agrees() {
    let (model, text) = (model(), text(12))
    var cache = model.emptyCache()
    for n in 0..<12 {
      let kept = model([[text[n]]], cache: &cache)[0]
      expectClose(kept, model([Array(text[...n])])[0, n], tolerance: 1e-13, scale: 1)
      #expect(cache.count == n + 1 && cache.room == 11 - n)
    }
  }

  @Test(
    "Exercise 6.4.4: any cut into pieces and any number of texts at once give the same logits", arguments: [1, 3, 5])
  func pieces(size: Int) {
    let (model, texts) = (model(), [text(11), text(11)])
    var cache = model.emptyCache()
    var last = Tensor(0)
    for first in stride(from: 0, to: 11, by: size) {
      last = model(texts.map { Array($0[first..<min(first + size, 11)]) }, cache: &cache)
    }
    expectClose(last, model(texts).sliced(10..<11, axis: 1).squeezed(axis: 1), tolerance: 1e-13, scale: 1)
  }

  @Test("Exercise 6.4.4: past the context the cache is rebuilt, and agrees with recomputation at every length")
  func pastTheContext() {
    for context in [2, 7, 12] {
      let model = model(context: context)
      var continuation = Continuation(of: [1, 2], by: model)
      for symbol in text(5 * context) {
        continuation.append(symbol)
        let again = Continuation.recomputed(continuation.text, by: model)
        expectClose(continuation.logits, again, tolerance: 1e-13, scale: 1)
      }
    }
  }

  @Test("Exercise 6.4.4: a prompt longer than the context is cut to its window")
  func longPrompt() {
    let (model, text) = (model(), text(40))
    expectClose(
      Continuation(of: text, by: model).logits, Continuation.recomputed(text, by: model), tolerance: 1e-13, scale: 1)
  }

  @Test("Exercise 6.4.4: the window holds at least half a context and at most a whole one, and moves by halves")
  func windows() {
    for context in [2, 7, 12, 64] {
      var starts: [Int] = []
      for n in 1...5 * context {
        let window = Continuation.window(of: n, context: context)
        #expect(window.upperBound == n && window.count <= context && window.count >= min(n, context / 2))
        if starts.last != window.lowerBound { starts.append(window.lowerBound) }
      }
      #expect(starts == starts.indices.map { $0 * max(1, context / 2) })
    }
  }

  @Test("Exercise 6.4.4: keys that keep their old positions while the oldest are dropped give other logits")
  func sliding() {
    let (model, text) = (model(), text(13))
    // What a cache would hold if its first entry were dropped: tokens 1 to 11 at positions 1 to 11, then a new one at
    // 11.
    var cache = model.emptyCache()
    _ = model([Array(text[1..<12])], cache: &cache)
    let rebuilt = model([[text[12]]], cache: &cache)[0]
    let whole = model([Array(text[1...12])])[0, 11]
    expectClose(rebuilt, whole, tolerance: 1e-13, scale: 1)
    var shifted = model
    shifted.positions = Tensor.concatenated([model.positions[1..<12], model.positions[11..<12]], axis: 0)
    let slid = shifted([Array(text[1...12])])[0, 11]
    #expect((slid - whole).abs().max().item > 1e-2 * whole.abs().max().item)
  }

  @Test("Exercise 6.4.4: a cache is a value: a copy is another text with the same beginning")
  func value() {
    let model = model()
    var cache = model.emptyCache()
    _ = model([[1, 2, 3]], cache: &cache)
    var copy = cache
    let first = model([[4]], cache: &cache)
    let second = model([[5]], cache: &copy)
    expectClose(first[0], model([[1, 2, 3, 4]])[0, 3], tolerance: 1e-13, scale: 1)
    expectClose(second[0], model([[1, 2, 3, 5]])[0, 3], tolerance: 1e-13, scale: 1)
    cache.reset()
    #expect(cache.count == 0 && copy.count == 4)
    expectClose(model([[7]], cache: &cache)[0], model([[7]])[0, 0], tolerance: 1e-13, scale: 1)
  }

  @Test("Exercise 6.4.4: a full cache refuses one token more, and a layer that reads twice is refused")
  func full() async {
    await #expect(processExitsWith: .failure) {
      var cache = KeyValueCache(capacity: 2, layers: 1)
      let x = Tensor.zeros([1, 2, 3, 4])
      _ = cache.append(keys: x, values: x, layer: 0)
    }
    await #expect(processExitsWith: .failure) {
      var cache = KeyValueCache(capacity: 4, layers: 2)
      let x = Tensor.zeros([1, 2, 1, 4])
      _ = cache.append(keys: x, values: x, layer: 0)
      _ = cache.append(keys: x, values: x, layer: 0)
    }
  }

  @Test("Exercise 6.4.4: a cache of 3 layers takes 2 · 3 · T · d numbers")
  func bytes() {
    let model = model(context: 12, .float)
    var cache = model.emptyCache()
    #expect(cache.bytes == 0)
    _ = model([[1]], cache: &cache)
    #expect(cache.bytes == 2 * 3 * 12 * 16 * 4)
  }

  @Test("Exercise 6.4.4: the counted multiplications are those of the formulas, 135 times fewer for 256 characters")
  func counted() {
    let model = CausalLanguageModel(symbols: 65, context: 256, width: 128, heads: 4, blocks: 4, random: random)
    let d = 128
    #expect(model.multiplications(reading: 1, behind: 0) == 4 * (12 * d * d + 2 * d) + d * 65)
    #expect(
      model.multiplications(reading: 10, behind: 20) == 4 * (10 * 12 * d * d + 2 * d * (21...30).reduce(0, +)) + d * 65)
    let kept = model.multiplications(writing: 256, after: 1, usesCache: true)
    let again = model.multiplications(writing: 256, after: 1, usesCache: false)
    let ratio = Double(again) / Double(kept)
    #expect(ratio > 120 && ratio < 140)
  }

  @Test("Fleuret, § 3.2: one causal pass for all T symbols takes about (T + 1)/2 times fewer products than T passes")
  func onePass() {
    let model = CausalLanguageModel(symbols: 65, context: 64, width: 128, heads: 4, blocks: 4, random: random)
    for T in [2, 16, 64] {
      let once = model.multiplications(reading: T, behind: 0, judging: T)
      let prefixes = (1...T).reduce(0) { $0 + model.multiplications(reading: $1, behind: 0) }
      // Of the pass over the prefix of t symbols only the last row is new: the same products, if none is repeated.
      let new = (0..<T).reduce(0) { $0 + model.multiplications(reading: 1, behind: $1) }
      #expect(new == once)
      #expect(abs(Double(prefixes) / Double(once) / (Double(T + 1) / 2) - 1) < 0.05)
    }
  }
}

@Suite("Exercise 6.4 A causal language model")
struct CausalLanguageModelTests {
  private let random = RandomSource(seed: 5)
  private var model: CausalLanguageModel {
    CausalLanguageModel(symbols: 7, context: 10, width: 12, heads: 3, blocks: 2, random: random).converted(to: .double)
  }

  @Test("§ 6.10: what comes later changes no logit before it, bit for bit")
  func causal() {
    let model = model
    var text = [1, 2, 3, 4, 5, 6, 0, 1]
    let before = model([text])
    text[5] = 3
    let after = model([text])
    #expect(before.sliced(0..<5, axis: 1) == after.sliced(0..<5, axis: 1))
    #expect(before[0, 5] != after[0, 5] && before[0, 7] != after[0, 7])
  }

  @Test("Exercise 6.4.1: the loss of a text is the mean over its symbols, each with at least half a context before it")
  func loss() {
    let (model, text) = (model, (0..<47).map { _ in random.integer(below: 7) })
    var total = 0.0
    for n in 1..<47 {  // symbol n from the window that counts it
      let start = n <= 10 ? 0 : (n - 10 + 4) / 5 * 5
      let window = Array(text[start..<n])
      total -= model([window])[0, window.count - 1].logSoftmax()[text[n]].item
    }
    #expect(abs(model.loss(of: text) - total / 46) < 1e-12)
    #expect(abs(model.loss([Array(text[..<11])]).item - model.loss(of: Array(text[..<11]))) < 1e-12)
  }

  @Test("Exercise 6.4.2: a text depends on model, prompt, sampling and seed alone, and is the same without a cache")
  func generation() {
    let model = model
    func text(_ seed: UInt64, _ usesCache: Bool, _ sampling: Sampling = Sampling()) -> [Int] {
      model.continuation(
        of: [1, 2], length: 30, sampling: sampling, usesCache: usesCache, using: RandomSource(seed: seed))
    }
    #expect(text(1, true) == text(1, false) && text(1, true).count == 30)
    #expect(text(1, true) == text(1, true) && text(1, true) != text(2, true))
    #expect(text(1, true, .greedy) == text(2, true, .greedy))
    #expect(text(1, true, .greedy) == text(1, true, Sampling(topK: 1)))
    var first: [Int] = []
    model.generate(after: [1], length: 9, using: RandomSource(seed: 1)) {
      first.append($0)
      return first.count < 4
    }
    #expect(first.count == 4)
  }

  @Test("Exercise 6.4.1: trained on random symbols, the loss stays at ln V: a mask that leaks would let it fall")
  func leak() {
    let V = 16
    let start = CausalLanguageModel(symbols: V, context: 16, width: 32, heads: 2, blocks: 1, random: random)
    var plan = SequencePlan(steps: 120, batch: 16, learningRate: 3e-3)
    plan.warmup = 10
    let (trained, _) = start.trained(by: plan, random: random) { model in
      model.loss((0..<16).map { _ in (0..<17).map { _ in random.integer(below: V) } })
    }
    let fresh = (0..<64).map { _ in (0..<17).map { _ in random.integer(below: V) } }
    let uniform = Tensor(Double(V), scalarType: .double).log().item
    #expect(trained.loss(fresh).item > uniform - 0.02)
  }
}
