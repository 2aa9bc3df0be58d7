// One register of numbers, and the few operations on it for which the standard library's generic forms compile poorly.

/// A vector of 64 bytes: one register with AVX-512, otherwise two or four.
///
/// The requirements are the standard library's concrete operations, each one instruction. Its generic ones are loops
/// over the lanes, which the compiler often fails to turn into vector instructions.
protocol KernelLanes: SIMD, BitwiseCopyable, Sendable where Scalar: ElementaryScalar, MaskStorage: KernelBits {
  static func .< (a: Self, b: Self) -> Bits
  static func .<= (a: Self, b: Self) -> Bits
  static func .== (a: Self, b: Self) -> Bits
  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static func / (a: Self, b: Self) -> Self
  /// The bits set in both.
  static func and(_ a: Bits, _ b: Bits) -> Bits
  /// The bits set in either.
  static func or(_ a: Bits, _ b: Bits) -> Bits
  /// The bits not set.
  static func not(_ a: Bits) -> Bits
}

extension KernelLanes {
  /// 64 bytes seen as bits. The library has concrete logic for masks only; it works the same on other lanes.
  typealias Bits = SIMDMask<MaskStorage>
}

/// As many integers as `KernelLanes` has numbers.
protocol KernelBits: SIMD, BitwiseCopyable, Sendable where Scalar: FixedWidthInteger & SignedInteger {
  static func &+ (a: Self, b: Self) -> Self
  static func &- (a: Self, b: Self) -> Self
  static func &* (a: Self, b: Self) -> Self
}

extension SIMD16<Int32>: KernelBits {}
extension SIMD8<Int64>: KernelBits {}

extension SIMD16<Float>: KernelLanes {
  @inline(__always)
  static func and(_ a: Bits, _ b: Bits) -> Bits { a .& b }
  @inline(__always)
  static func or(_ a: Bits, _ b: Bits) -> Bits { a .| b }
  @inline(__always)
  static func not(_ a: Bits) -> Bits { .!a }
}

extension SIMD8<Double>: KernelLanes {
  @inline(__always)
  static func and(_ a: Bits, _ b: Bits) -> Bits { a .& b }
  @inline(__always)
  static func or(_ a: Bits, _ b: Bits) -> Bits { a .| b }
  @inline(__always)
  static func not(_ a: Bits) -> Bits { .!a }
}

extension KernelLanes {
  /// The vector at an address that need not be aligned.
  @inline(__always)
  init(at address: UnsafePointer<Scalar>) { self = UnsafeRawPointer(address).loadUnaligned(as: Self.self) }

  /// The first `count` numbers at an address, or a whole vector if there are more; the other lanes are zero.
  @inline(__always)
  init(at address: UnsafePointer<Scalar>, atMost count: Int) {
    self = Self.zero
    if count >= Self.scalarCount {
      self = Self(at: address)
    } else {
      withUnsafeMutableBytes(of: &self) { bytes in
        bytes.copyMemory(from: UnsafeRawBufferPointer(start: address, count: count * MemoryLayout<Scalar>.stride))
      }
    }
  }

  /// Writes the vector to an address that need not be aligned.
  @inline(__always)
  func store(to address: UnsafeMutablePointer<Scalar>) {
    UnsafeMutableRawPointer(address).storeBytes(of: self, as: Self.self)
  }

