// 16-bit numbers, as in published weights, converted to 32 bits. Each of them is exactly representable as a `Float`.

/// The numbers in these bytes, two bytes each with the lowest first, converted by `widen`.
func halves(_ bytes: ArraySlice<UInt8>, _ widen: (UInt16) -> Float) -> [Float] {
  stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map { place in
    widen(UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8)
  }
}

extension Float {
  /// The number with these bits of an IEEE 754 half: a sign bit s, five bits of exponent e and ten of fraction f.
  ///
  /// It is (−1)ˢ 2ᵉ⁻¹⁵ (1 + f/1024); for e = 0 it is (−1)ˢ 2⁻¹⁴ f/1024, and for e = 31 infinite or NaN. Swift's own
  /// `Float16` is not available on every platform.
  init(half bits: UInt16) {
    let (sign, exponent, fraction) = (UInt32(bits >> 15) << 31, UInt32(bits >> 10) & 31, UInt32(bits) & 1023)
    switch exponent {
    case 0: self = Float(sign: bits >> 15 == 0 ? .plus : .minus, exponent: -24, significand: Float(fraction))
    case 31: self.init(bitPattern: sign | 0xFF << 23 | fraction << 13)
    default: self.init(bitPattern: sign | (exponent + 127 - 15) << 23 | fraction << 13)
    }
  }
}
