// § 11.7  Networks with some of their weights

import Foundations
import Messages
import Tensors

/// Which weights of a network are kept: a matrix m of ones and zeros for the weights W of each layer; biases are always
/// kept. § 11.7
public struct PruningMask: Sendable, Equatable {
  /// The matrices m. [n_ℓ × n_ℓ₋₁]
  public let layers: [Tensor]

  /// A mask of these matrices.
  public init(layers: [Tensor]) { self.layers = layers }

  /// The mask that keeps all weights of a network.
  public init(keepingAll network: MLP) {
    layers = network.layers.map { Tensor.ones($0.weight.shape, scalarType: $0.weight.scalarType) }
  }

  /// The number of weights, kept or pruned.
  public var count: Int { layers.reduce(0) { $0 + $1.count } }
  /// The number of weights that are kept.
  public var kept: Int { layers.reduce(0) { $0 + Int($1.converted(to: .double).sum().item) } }
  /// The share of the weights that are pruned.
  public var pruned: Double { 1 - Double(kept) / Double(count) }

  /// The mask without the smallest of the kept weights, by magnitude, over all layers together. Remark 11.18
  ///
  /// `share` counts only weights that are still kept. Repeated with a share of 0.4, the mask keeps 60 %, 36 %, 21.6 %,
  /// … of all weights.
  public func withoutSmallest(of network: MLP, share: Double) -> PruningMask {
    require(
      0..<1 ~= share && network.layers.map(\.weight.shape) == layers.map(\.shape),
      "cannot prune a share of \(share) from weights \(network.layers.map(\.weight.shape)) by a mask "
        + "\(layers.map(\.shape)): a share from 0 to 1 and equal shapes are needed")
    let magnitudes = network.layers.flatMap { $0.weight.abs().scalars }
    let alive = flags.indices.filter { flags[$0] == 1 }
    let smallest = alive.sorted { (magnitudes[$0], $0) < (magnitudes[$1], $1) }
      .prefix(Int((share * Double(alive.count)).rounded()))
    var rest = flags
    for place in smallest { rest[place] = 0 }
    return PruningMask(flags: rest, like: layers)
  }

  /// A mask that keeps as many weights in each layer, at random places: a control.
  public func shuffledInLayers(_ random: RandomSource) -> PruningMask {
    PruningMask(
      layers: layers.map {
        Tensor(random.shuffled($0.scalars), shape: $0.shape, scalarType: $0.scalarType)
      })
  }

  /// A mask that keeps as many weights in all, at random places: a control.
  public func shuffled(_ random: RandomSource) -> PruningMask {
    PruningMask(flags: random.shuffled(flags), like: layers)
  }

  /// All numbers of all matrices.
  var flags: [Double] { layers.flatMap(\.scalars) }

  /// The mask with these numbers, in matrices like the given ones.
  init(flags: [Double], like layers: [Tensor]) {
    var rest = flags[...]
    self.layers = layers.map { layer in
      defer { rest = rest.dropFirst(layer.count) }
      return Tensor(Array(rest.prefix(layer.count)), shape: layer.shape, scalarType: layer.scalarType)
    }
  }
}

/// A network in which only some weights take part: f(x; m ⊙ θ). § 11.7
///
/// The gradient with respect to a pruned weight is 0, so training does not change it.
public struct PrunedNetwork: Module {
  /// The network θ, with all its weights.
  public var network: MLP
  /// The mask m.
  public let mask: PruningMask

  /// The network with this mask.
  public init(_ network: MLP, mask: PruningMask) {
    require(
      network.layers.map(\.weight.shape) == mask.layers.map(\.shape),
      "cannot apply a mask \(mask.layers.map(\.shape)) to weights \(network.layers.map(\.weight.shape)): the shapes "
        + "must be the same")
    (self.network, self.mask) = (network, mask)
  }

  /// The network.
  public static var parameters: [PartialKeyPath<PrunedNetwork>] { [\.network] }

  /// The network m ⊙ θ.
  public var masked: MLP {
    var network = network
    for (l, m) in mask.layers.enumerated() {
      network.layers[l].weight = network.layers[l].weight * m.converted(to: network.layers[l].weight.scalarType)
    }
    return network
  }

  /// f(x; m ⊙ θ). [N×n₀] → [N×n_L]
  public func callAsFunction(_ x: Tensor) -> Tensor { masked(x) }
}
