// § 2.9  Maximal update parametrization (µP)

import Foundations
import Messages
import Tensors
import Training

/// The role of a parameter, which decides how it scales with the width n of a network. § 2.9
public enum LayerRole: CaseIterable, Sendable {
  /// From a fixed number of inputs to n neurons; and the biases of n neurons.
  case input
  /// From n neurons to n neurons.
  case hidden
  /// From n neurons to a fixed number of outputs.
  case output
  /// The biases of the outputs, which do not depend on the width.
  case outputBias
}

/// How the width changes a parameter, as factors relative to the base width n₀.
public struct WidthScaling: Hashable, Sendable {
  /// The factor of the variance of the initial weights.
  public let variance: Double
  /// The factor of the layer's output.
  public let multiplier: Double
  /// The factors of the learning rate, for gradient descent and for Adam.
  public let descentRate, adamRate: Double
}

/// How the initialization and the learning rates of a network follow its width. § 2.9
public enum Parametrization: String, CaseIterable, Sendable {
  /// Variances 1/n_in and one learning rate for everything: the usual way.
  case standard
  /// Maximal update parametrization: every layer learns as fast as it can without anything growing with the width.
  ///
  /// Yang and Hu (2021); Yang, Hu, Babuschkin and others (2022), table 8. A learning rate that is best for a narrow
  /// network is then best for a wide one.
  case maximalUpdate = "µP"

  /// The scaling of a parameter at m times the base width, m = n/n₀. § 2.9
  ///
  /// | µP | variance | multiplier | η, descent | η, Adam |
  /// | input, biases | 1 | 1 | m | 1 |
  /// | hidden | 1/m | 1 | 1 | 1/m |
  /// | output | 1 | 1/m | m | 1 |
  ///
  /// In the standard parametrization the variances of hidden and output weights are also 1/m, because both have
  /// n_in = n; nothing else changes.
  public func scaling(of role: LayerRole, relativeWidth m: Double) -> WidthScaling {
    switch (self, role) {
    case (_, .outputBias), (.standard, .input): WidthScaling(variance: 1, multiplier: 1, descentRate: 1, adamRate: 1)
    case (.standard, _): WidthScaling(variance: 1 / m, multiplier: 1, descentRate: 1, adamRate: 1)
    case (.maximalUpdate, .input): WidthScaling(variance: 1, multiplier: 1, descentRate: m, adamRate: 1)
    case (.maximalUpdate, .hidden): WidthScaling(variance: 1 / m, multiplier: 1, descentRate: 1, adamRate: 1 / m)
    case (.maximalUpdate, .output): WidthScaling(variance: 1, multiplier: 1 / m, descentRate: m, adamRate: 1)
    }
  }
}

/// A family of networks of one shape and all widths n: inputs → n → … → n → outputs, in one parametrization. § 2.9
///
/// At the base width all parametrizations are the same.
public struct NetworkFamily: Sendable {
  /// The numbers of inputs, of hidden layers, and of outputs.
  public let inputs, hiddenLayers, outputs: Int
  /// The width n₀ at which learning rates are tuned.
  public let baseWidth: Int
  /// The activation of the hidden layers.
  public let activation: Activation
  /// How the networks follow their width.
  public let parametrization: Parametrization

  /// The family of these networks.
  public init(
    inputs: Int, hiddenLayers: Int, outputs: Int, baseWidth: Int, activation: Activation = .relu,
    parametrization: Parametrization
  ) {
    require(
      inputs > 0 && hiddenLayers > 0 && outputs > 0 && baseWidth > 0,
      "cannot make networks of \(inputs) inputs, \(hiddenLayers) hidden layers, \(outputs) outputs "
        + "and base width \(baseWidth): at least 1 of each is needed"
    )
    (self.inputs, self.hiddenLayers, self.outputs) = (inputs, hiddenLayers, outputs)
    (self.baseWidth, self.activation, self.parametrization) = (baseWidth, activation, parametrization)
  }

