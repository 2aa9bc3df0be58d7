import Backprop
import DataSets
import Figures
import Foundations
import Messages
import RNN
import Running
import Tensors
import Training

/// Exercise 5.1: a recurrent network by its equations, beside the fused layer; and networks that learn to write.
public let exercise5_1 = Exercise(
  "5.1", "A recurrent network from scratch, and one that writes", stars: 1, seconds: 40, quick: 2, full: 300,
  needs: { DataNeeds.characters($0 == .quick ? 2_000 : 20_000) }
) { run in
  if run.options.generation.model == nil { showFused(run) }
  try generateCharacters(run)
}.generating

/// Parts 1 and 3: the network by its equations beside the fused layer.
private func showFused(_ run: Run) {
  let gaps = compareWithFused(steps: 10, random: run.random)
  run.show(
    Table(
      "RecurrentNetwork against the fused layer, in double precision: largest differences",
      columns: ["compared", "difference"], rows: gaps.map { [.text($0.name), .scientific($0.gap)] }), as: "fused")
  for gap in gaps { run.card(gap.name, scientific(gap.gap)) }
}

/// A difference between the network by its equations and the fused layer.
public struct FusedGap: Sendable {
  /// What was compared.
  public let name: String
  /// The largest difference.
  public let gap: Double
}

/// Outputs, gradients by both and by differences, and steps of Adam. Exercise 5.1.1, Exercise 5.1.3
public func compareWithFused(steps: Int, random: RandomSource) -> [FusedGap] {
  let own = RecurrentNetwork(5, 16, 3, random: random).converted(to: .double)
  let x = random.normal([4, 12, 5], scalarType: .double)
  let targets = random.normal([4, 12, 3], scalarType: .double)
  func loss(_ y: Tensor) -> Tensor { (y - targets).squared().mean() }
  let start = fused(own)
  func gap(_ a: [Tensor], _ b: [Tensor]) -> Double { zip(a, b).map { ($0 - $1).abs().max().item }.max() ?? 0 }

  let ownGradient = gradient(at: own) { loss($0(x)) }
  let fusedGradient = gradient(at: start) { loss($0(x)) }
  let differences = numericGradient(at: own) { loss($0(x)) }
  let trained = trainedBeside(own, start, steps: steps, on: x, loss)
  return [
    FusedGap(name: "outputs", gap: gap([own(x)], [start(x)])),
    FusedGap(name: "gradients", gap: gap(ownGradient.parameters, inOwnOrder(fusedGradient))),
    FusedGap(name: "gradients and central differences", gap: gap(ownGradient.parameters, differences.parameters)),
    FusedGap(name: "parameters after \(steps) steps of Adam", gap: trained),
  ]
}

/// The fused layer with the same numbers; its second bias is zero and stays out of the comparison.
private func fused(_ own: RecurrentNetwork) -> SequenceNetwork<VanillaRNN> {
  let layer = VanillaRNN(
    weights: RecurrentWeights(
      input: own.inputWeight, recurrent: own.recurrentWeight, inputBias: own.hiddenBias,
      recurrentBias: 0 * own.hiddenBias))
  var network = SequenceNetwork(layer, outputs: own.outputBias.count, random: RandomSource(seed: 1))
  (network.outputWeight, network.outputBias) = (own.outputWeight, own.outputBias)
  return network
}

/// The parameters in the order of `RecurrentNetwork`, without the second bias.
private func inOwnOrder(_ network: SequenceNetwork<VanillaRNN>) -> [Tensor] {
  let w = network.layer.weights
  return [w.input, w.recurrent, w.inputBias, network.outputWeight, network.outputBias]
}

/// The largest difference of parameters after steps of Adam. The second bias of the fused layer is put back to zero
/// each time.
private func trainedBeside(
  _ own: RecurrentNetwork, _ fused: SequenceNetwork<VanillaRNN>, steps: Int, on x: Tensor, _ loss: (Tensor) -> Tensor
) -> Double {
  var (own, fused) = (own, fused)
  var (ownAdam, fusedAdam) = (Adam(learningRate: 1e-2), Adam(learningRate: 1e-2))
  for _ in 0..<steps {
    ownAdam.update(&own, along: gradient(at: own) { loss($0(x)) })
    fusedAdam.update(&fused, along: gradient(at: fused) { loss($0(x)) })
    fused.layer.weights.recurrentBias = 0 * fused.layer.weights.recurrentBias
  }
  return zip(own.parameters, inOwnOrder(fused)).map { ($0 - $1).abs().max().item }.max() ?? 0
}
