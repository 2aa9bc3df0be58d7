// § 2.5  Learning rate schedules

import Messages
import Tensors
import Training

/// The learning rate η_t of every step t, counted from 0, as `TrainingPlan.learningRate` takes it.
public typealias Schedule = @Sendable (_ t: Int) -> Double

/// Step decay: η_t = η₀ γ^⌊t/T⌋. § 2.5.1
public func stepDecay(from η0: Double, by γ: Double = 0.1, every T: Int = 30) -> Schedule {
  require(T >= 1 && γ > 0, "cannot decay by a factor of \(γ) every \(T) steps: γ > 0 and T ≥ 1 are needed")
  return { t in η0 * power(γ, t / T) }
}

/// Cosine annealing: η_t = η_min + ½ (η_max − η_min) (1 + cos πt/T). § 2.5.2, § 2.10.6
///
/// From η_max at t = 0 to η_min at t = T, where it stays; the bare formula would rise again. Loshchilov and Hutter
/// (2017).
public func cosineAnnealing(from ηmax: Double, to ηmin: Double = 0, over T: Int) -> Schedule {
  require(T >= 1, "cannot anneal over \(T) steps: at least one is needed")
  return { t in cosine(from: ηmax, to: ηmin, at: Double(min(t, T)) / Double(T)) }
}

extension TrainingPlan {
  /// The plan with a learning rate that falls from η to 0 along a cosine over all its steps on N examples, unless it
  /// has a schedule of its own. § 2.5.2
  public func annealed(from η: Double, examples N: Int, training model: (any Parameterized)? = nil) -> TrainingPlan {
    var plan = self
    let steps = max(1, epochs * stepsPerEpoch(of: N, training: model))
    if plan.learningRate == nil { plan.learningRate = cosineAnnealing(from: η, over: steps) }
    return plan
  }
}

/// Linear warm-up, then cosine decay: η_t = η_max (s + (1 − s) t/T_w) up to T_w, then cosine annealing over the other T
/// − T_w steps. § 2.5.3
///
/// The first step has the learning rate s η_max, step T_w has η_max, and steps from T on have η_min.
public func warmupCosine(
  to ηmax: Double, warmup Tw: Int, over T: Int, startingAt s: Double = 0, endingAt ηmin: Double = 0
) -> Schedule {
  require(0 <= Tw && Tw < T, "cannot warm up for \(Tw) of \(T) steps: some must be left to decay")
  let decay = cosineAnnealing(from: ηmax, to: ηmin, over: T - Tw)
  return { t in t < Tw ? ηmax * (s + (1 - s) * Double(t) / Double(Tw)) : decay(t - Tw) }
}

/// One cycle: up from η_max/25 to η_max in the first 30 % of T steps, down to η_max/250,000 in the others, both along
/// cosines. § 2.5
///
/// The policy of Smith and Topin (2018) with the constants of PyTorch's `OneCycleLR`. So the warm-up of Listing 2.5 is
/// not a straight line.
public func oneCycle(
  to ηmax: Double, over T: Int, rising share: Double = 0.3, startingAt start: Double = 1 / 25,
  endingAt end: Double = 1 / 250_000
) -> Schedule {
  require(
    0 < share && share < 1 && share * Double(T) > 1,
    "cannot rise during \(share) of \(T) steps: more than one step must rise, and some must be left")
  let (peak, last) = (share * Double(T) - 1, Double(T - 1))
  return { t in
    let t = min(Double(t), last)
    return t <= peak
      ? cosine(from: start * ηmax, to: ηmax, at: t / peak)
      : cosine(from: ηmax, to: end * ηmax, at: (t - peak) / (last - peak))
  }
}

/// The schedule of epochs as a schedule of steps, for epochs of this many steps.
public func eachEpoch(of steps: Int, _ schedule: @escaping Schedule) -> Schedule {
  require(steps >= 1, "cannot schedule epochs of \(steps) steps: at least one is needed")
  return { t in schedule(t / steps) }
}

/// b + ½ (a − b) (1 + cos πs): a at s = 0, b at s = 1, level at both ends.
private func cosine(from a: Double, to b: Double, at s: Double) -> Double {
  b + (a - b) / 2 * (1 + Tensor(.pi * s, scalarType: .double).cos().item)
}

/// A learning rate that is lowered when the loss stalls: η ← γ η after more than `patience` losses without a new best.
/// § 2.5
///
/// A value that receives one loss per epoch: `optimizer.learningRate = plateau.rate(after: loss)`. Losses may have any
/// sign. PyTorch's `ReduceLROnPlateau` asks for a loss below (1 − threshold) · best, so there a negative loss that
/// stays about the same is always a new best.
public struct ReduceOnPlateau: Codable, Sendable {
  /// How far a loss must be below the best so far to be a new best.
  public enum Threshold: Codable, Equatable, Sendable {
    /// By this share of the best loss's size.
    case relative(Double)
    /// By this much.
    case absolute(Double)

    /// The value that a loss must be below.
    func bound(_ best: Double) -> Double {
      switch self {
      case .relative(let share): (best < 0 ? 1 + share : 1 - share) * best
      case .absolute(let step): best - step
      }
    }

    fileprivate var isPossible: Bool {
      switch self {
      case .relative(let share): 0..<1 ~= share
      case .absolute(let step): 0..<Double.infinity ~= step
      }
    }
  }

  /// The learning rate η.
  public private(set) var learningRate: Double
  /// The factor γ.
  public let factor: Double
  /// The number of losses without a new best after which the next one lowers η.
  public let patience: Int
  /// By how much a loss must fall to count as better.
  public let threshold: Threshold
  /// The lower bound of η.
  public let minimum: Double
  private var best = Double.infinity
  private var waited = 0

  /// A learning rate η that is lowered on a plateau.
  public init(
    from η: Double, by factor: Double = 0.1, patience: Int = 10, threshold: Threshold = .relative(1e-4),
    minimum: Double = 0
  ) {
    require(
      0 < factor && factor < 1 && patience >= 0 && threshold.isPossible,
      "cannot reduce by \(factor) with patience \(patience), threshold \(threshold): "
        + "0 < γ < 1, patience ≥ 0, a relative threshold in 0..<1 or an absolute one ≥ 0 are needed"
    )
    (learningRate, self.factor, self.patience) = (η, factor, patience)
    (self.threshold, self.minimum) = (threshold, minimum)
  }

  /// The learning rate of the next epoch, given the loss of this one.
  public mutating func rate(after loss: Double) -> Double {
    if loss < threshold.bound(best) { (best, waited) = (loss, 0) } else { waited += 1 }
    if waited > patience { (learningRate, waited) = (max(factor * learningRate, minimum), 0) }
    return learningRate
  }
}
