import Messages

/// The quantile of the standard normal distribution: the z with Φ(z) = p, to a relative error of 10⁻¹⁵. Wichura (1988)
///
/// It has the same bits on every machine. p must lie strictly between 0 and 1.
public func normalQuantile(_ p: Double) -> Double {
  require(p > 0 && p < 1, "cannot find the normal quantile of \(p): a probability strictly between 0 and 1 is needed")
  return Portable.normalQuantile(p)
}
