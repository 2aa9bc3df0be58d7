// Exercise 6.4.4  The cost of a character

import RNN
import Tensors

/// The number of multiplications to train a model and to generate text, without the addition of biases, normalizations
/// and exponentials.
extension CausalLanguageModel {
  /// The multiplications to read m new symbols after n others: 12 d² and 2 (n + …) d for each symbol and block, and the
  /// logits of the last. (6.9), Theorem 6.7
  public func multiplications(reading m: Int, behind n: Int, judging places: Int = 1) -> Int {
    let d = positions.shape[1]
    let projections = blocks.reduce(0) { $0 + $1.multiplicationsPerPlace }
    // Symbol i of the new ones looks at n + i keys, i = 1 … m: as many products with keys as with values.
    let attended = 2 * d * (m * n + m * (m + 1) / 2)
    return m * projections + blocks.count * attended + places * d * symbols
  }

  /// The multiplications to write `length` symbols after a prompt, with a cache or by reading everything again for each
  /// symbol.
  public func multiplications(writing length: Int, after prompt: Int, usesCache: Bool) -> Int {
    (0..<length).reduce(0) { sum, written in
      let seen = Continuation.window(of: prompt + written, context: context).count
      let before = Continuation.window(of: prompt + written - 1, context: context).count
      let isExtended = usesCache && written > 0 && seen == before + 1
      return sum
        + (isExtended ? multiplications(reading: 1, behind: before) : multiplications(reading: seen, behind: 0))
    }
  }
}

extension CausalBlock {
  /// The multiplications of the matrices of a block at one position: 4 d² for the attention and 8 d² for the network.
  var multiplicationsPerPlace: Int {
    let d = widening.weight.shape[1]
    return 4 * d * d + widening.weight.count + narrowing.weight.count
  }
}

extension CharacterModel {
  /// The multiplications to read one symbol at any position: those of all matrices.
  public var multiplicationsPerSymbol: Int {
    layers.parameters.filter { $0.rank == 2 }.reduce(0) { $0 + $1.count } + output.weight.count
  }
}
