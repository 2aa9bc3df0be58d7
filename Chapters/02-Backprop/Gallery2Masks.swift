import Backprop
import Figures
import Running
import Tensors

/// A causal mask that begins one place too late, shown by the gradient of the output at place 3 with respect to the
/// input at place 4.
var causalExhibit: Exhibit {
  let (wrong, right) = (attentionReach(isWrong: true), attentionReach(isWrong: false))
  let x = sequence()
  let last = { (y: Tensor) in y[x.shape[0] - 1] }
  return Exhibit(
    "a causal mask that begins one place too late",
    wrong: "Tensor.lowerTriangle(q.shape[-2], k.shape[-2], diagonal: 1, scalarType: q.scalarType)",
    right: "scaledDotProductAttention(x, x, x, isCausal: true)",
    shows: .init("‖∂y₃/∂x₄‖", wrong: wrong[3, 4], right: right[3, 4]),
    hides: .init(
      "the last place, which may see all", wrong: last(Mistake.attentionThatPeeks(x, x, x)),
      right: last(scaledDotProductAttention(x, x, x, isCausal: true))),
    caughtBy: "causality: the output at a place does not depend on what comes after it")
}

/// A mask that counts one place of the padding, shown where the padding is not zero.
var lengthExhibit: Exhibit {
  let x = Tensor([1, 3, 100, 100], shape: [1, 4, 1], scalarType: .double)
  return Exhibit(
    "a sequence mask with ≤ for <", wrong: "(places .<= ends).expanded(axis: 2)",
    right: "(places .< ends).expanded(axis: 2)",
    shows: .init(
      "mean of 1, 3 and a padding of 100", wrong: Mistake.meanOverOneTooMany(x, lengths: [2]),
      right: meanOverSequence(x, lengths: [2])),
    hides: .init(
      "sequences without padding", wrong: Mistake.meanOverOneTooMany(x, lengths: [4]),
      right: meanOverSequence(x, lengths: [4])),
    caughtBy: "padding: the mean over a sequence does not depend on its padding")
}

/// Six places of three numbers.
private func sequence() -> Tensor { RandomSource(seed: 2).normal([6, 3], scalarType: .double) }

/// ‖∂yᵢ/∂xⱼ‖ for all places i and j of causal attention on a sequence. [6×6]
private func attentionReach(isWrong: Bool) -> Tensor {
  jacobian(at: sequence()) { x in
    isWrong ? Mistake.attentionThatPeeks(x, x, x) : scaledDotProductAttention(x, x, x, isCausal: true)
  }.norm(axes: [1, 3])  // [6×3×6×3] → [6×6]
}

/// Which outputs depend on which inputs, with the wrong mask and with the right one.
func maskFigure() -> Panels {
  func map(_ title: String, isWrong: Bool) -> HeatMap {
    let reach = attentionReach(isWrong: isWrong)
    return HeatMap(
      title, rows: (0..<6).map { "y\($0)" }, columns: (0..<6).map { "x\($0)" },
      values: (0..<6).map { reach[$0].scalars }, format: "%.2f", range: 0...1)
  }
  return Panels(
    "‖∂yᵢ/∂xⱼ‖ of causal attention",
    [
      map("the mask begins one place too late", isWrong: true),
      map("every place sees itself and the past", isWrong: false),
    ])
}
