// § 2.2.2  Activation checkpointing: memory for time

import Foundations
import Messages
import Tensors

/// The loss of a chain of stages and its gradient with respect to every stage, with one stage recorded at a time.
/// § 2.2.2
///
/// The first pass runs outside of any gradient call, so nothing is recorded; it keeps the input of every stage. The
/// second pass goes backwards: each stage runs again from its input, is recorded, pulled back, and released before the
/// next. All stages but the last run twice. Chen, Xu, Zhang and Guestrin (2016). A stage must compute the same result
/// both times, so it must not draw fresh random numbers.
public func checkpointedGradient<Stage: Module<Tensor, Tensor>>(
  at stages: [Stage], input x: Tensor, loss: (Tensor) -> Tensor
) -> (value: Tensor, gradient: [Stage]) {
  require(!stages.isEmpty, "cannot take the gradient of no stages: at least one is needed")
  return Mode.training {
    var inputs = [x]
    for stage in stages.dropLast() { inputs.append(stage(inputs[inputs.count - 1])) }
    let last = StageAtInput(stage: stages[stages.count - 1], input: inputs[inputs.count - 1])
    let (value, end) = valueWithGradient(at: last, mode: .training) { loss($0.stage($0.input)) }
    var (gradients, cotangent) = ([end.stage], end.input)
    for (stage, h) in zip(stages, inputs).dropLast().reversed() {
      let (_, pullback) = valueWithPullback(at: StageAtInput(stage: stage, input: h)) { $0.stage($0.input) }
      let pulled = pullback(cotangent)
      gradients.append(pulled.stage)
      cotangent = pulled.input
    }
    return (value, gradients.reversed())
  }
}

/// A stage and what it is applied to, differentiated together.
private struct StageAtInput<Stage: Module>: Model {
  var stage: Stage
  var input: Tensor
  static var parameters: [PartialKeyPath<Self>] { [\.stage, \.input] }
}

/// Some consecutive layers of a network, as a stage for checkpointing.
public struct LayerRun: Module {
  /// The affine maps.
  public var layers: [Linear]
  /// The activation after each of them.
  public let activations: [Activation]

  /// The affine maps.
  public static var parameters: [PartialKeyPath<LayerRun>] { [\.layers] }

  /// The layers, one after the other.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    zip(layers, activations).reduce(x) { h, layer in layer.1(layer.0(h)) }
  }
}

extension MLP {
  /// The network cut into stages of `length` layers, the last one perhaps shorter.
  public func stages(of length: Int) -> [LayerRun] {
    require(length > 0, "cannot cut a network into stages of \(length) layers: at least one is needed")
    return stride(from: 0, to: layers.count, by: length).map { first in
      let range = first..<min(first + length, layers.count)
      return LayerRun(layers: Array(layers[range]), activations: range.map { activation(ofLayer: $0) })
    }
  }

  /// The network with the layers of these stages: the inverse of `stages(of:)`, for gradients too.
  public func replacingLayers(by stages: [LayerRun]) -> MLP {
    var copy = self
    copy.layers = stages.flatMap(\.layers)
    return copy
  }
}

/// A checkpointed gradient and its cost, counted while it ran. § 2.2.2
public struct CheckpointedBackpropagation: Sendable {
  /// The loss.
  public let loss: Tensor
  /// The gradient with respect to every weight and bias.
  public let gradient: MLP
  /// The maximum number of scalars kept for the backward pass at any time.
  public let peakScalars: Int
  /// The layers evaluated, forwards: the depth for an ordinary forward pass, nearly twice that with many checkpoints.
  public let layerEvaluations: Int
}

/// The δ recursion with checkpoints: only every `length`-th activation is stored, the rest recomputed stage by stage.
/// § 2.2.2
///
/// With √L stages the memory of L equal layers falls from 2L to about 3√L activations, for less than one extra forward
/// pass.
public func checkpointedBackpropagation(
  _ network: MLP, at x: Tensor, _ loss: OutputLoss, every length: Int
) -> CheckpointedBackpropagation {
  let parts = network.stages(of: length).map { network.part($0) }
  var (checkpoints, evaluations) = ([x], network.layers.count)
  for part in parts.dropLast() { checkpoints.append(part(checkpoints[checkpoints.count - 1])) }
  var (gradient, δ, value, peak) = ([Linear](), Tensor(0), Tensor(0), 0)
  for (place, part) in parts.enumerated().reversed() {
    let pass = ForwardPass(part, at: checkpoints[place])
    peak = max(peak, checkpoints.dropLast().reduce(0) { $0 + $1.count } + pass.storedScalars)
    checkpoints.removeLast()
    if place == parts.count - 1 {
      value = loss(pass.output)
      δ = loss.delta(pass.z[pass.z.count - 1], pass.output, part.outputActivation)
    } else {
      evaluations += part.layers.count
      δ = δ * part.outputActivation.slope(at: pass.z[pass.z.count - 1])
    }
    let (own, input) = part.backpropagate(δ, through: pass)
    gradient = own.layers + gradient
    δ = input
  }
  var result = network
  result.layers = gradient
  return CheckpointedBackpropagation(
    loss: value, gradient: result, peakScalars: peak, layerEvaluations: evaluations)
}

extension MLP {
  /// The layers of a stage as a network.
  fileprivate func part(_ stage: LayerRun) -> MLP {
    let last = stage.activations[stage.activations.count - 1]
    var part = MLP([1, 1], activation: activation, outputActivation: last, random: RandomSource(seed: 0))
    part.layers = stage.layers
    return part
  }
}
