// Exercise 6.4.4  A cache of keys and values

import Messages
import Tensors

/// The keys and values of all tokens that causal layers have read, for some sequences of equal length.
///
/// Under a causal mask (6.20) the keys and values of a token do not depend on later tokens, so they do not change while
/// a text grows, and only the query, key and value of a new token must be computed. A cache is a value type: a copy can
/// continue the same text in another way. It holds 2 · layers · N · h · d_k numbers per token. Nothing is moved when a
/// token is added, and the keys and values of a head follow one another in memory, so a new query reads them in one
/// piece.
public struct KeyValueCache: Sendable {
  /// The most tokens that a sequence may have.
  public let capacity: Int
  /// How many tokens of each sequence every layer has read.
  public private(set) var count = 0
  /// One pair for each layer. [N×h×capacity×d_k] and [N×h×capacity×d_v]
  private var layers: [Layer?]
  /// The number of tokens that each layer has read; while a model reads, the later layers may lag behind.
  private var read: [Int]

  private struct Layer: Sendable { var keys, values: Tensor }

  /// An empty cache for this many tokens and layers.
  public init(capacity: Int, layers count: Int) {
    require(
      capacity >= 1 && count >= 1,
      "cannot cache \(capacity) tokens of \(count) layers: at least 1 of each is needed")
    self.capacity = capacity
    layers = [Layer?](repeating: nil, count: count)
    read = [Int](repeating: 0, count: count)
  }

  /// The number of tokens that can still be added.
  public var room: Int { capacity - count }

  /// The bytes that the keys and values of all tokens take, whether they have been read or not.
  public var bytes: Int {
    layers.reduce(0) { sum, layer in
      guard let layer else { return sum }
      return sum + (layer.keys.count + layer.values.count) * (layer.keys.scalarType == .float ? 4 : 8)
    }
  }

  /// Adds the keys and values of m new tokens of one layer and returns those of all tokens, earlier ones first.
  ///
  /// Every layer must add the same tokens; the last layer increases the count. Stops if there is no room. [N×h×m×d_k],
  /// [N×h×m×d_v] → [N×h×(count+m)×d_k], [N×h×(count+m)×d_v]
  public mutating func append(keys: Tensor, values: Tensor, layer: Int) -> (keys: Tensor, values: Tensor) {
    let (m, start) = (keys.shape[2], read[layer])
    require(
      start == count && start + m <= capacity,
      "cannot add \(m) tokens to layer \(layer) of a cache that holds \(start) of \(capacity): reset it and read "
        + "the last tokens again")
    if layers[layer] == nil { layers[layer] = Layer(keys: memory(for: keys), values: memory(for: values)) }
    layers[layer]?.keys[start..<start + m, axis: 2] = keys
    layers[layer]?.values[start..<start + m, axis: 2] = values
    read[layer] += m
    if read.allSatisfy({ $0 == start + m }) { count = start + m }
    guard let all = layers[layer] else { return (keys, values) }
    return (all.keys.sliced(0..<start + m, axis: 2), all.values.sliced(0..<start + m, axis: 2))
  }

  /// Zeros for all tokens. [N×h×m×d] → [N×h×capacity×d]
  private func memory(for x: Tensor) -> Tensor {
    .zeros([x.shape[0], x.shape[1], capacity, x.shape[3]], scalarType: x.scalarType)
  }

  /// Removes all tokens, and keeps the allocated memory.
  public mutating func reset() {
    (count, read) = (0, read.map { _ in 0 })
  }
}

extension MultiHeadAttention {
  /// Causal self-attention of the tokens after those of a cache, to which their keys and values are added: the last
  /// query sees all keys. [B×m×d_model] → [B×m×d_model]
  public func callAsFunction(_ x: Tensor, cache: inout KeyValueCache, layer: Int) -> Tensor {
    let (keys, values) = cache.append(keys: keys(x), values: values(x), layer: layer)
    return joined(fusedAttention(queries(x), keys, values, mask: .causal))
  }
}
