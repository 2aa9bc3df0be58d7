// Exercise 6.4  Continuing a text, with and without a cache

import Messages
import RNN
import Tensors

/// A text that a language model continues, with a cache of the symbols read so far.
///
/// While the text fits into the context, every new symbol costs one step. When the context is full, the cache is
/// rebuilt from the last half of the context, with positions counted from 0 again. Dropping the oldest keys and keeping
/// the others would be wrong: the others were computed at other positions, from symbols that are no longer in the
/// context. `window(of:context:)` defines which symbols the model reads after n symbols; recomputation without a cache
/// uses the same rule.
public struct Continuation: Sendable {
  /// The model.
  public let model: any CausalModel
  /// All symbols of the text.
  public private(set) var text: [Int]
  /// The logits of the next symbol. [V]
  public private(set) var logits: Tensor
  private var cache: KeyValueCache

  /// A continuation of a text of at least one symbol.
  public init(of prompt: [Int], by model: any CausalModel) {
    require(!prompt.isEmpty, "cannot continue an empty text: at least one symbol is needed to begin with")
    (self.model, text, cache) = (model, prompt, model.emptyCache())
    logits = Self.read(Array(prompt[Self.window(of: prompt.count, context: model.context)]), model, &cache)
  }

  /// Adds a symbol to the text.
  public mutating func append(_ symbol: Int) {
    text.append(symbol)
    if cache.room > 0 {
      logits = Self.read([symbol], model, &cache)
    } else {
      cache.reset()
      logits = Self.read(Array(text[Self.window(of: text.count, context: model.context)]), model, &cache)
    }
  }

  /// The logits of the next symbol without a cache: the whole window is read again. [V]
  public static func recomputed(_ text: [Int], by model: any CausalModel) -> Tensor {
    let window = Array(text[window(of: text.count, context: model.context)])
    return model([window])[0, window.count - 1]
  }

  /// The symbols that the model reads after n symbols: all, or those from a multiple of half the context C on, so that
  /// it reads at least half a context and at most a whole one.
  public static func window(of n: Int, context C: Int) -> Range<Int> {
    let half = max(1, C / 2)
    return (n <= C ? 0 : (n - C + half - 1) / half * half)..<n
  }

  private static func read(_ symbols: [Int], _ model: any CausalModel, _ cache: inout KeyValueCache) -> Tensor {
    model([symbols], cache: &cache)[0]
  }
}

extension CausalModel {
  /// Exercise 6.4.2: continues a text of at least one symbol, passing each symbol to `emit`, until `emit` returns false
  /// or `length` symbols are written.
  public func generate(
    after prompt: [Int], length: Int, sampling: Sampling = Sampling(), usesCache: Bool = true,
    using random: RandomSource, emit: (Int) -> Bool
  ) {
    if length < 1 { return }
    var (text, continuation) = (prompt, usesCache ? Continuation(of: prompt, by: self) : nil)
    for written in 1...length {
      let logits = continuation?.logits ?? Continuation.recomputed(text, by: self)
      let symbol = sampling.next(from: logits, using: random)
      if !emit(symbol) || written == length { return }
      text.append(symbol)
      continuation?.append(symbol)
    }
  }

  /// A continuation of a text.
  public func continuation(
    of prompt: [Int], length: Int, sampling: Sampling = Sampling(), usesCache: Bool = true, using random: RandomSource
  ) -> [Int] {
    var symbols: [Int] = []
    generate(after: prompt, length: length, sampling: sampling, usesCache: usesCache, using: random) { symbol in
      symbols.append(symbol)
      return true
    }
    return symbols
  }
}
