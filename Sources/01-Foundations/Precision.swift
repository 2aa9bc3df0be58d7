// 16-bit numbers

import Tensors

/// A 16-bit floating-point format. Fleuret, *The Little Book of Deep Learning*, section 2.1: 16 bits for some operands
/// barely hurt.
public enum HalfPrecision: String, CaseIterable, Sendable {
  /// IEEE half precision: 5 bits of exponent, 10 of fraction; at most 65,504.
  case float16
  /// "Brain" floating point: 8 bits of exponent as in `Float`, 7 of fraction.
  case bfloat16

  /// The bits of the fraction: the relative rounding error is at most 2^−(bits + 1).
  public var fractionBits: Int { self == .float16 ? 10 : 7 }

  /// The nearest number of the format, ties to even.
  public func rounding(_ x: Float) -> Float {
    guard x.isFinite else { return x }
    switch self {
    case .bfloat16:
      let bits = x.bitPattern
      return Float(bitPattern: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) & 0xFFFF_0000)
    case .float16:
      if x.magnitude >= 65520 { return x < 0 ? -.infinity : .infinity }
      // Adding and subtracting 1.5 · 2^(e + 13) leaves a multiple of the format's spacing near x, 2^(e − 10).
      let e = max(x.magnitude == 0 ? -14 : Int(x.exponent), -14)
      let shift = Float(sign: .plus, exponent: e + 13, significand: 1.5)
      return Float(signOf: x, magnitudeOf: (x + shift) - shift)  // −0 stays −0
    }
  }

  /// Every element rounded to the format and stored as `Float` again. Constant almost everywhere: no derivative passes
  /// through.
  public func rounding(_ x: Tensor) -> Tensor { Tensor(floats: x.floats.map { rounding($0) }, shape: x.shape) }
}
