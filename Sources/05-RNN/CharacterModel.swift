// § 5.2  A language model of symbols: what comes next

import Foundations
import Messages
import Tensors

/// A recurrent network that predicts the next symbol at every position of a text: many-to-many. § 5.2.1
///
/// y_t = W_hy h_t + b_y (5.2) are the logits of symbol t + 1, given symbols 1 to t. The state holds everything that was
/// read before, so a text may be read piece by piece.
public struct CharacterModel<Layer: RecurrentLayer>: Model {
  /// The embedding vector of each symbol.
  public var embedding: Embedding
  /// The recurrent layers.
  public var layers: Stacked<Layer>
  /// From a state to the logits of the next symbol.
  public var output: Linear

  /// A model of V symbols.
  public init(symbols V: Int, width: Int, hidden: Int, layers count: Int = 1, random: RandomSource) {
    embedding = Embedding(V, width, random: random)
    layers = Stacked(width, hidden, layers: count, random: random)
    output = Linear(hidden, V, random: random)
  }

  /// All three parts.
  public static var parameters: [PartialKeyPath<CharacterModel>] { [\.embedding, \.layers, \.output] }

  /// The number V of symbols.
  public var symbols: Int { output.weight.shape[0] }

  /// The logits after every symbol of N pieces of equal length, and the final states. N·T symbols → [N·T×V]
  public func callAsFunction(
    _ pieces: [[Int]], from state: [RecurrentState]? = nil
  ) -> (logits: Tensor, final: [RecurrentState]) {
    let (N, T) = (pieces.count, pieces.first?.count ?? 0)
    require(
      pieces.allSatisfy { $0.count == T }, "cannot read \(N) pieces of different lengths: all must be equally long")
    let (states, final) = layers(embedding(pieces.flatMap { $0 }, shape: [N, T]), initial: state)
    return (output(states).reshaped([N * T, symbols]), final)
  }

  /// The mean cross-entropy of predicting each symbol of the pieces but the first from the symbols before it, in nats
  /// per symbol. (5.3), divided by the number of symbols
  public func loss(_ pieces: [[Int]], from state: [RecurrentState]? = nil) -> Tensor {
    self(pieces.map { Array($0.dropLast()) }, from: state).logits
      .crossEntropy(labels: pieces.flatMap { $0.dropFirst() })
  }

  /// The mean loss of a text in nats per symbol, read with the state carried on from piece to piece.
  ///
  /// The text is read in `streams` parts at once; each part after the first also reads the `warmUp` symbols before it,
  /// which are not counted twice. The first symbol of the text is not predicted and does not count.
  public func loss(of text: [Int], streams: Int = 16, warmUp: Int = 128) -> Double {
    require(text.count > 1, "cannot measure the loss of \(text.count) symbols: at least 2 are needed")
    let length = (text.count - 1 + streams - 1) / streams  // predictions of each part
    var (total, count) = (0.0, 0)
    let parts = stride(from: 0, to: text.count - 1, by: length).map { first in
      (warm: max(0, first - warmUp)..<first, own: first..<min(first + length, text.count - 1))
    }
    // Parts that read as much before and of their own go side by side.
    let groups = Dictionary(grouping: parts) { [$0.warm.count, $0.own.count] }.values
    for group in groups.sorted(by: { $0[0].own.lowerBound < $1[0].own.lowerBound }) {
      var state: [RecurrentState]?
      let (warm, own) = (group[0].warm.count, group[0].own.count)
      if warm > 0 { state = self(group.map { Array(text[$0.warm]) }).final }
      for start in stride(from: 0, to: own, by: 64) {
        let places = group.map { $0.own.lowerBound + start..<$0.own.lowerBound + min(start + 64, own) }
        let (logits, final) = self(places.map { Array(text[$0]) }, from: state)
        let labels = places.flatMap { place in place.map { text[$0 + 1] } }
        total += logits.crossEntropy(labels: labels).item * Double(labels.count)
        (state, count) = (final, count + labels.count)
      }
    }
    return total / Double(count)
  }

  // MARK: - Writing

  /// The state after reading a text: the states of the layers, and the logits of the next symbol.
  public struct Position: Sendable {
    /// The states of all layers.
    public let state: [RecurrentState]
    /// The logits of the next symbol. [V]
    public let logits: Tensor
  }

  /// The position after more symbols, at least one.
  public func position(after symbols: [Int], from position: Position? = nil) -> Position {
    let (logits, final) = self([symbols], from: position?.state)
    return Position(state: final, logits: logits[symbols.count - 1])
  }

  /// Continues a text of at least one symbol, passing each symbol to `emit`, until `emit` returns false or `length`
  /// symbols are written.
  public func generate(
    after prompt: [Int], length: Int, sampling: Sampling = Sampling(), using random: RandomSource,
    emit: (Int) -> Bool
  ) {
    require(!prompt.isEmpty, "cannot continue an empty text: at least one symbol is needed to begin with")
    var position = position(after: prompt)
    for written in 0..<length {
      let next = sampling.next(from: position.logits, using: random)
      if !emit(next) || written == length - 1 { return }
      position = self.position(after: [next], from: position)
    }
  }

  /// A continuation of a text.
  public func continuation(
    of prompt: [Int], length: Int, sampling: Sampling = Sampling(), using random: RandomSource
  ) -> [Int] {
    var symbols: [Int] = []
    generate(after: prompt, length: length, sampling: sampling, using: random) { symbol in
      symbols.append(symbol)
      return true
    }
    return symbols
  }
}
