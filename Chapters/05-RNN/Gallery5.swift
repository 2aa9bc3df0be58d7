import Backprop
import Figures
import RNN
import Running
import Tensors

/// The mistakes of chapter 5: each shown where it can be seen, and where it cannot.
public let gallery5 = Exercise(.gallery, "5", "Mistakes that everybody makes once", seconds: 1) { run in
  run.show(exhibits5)
  run.show(weekFigure(), as: "week")
}

/// The exhibits of the gallery, in the order of the chapter.
public var exhibits5: [Exhibit] {
  [
    memoryExhibit, paddingExhibit, orderExhibit, cellExhibit, gateExhibit, backwardExhibit, maskExhibit, scaleExhibit,
    shuffleExhibit, weekExhibit,
  ]
}

// MARK: - States

private var random: RandomSource { RandomSource(seed: 1) }

private func inputs(_ N: Int, _ T: Int) -> Tensor {
  RandomSource(seed: 2).normal([N, T, 2], scalarType: .double)
}

private var memoryExhibit: Exhibit {
  let layer = VanillaRNN(2, 3, random: random).converted(to: .double)
  let (x, first) = (inputs(1, 6), inputs(1, 1))
  return Exhibit(
    "state not carried on while sampling", wrong: "layer(x.sliced(t..<t + 1, axis: 1), initial: nil).states",
    right: "let (logits, final) = self([symbols], from: position?.state)",
    shows: .init(
      "h₆ of six steps", wrong: Mistake.statesWithoutMemory(layer, x)[0, 5], right: layer(x).states[0, 5]),
    hides: .init("the first step", wrong: Mistake.statesWithoutMemory(layer, first), right: layer(first).states),
    caughtBy: "§ 5.2.1: states step by step")
}

private var paddingExhibit: Exhibit {
  let layer = LongShortTermMemory(2, 2, random: random).converted(to: .double)
  let (padded, full) = (
    PaddedSequences(inputs(2, 5), lengths: [5, 3]), PaddedSequences(inputs(2, 5), lengths: [5, 5])
  )
  let right = { (batch: PaddedSequences) in layer(batch.values, lengths: batch.lengths).final.hidden }
  return Exhibit(
    "the last place of a padded batch",
    wrong: "layer(batch.values, lengths: batch.lengths).states.sliced(T - 1..<T, axis: 1)",
    right: "let h = layers(x, lengths: tokens.lengths).final[layers.layers.count - 1].hidden",
    shows: .init("a sequence of 3 among 5", wrong: Mistake.lastPlace(layer, padded)[1], right: right(padded)[1]),
    hides: .init("sequences of one length", wrong: Mistake.lastPlace(layer, full), right: right(full)),
    caughtBy: "§ 5.1: the final state of a padded sequence")
}

private var backwardExhibit: Exhibit {
  let layer = Bidirectional<VanillaRNN>(2, 1, random: random).converted(to: .double)
  let (x, single) = (inputs(1, 6), inputs(1, 1))
  return Exhibit(
    "the last place for a summary of both directions",
    wrong: "layer(x).states.sliced(T - 1..<T, axis: 1).squeezed(axis: 1)",
    right: "RecurrentState(hidden: joined(there.final.hidden, back.final.hidden), cell: cell)",
    shows: .init("(h⃗, h⃖) of six steps", wrong: Mistake.lastPlaceOfBoth(layer, x)[0], right: layer(x).final.hidden[0]),
    hides: .init("a single step", wrong: Mistake.lastPlaceOfBoth(layer, single), right: layer(single).final.hidden),
    caughtBy: "§ 5.7: the summary of both directions")
}

