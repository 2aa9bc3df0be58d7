// Hashes that identify the contents of files.

/// A hash that identifies contents: FNV-1a with 64 bits, by Fowler, Noll and Vo (1991).
///
/// h ← (h xor byte) · p for every byte, modulo 2⁶⁴. It detects accidental changes, but not deliberate ones.
public struct Fingerprint: Sendable, Hashable, CustomStringConvertible {
  /// The number.
  public let value: UInt64

  /// A fingerprint with a known value.
  public init(value: UInt64) { self.value = value }

  /// The fingerprint of these bytes.
  public init(_ bytes: [UInt8]) {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    self.value = value
  }

  /// The number in sixteen hexadecimal digits.
  public var description: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
