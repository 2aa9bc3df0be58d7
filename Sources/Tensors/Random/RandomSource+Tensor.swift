public import Kernels

// Whole tensors: the same numbers as from single draws, in row-major order, rounded to the scalar type.

extension RandomSource {
  /// Numbers from an interval; the upper end is never drawn, not even by rounding.
  public func uniform(
    _ shape: Shape, in range: Range<Double> = 0..<1, scalarType: ScalarType = .float
  ) -> Tensor {
    guard scalarType == .float else { return draw(shape, .double) { uniform(in: range) } }
    // One draw in 2²⁵ would be rounded up to the end of 0..<1.
    let end = Float(range.upperBound)
    let last = Double(end) < range.upperBound ? end : end.nextDown
    return draw(shape, .float) { min(uniform(in: range), Double(last)) }
  }

  /// Numbers from N(mean, standardDeviation²).
  public func normal(
    _ shape: Shape, mean: Double = 0, standardDeviation: Double = 1, scalarType: ScalarType = .float
  ) -> Tensor {
    draw(shape, scalarType) { normal(mean: mean, standardDeviation: standardDeviation) }
  }

  /// Ones with the given probability, otherwise zeros.
  public func bernoulli(_ shape: Shape, probability: Double, scalarType: ScalarType = .float) -> Tensor {
    draw(shape, scalarType) { bernoulli(probability) ? 1 : 0 }
  }

  private func draw(_ shape: Shape, _ scalarType: ScalarType, _ next: () -> Double) -> Tensor {
    var scalars: [Double] = []
    scalars.reserveCapacity(shape.count)
    for _ in 0..<shape.count { scalars.append(next()) }
    return Tensor(scalars, shape: shape, scalarType: scalarType)
  }
}
