// § 2.4.5  Optimizers on their way down

import Messages
import Tensors
import Training

/// A function of two variables with a known minimum, on which to watch optimizers. § 2.4.5
public struct Surface: Sendable {
  /// Its name.
  public let name: String
  /// f(p) for p = (x, y). [2] → []
  public let height: @Sendable (_ p: Tensor) -> Tensor
  /// The smallest value of f.
  public let least: Double
  /// The starting point of the optimizers.
  public let start: [Double]
  /// The part of the plane to look at.
  public let x, y: ClosedRange<Double>

  /// ½ (x² + κ y²) with κ = 50: a long valley.
  public static let valley = Surface(
    name: "Ill-conditioned quadratic", height: { p in 0.5 * (p[0].squared() + 50 * p[1].squared()) }, least: 0,
    start: [-4, 0.9], x: -4.5...3, y: -1.2...1.2)

  /// (1 − x)² + 100 (y − x²)², by Rosenbrock (1960): a bent valley, all but flat along its floor.
  public static let rosenbrock = Surface(
    name: "Rosenbrock", height: { p in (1 - p[0]).squared() + 100 * (p[1] - p[0].squared()).squared() }, least: 0,
    start: [-1.2, 1], x: -1.8...1.5, y: -0.5...2)

  /// (1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)², by Beale (1958): plains between walls.
  public static let beale = Surface(
    name: "Beale",
    height: { p in
      let (x, y) = (p[0], p[1])
      let a = 1.5 - x + x * y
      let b = 2.25 - x + x * y * y
      let c = 2.625 - x + x * y * y * y
      return a.squared() + b.squared() + c.squared()
    }, least: 0, start: [1, 1.5], x: -0.5...4, y: -1.5...2)

  /// x² − y² + y⁴/4: a saddle at the origin between two minima at y = ±√2.
  public static let saddle = Surface(
    name: "Saddle", height: { p in p[0].squared() - p[1].squared() + 0.25 * p[1].squared().squared() }, least: -1,
    start: [-1.5, 0.001], x: -1.8...1.2, y: -0.6...2.4)

  /// All four.
  public static let all = [valley, rosenbrock, beale, saddle]
}

/// The path of an optimizer on a surface. § 2.4.5
public struct Descent: Sendable {
  /// The points, from the start on.
  public let points: [[Double]]
  /// How far each of them is above the smallest value.
  public let excess: [Double]
}

/// Moves an optimizer down a surface, in double precision. § 2.4.5
public func descend<O: Optimizer>(_ surface: Surface, with optimizer: O, steps: Int) -> Descent {
  var (optimizer, p) = (optimizer, Tensor(surface.start, scalarType: .double))
  var (points, excess) = ([surface.start], [surface.height(p).item - surface.least])
  for _ in 0..<steps {
    optimizer.update(&p, along: gradient(at: p, of: surface.height))
    points.append(p.scalars)
    excess.append(surface.height(p).item - surface.least)
  }
  return Descent(points: points, excess: excess)
}

/// The path of an optimizer that ends lowest, among those with these learning rates that never climb above the start.
/// § 2.4.5
///
/// If all of them climb, the path with the smallest learning rate.
public func bestDescent<O: Optimizer>(
  _ surface: Surface, with optimizer: O, rates: [Double], steps: Int
) -> (rate: Double, descent: Descent) {
  require(!rates.isEmpty, "cannot choose the best of no learning rates")
  let ways = rates.sorted().map { rate in
    var optimizer = optimizer
    optimizer.learningRate = rate
    return (rate: rate, descent: descend(surface, with: optimizer, steps: steps))
  }
  let steady = ways.filter { way in way.descent.excess.allSatisfy { $0 <= way.descent.excess[0] } }
  return steady.min { $0.descent.excess[steps] < $1.descent.excess[steps] } ?? ways[0]
}
