// The binary cross-entropy of logits or probabilities with targets between 0 and 1, summed over all, and its derivative.

import Foundation

/// What the binary cross-entropy is computed from: ŷ = σ(z) for logits z, or probabilities ŷ themselves.
public enum BinaryPrediction: Sendable { case logits, probabilities }

extension BinaryPrediction {
  /// The loss −[y ln ŷ + (1 − y) ln(1 − ŷ)] of one prediction. Logarithms of probabilities below −100 count as −100.
  public func loss(_ x: Double, target y: Double) -> Double {
    func logarithm(_ p: Double) -> Double { abs(p) < leastProbability ? -100 : Foundation.log(p) }
    return switch self {
    case .logits: max(x, 0) + log1p(Foundation.exp(-abs(x))) - y * x
    case .probabilities: -(y * logarithm(x) + (1 - y) * logarithm(1 - x))
    }
  }

  /// The derivative of the loss: σ(z) − y, or (1 − y) / (1 − ŷ) − y / ŷ without the part whose logarithm counts as −100.
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

/// scale · Σᵢ loss(x[i], y[i]), into the first place of `result`.
public func binaryCrossEntropy(
  _ kind: BinaryPrediction, _ x: Region, targets y: Region, count: Int, scale: Double, into result: Buffer
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
  result[0] *= scale
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

/// So many losses are summed one vector after the other, the sums pairwise.
private let blockLength = 2048

private func losses<V: KernelLanes>(
  _ kind: BinaryPrediction, _: V.Type, _ x: Region, _ y: Region, _ count: Int, _ partial: Buffer, _ range: Range<Int>
) {
  let (x, y, partial) = (x.pointer(V.Scalar.self), y.pointer(V.Scalar.self), partial.pointer(V.Scalar.self))
  for block in range {
    let start = block * blockLength
    let rows = Rows<V>(min(blockLength, count - start), 0..<1)
    partial[block] =
      switch kind {
      case .logits: rows.sum { V.loss(logits: V(at: x + start + $0), V(at: y + start + $0)) }
      case .probabilities: rows.sum { V.loss(probabilities: V(at: x + start + $0), V(at: y + start + $0)) }
      }
  }
}

private func derivatives<V: KernelLanes>(
  _ kind: BinaryPrediction, _: V.Type, _ x: Region, _ y: Region, _ scale: Double, _ dx: Buffer, _ range: Range<Int>
) {
  let (x, y) = (x.pointer(V.Scalar.self) + range.lowerBound, y.pointer(V.Scalar.self) + range.lowerBound)
  let (dx, scale) = (dx.pointer(V.Scalar.self, at: range.lowerBound), V(repeating: V.Scalar(scale)))
  let row = Rows<V>(range.count, 0..<1)
  switch kind {
  case .logits: row.map(into: dx, 0) { (V.sigmoid(V(at: x + $0)) - V(at: y + $0)) * scale }
  case .probabilities: row.map(into: dx, 0) { V.slope(probabilities: V(at: x + $0), V(at: y + $0)) * scale }
  }
}

extension KernelLanes {
  @inline(__always)
  fileprivate static func loss(logits z: Self, _ y: Self) -> Self { softplus(z).addingProduct(-y, z) }

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
  private static func cautiousReciprocal(_ p: Self) -> Self { choose(isTiny(p), zero, one / p) }

  @inline(__always)
  private static func isTiny(_ p: Self) -> Bits { p.magnitude .< Self(repeating: Scalar(leastProbability)) }
}
