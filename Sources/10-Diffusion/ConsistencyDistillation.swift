// § 10.10  Consistency models: a sampler distilled into one step

import Backprop
import DataSets
import GAN
import Messages
import Tensors
import Training

/// A consistency function f(x_t, t) = x₀: it maps every point of a trajectory of DDIM to the trajectory's end.
/// § 10.10; Song et al. (2023)
public protocol ConsistencyFunction: Sendable {
  /// The ends of the trajectories through these points at step t. [N×D] → [N×D]
  func end(of x: Tensor, at t: Int) -> Tensor
}

extension ConsistencyFunction {
  /// Samples from x_T with one evaluation for each time, T first. For each further time, noise is added up to that
  /// time, and the function gives the end of the new trajectory. § 10.10
  public func sample(from noise: Tensor, times: [Int], schedule: NoiseSchedule, random: RandomSource) -> Tensor {
    require(
      !times.isEmpty && zip(times, times.dropFirst()).allSatisfy { $0 > $1 },
      "cannot sample at the times \(times): at least one is needed, and they must descend")
    return times.enumerated().reduce(noise) { x, next in
      let ε = random.normal(x.shape, scalarType: x.scalarType)
      return end(of: next.offset == 0 ? x : schedule.noised(x, at: next.element, noise: ε), at: next.element)
    }
  }
}

/// The consistency function of Gaussian data N(0, s² I): f(x, t) = x s/√v_t with v_t = ᾱ_t s² + 1 − ᾱ_t, the variance
/// of x_t. § 10.10
public struct GaussianConsistency: ConsistencyFunction {
  /// The deviation s of the data.
  public let deviation: Double
  /// The noise schedule.
  public let schedule: NoiseSchedule

  /// The function for these data.
  public init(deviation s: Double, schedule: NoiseSchedule) { (deviation, self.schedule) = (s, schedule) }

  /// x s/√v_t.
  public func end(of x: Tensor, at t: Int) -> Tensor {
    let chain = GaussianChain(variance: deviation * deviation, schedule: schedule)
    return deviation / chain.variance(at: t).squareRoot() * x
  }
}

/// The consistency function of a noise predictor by DDIM through all steps: t calls of the predictor. (10.21), § 10.10
public struct SteppedConsistency<Predictor: NoisePredictor>: ConsistencyFunction {
  /// The noise predictor.
  public let predictor: Predictor
  /// The noise schedule.
  public let schedule: NoiseSchedule

  /// The function of this predictor.
  public init(of predictor: Predictor, schedule: NoiseSchedule) {
    (self.predictor, self.schedule) = (predictor, schedule)
  }

  /// x₀ after t steps of DDIM.
  public func end(of x: Tensor, at t: Int) -> Tensor {
    (1...t).reversed().reduce(x) { x, t in
      schedule.implicitStep(x, from: t, to: t - 1, noise: predictor.noise(in: x, at: t), fresh: x)
    }
  }
}

/// A network that learns a consistency function: f(x, t) = c_skip x/√ᾱ + c_out F(x/√v_t, t), with σ = √((1 − ᾱ)/ᾱ),
/// c_skip = s²/(σ² + s²) and c_out = s σ/√(σ² + s²). § 10.10
///
/// At t = 0, σ = 0, so f(x, 0) = x for any F. It is the form of § 8.10 in the variable x/√ᾱ. Song et al. (2023)
public struct ConsistencyModel: Model, ConsistencyFunction {
  /// F.
  public var network: TimedNetwork
  /// The deviation s of the data.
  public let deviation: Double
  /// The noise schedule.
  public let schedule: NoiseSchedule

  /// A model for data with this deviation.
  public init(_ network: TimedNetwork, deviation s: Double, schedule: NoiseSchedule) {
    (self.network, deviation, self.schedule) = (network, s, schedule)
  }

  /// F.
  public static var parameters: [PartialKeyPath<ConsistencyModel>] { [\.network] }

  /// f(x, t).
  public func end(of x: Tensor, at t: Int) -> Tensor { end(of: x, at: [Int](repeating: t, count: x.shape[0])) }

  /// f(x, t) for a step of each row. x: [N×D]; t: N steps from 0 to T
  public func end(of x: Tensor, at t: [Int]) -> Tensor {
    let ᾱ = schedule.signalShares(at: t, like: x)
    let s2 = deviation * deviation
    let v = s2 * ᾱ + (1 - ᾱ)
    // c_skip/√ᾱ = s² √ᾱ/v and c_out = s √((1 − ᾱ)/v).
    return s2 * ᾱ.squareRoot() / v * x
      + deviation * ((1 - ᾱ) / v).squareRoot() * network.noise(in: x / v.squareRoot(), at: t)
  }

  /// The mean of (f(x_t, t) − f⁻(x_s, s))² over all numbers, where x_s is one step of DDIM from x_t with the teacher's
  /// noise, and f⁻ is the same model, treated as a constant in the gradient. § 10.10
  public func distillationLoss(_ x: Tensor, from t: [Int], to s: [Int], teacher ε: Tensor) -> Tensor {
    (end(of: x, at: t) - end(of: schedule.implicitSteps(x, from: t, to: s, noise: ε), at: s).stopGradient)
      .squared().mean()
  }
}

extension NoiseSchedule {
  /// (10.21) with η = 0, for a separate pair of steps in each row.
  func implicitSteps(_ x: Tensor, from t: [Int], to s: [Int], noise ε: Tensor) -> Tensor {
    let (a, b) = (signalShares(at: t, like: x), signalShares(at: s, like: x))
    return b.squareRoot() * (x - (1 - a).squareRoot() * ε) / a.squareRoot() + (1 - b).squareRoot() * ε
  }
}

/// Distills a noise predictor into a consistency model with Adam. § 10.10
///
/// Adds noise to all data once for each of the times, and takes one step of DDIM from there to the next time; these are
/// the only calls of the predictor. The model is trained on these pairs. `times` are the steps of the teacher's
/// sampler, descending; 0 comes after the last. x₀: [N×D]
@discardableResult
public func distill<P: NoisePredictor>(
  _ teacher: P, into model: inout ConsistencyModel, on x0: Tensor, times: [Int], learningRate: Double = 2e-3,
  plan: TrainingPlan, random: RandomSource
) -> History {
  let plan = plan.annealed(from: learningRate, examples: x0.shape[0])
  let (N, next) = (x0.shape[0], Array(times.dropFirst() + [0]))
  let noisy = times.map { t in
    model.schedule.noised(x0, at: t, noise: random.normal(x0.shape, scalarType: x0.scalarType))
  }
  let noise = zip(noisy, times).map { x, t in teacher.noise(in: x, at: t) }
  let (x, ε) = (Tensor.concatenated(noisy, axis: 0), Tensor.concatenated(noise, axis: 0))
  var adam = Adam(learningRate: learningRate)
  return train(&model, with: &adam, examples: N, plan: plan, random: random) { model, batch in
    let places = batch.map { _ in random.integer(below: times.count) }
    let rows = zip(places, batch).map { $0 * N + $1 }
    return model.distillationLoss(
      x.gathered(rows), from: places.map { times[$0] }, to: places.map { next[$0] }, teacher: ε.gathered(rows))
  }
}
