import Foundations
import Tensors
import Testing

@Suite("16-bit numbers")
struct PrecisionTests {
  /// Bit patterns of finite `Float`s of every size and sign.
  private static let samples = {
    let random = RandomSource(seed: 1)
    return (0..<20_000).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: random.next())) }.filter(\.isFinite)
  }()
  private static let moderate = {
    let random = RandomSource(seed: 2)
    return (0..<10_000).map { _ in
      Float(sign: .plus, exponent: Int(random.next() % 40) - 26, significand: Float(random.uniform() * 4 - 2))
    }
  }()

  #if arch(arm64) || os(Linux)
    @Test("float16 agrees bit for bit with the standard library: all 65,536 numbers, their midpoints, and random ones")
    func float16() {
      let exact = (UInt16.min...UInt16.max).map { Float(Float16(bitPattern: $0)) }.filter { !$0.isNaN }
      #expect(exact.allSatisfy { HalfPrecision.float16.rounding($0).bitPattern == $0.bitPattern })
      let midpoints = zip(exact, exact.dropFirst()).map { ($0 + $1) / 2 }.filter(\.isFinite)
      let around = midpoints.flatMap { [$0.nextDown, $0, $0.nextUp] }
      let wrong = (around + Self.samples + Self.moderate + [65519, 65519.996, 65520, -65520, -0.0, 1e-30, -1e-30])
        .filter {
          HalfPrecision.float16.rounding($0).bitPattern != Float(Float16($0)).bitPattern
        }
      #expect(wrong.isEmpty, "\(wrong.count) differ, among them \(wrong.prefix(3))")
    }
  #endif

  @Test("bfloat16 is the upper half of a Float, rounded to even: by bit pattern")
  func bfloat16() {
    let cases: [(UInt32, UInt32)] = [
      (0x3F80_0000, 0x3F80_0000), (0x3F80_7FFF, 0x3F80_0000), (0x3F80_8000, 0x3F80_0000), (0x3F80_8001, 0x3F81_0000),
      (0x3F81_8000, 0x3F82_0000), (0xBF81_8000, 0xBF82_0000), (0x8000_0000, 0x8000_0000), (0x7F7F_FFFF, 0x7F80_0000),
      (0x0000_8001, 0x0001_0000), (0x7F80_0000, 0x7F80_0000),
    ]
    for (bits, expected) in cases {
      #expect(HalfPrecision.bfloat16.rounding(Float(bitPattern: bits)).bitPattern == expected)
    }
    #expect(HalfPrecision.bfloat16.rounding(.nan).isNaN && HalfPrecision.float16.rounding(.nan).isNaN)
    for x in Self.samples.prefix(2000) {  // the nearest of the two neighbours that end in zeros
      let below = Float(bitPattern: x.bitPattern & 0xFFFF_0000)
      let above = Float(bitPattern: (x.bitPattern & 0xFFFF_0000) &+ 0x1_0000)
      let rounded = HalfPrecision.bfloat16.rounding(x)
      #expect(rounded == below || rounded == above)
      let (near, far) = (abs(Double(rounded) - Double(x)), abs(Double(rounded == below ? above : below) - Double(x)))
      #expect(near <= far || !above.isFinite)
    }
  }

  @Test(
    "the relative error is at most 2^−(bits + 1) for normal numbers, and comes close to it",
    arguments: HalfPrecision.allCases)
  func relativeError(format: HalfPrecision) {
    let normal = Self.moderate.filter { $0.magnitude >= 0x1p-14 && $0.magnitude < 65504 }
    let largest = normal.map { abs(Double(format.rounding($0)) / Double($0) - 1) }.max() ?? 0
    let bound = 1 / Double(2 << format.fractionBits)
    #expect(largest <= bound && largest > 0.9 * bound)
  }

  @Test("float16 below 2⁻¹⁴ has the spacing 2⁻²⁴, and above 65,504 becomes infinite; bfloat16 has the range of Float")
  func range() {
    let half = HalfPrecision.float16
    #expect(half.rounding(0x1p-24) == 0x1p-24 && half.rounding(0x1.8p-24) == 0x1p-23 && half.rounding(0x1p-25) == 0)
    #expect(half.rounding(5 * 0x1p-24 + 0x1p-27) == 5 * 0x1p-24)
    #expect(half.rounding(65504) == 65504 && half.rounding(70000) == .infinity && half.rounding(-1e9) == -.infinity)
    #expect(HalfPrecision.bfloat16.rounding(1e38).isFinite && HalfPrecision.bfloat16.rounding(1e-38) > 0)
  }

  @Test("a tensor is rounded element by element, in its shape")
  func tensor() {
    let x = Tensor([[1.0001, -2.5], [1000.3, 1e-9]])
    #expect(HalfPrecision.float16.rounding(x) == Tensor([[1, -2.5], [1000.5, 0]]))
    #expect(HalfPrecision.bfloat16.rounding(x[0]).scalars == [1, -2.5])
  }
}
