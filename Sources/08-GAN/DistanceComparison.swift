// § 8.4.1  JSD and W₁ of distributions that move apart

import Messages
import Tensors

/// JSD and W₁ of N(m, 1) and N(0, 1), and how they change with m. § 8.4.1
public struct DistanceComparison: Sendable {
  /// ln 2, the largest JSD.
  public static let ln2 = 0.6931471805599453
  /// ln 2 − JSD, and its derivative with respect to m.
  public let gap, gapSlope: Double
  /// W₁ and its derivative with respect to m.
  public let wasserstein, wassersteinSlope: Double

  /// The comparison at a distance m ≥ 0, by quadrature; the derivatives pass through the integrals.
  public init(shift m: Double) {
    require(m >= 0 && m.isFinite, "cannot compare normal distributions at a distance of \(m): it must be at least 0")
    let rule = Quadrature(over: -10...m + 10, panels: 60)
    let standard = LineNormal(0, 1)
    let divergence = valueWithGradient(at: Tensor(m, scalarType: .double)) { m in
      jensenShannonGap({ standard.logDensity($0 - m) }, standard.logDensity, by: rule)
    }
    let distance = valueWithGradient(at: Tensor(m, scalarType: .double)) { m in
      wassersteinDistance({ standard.distribution($0 - m) }, standard.distribution, by: rule)
    }
    (gap, gapSlope) = (divergence.value.item, divergence.gradient.item)
    (wasserstein, wassersteinSlope) = (distance.value.item, distance.gradient.item)
  }
}

/// JSD and W₁ of the uniform distributions on 0...1 and m...1 + m, and how they change with m. § 8.4.1
public struct SegmentComparison: Sendable {
  /// JSD and its derivative with respect to m.
  public let divergence, divergenceSlope: Double
  /// W₁ and its derivative with respect to m.
  public let wasserstein, wassersteinSlope: Double

  /// The comparison at a distance m > 0.
  ///
  /// The densities are 0 or 1. Where both are 1, the integrand of ln 2 − JSD is ln 2; elsewhere it is 0. So once the
  /// segments do not overlap, JSD is exactly ln 2, wherever they are.
  public init(shift m: Double) {
    require(m > 0 && m.isFinite, "cannot compare segments at a distance of \(m): it must be positive")
    let rule = Quadrature(between: m == 1 ? [0, 1, 2] : [0, min(m, 1), max(m, 1), 1 + m], panels: 4)
    let divergence = valueWithGradient(at: Tensor(m, scalarType: .double)) { m in
      let overlap = maximum(0, 1 - m)
      return DistanceComparison.ln2 * (1 - overlap)
    }
    let distance = valueWithGradient(at: Tensor(m, scalarType: .double)) { m in
      wassersteinDistance({ ($0 - m).clamped(to: 0...1) }, { $0.clamped(to: 0...1) }, by: rule)
    }
    (self.divergence, divergenceSlope) = (divergence.value.item, divergence.gradient.item)
    (wasserstein, wassersteinSlope) = (distance.value.item, distance.gradient.item)
  }
}

/// ln 2 − JSD(p ‖ q) = ½ E_p[log(1 + q/p)] + ½ E_q[log(1 + p/q)], by a rule over an interval that holds both densities,
/// from their logarithms. (8.8)
///
/// A difference of JSD and ln 2 would lose all digits once the densities are far apart; this sum of positive terms
/// keeps them.
public func jensenShannonGap(
  _ logP: (Tensor) -> Tensor, _ logQ: (Tensor) -> Tensor, by rule: Quadrature
) -> Tensor {
  rule.integral { x in
    let (p, q) = (logP(x), logQ(x))
    return 0.5 * (p.exp() * (q - p).softplus() + q.exp() * (p - q).softplus())
  }
}