private var maskExhibit: Exhibit {
  let h = Tensor.ones([1, 4, 3], scalarType: .double)
  let (wrong, right) = (
    Mistake.maskRedrawn(h, probability: 0.5, using: RandomSource(seed: 3)),
    sequenceDropout(h, probability: 0.5, using: RandomSource(seed: 3))
  )
  let step = h.sliced(0..<1, axis: 1)
  let kept = right[0, 0].argmax()[0]
  return Exhibit(
    "a mask redrawn at every step", wrong: "dropout(h, probability: p, using: random)",
    right: "Tensor.ones([h.shape[0], 1, h.shape[2]], scalarType: h.scalarType)",
    shows: .init(
      "one unit over four steps, p = 0.5", wrong: wrong[0].transposed[kept], right: right[0].transposed[kept]),
    hides: .init(
      "a single step", wrong: Mistake.maskRedrawn(step, probability: 0.5, using: RandomSource(seed: 3)),
      right: sequenceDropout(step, probability: 0.5, using: RandomSource(seed: 3))),
    caughtBy: "§ 5.8: a unit is dropped at every step")
}

// MARK: - Jacobians and gates

private var orderExhibit: Exhibit {
  let layer = VanillaRNN(2, 2, random: random).converted(to: .double)
  func trials(_ x: Tensor) -> (wrong: Tensor, right: Tensor) {
    let jacobians = layer.stepJacobians(x).jacobians
    let right = VanillaRNN.product(jacobians) ?? jacobians[0]
    return (Mistake.productInOrderOfTime(jacobians), right)
  }
  let (long, short) = (trials(2 * inputs(1, 3)[0]), trials(inputs(1, 1)[0]))
  return Exhibit(
    "a product of Jacobians in the order of time",
    wrong: "jacobians.dropFirst().reduce(jacobians[0]) { matmul($0, $1) }",
    right: "return jacobians.dropFirst().reduce(first) { matmul($1, $0) }",
    shows: .init("∂h₃/∂h₀ of two units", wrong: long.wrong, right: long.right),
    hides: .init("a lag of 1", wrong: short.wrong, right: short.right),
    caughtBy: "§ 5.3.1: the product of Jacobians")
}

private var cellExhibit: Exhibit {
  func norms(_ bias: Double) -> (wrong: Tensor, right: Tensor) {
    let layer = LongShortTermMemory(2, 16, forgetBias: .constant(bias), random: random).converted(to: .double)
    let x = inputs(1, 10)[0]
    let joint = LongShortTermMemory.product(layer.stepJacobians(x).jacobians) ?? x
    let right = joint.sliced(0..<16, axis: 0).sliced(0..<16, axis: 1)
    return (largestSingularValue(Mistake.jacobianWithCellHeld(layer, x)), largestSingularValue(right))
  }
  let (open, closed) = (norms(5), norms(-1_000))
  return Exhibit(
    "an LSTM's Jacobian with c held", wrong: "{ $0.sliced(0..<d, axis: 0).sliced(0..<d, axis: 1) }",
    right: "LongShortTermMemory.product(layer.stepJacobians(x).jacobians[10...])",
    shows: .init("‖∂h₁₀/∂h₀‖, forget bias 5", wrong: open.wrong, right: open.right),
    hides: .init("forget gates that are shut", wrong: closed.wrong, right: closed.right),
    caughtBy: "§ 5.5.3: the Jacobian of an LSTM")
}

private func largestSingularValue(_ A: Tensor) -> Tensor { LinearAlgebra.singularValues(A)[0] }

private var gateExhibit: Exhibit {
  let cell = GRUCell(2, 3, random: random).converted(to: .double)
  var half = cell
  half.update = cell.update.mapParameters { 0 * $0 }
  let x = inputs(1, 6)
  let right = { (cell: GRUCell) in GatedRecurrentUnit(cell)(x).states[0, 5] }
  return Exhibit(
    "a GRU's weights loaded without swapping z", wrong: "GatedRecurrentUnit(cell, negatesUpdate: false)",
    right: "let blocks = [cell.reset, cell.update.mapParameters { sign * $0 }, cell.candidate]",
    shows: .init("h₆ of three units", wrong: Mistake.updateGateNotSwapped(cell)(x).states[0, 5], right: right(cell)),
    hides: .init("z = ½", wrong: Mistake.updateGateNotSwapped(half)(x).states[0, 5], right: right(half)),
    caughtBy: "§ 5.6: a library's GRU")
}
