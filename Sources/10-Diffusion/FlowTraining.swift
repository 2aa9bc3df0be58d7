// § 10.10  Training a velocity field

import Backprop
import GAN
import Messages
import Tensors
import Training

/// How noise is paired with the data of a batch. § 10.10
public enum FlowPairing: String, Sendable, CaseIterable {
  /// At random. Then the lines between the pairs cross, and the velocity is a mean over all lines through a point.
  case independent
  /// With the smallest Σ ‖x₁ − x₀‖² over the batch: the lines hardly cross. Tong et al. (2023), Pooladian et al. (2023)
  case optimal

  /// The data in the order that pairs them with the rows of x₀. x₀, x₁: [N×D]
  public func paired(_ x1: Tensor, with x0: Tensor) -> Tensor {
    self == .independent ? x1 : x1.gathered(Transport(from: x0, to: x1, power: 2).partners)
  }
}

/// The mean of (v_θ(x_t, t) − (x₁ − x₀))² over all numbers, with x_t = (1 − t) x₀ + t x₁. § 10.10
///
/// t is a time of each pair. v_θ: (x_t, t) → like x_t; x₀, x₁: [N×…]
public func flowMatchingLoss(
  _ v: (_ x: Tensor, _ t: [Double]) -> Tensor, from x0: Tensor, to x1: Tensor, at t: [Double]
) -> Tensor {
  (v(straightPath(from: x0, to: x1, at: t), t) - (x1 - x0)).squared().mean()
}

/// Trains a velocity field with Adam: draws noise and a time of each example, and descends along the gradient of
/// `flowMatchingLoss`. § 10.10
///
/// `noise` fixes the pairs, one row of noise for each row of the data, as a rectified flow needs. x₁: [N×D]
@discardableResult
public func trainVelocity(
  _ model: inout TimedNetwork, on x1: Tensor, from noise: Tensor? = nil, pairing: FlowPairing = .independent,
  learningRate: Double = 2e-3, plan: TrainingPlan, random: RandomSource
) -> History {
  require(
    noise.map { $0.shape == x1.shape } ?? true,
    "cannot pair noise \(noise?.shape ?? []) with data \(x1.shape): a row of noise for each row of data is needed")
  let plan = plan.annealed(from: learningRate, examples: x1.shape[0])
  var adam = Adam(learningRate: learningRate)
  return train(&model, with: &adam, examples: x1.shape[0], plan: plan, random: random) { model, batch in
    let data = x1.gathered(batch)
    let start = noise?.gathered(batch) ?? random.normal(data.shape, scalarType: data.scalarType)
    let end = noise == nil ? pairing.paired(data, with: start) : data
    let t = batch.map { _ in random.uniform() }
    return flowMatchingLoss(model.velocity(at:times:), from: start, to: end, at: t)
  }
}
