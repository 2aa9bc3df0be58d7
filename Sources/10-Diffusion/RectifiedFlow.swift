// § 10.10  Rectified flow: straight paths need few steps

import DataSets
import GAN
import Messages
import Tensors

extension VelocityField {
  /// 1/n Σ_t E‖v(x_t, t) − (x₁ − x₀)‖² along the field's own trajectories: 0 if and only if they are straight lines
  /// with constant speed, so that one step of Euler is exact. § 10.10; Liu, Gong and Liu (2023)
  public func curvature(from x0: Tensor, steps n: Int, by solver: FlowSolver = .euler) -> Double {
    var speeds = [velocity(at: x0, time: 0)]
    let x1 = flowed(x0, steps: n, by: solver) { t, x in
      if t < 1 { speeds.append(velocity(at: x, time: t)) }
      return true
    }
    return speeds.map { ($0 - (x1 - x0)).squared().sum(axes: [1]).mean().item }.reduce(0, +) / Double(n)
  }
}

/// E‖x₁ − x₀‖², the cost of a pairing. Replacing the pairs by the starts and ends of their flow never raises it.
/// § 10.10 [N×D], [N×D]
public func transportCost(from x0: Tensor, to x1: Tensor) -> Double {
  (x1 - x0).squared().sum(axes: [1]).mean().item
}

/// On the line: the flow of pairs that keep the order. Their lines do not cross, so each point (x, t) lies on one of
/// them, and its velocity x₁ − x₀ stays constant along it: Euler's method is exact with any number of steps. § 10.10
///
/// An ODE on the line keeps the order too. So one reflow makes a flow straight there, and equal to the optimal
/// transport.
public struct MonotoneFlow: VelocityField {
  /// Where the lines start and end, both ascending.
  public let starts, ends: [Double]

  /// The flow along the lines from a_i to b_i, interpolated linearly in between.
  public init(from starts: [Double], to ends: [Double]) {
    func ascends(_ values: [Double]) -> Bool { zip(values, values.dropFirst()).allSatisfy { $0 < $1 } }
    require(
      starts.count == ends.count && starts.count >= 2 && ascends(starts) && ascends(ends),
      "cannot join \(starts.count) points with \(ends.count) without crossings: equally many are needed, at least two, "
        + "and both must ascend")
    (self.starts, self.ends) = (starts, ends)
  }

  /// The flow of the optimal transport from N(0, 1) to a mixture on the line, by n quantiles.
  public static func transport(to data: GaussianMixture, quantiles n: Int = 2_000) -> MonotoneFlow {
    MonotoneFlow(from: middleQuantiles(n), to: data.middleQuantiles(n))
  }

  /// v(x, t). [N×1] → [N×1]
  public func velocity(at x: Tensor, time t: Double) -> Tensor {
    let places = zip(starts, ends).map { (1 - t) * $0 + t * $1 }
    let values = x.scalars.map { x in
      var (low, high) = (0, places.count - 1)
      while high - low > 1 {
        let middle = (low + high) / 2
        if places[middle] > x { high = middle } else { low = middle }
      }
      let share = min(max((x - places[low]) / (places[high] - places[low]), 0), 1)
      return (1 - share) * (ends[low] - starts[low]) + share * (ends[high] - starts[high])
    }
    return Tensor(values, shape: x.shape, scalarType: x.scalarType)
  }
}

/// The quantiles of N(0, 1) at (i + ½)/n, a deterministic replacement for n samples.
public func middleQuantiles(_ n: Int) -> [Double] {
  require(n >= 1, "cannot take \(n) quantiles: at least one is needed")
  return (0..<n).map { normalQuantile((Double($0) + 0.5) / Double(n)) }
}

extension GaussianMixture {
  /// The quantiles of a mixture on the line at (i + ½)/n, by bisection of its distribution function.
  public func middleQuantiles(_ n: Int) -> [Double] {
    require(
      dimension == 1 && n >= 1,
      "cannot take \(n) quantiles of a mixture in \(dimension) dimensions: one dimension and at least one are needed")
    let p = Tensor((0..<n).map { (Double($0) + 0.5) / Double(n) }, scalarType: .double)
    let parts = components.map { (weight: $0.weight, law: LineNormal($0.mean[0], $0.factor[0][0])) }
    let reach = parts.map { abs($0.law.mean) + 10 * $0.law.deviation }.max() ?? 1
    var (low, high) = (0 * p - reach, 0 * p + reach)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      let isAbove = parts.map { $0.weight * $0.law.distribution(middle) }.reduce(-p, +) .> 0
      (low, high) = (select(isAbove, low, middle), select(isAbove, middle, high))
    }
    return ((low + high) / 2).scalars
  }
}
