// Single random numbers. Each is computed with additions, multiplications, divisions and square roots alone, which IEEE
// 754 rounds in only one way. The C library's log and cos differ between machines. See PortableFunctions.swift.

import Messages

extension RandomSource {
  /// A number from [0, 1): one of the 2⁵³ equally likely multiples of 2⁻⁵³.
  public func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number from an interval; the upper end is never drawn.
  public func uniform(in range: Range<Double>) -> Double {
    let (low, high) = (range.lowerBound, range.upperBound)
    require(
      low < high && (high - low).isFinite, "cannot draw a number from \(low)..<\(high): it must be finite and not empty"
    )
    return min(low + (high - low) * uniform(), high.nextDown)
  }

  /// A number from N(0, 1): z = Φ⁻¹(u) for a uniform u, one draw for each. Numbers beyond ±8.2 are never drawn.
  public func normal() -> Double { Portable.normalQuantile((Double(next() >> 12) + 0.5) * 0x1p-52) }

  /// A number from N(mean, standardDeviation²).
  public func normal(mean: Double, standardDeviation: Double) -> Double {
    require(
      standardDeviation >= 0 && standardDeviation.isFinite && mean.isFinite,
      "cannot draw from a normal distribution of mean \(mean) and standard deviation \(standardDeviation): "
        + "both must be finite, and the deviation not negative")
    return mean + standardDeviation * normal()
  }

  /// True with probability p.
  public func bernoulli(_ p: Double) -> Bool {
    require(p >= 0 && p <= 1, "cannot draw a Bernoulli variable with probability \(p): it must be in 0...1")
    return uniform() < p
  }

  /// A whole number from 0..<bound, all equally likely, by the method of Lemire (2019) without division.
  public func integer(below bound: Int) -> Int {
    require(bound > 0, "cannot draw an integer below \(bound): the bound must be positive")
    let n = UInt64(bound)
    var product = next().multipliedFullWidth(by: n)
    if product.low < n {
      let surplus = (0 &- n) % n  // 2⁶⁴ mod n draws too many: unless they are rejected, some numbers are more likely
      while product.low < surplus { product = next().multipliedFullWidth(by: n) }
    }
    return Int(product.high)
  }

  /// An index of `weights`, drawn with probability weight / sum of weights.
  public func categorical(_ weights: [Double]) -> Int {
    let total = weights.reduce(0, +)
    require(
      total > 0 && total.isFinite && weights.allSatisfy { $0 >= 0 },
      "cannot draw a category with the weights \(weights): they must be finite, not negative, and not all zero")
    let threshold = uniform() * total
    var sum = 0.0
    for (index, weight) in weights.enumerated() {
      sum += weight
      if threshold < sum { return index }
    }
    // Only if the total is so small that the product was rounded up to it.
    return weights.lastIndex { $0 > 0 } ?? 0
  }

  /// A number from the gamma distribution with density ∝ x^(shape − 1) e^(−x).
  public func gamma(shape: Double) -> Double { Portable.exp(logGamma(shape: shape)) }

  /// A number from the beta distribution on [0, 1], with density ∝ x^(a − 1) (1 − x)^(b − 1).
  public func beta(_ a: Double, _ b: Double) -> Double {
    require(a > 0 && b > 0 && (a + b).isFinite, "cannot draw from Beta(\(a), \(b)): both must be positive and finite")
    return 1 / (1 + Portable.exp(logGamma(shape: b) - logGamma(shape: a)))
  }

  /// The numbers 0..<n in random order, all n! orders equally likely.
  public func permutation(_ n: Int) -> [Int] {
    require(n >= 0, "cannot permute \(n) numbers: the number must not be negative")
    return shuffled(Array(0..<n))
  }

  /// The elements in random order: the Fisher–Yates shuffle in the form of Durstenfeld (1964).
  public func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var result = elements
    for last in result.indices.dropFirst().reversed() { result.swapAt(last, integer(below: last + 1)) }
    return result
  }

  /// The logarithm of a gamma variable, by the method of Marsaglia and Tsang (2000).
  ///
  /// For shapes below 0.01, the variable itself is often below the smallest `Double`.
  private func logGamma(shape: Double) -> Double {
    require(shape > 0 && shape.isFinite, "cannot draw from a gamma distribution of shape \(shape): it must be positive")
    // Γ(shape) is Γ(shape + 1)·u^(1/shape).
    if shape < 1 { return logGamma(shape: shape + 1) + Portable.log(positiveUniform()) / shape }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let t = 1 + c * x
      if t <= 0 { continue }
      let v = t * t * t
      let logV = 3 * Portable.log(t)
      if Portable.log(positiveUniform()) < 0.5 * x * x + d * (1 - v + logV) { return Portable.log(d) + logV }
    }
  }

  /// A number from (0, 1], whose logarithm is finite.
  private func positiveUniform() -> Double { Double((next() >> 11) + 1) * 0x1p-53 }
}
