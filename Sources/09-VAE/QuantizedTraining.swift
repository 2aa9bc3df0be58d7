// Exercise 9.5.3  Training by the loss (9.25), with dead codes restarted

import Backprop
import Messages
import Tensors
import Training

/// Trains an autoencoder with a codebook by (9.25), with Adam. Exercise 9.5.3
///
/// The history has the means of "reconstruction", "codebook" and "commitment", and for each epoch the number of codes
/// "used", their "perplexity", and the number "restarted". With `restartsDeadCodes`, all codes start as encoded grid
/// positions of random examples, and after each epoch but the last the unused codes are set to such positions again.
/// `evaluate` is called after that.
@discardableResult
public func trainQuantized<Book: Codebook>(
  _ model: inout VectorQuantizedAutoencoder<Book>, on x: Tensor, learningRate: Double = 1e-3, β: Double = 0.25,
  restartsDeadCodes: Bool = true, plan: TrainingPlan, random: RandomSource,
  evaluate: (VectorQuantizedAutoencoder<Book>, _ epoch: EpochSoFar) -> [String: Double] = { _, _ in [:] }
) -> History {
  let K = model.codebook.count
  func restart(_ model: inout VectorQuantizedAutoencoder<Book>, _ usage: CodeUsage) -> Int {
    let drawn = x.gathered((0..<min(64, x.shape[0])).map { _ in random.integer(below: x.shape[0]) })
    return model.codebook.restart(usage, at: model.rows(model.encoded(drawn)), using: random).count
  }
  if restartsDeadCodes { _ = restart(&model, CodeUsage(codes: K)) }
  var state = QuantizedState(model: model, optimizer: Adam(learningRate: learningRate), usage: CodeUsage(codes: K))
  let history = train(&state, examples: x.shape[0], plan: plan, random: random) { state, step throws(Breakdown) in
    let batch = x.gathered(step.batch)
    var terms: QuantizationTerms?
    try step.descend(&state.model, with: &state.optimizer) { model in
      let found = model.terms(of: batch)
      terms = found
      return found.loss(β: β)
    }
    guard let terms else { return }
    step.measure("reconstruction", terms.reconstruction.stopGradient.mean().item)
    step.measure("codebook", terms.codebook.stopGradient.mean().item)
    step.measure("commitment", terms.commitment.stopGradient.mean().item)
    state.usage.add(terms.codes)
  } evaluate: { state, epoch in
    let usage = state.usage
    state.usage = CodeUsage(codes: K)
    let restarted = restartsDeadCodes && epoch.number < plan.epochs ? restart(&state.model, usage) : 0
    let measured = ["used": Double(usage.used), "perplexity": usage.perplexity, "restarted": Double(restarted)]
    return measured.merging(evaluate(state.model, epoch)) { own, _ in own }
  }
  model = state.model
  return history
}

/// A model, its optimizer, and the uses of the codes in the epoch so far.
private struct QuantizedState<Book: Codebook>: TrainingState {
  var model: VectorQuantizedAutoencoder<Book>
  var optimizer: Adam
  var usage: CodeUsage
  static var kept: [PartialKeyPath<Self>] { [\.model, \.optimizer, \.usage] }
}
