/// A map from numbers to colours.
public enum ColorMap: Sendable {
  /// For amounts: from dark to light in equal steps of perceived brightness. It interpolates linearly between a few
  /// colours of viridis, by Smith and van der Walt (2015).
  case sequential
  /// For values around zero: from blue through a pale middle to red.
  case diverging

  /// The colour at the position `share`, clipped to 0…1.
  func color(_ share: Double) -> Color {
    let anchors = anchors
    let place = max(0, min(1, share)) * Double(anchors.count - 1)
    let index = min(anchors.count - 2, Int(place))
    return Color(anchors[index]).mixed(with: Color(anchors[index + 1]), place - Double(index))
  }

  private var anchors: [UInt32] {
    switch self {
    case .sequential:
      [0x440154, 0x482878, 0x3E4A89, 0x31688E, 0x26828E, 0x1F9E89, 0x35B779, 0x6DCD59, 0xB4DE2C, 0xFDE725]
    case .diverging: [0x2166AC, 0x4393C3, 0x92C5DE, 0xD1E5F0, 0xF4F2EF, 0xFDDBC7, 0xF4A582, 0xD6604D, 0xB2182B]
    }
  }

  /// The values at the two ends of the map: the range of the data, made symmetric around zero for a diverging map.
  func range(of values: [Double]) -> ClosedRange<Double> {
    let finite = values.filter(\.isFinite).map { max(-1e300, min(1e300, $0)) }
    guard let low = finite.min(), let high = finite.max() else { return 0...1 }
    if self == .diverging {
      let reach = max(abs(low), abs(high))
      return reach > 0 ? -reach...reach : -1...1
    }
    return low...high
  }
}
