import Messages
public import Tensors

/// Independent variables with values 0 ..< K, one per row of a tensor of logits z, with p = softmax(z) per row.
public struct Categorical: Model {
  /// The logits z. [… × K]
  public var logits: Tensor

  /// Variables with these logits, at least one for each row.
  public init(logits: Tensor) {
    require(
      logits.rank >= 1 && logits.shape[-1] >= 1,
      "cannot choose among the logits of a tensor of shape \(logits.shape): "
        + "a last axis with at least one element is needed")
    self.logits = logits
  }

  /// The logits.
  public static var parameters: [PartialKeyPath<Categorical>] { [\.logits] }

  /// log p = z − log Σₖ e^(zₖ). [… × K]
  public var logProbabilities: Tensor { logits.logSoftmax(axis: -1) }

  /// p = softmax(z). [… × K]
  public var probabilities: Tensor { logits.softmax(axis: -1) }

  /// A value for each row, in row-major order.
  public func sample(using random: RandomSource) -> [Int] {
    let (p, K) = (probabilities.scalars, logits.shape[-1])
    return stride(from: 0, to: p.count, by: K).map { random.categorical(Array(p[$0..<$0 + K])) }
  }

  /// log p of one value for each row, given in row-major order, without the last axis of the logits. [… × K] → […]
  public func logProbability(of values: [Int]) -> Tensor {
    let (rows, K) = (logits.count / logits.shape[-1], logits.shape[-1])
    require(
      values.count == rows && values.allSatisfy { 0..<K ~= $0 },
      "cannot look up the probabilities of \(values.count) values among logits \(logits.shape): "
        + "one value from 0 to \(K - 1) for each of \(rows) rows is needed")
    let places = values.enumerated().map { $0.offset * K + $0.element }
    return logProbabilities.reshaped([rows * K]).gathered(places).reshaped(Shape(logits.shape.lengths.dropLast()))
  }

  /// The entropy −Σₖ pₖ log pₖ of each row, in nats, where 0 log 0 = 0. […]
  public var entropy: Tensor { -expectation(of: logProbabilities) }

  /// KL(p ‖ q) = Σₖ pₖ (log pₖ − log qₖ) of each row, in nats, for this p and the other q. […]
  ///
  /// A value that p never takes adds nothing; a value that p takes and q never does makes it infinite.
  public func klDivergence(to q: Categorical) -> Tensor { expectation(of: logProbabilities - q.logProbabilities) }

  /// Σₖ pₖ fₖ of each row, without the values that never occur, where f may be infinite. […]
  private func expectation(of f: Tensor) -> Tensor {
    let (p, zero) = (probabilities, Tensor.zeros(logits.shape, scalarType: logits.scalarType))
    return (p * select(p .> 0, f, zero)).sum(axes: [-1])
  }
}
