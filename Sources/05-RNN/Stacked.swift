// § 5.8  Stacked layers

import Messages
import Regularization
import Tensors

/// Stacked recurrent layers: the states of each layer are the inputs of the next.
///
/// Groudiev, *Deep Learning*, § 5.5. Dropout, if there is any, acts only between layers and only in training, with a
/// new mask for every element of the sequence.
public struct Stacked<Layer: RecurrentLayer>: Model {
  /// The layers, the first one at the input.
  public var layers: [Layer]
  /// Dropout between the layers: one fewer than there are layers, or none.
  public var dropouts: [Dropout]

  /// These layers, without dropout.
  public init(_ layers: [Layer]) {
    let sizes = layers.map { "\($0.inputs) → \($0.outputs)" }
    require(
      !layers.isEmpty && zip(layers, layers.dropFirst()).allSatisfy { $0.outputs == $1.inputs },
      "cannot stack layers of sizes \(sizes): each must have as many inputs as the one before it has outputs")
    (self.layers, dropouts) = (layers, [])
  }

  /// `count` layers of `hidden` units each.
  public init(_ inputs: Int, _ hidden: Int, layers count: Int, dropout p: Double = 0, random: RandomSource) {
    require(count >= 1, "cannot stack \(count) layers: at least 1 is needed")
    layers = []
    for _ in 0..<count { layers.append(Layer(layers.last?.outputs ?? inputs, hidden, random: random)) }
    dropouts = p == 0 ? [] : layers.dropFirst().map { _ in Dropout(probability: p, random: random) }
  }

  /// The layers, and the dropout's random state.
  public static var parameters: [PartialKeyPath<Stacked>] { [\.layers, \.dropouts] }

  /// The states of the last layer [N×T×d_h], and the final state of every layer, the first layer first.
  public func callAsFunction(
    _ x: Tensor, lengths: [Int]? = nil, initial: [RecurrentState]? = nil
  )
    -> (states: Tensor, final: [RecurrentState])
  {
    require(
      initial.map { $0.count == layers.count } ?? true,
      "cannot start \(layers.count) layers from \(initial?.count ?? 0) states: each layer needs one")
    var (h, final) = (x, [RecurrentState]())
    for (l, layer) in layers.enumerated() {
      if l > 0 && !dropouts.isEmpty { h = dropouts[l - 1](h) }
      let result = layer(h, lengths: lengths, reversed: false, initial: initial?[l])
      h = result.states
      final.append(result.final)
    }
    return (h, final)
  }
}
