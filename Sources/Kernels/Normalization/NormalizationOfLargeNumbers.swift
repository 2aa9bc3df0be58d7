// Normalization of numbers whose squares overflow: x̂ is an ordinary number although σ² is infinite.

/// The mean, the variance and the factor for a set of numbers, as in `statistics`, all first divided by the largest.
struct LargeStatistics<T: KernelScalar> {
  let mean, variance: T
  /// 1 / √(σ² + ε), finite and correct even where σ² is infinite
  let inverseDeviation: T

  /// Computes the statistics: NaN if any number is infinite or NaN.
  init(_ x: UnsafePointer<T>, rows: Int, length: Int, stride: Int, epsilon: Double) {
    let places = (0..<rows).lazy.flatMap { row in (0..<length).lazy.map { row * stride + $0 } }
    let largest = places.reduce(T(0)) { x[$1].isNaN || x[$1].magnitude > $0 ? x[$1].magnitude : $0 }
    let (scale, count) = (Double(largest), Double(rows * length))
    let mean = places.reduce(0) { $0 + Double(x[$1]) / scale } / count
    let variance = places.reduce(0) { $0 + (Double(x[$1]) / scale - mean) * (Double(x[$1]) / scale - mean) } / count
    let deviation = (variance + epsilon / scale / scale).squareRoot()
    (self.mean, self.variance) = (T(mean * scale), T(variance * scale * scale))
    inverseDeviation = T(1 / deviation / scale)
  }
}

extension NormalizationForward {
  /// 1 / √(σ² + ε) of a group of `rows` runs of `length` numbers; repairs statistics that overflowed.
  func inverseDeviation(_ group: Int, _ x: UnsafePointer<V.Scalar>, rows: Int, length: Int, stride: Int) -> V.Scalar {
    if !findsStatistics || variance[group] < .infinity { return n.inverseDeviation(variance[group]) }
    let large = LargeStatistics(x, rows: rows, length: length, stride: stride, epsilon: n.epsilon)
    (mean[group], variance[group]) = (large.mean, large.variance)
    return large.inverseDeviation
  }
}

extension NormalizationBackward {
  /// 1 / √(σ² + ε) of a group of `rows` runs of `length` numbers.
  func inverseDeviation(_ group: Int, _ x: UnsafePointer<V.Scalar>, rows: Int, length: Int, stride: Int) -> V.Scalar {
    if variance[group] < .infinity { return n.inverseDeviation(variance[group]) }
    return LargeStatistics(x, rows: rows, length: length, stride: stride, epsilon: n.epsilon).inverseDeviation
  }
}

extension Normalization {
  /// 1 / √(σ² + ε) for a vector of columns of which the first `count` exist; columns whose σ² overflowed are computed
  /// one by one.
  @inline(__always)
  func inverseDeviations<V: KernelLanes>(_ variance: V, _ count: Int, _ column: (Int) -> V.Scalar) -> V {
    var inverse = V.one / (variance + V(repeating: V.Scalar(epsilon))).squareRoot()
    if V.all(variance .< V(repeating: .infinity)) { return inverse }
    for lane in 0..<min(count, V.scalarCount) where !(variance[lane] < .infinity) { inverse[lane] = column(lane) }
    return inverse
  }
}
