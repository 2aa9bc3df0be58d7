// The cross-entropy of logits with classes: loss and derivative, each in one pass over the logits.

import Foundation

/// The loss of each row, ℓ[i] = −Σⱼ q[i, j] ln p[i, j], where p is the softmax of the row of logits z, as it is written.
///
/// The target q of a row is 1 − ε at its label, and ε / columns more everywhere. The tests hold `crossEntropy` to this.
public func crossEntropyDefinition(
  _ z: Region, labels: [Int], smoothing ε: Double, columns: Int, into losses: Buffer
) {
  let logarithms = Buffer(.double, count: labels.count * columns)
  softmaxDefinition(.logarithms, z, rows: labels.count, columns: columns, into: logarithms)
  for (i, label) in labels.enumerated() {
    var loss = -(1 - ε) * logarithms[i * columns + label]
    if ε > 0 { for j in 0..<columns { loss -= ε / Double(columns) * logarithms[i * columns + j] } }
    losses[i] = loss
  }
}

/// dz[i, j] = scale · (p[i, j] − q[i, j]), as it is written; p and q as in `crossEntropyDefinition`.
///
/// The tests hold `pullBackCrossEntropy` to this.
public func pullBackCrossEntropyDefinition(
  _ z: Region, labels: [Int], smoothing ε: Double, columns: Int, scale: Double, into dz: Buffer
) {
  softmaxDefinition(.probabilities, z, rows: labels.count, columns: columns, into: dz)
  for (i, label) in labels.enumerated() {
    for j in 0..<columns {
      let q = (j == label ? 1 - ε : 0) + ε / Double(columns)
      dz[i * columns + j] = scale * (dz[i * columns + j] - q)
    }
  }
}

/// ℓ[i] = ln Σⱼ e^(z[i, j]) − (1 − ε) z[i, labels[i]] − ε/columns Σⱼ z[i, j]: the cross-entropy of each row of logits z with the
/// target that is 1 − ε at the label, and ε / columns more everywhere.
public func crossEntropy(_ z: Region, labels: [Int], smoothing ε: Double, columns: Int, into losses: Buffer) {
  parallelChunks(of: labels.count, atLeast: max(1, costlyGrain / max(1, columns))) { range in
    switch losses.scalarType {
    case .float: crossEntropy(Rows<SIMD16<Float>>(columns, range), z, labels, ε, losses)
    case .double: crossEntropy(Rows<SIMD8<Double>>(columns, range), z, labels, ε, losses)
    }
  }
}

/// dz[i, j] = scale · (softmax(z[i])[j] − q[i, j]), where q is the target of `crossEntropy`. Nothing but the logits is needed.
public func pullBackCrossEntropy(
  _ z: Region, labels: [Int], smoothing ε: Double, columns: Int, scale: Double, into dz: Buffer
) {
  parallelChunks(of: labels.count, atLeast: max(1, costlyGrain / max(1, columns))) { range in
    switch dz.scalarType {
    case .float: pullBack(Rows<SIMD16<Float>>(columns, range), z, labels, ε, scale, dz)
    case .double: pullBack(Rows<SIMD8<Double>>(columns, range), z, labels, ε, scale, dz)
    }
  }
}

/// The largest logit m is taken out of all terms: ℓ = ln Σⱼ e^(z[j] − m) − (1 − ε) (z[label] − m) − ε/columns Σⱼ (z[j] − m).
private func crossEntropy<V: KernelLanes>(
  _ rows: Rows<V>, _ z: Region, _ labels: [Int], _ ε: Double, _ losses: Buffer
) {
  let (z, losses) = (z.pointer(V.Scalar.self), losses.pointer(V.Scalar.self))
  let (rest, share) = (V.Scalar(1 - ε), V.Scalar(ε / Double(rows.columns)))
  for row in rows.range {
    let z = z + row * rows.columns
    let m = rows.largest(z)
    let largest = V(repeating: m)
    let logarithm = V.log(V(repeating: rows.sumOfExponentials(z, largest)))[0]
    var loss = logarithm - rest * (z[labels[row]] - m)
    if ε > 0 { loss -= share * rows.sum { V(at: z + $0) - largest } }
    losses[row] = loss
  }
}

private func pullBack<V: KernelLanes>(
  _ rows: Rows<V>, _ z: Region, _ labels: [Int], _ ε: Double, _ scale: Double, _ dz: Buffer
) {
  let (z, dz) = (z.pointer(V.Scalar.self), dz.pointer(V.Scalar.self))
  let (scale, rest) = (V.Scalar(scale), V.Scalar(scale * (1 - ε)))
  let share = V(repeating: V.Scalar(Double(-scale) * ε / Double(rows.columns)))
  rows.forEach { start in
    let (z, dz) = (z + start, dz + start)
    let sum = rows.exponentials(z, V(repeating: rows.largest(z)), into: dz, start)
    let factor = V(repeating: scale / sum)
    rows.map(into: dz, start) { share.addingProduct(factor, V(at: dz + $0)) }
    dz[labels[start / rows.columns]] -= rest
  }
}