  /// The network of width n: weights of variance 2/n_in, or 1/n₀ for the outputs, times the factor of the
  /// parametrization; biases 0.
  public func network(width n: Int, random: RandomSource) -> ScaledNetwork {
    let m = Double(n) / Double(baseWidth)
    let widths = [inputs] + Array(repeating: n, count: hiddenLayers) + [outputs]
    var network = MLP(widths, activation: activation, initialization: .normal(standardDeviation: 1), random: random)
    for l in network.layers.indices {
      let baseInputs = Double(l == 0 ? inputs : baseWidth)
      let base = (role(of: l) == .output ? 1 : 2) / baseInputs
      let variance = base * parametrization.scaling(of: role(of: l), relativeWidth: m).variance
      network.layers[l].weight *= variance.squareRoot()
    }
    let output = parametrization.scaling(of: .output, relativeWidth: m)
    return ScaledNetwork(network: network, outputMultiplier: output.multiplier)
  }

  /// The factors of the learning rate of each parameter of the network of width n, in the order of its parameters:
  /// W⁽¹⁾, b⁽¹⁾, W⁽²⁾, ….
  public func rateMultipliers(width n: Int, for rule: KeyPath<WidthScaling, Double>) -> [Double] {
    let m = Double(n) / Double(baseWidth)
    return (0...hiddenLayers).flatMap { l in
      let bias = l == hiddenLayers ? LayerRole.outputBias : .input
      return [role(of: l), bias].map { parametrization.scaling(of: $0, relativeWidth: m)[keyPath: rule] }
    }
  }

  /// Adam for the network of width n, with the learning rate of the base width. § 2.9
  public func adam(width n: Int, learningRate η: Double) -> PerParameterRates<Adam> {
    PerParameterRates(Adam(learningRate: η), multipliers: rateMultipliers(width: n, for: \.adamRate))
  }

  /// Gradient descent for the network of width n, with the learning rate of the base width. § 2.9
  public func descent(width n: Int, learningRate η: Double) -> PerParameterRates<GradientDescent> {
    PerParameterRates(GradientDescent(learningRate: η), multipliers: rateMultipliers(width: n, for: \.descentRate))
  }

  private func role(of layer: Int) -> LayerRole { layer == 0 ? .input : layer == hiddenLayers ? .output : .hidden }
}

/// A network whose output layer gets the last hidden layer times a constant: ŷ = W⁽ᴸ⁾ (α h⁽ᴸ⁻¹⁾) + b⁽ᴸ⁾. § 2.9
public struct ScaledNetwork: Module {
  /// The network.
  public var network: MLP
  /// The constant α, which is 1/m in µP.
  public let outputMultiplier: Double

  /// The parameters of the network.
  public static var parameters: [PartialKeyPath<ScaledNetwork>] { [\.network] }

  /// The outputs for inputs stored as rows. [N×n₀] → [N×n_L]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let h = activations(x)
    return h[h.count - 1]
  }

  /// The outputs of all layers: the hidden layers after their activation, then the outputs.
  public func activations(_ x: Tensor) -> [Tensor] {
    var h = [x]
    for (l, A) in network.layers.enumerated() {
      let isLast = l == network.layers.count - 1
      h.append(isLast ? A(outputMultiplier * h[l]) : network.activation(A(h[l])))
    }
    return Array(h.dropFirst())
  }
}

/// An optimizer that gives each parameter its own learning rate: the base rate times a factor.
public struct PerParameterRates<Base: Optimizer>: Optimizer {
  /// The base rate η; parameter p moves with η times its factor.
  public var learningRate: Double
  /// The factors, in the order of the parameters.
  public let multipliers: [Double]
  private var optimizers: [Base]

  /// One copy of `base` for each factor.
  public init(_ base: Base, multipliers: [Double]) {
    (learningRate, self.multipliers) = (base.learningRate, multipliers)
    optimizers = multipliers.map { _ in base }
  }

  /// One step for every parameter, each with its own rate.
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    let gradients = gradient.parameters
    require(
      gradients.count == multipliers.count,
      "cannot update \(gradients.count) parameters with \(multipliers.count) learning rates")
    var p = 0
    model.forEachParameter { θ in
      optimizers[p].learningRate = learningRate * multipliers[p]
      optimizers[p].move(&θ, along: gradients[p])
      p += 1
    }
  }
}
