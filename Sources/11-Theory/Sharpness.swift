// Exercise 11.6  The sharpness of a minimum

import Backprop
import Messages
import Tensors

/// Exercise 11.6.3: the largest eigenvalue of the Hessian of a loss, and its eigenvector of length 1, by power
/// iteration on Hessian–vector products: v ← H v / ‖H v‖, λ = v · H v.
///
/// The Hessian itself is never formed. Power iteration finds the eigenvalue of largest magnitude. If that is negative,
/// a second iteration on H − λ I, which has no negative eigenvalues, finds the largest one. The loss is computed in
/// evaluation mode, with the running statistics.
public func largestCurvature<M: Parameterized>(
  at θ: M, iterations: Int = 100, random: RandomSource, of loss: (M) -> Tensor
) -> (value: Double, direction: M) {
  func product(_ v: M) -> M { hessianVectorProduct(at: θ, along: v, mode: .evaluation, of: loss) }
  func iterate(shift: Double) -> (value: Double, direction: M) {
    var v = unit(θ.mapParameters { random.normal($0.shape, scalarType: $0.scalarType) })
    var λ = 0.0
    for _ in 0..<iterations {
      let Hv = product(v).zipParameters(v) { $0 + shift * $1 }
      λ = v.dot(Hv).item
      if Hv.totalNorm == 0 { break }
      v = unit(Hv)
    }
    return (λ - shift, v)
  }
  let found = iterate(shift: 0)
  return found.value < 0 ? iterate(shift: -found.value) : found
}

/// v / ‖v‖, over all parameters together; 0 stays 0.
func unit<M: Parameterized>(_ v: M) -> M {
  let norm = v.totalNorm
  return v.mapParameters { norm > 0 ? $0 / norm : $0 }
}

/// A plane in the space of parameters: θ(a, b) = θ₀ + a u + b v. § 11.8
public struct ParameterPlane<M: Parameterized & Sendable>: Sendable {
  /// The point θ₀, and the directions u and v.
  public let origin, u, v: M

  /// The plane through a point along two directions.
  public init(origin: M, _ u: M, _ v: M) { (self.origin, self.u, self.v) = (origin, u, v) }

  /// The plane through three points: u leads from the first towards the second, v is orthogonal to u, and both have
  /// length 1.
  public init(through first: M, _ second: M, _ third: M) {
    let u = unit(second.zipParameters(first, -))
    let w = third.zipParameters(first, -)
    let along = w.dot(u).item
    self.init(origin: first, u, unit(w.zipParameters(u) { $0 - along * $1 }))
  }

  /// The plane through a point along two random directions in which every row of a weight matrix is as long as the row
  /// of θ₀, and biases do not move. Li, Xu, Taylor, Studer and Goldstein (2018).
  ///
  /// Without these lengths a network with large weights looks flat, because a step of the same length changes it less.
  public init(randomAt point: M, random: RandomSource) {
    func direction() -> M {
      point.mapParameters { p in
        guard p.rank >= 2 else { return Tensor.zeros(p.shape, scalarType: p.scalarType) }
        let noise = random.normal(p.shape, scalarType: p.scalarType)
        let axes = Array(1..<p.rank)
        let lengths = { (x: Tensor) in x.squared().sum(axes: axes, keepsAxes: true).squareRoot() }
        return noise * lengths(p) / lengths(noise)
      }
    }
    self.init(origin: point, direction(), direction())
  }

  /// θ(a, b).
  public func point(_ a: Double, _ b: Double) -> M {
    origin.zipParameters(u) { $0 + a * $1 }.zipParameters(v) { $0 + b * $1 }
  }

  /// The place (a, b) that is closest to a point, if u and v are orthogonal and of length 1.
  public func place(of point: M) -> (a: Double, b: Double) {
    let w = point.zipParameters(origin, -)
    return (w.dot(u).item, w.dot(v).item)
  }
}
