// § 1.5  Weight initialization

import Tensors

/// How the weights of a layer with n_in inputs and n_out neurons are drawn. § 1.5
public enum Initialization: Hashable, Sendable {
  /// Wᵢⱼ ∼ U(−√(6 / (n_in + n_out)), √(6 / (n_in + n_out))), with variance 2 / (n_in + n_out). § 1.5, § 1.9.5
  ///
  /// Keeps the variance of a signal through linear layers, forwards and backwards. Glorot and Bengio (2010).
  case xavier
  /// Wᵢⱼ ∼ N(0, 2 / n_in). § 1.5, § 1.9.6
  ///
  /// Keeps the second moment of a signal through ReLU layers, which let half of it pass. He, Zhang, Ren and Sun (2015).
  case he
  /// Wᵢⱼ and bᵢ ∼ U(−1/√n_in, 1/√n_in): the default of PyTorch's `nn.Linear`, which the notes' listings use.
  case uniformFanIn
  /// Wᵢⱼ ∼ N(0, s²), whatever the widths.
  case normal(standardDeviation: Double)

  /// The weights of a layer. [outputs × inputs]
  public func weight(outputs: Int, inputs: Int, random: RandomSource) -> Tensor {
    let shape: Shape = [outputs, inputs]
    let (n_in, n_out) = (Double(inputs), Double(outputs))
    switch self {
    case .xavier:
      let bound = (6 / (n_in + n_out)).squareRoot()
      return random.uniform(shape, in: -bound..<bound)
    case .he:
      return random.normal(shape, standardDeviation: (2 / n_in).squareRoot())
    case .uniformFanIn:
      let bound = 1 / n_in.squareRoot()
      return random.uniform(shape, in: -bound..<bound)
    case .normal(let standardDeviation):
      return random.normal(shape, standardDeviation: standardDeviation)
    }
  }

  /// The biases of a layer: zero, except with `.uniformFanIn`. [outputs]
  public func bias(outputs: Int, inputs: Int, random: RandomSource) -> Tensor {
    guard self == .uniformFanIn else { return Tensor.zeros([outputs]) }
    let bound = 1 / Double(inputs).squareRoot()
    return random.uniform([outputs], in: -bound..<bound)
  }

  /// The variance of one weight.
  public func variance(outputs: Int, inputs: Int) -> Double {
    switch self {
    case .xavier: 2 / Double(inputs + outputs)
    case .he: 2 / Double(inputs)
    case .uniformFanIn: 1 / (3 * Double(inputs))
    case .normal(let standardDeviation): standardDeviation * standardDeviation
    }
  }
}

/// The variances of a signal in a deep network at initialization. § 1.5
public struct SignalPropagation: Sendable {
  /// The variance of the pre-activations z⁽ˡ⁾ = W⁽ˡ⁾ h⁽ˡ⁻¹⁾ of every layer, over inputs and neurons.
  public let preactivationVariance: [Double]
  /// The variance of the activations h⁽ˡ⁾ = σ(z⁽ˡ⁾) of every layer, over inputs and neurons.
  public let activationVariance: [Double]
  /// The share of positive pre-activations in every layer: about one half, so ReLU passes half of them.
  public let positiveShare: [Double]

  /// Sends `samples` standard normal inputs through `depth` layers of one width, without biases.
  public init(
    depth: Int, width: Int, samples: Int = 256, activation: Activation, initialization: Initialization,
    random: RandomSource
  ) {
    var h = random.normal([samples, width])
    var (before, after, positive): ([Double], [Double], [Double]) = ([], [], [])
    for _ in 0..<depth {
      let z = matmul(h, initialization.weight(outputs: width, inputs: width, random: random).transposed)
      h = activation(z)
      before.append(z.variance().item)
      after.append(h.variance().item)
      positive.append((z .> 0).mean().item)
    }
    (preactivationVariance, activationVariance, positiveShare) = (before, after, positive)
  }
}

/// The norm of ∂(Σ outputs)/∂(each layer's weights) of a deep network at initialization, first layer first. § 1.1.2,
/// § 1.5
///
/// With the sigmoid, whose derivative is at most 1/4, the first layers receive next to nothing: the vanishing gradient.
public func layerGradientNorms(of network: MLP, at x: Tensor) -> [Double] {
  gradient(at: network) { $0(x).sum() }.layers.map { $0.weight.norm().item }
}
