public import Tensors

/// Independent variables that are 1 with probability σ(z) and otherwise 0, one per element of a tensor of logits z.
///
/// All results are elementwise and finite for finite logits of any size.
public struct Bernoulli: Model {
  /// The logits z = log p / (1 − p).
  public var logits: Tensor

  /// Variables with these logits.
  public init(logits: Tensor) { self.logits = logits }

  /// The logits.
  public static var parameters: [PartialKeyPath<Bernoulli>] { [\.logits] }

  /// The probabilities of 1, which are the means: p = σ(z).
  public var mean: Tensor { logits.sigmoid() }

  /// Draws, each 0 or 1. They have no derivative.
  public func sample(using random: RandomSource) -> Tensor {
    let threshold = random.uniform(logits.shape).converted(to: logits.scalarType)
    return (threshold .< mean).stopGradient
  }

  /// log p(x) = x z − log(1 + eᶻ) for x of 0 or 1; for values in between it is minus the binary cross-entropy.
  public func logProbability(of x: Tensor) -> Tensor { x * logits - logits.softplus() }

  /// The entropy −p log p − (1 − p) log(1 − p) = log(1 + eᶻ) − z σ(z), in nats.
  public var entropy: Tensor { logits.softplus() - logits * mean }

  /// KL(p ‖ q) = σ(z) (z − z′) − log(1 + eᶻ) + log(1 + e^(z′)), in nats, for logits z of this p and z′ of the other q.
  public func klDivergence(to q: Bernoulli) -> Tensor {
    mean * (logits - q.logits) - logits.softplus() + q.logits.softplus()
  }
}
