// The binary cross-entropy of logits or probabilities with targets between 0 and 1, summed, and its derivative.

import Foundation

/// The argument of the binary cross-entropy: logits z with ŷ = σ(z), or probabilities ŷ themselves.
public enum BinaryPrediction: Sendable { case logits, probabilities }

extension BinaryPrediction {
  /// The loss −[y ln ŷ + (1 − y) ln(1 − ŷ)] of one prediction. For probabilities, logarithms below −100 count as −100.
  public func loss(_ x: Double, target y: Double) -> Double {
    func logarithm(_ p: Double) -> Double { abs(p) < leastProbability ? -100 : Foundation.log(p) }
    return switch self {
    case .logits:
      abs(x) == .infinity
        ? ((x > 0 ? 1 - y : y) == 0 ? 0 : .infinity)  // certain: right, or infinitely wrong
        : max(x, 0) + log1p(Foundation.exp(-abs(x))) - y * x
    case .probabilities: -(y * logarithm(x) + (1 - y) * logarithm(1 - x))
    }
  }

  /// The derivative of the loss: σ(z) − y, or (1 − y) / (1 − ŷ) − y / ŷ without terms that count as −100. In `Float`
  /// the divisor of a subnormal ŷ is the least normal number, so that the derivative is finite.
  public func derivative(_ x: Double, target y: Double) -> Double {
    func reciprocal(_ p: Double) -> Double { abs(p) < leastProbability ? 0 : 1 / p }
    return switch self {
    case .logits: 1 / (1 + Foundation.exp(-x)) - y
    case .probabilities: (1 - y) * reciprocal(1 - x) - y * reciprocal(x)
    }
  }
}

/// e⁻¹⁰⁰: the logarithm of a smaller probability counts as −100.
public let leastProbability = 3.720075976020836e-44

/// Computes Σᵢ loss(x[i], y[i]) / divisor, and stores it in the first element of `result`.
public func binaryCrossEntropy(
  _ kind: BinaryPrediction, _ x: Region, targets y: Region, count: Int, dividedBy divisor: Double, into result: Buffer
) {
  let blocks = (count + blockLength - 1) / blockLength
  let partial = Buffer(result.scalarType, count: blocks)
  parallelChunks(of: blocks, atLeast: max(1, costlyGrain / blockLength)) { range in
    switch result.scalarType {
    case .float: losses(kind, SIMD16<Float>.self, x, y, count, partial, range)
    case .double: losses(kind, SIMD8<Double>.self, x, y, count, partial, range)
    }
  }
  reduce(.sum, Region(partial), outer: 1, length: blocks, inner: 1, into: result)
  result[0] /= divisor
}

/// dx[i] = scale · derivative(x[i], y[i]).
public func pullBackBinaryCrossEntropy(
  _ kind: BinaryPrediction, _ x: Region, targets y: Region, count: Int, scale: Double, into dx: Buffer
) {
  parallelChunks(of: count, atLeast: costlyGrain) { range in
    switch dx.scalarType {
    case .float: derivatives(kind, SIMD16<Float>.self, x, y, scale, dx, range)
    case .double: derivatives(kind, SIMD8<Double>.self, x, y, scale, dx, range)
    }
  }
}

/// The number of losses that are summed vector after vector; these sums are added pairwise.
private let blockLength = 2048

private func losses<V: KernelLanes>(
  _ kind: BinaryPrediction, _: V.Type, _ x: Region, _ y: Region, _ count: Int, _ partial: Buffer, _ range: Range<Int>
) {
  let (x, y, partial) = (x.pointer(V.Scalar.self), y.pointer(V.Scalar.self), partial.pointer(V.Scalar.self))
  for block in range {
    let (x, y) = (x + block * blockLength, y + block * blockLength)
    let row = Rows<V>(min(blockLength, count - block * blockLength), 0..<1)
    var sum = V.zero
    switch kind {
    case .logits: for j in row.vectors { sum = sum + row.inside(V.loss(logits: V(at: x + j), V(at: y + j)), j) }
    case .probabilities:
      for j in row.vectors { sum = sum + row.inside(V.loss(probabilities: V(at: x + j), V(at: y + j)), j) }
    }
    partial[block] = sum.total
  }
}

private func derivatives<V: KernelLanes>(
  _ kind: BinaryPrediction, _: V.Type, _ x: Region, _ y: Region, _ scale: Double, _ dx: Buffer, _ range: Range<Int>
) {
  let (x, y, dx) = (x.pointer(V.Scalar.self), y.pointer(V.Scalar.self), dx.pointer(V.Scalar.self))
  let scale = V(repeating: V.Scalar(scale))
  for i in stride(from: range.lowerBound, to: range.upperBound, by: V.scalarCount) {
    let (x, y) = (V(at: x + i), V(at: y + i))
    let slope = kind == .logits ? V.sigmoid(x) - y : V.slope(probabilities: x, y)
    (slope * scale).store(to: dx + i, atMost: range.upperBound - i)
  }
}

extension KernelLanes {
  @inline(__always)
  fileprivate static func loss(logits z: Self, _ y: Self) -> Self {
    let infinity = Self(repeating: .infinity)
    let missed = choose(zero .< z, one - y, y)  // the part of the target that a certain prediction misses
    let certain = choose(missed .== zero, zero, infinity)
    return choose(z.magnitude .== infinity, certain, softplus(z).addingProduct(-y, z))
  }

  @inline(__always)
  fileprivate static func loss(probabilities p: Self, _ y: Self) -> Self {
    zero - (y * cautiousLog(p)).addingProduct(one - y, cautiousLog(one - p))
  }

  @inline(__always)
  fileprivate static func slope(probabilities p: Self, _ y: Self) -> Self {
    (one - y) * cautiousReciprocal(one - p) - y * cautiousReciprocal(p)
  }

  @inline(__always)
  private static func cautiousLog(_ p: Self) -> Self { choose(isTiny(p), Self(repeating: -100), log(p)) }

  @inline(__always)
  private static func cautiousReciprocal(_ p: Self) -> Self {
    let least = Self(repeating: .leastNormalMagnitude)  // of a smaller number 1 / p may be infinite
    return choose(isTiny(p), zero, one / choose(p.magnitude .< least, least, p))
  }

  @inline(__always)
  private static func isTiny(_ p: Self) -> Bits { p.magnitude .< Self(repeating: Scalar(leastProbability)) }
}
