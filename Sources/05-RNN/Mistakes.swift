// A gallery of mistakes: states that are lost or read at the wrong position, Jacobians, series that know their future

import Running
import Tensors

/// States that are lost, and states from the wrong position.
extension Mistake {
  /// The states of sequences that are read element by element, as in sampling, but each from the zero state, so that
  /// all earlier elements are forgotten. § 5.2.1
  public static func statesWithoutMemory(_ layer: some RecurrentLayer, _ x: Tensor) -> Tensor {
    Tensor.concatenated(
      (0..<x.shape[1]).map { t in layer(x.sliced(t..<t + 1, axis: 1), initial: nil).states }, axis: 1)
  }

  /// The state at the last position of a padded batch, used as the final state: for a shorter sequence it is the state
  /// of padding. § 5.1
  public static func lastPlace(_ layer: some RecurrentLayer, _ batch: PaddedSequences) -> Tensor {
    let T = batch.values.shape[1]
    return layer(batch.values, lengths: batch.lengths).states.sliced(T - 1..<T, axis: 1).squeezed(axis: 1)
  }

  /// The states of both directions at the last position, used as a summary: the backward one has read only one element.
  /// § 5.7
  public static func lastPlaceOfBoth<Layer>(_ layer: Bidirectional<Layer>, _ x: Tensor) -> Tensor {
    let T = x.shape[1]
    return layer(x).states.sliced(T - 1..<T, axis: 1).squeezed(axis: 1)
  }

  /// Dropout with a new mask at every step, although a recurrent state must lose the same units at all steps. § 5.8
  public static func maskRedrawn(_ h: Tensor, probability p: Double, using random: RandomSource) -> Tensor {
    dropout(h, probability: p, using: random)
  }
}

/// Jacobians, and weights from elsewhere.
extension Mistake {
  /// ∂h_T/∂h₀ of an LSTM from the Jacobians ∂hₜ/∂hₜ₋₁ with c held constant: the path through the cell is missing.
  /// § 5.5.3
  public static func jacobianWithCellHeld(_ layer: LongShortTermMemory, _ x: Tensor) -> Tensor {
    let d = layer.outputs
    let blocks = layer.stepJacobians(x).jacobians.map { $0.sliced(0..<d, axis: 0).sliced(0..<d, axis: 1) }
    return LongShortTermMemory.product(blocks) ?? Tensor.identity(d, scalarType: x.scalarType)
  }

  /// The product of Jacobians ∂hⱼ/∂hⱼ₋₁ with the earliest leftmost. § 5.3.1
  public static func productInOrderOfTime(_ jacobians: [Tensor]) -> Tensor {
    jacobians.dropFirst().reduce(jacobians[0]) { matmul($0, $1) }
  }

  /// A library's GRU with the weights of a cell whose z multiplies the candidate, copied unchanged. § 5.6
  public static func updateGateNotSwapped(_ cell: GRUCell) -> GatedRecurrentUnit {
    GatedRecurrentUnit(cell, negatesUpdate: false)
  }
}

/// Series that know their future.
extension Mistake {
  /// A series standardized with the mean and standard deviation of all its values, including those of the test. § 5.1
  public static func standardizedByAll(_ values: [Double]) -> [Double] {
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    return values.map { ($0 - mean) / variance.squareRoot() }
  }

  /// The positions of windows, split at random: values that the test must forecast are inputs in training. § 5.1
  public static func splitAtRandom(_ places: [Int], using random: RandomSource) -> (training: [Int], test: [Int]) {
    let mixed = random.shuffled(places)
    return (Array(mixed.prefix(places.count * 8 / 10)), Array(mixed.suffix(places.count / 10)))
  }

  /// A week's forecast in which every day reads the value measured the day before: seven forecasts of one day. § 5.1
  public static func weekOfSingleDays(
    _ regression: Autoregression, _ values: [Double], from place: Int, days: Int
  ) -> [Double] {
    (0..<days).map { ahead in regression.next(after: values[..<(place + ahead)]) }
  }
}
