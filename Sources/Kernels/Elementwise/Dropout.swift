// Dropout. The mask is never stored: whether a number is kept follows from a key and its position.
//
// Eight words of 64 bits decide about sixteen numbers in a dozen instructions. The generator keeps up with memory, 0.14
// ms for a million numbers on one thread of a Zen 4, so the derivative draws the mask again instead of reading it.

/// Which numbers dropout keeps.
///
/// Position i is dropped if its 32 random bits, read as a whole number, are below p · 2³². They are the low half of
/// word i/2 + 1 of SplitMix64 with the key as its seed (Steele, Lea and Flood, 2014) if i is even, the high half if i
/// is odd. Word n is a hash of key + n · γ, so any word can be computed without the others, on any thread.
public struct DropoutMask: Sendable {
  /// The seed of the mask.
  public let key: UInt64
  /// The factor for numbers that are kept: 1 / (1 − p).
  public let scale: Double
  /// p · 2³²
  let threshold: UInt64

  /// The mask of a key that drops each number with probability p.
  public init(key: UInt64, probability p: Double) {
    (self.key, scale) = (key, p < 1 ? 1 / (1 - p) : 0)
    threshold = UInt64((p * 0x1p32).rounded())
  }

  /// The factor for the number at a position: 0 or 1 / (1 − p).
  public subscript(position: Int) -> Double {
    let word = Self.scattered(key &+ UInt64(position / 2 + 1) &* Self.step)
    return (position % 2 == 0 ? word & 0xFFFF_FFFF : word >> 32) < threshold ? 0 : scale
  }

  /// γ, the odd number next to 2⁶⁴ divided by the golden ratio.
  fileprivate static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

  @inline(__always)
  private static func scattered(_ bits: UInt64) -> UInt64 {
    let z = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    let y = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return y ^ (y >> 31)
  }
}

/// y[i, j] = mask[i] · x[i, j] for a matrix of `rows` × `columns`. With one column, numbers are dropped independently.
///
/// The mask depends only on the positions, so this function is its own transpose.
public func dropOut(_ x: Region, _ mask: DropoutMask, rows: Int, columns: Int, into y: Buffer) {
  parallelChunks(of: rows, atLeast: max(1, numbersWorthAThread / max(1, columns))) { range in
    switch y.scalarType {
    case .float where columns == 1: dropOut(x, mask, range, y)
    case .float: dropRows(SIMD16<Float>.self, x, mask, columns, range, y)
    case .double: dropRows(SIMD8<Double>.self, x, mask, columns, range, y)
    }
  }
}

private func dropRows<V: KernelLanes>(
  _: V.Type, _ x: Region, _ mask: DropoutMask, _ columns: Int, _ range: Range<Int>, _ y: Buffer
) {
  let (x, y) = (x.pointer(V.Scalar.self), y.pointer(V.Scalar.self))
  let rows = Rows<V>(columns, range)
  let end = y + rows.end
  for row in range {
    let (x, y) = (x + row * columns, y + row * columns)
    let factor = V(repeating: V.Scalar(mask[row]))
    for j in rows.vectors { (V(at: x + j) * factor).store(to: y + j, atMost: end - (y + j)) }
  }
}

/// Single numbers, sixteen at a time: eight words of the generator. A range begins at a whole vector.
private func dropOut(_ x: Region, _ mask: DropoutMask, _ range: Range<Int>, _ y: Buffer) {
  let (x, y) = (x.pointer(Float.self), y.pointer(Float.self))
  let threshold = SIMD16<UInt32>(repeating: UInt32(truncatingIfNeeded: mask.threshold))
  let scale = SIMD16<Float>(repeating: Float(mask.scale))
  let dropsAll = mask.threshold > UInt32.max
  var counter = SIMD8<UInt64>(repeating: mask.key &+ UInt64(range.lowerBound / 2) &* DropoutMask.step)
  counter = counter &+ SIMD8(1, 2, 3, 4, 5, 6, 7, 8) &* DropoutMask.step
  for i in stride(from: range.lowerBound, to: range.upperBound, by: 16) {
    let bits = unsafeBitCast(scattered(counter), to: SIMD16<UInt32>.self)
    let factor = dropsAll ? .zero : SIMD16<Float>.choose(bits .< threshold, .zero, scale)
    (SIMD16(at: x + i) * factor).store(to: y + i, atMost: range.upperBound - i)
    counter = counter &+ (8 &* DropoutMask.step)
  }
}

@inline(__always)
private func scattered(_ bits: SIMD8<UInt64>) -> SIMD8<UInt64> {
  let z = (bits ^ (bits &>> 30)) &* 0xBF58_476D_1CE4_E5B9
  let y = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
  return y ^ (y &>> 31)
}
