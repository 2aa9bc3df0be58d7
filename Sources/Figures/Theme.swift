import Foundation

/// The background of a figure.
public enum Theme: String, Sendable, CaseIterable {
  /// Dark ink on white.
  case light
  /// Light ink on near-black.
  case dark

  var background: Color { self == .light ? Color(0xFFFFFF) : Color(0x0D1117) }
  var ink: Color { self == .light ? Color(0x1F2328) : Color(0xE6EDF3) }
  var quietInk: Color { self == .light ? Color(0x59636E) : Color(0x9AA4AF) }
  var axis: Color { self == .light ? Color(0x8C959F) : Color(0x6E7681) }
  var grid: Color { self == .light ? Color(0xE4E8EC) : Color(0x262C36) }
  var missing: Color { self == .light ? Color(0xEAEEF2) : Color(0x21262D) }

  /// The colour of series `index`: ten hues that colour-blind readers can distinguish, after Okabe and Ito (2008) and
  /// Tol (2021).
  func color(_ index: Int) -> Color { Color(palette[index % palette.count]) }

  private var palette: [UInt32] {
    switch self {
    case .light:
      [0x0072B2, 0xD55E00, 0x009E73, 0xBF5B95, 0xDB9200, 0x3BA3DD, 0x6B7280, 0x882255, 0x35998A, 0x8C8A1F]
    case .dark:
      [0x4FA8E8, 0xFF7F45, 0x2BC299, 0xE79AC8, 0xF2B632, 0x93D5FF, 0xA9B1BA, 0xE0648F, 0x74D6C8, 0xCBC95C]
    }
  }
}

/// A colour of three bytes.
struct Color: Sendable, Hashable {
  let red: UInt8
  let green: UInt8
  let blue: UInt8

  init(_ hex: UInt32) {
    (red, green, blue) = (UInt8(hex >> 16 & 255), UInt8(hex >> 8 & 255), UInt8(hex & 255))
  }

  /// The colour with three components in 0…1. Values outside are clipped, and NaN counts as 0.
  init(red: Double, green: Double, blue: Double) {
    func byte(_ share: Double) -> UInt8 { UInt8((Swift.max(0, Swift.min(1, share.isNaN ? 0 : share)) * 255).rounded()) }
    (self.red, self.green, self.blue) = (byte(red), byte(green), byte(blue))
  }

  var hexadecimal: String {
    "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The colour at the share `share` of the way from this one to `other`.
  func mixed(with other: Color, _ share: Double) -> Color {
    func mix(_ a: UInt8, _ b: UInt8) -> Double { (Double(a) + share * (Double(b) - Double(a))) / 255 }
    return Color(red: mix(red, other.red), green: mix(green, other.green), blue: mix(blue, other.blue))
  }

  /// The relative luminance in 0…1, as defined by WCAG 2.
  var luminance: Double {
    func linear(_ byte: UInt8) -> Double {
      let share = Double(byte) / 255
      return share <= 0.03928 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }

  /// Black or white, whichever has the higher contrast (L₁ + 0.05) / (L₂ + 0.05) on this colour: at least 4.5, as
  /// required by WCAG 2.
  var readableInk: Color { 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 ? Color(0xFFFFFF) : Color(0x000000) }
}
