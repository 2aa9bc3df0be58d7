// § 12.8  LoRA: fine-tuning a few numbers

import Foundations
import Messages
import Tensors

/// A frozen linear layer with a trained change of rank r: y = W x + b + (α/r) B A x. § 12.8
///
/// Only A [r×n] and B [m×r] are parameters: r (m + n) numbers instead of m n. B starts at 0, so the layer begins as the
/// frozen one. Hu et al. (2022)
public struct LowRankLinear: Module {
  /// The frozen layer, W and b. It is a constant, and not a parameter.
  public let base: Linear
  /// A, from the inputs to r numbers, and B, from these to the outputs.
  public var down, up: Tensor
  /// α: the change is multiplied by α/r.
  public let strength: Double

  /// A layer with a change of rank r, which is 0 at first. A is drawn from N(0, 1/n).
  public init(_ base: Linear, rank r: Int, strength α: Double? = nil, random: RandomSource) {
    let (m, n) = (base.weight.shape[0], base.weight.shape[1])
    require(
      (1...min(m, n)).contains(r),
      "cannot adapt a layer of \(m)×\(n) weights with rank \(r): a rank from 1 to \(min(m, n)) is needed")
    self.base = base
    down = random.normal([r, n], scalarType: base.weight.scalarType) / Double(n).squareRoot()
    up = .zeros([m, r], scalarType: base.weight.scalarType)
    strength = α ?? Double(r)
  }

  /// A and B.
  public static var parameters: [PartialKeyPath<LowRankLinear>] { [\.down, \.up] }

  /// The rank r.
  public var rank: Int { down.shape[0] }
  /// The change of the weights, (α/r) B A. [m×n]
  public var change: Tensor { strength / Double(rank) * matmul(up, down) }
  /// An ordinary layer with the weights W + (α/r) B A: it costs no more than the frozen one. § 12.8
  public var merged: Linear { Linear(weight: base.weight + change, bias: base.bias) }

  /// W x + b + (α/r) B (A x), along the last axis. [… × n] → [… × m]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    base(x) + strength / Double(rank) * matmul(matmul(x, down.transposed), up.transposed)
  }
}

/// A network with frozen layers and changes of rank r in all of them. § 12.8
public struct LowRankMLP: Module {
  /// The layers.
  public var layers: [LowRankLinear]
  /// The activation of the hidden layers and that of the output.
  public let activation, outputActivation: Activation

  /// A trained network, to be adapted. The rank of a layer is at most its number of inputs and of outputs.
  public init(_ network: MLP, rank r: Int, random: RandomSource) {
    layers = network.layers.map { LowRankLinear($0, rank: min(r, $0.weight.shape[0]), random: random) }
    (activation, outputActivation) = (network.activation, network.outputActivation)
  }

  /// The changes.
  public static var parameters: [PartialKeyPath<LowRankMLP>] { [\.layers] }

  /// The outputs of the adapted network. [N×…] → [N×n_L]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let x = x.rank > 2 ? x.flattened(from: 1) : x
    return layers.enumerated().reduce(x) { h, next in
      (next.offset < layers.count - 1 ? activation : outputActivation)(next.element(h))
    }
  }

  /// An ordinary network that computes the same.
  public func merged(into network: MLP) -> MLP {
    var result = network
    result.layers = layers.map(\.merged)
    return result
  }
}