  /// Writes the first `count` lanes, or all if there are fewer.
  @inline(__always)
  func store(to address: UnsafeMutablePointer<Scalar>, atMost count: Int) {
    if count >= Self.scalarCount { return store(to: address) }
    // As bytes: if single lanes were stored, the compiler would split up the computation that led to them.
    withUnsafeBytes(of: self) { bytes in
      UnsafeMutableRawBufferPointer(start: address, count: count * MemoryLayout<Scalar>.stride)
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<(count * MemoryLayout<Scalar>.stride)]))
    }
  }

  /// The lanes' bits, as integers.
  @inline(__always)
  var integers: MaskStorage { unsafeBitCast(self, to: MaskStorage.self) }

  /// The vector with these bits.
  @inline(__always)
  init(integers: MaskStorage) { self = unsafeBitCast(integers, to: Self.self) }

  /// The lanes' bits.
  @inline(__always)
  var bits: Bits { unsafeBitCast(self, to: Bits.self) }

  /// The vector with these bits.
  @inline(__always)
  init(bits: Bits) { self = unsafeBitCast(bits, to: Self.self) }

  /// a where the mask is true, b elsewhere.
  @inline(__always)
  static func choose(_ mask: Bits, _ a: Self, _ b: Self) -> Self {
    Self(bits: or(and(mask, a.bits), and(not(mask), b.bits)))
  }

  /// The larger of each pair of lanes; NaN wins.
  @inline(__always)
  static func larger(_ a: Self, _ b: Self) -> Self { choose(a .== a, choose(b .< a, a, b), a) }

  /// The smaller of each pair of lanes; NaN wins.
  @inline(__always)
  static func smaller(_ a: Self, _ b: Self) -> Self { choose(a .== a, choose(a .< b, a, b), a) }

  /// The lanes limited to an interval; NaN stays.
  @inline(__always)
  func limited(from lower: Scalar, to upper: Scalar) -> Self {
    let (lower, upper) = (Self(repeating: lower), Self(repeating: upper))
    return Self.choose(self .< lower, lower, Self.choose(upper .< self, upper, self))
  }

  /// |x|
  @inline(__always)
  var magnitude: Self { Self(bits: Self.and(bits, Self.not(Self(repeating: -0.0).bits))) }

  /// −x. The library's operator computes 0 − x, which turns 0 into 0 instead of −0.
  @inline(__always)
  var negated: Self { Self(repeating: -0.0) - self }

  /// The lanes with the signs of `other`.
  @inline(__always)
  func withSign(of other: Self) -> Self {
    Self.choose(Self(repeating: -0.0).bits, other, self)
  }

  /// The first `count` lanes unchanged, the others replaced.
  @inline(__always)
  func first(_ count: Int, else other: Scalar) -> Self {
    Self.choose(Self.isBelow(count), self, Self(repeating: other))
  }

  /// The mask of the first `count` lanes.
  @inline(__always)
  static func isBelow(_ count: Int) -> Bits { numbers .< Self(repeating: Scalar(count)) }

  /// 0, 1, 2, …
  @inline(__always)
  static var numbers: Self {
    var numbers = Self.zero
    for lane in 0..<scalarCount { numbers[lane] = Scalar(lane) }
    return numbers
  }

  /// Whether the mask is true in every lane.
  @inline(__always)
  static func all(_ mask: Bits) -> Bool {
    let mask = unsafeBitCast(mask, to: MaskStorage.self)
    var common = mask[0]
    for lane in 1..<Self.scalarCount { common &= mask[lane] }
    return common != 0
  }

  /// f of every lane, one at a time.
  @inline(__always)
  func eachLane(_ f: (Double) -> Double) -> Self {
    var result = self
    for lane in 0..<Self.scalarCount { result[lane] = Scalar(f(Double(self[lane]))) }
    return result
  }

  /// f of every pair of lanes, one at a time.
  @inline(__always)
  func eachLane(_ other: Self, _ f: (Double, Double) -> Double) -> Self {
    var result = self
    for lane in 0..<Self.scalarCount { result[lane] = Scalar(f(Double(self[lane]), Double(other[lane]))) }
    return result
  }

  /// All lanes combined: the halves first, then the quarters, and so on.
  @inline(__always)
  func folded(_ combine: (Self, Self) -> Self) -> Scalar {
    var (lanes, width) = (self, Self.scalarCount / 2)
    while width > 0 {
      var other = lanes
      for lane in 0..<width { other[lane] = lanes[lane + width] }
      lanes = combine(lanes, other)
      width /= 2
    }
    return lanes[0]
  }
}

/// What the elementary functions need to know about a scalar type: the number of series terms, and the limits.
protocol ElementaryScalar: KernelScalar {
  /// 1.5 · 2ᵖ for p significand bits: adding it rounds to an integer, which is then in the lowest bits.
  static var roundingConstant: Self { get }
  /// The leading bits of ln 2, few enough for integer multiples to be exact, and the rest.
  static var ln2: (high: Self, low: Self) { get }
  /// π/2 in three parts, each the nearest number to what the previous ones left.
  static var halfPi: (high: Self, middle: Self, low: Self) { get }
  /// eˣ is zero below the first and infinite above the second; it is a normal number where |x| is at most the third.
  static var exponentialRange: (lowest: Self, highest: Self, ordinary: Self) { get }
  /// From here on tanh x = 1.
  static var tanhSaturation: Self { get }
  /// The number of series terms for artanh up to tan²(π/8), for sin and for cos.
  static var terms: (log: Int, sin: Int, cos: Int) { get }
}

extension Float: ElementaryScalar {
  static var roundingConstant: Float { 0x1.8p23 }
  static var ln2: (high: Float, low: Float) { (0x1.62e3p-1, 0x1.2fefa4p-17) }
  static var halfPi: (high: Float, middle: Float, low: Float) { (0x1.921fb6p0, -0x1.777a5cp-25, -0x1.ee59dap-50) }
  static var exponentialRange: (lowest: Float, highest: Float, ordinary: Float) { (-104, 89, 87) }
  static var tanhSaturation: Float { 10 }
  static var terms: (log: Int, sin: Int, cos: Int) { (6, 5, 6) }
}

extension Double: ElementaryScalar {
  static var roundingConstant: Double { 0x1.8p52 }
  static var ln2: (high: Double, low: Double) { (0x1.62e42feep-1, 0x1.a39ef35793c76p-33) }
  static var halfPi: (high: Double, middle: Double, low: Double) {
    (0x1.921fb54442d18p0, 0x1.1a62633145c07p-54, -0x1.f1976b7ed8fbcp-110)
  }
  static var exponentialRange: (lowest: Double, highest: Double, ordinary: Double) { (-746, 710, 708) }
  static var tanhSaturation: Double { 22 }
  static var terms: (log: Int, sin: Int, cos: Int) { (11, 9, 9) }
}
