// Normalization: each group of numbers is transformed to mean 0 and variance 1, then scaled and shifted per channel,
// then activated. Batch, layer, group and instance normalization differ only in their groups.

/// A normalization of an array [examples × channels × positions]:
/// y = f(γ x̂ + β) with x̂ = (x − μ) / √(σ² + ε), where μ and σ² belong to the group of x, γ and β to its channel.
public struct Normalization: Sendable {
  /// The elements that are transformed to mean 0 and variance 1 together.
  public enum Groups: Sendable {
    /// Each channel, with all its examples and positions: batch normalization.
    case batch
    /// In each example this many groups of neighbouring channels, with all their positions: layer normalization for one
    /// group, instance normalization for as many groups as channels, otherwise group normalization.
    case neighbours(Int)
  }

  /// The extents of the array.
  public var examples, channels, positions: Int
  /// The groups.
  public var groups: Groups
  /// ε, which keeps the denominator above 0.
  public var epsilon: Double
  /// f
  public var activation: Activation

  /// A normalization of an array with these extents.
  public init(
    examples: Int, channels: Int, positions: Int, groups: Groups, epsilon: Double, activation: Activation
  ) {
    (self.examples, self.channels, self.positions) = (examples, channels, positions)
    (self.groups, self.epsilon, self.activation) = (groups, epsilon, activation)
  }

  /// The number of groups, and so of means and variances. Groups are numbered by example, then by channel.
  public var groupCount: Int {
    switch groups {
    case .batch: channels
    case .neighbours(let count): examples * count
    }
  }

  /// The number of elements of each group.
  public var groupSize: Int {
    switch groups {
    case .batch: examples * positions
    case .neighbours(let count): count == 0 ? 0 : channels / count * positions
    }
  }
}

/// Normalizes x into y, and writes the mean and the variance (the mean squared distance from the mean) of each group.
///
/// The variance is accurate even where it is small compared with the mean. Where it overflows it is infinite, but y is
/// still correct as long as the distances from the mean are finite. A group that contains an infinite number or NaN
/// becomes NaN.
public func normalize(
  _ x: Region, scale: Region, shift: Region, _ n: Normalization, into y: Buffer, mean: Buffer, variance: Buffer
) {
  forward(x, scale, shift, n, y, Region(mean), Region(variance), findsStatistics: true)
}

/// Normalizes x into y with given means and variances, one for each group.
public func normalize(
  _ x: Region, mean: Region, variance: Region, scale: Region, shift: Region, _ n: Normalization, into y: Buffer
) {
  forward(x, scale, shift, n, y, mean, variance, findsStatistics: false)
}

/// Computes the cotangents of x, γ and β from the cotangent g of y, for the mean and the variance found by `normalize`.
public func pullBackNormalization(
  _ g: Region, through x: Region, scale: Region, shift: Region, mean: Buffer, variance: Buffer, _ n: Normalization,
  into dx: Buffer, scale dScale: Buffer, shift dShift: Buffer
) {
  switch dx.scalarType {
  case .float: backward(SIMD16<Float>.self, g, x, scale, shift, mean, variance, n, dx, dScale, dShift)
  case .double: backward(SIMD8<Double>.self, g, x, scale, shift, mean, variance, n, dx, dScale, dShift)
  }
}

private func forward(
  _ x: Region, _ scale: Region, _ shift: Region, _ n: Normalization, _ y: Buffer, _ mean: Region, _ variance: Region,
  findsStatistics: Bool
) {
  switch y.scalarType {
  case .float: forward(SIMD16<Float>.self, x, scale, shift, n, y, mean, variance, findsStatistics: findsStatistics)
  case .double: forward(SIMD8<Double>.self, x, scale, shift, n, y, mean, variance, findsStatistics: findsStatistics)
  }
}

// MARK: - Definitions

extension Normalization {
  /// The positions of each group's elements.
  private var members: [[Int]] {
    var members = [[Int]](repeating: [], count: groupCount)
    for place in 0..<examples * channels * positions {
      let (example, channel) = (place / positions).quotientAndRemainder(dividingBy: channels)
      switch groups {
      case .batch: members[channel].append(place)
      case .neighbours(let count): members[example * count + channel / (channels / count)].append(place)
      }
    }
    return members
  }

  /// Computes what `normalize` computes, by the definition. Tests compare the two.
  public func definition(
    _ x: [Double], scale: [Double], shift: [Double]
  ) -> (y: [Double], mean: [Double], variance: [Double]) {
    var (y, mean, variance) = (x, [Double](), [Double]())
    for members in members {
      let count = Double(members.count)
      let μ = members.reduce(0) { $0 + x[$1] } / count
      let σ² = members.reduce(0) { $0 + (x[$1] - μ) * (x[$1] - μ) } / count
      for place in members {
        let channel = place / positions % channels
        let normalized = (x[place] - μ) / (σ² + epsilon).squareRoot()
        y[place] = activation(scale[channel] * normalized + shift[channel])
      }
      mean.append(μ)
      variance.append(σ²)
    }
    return (y, mean, variance)
  }

  /// Computes what `pullBackNormalization` computes, with h = g f′(γ x̂ + β) and all means over the group: dβ = Σ h,
  /// dγ = Σ h x̂, dx = (γ h − mean(γ h) − x̂ mean(γ h x̂)) / √(σ² + ε).
  public func pullbackDefinition(
    _ g: [Double], _ x: [Double], scale: [Double], shift: [Double]
  ) -> (dx: [Double], dScale: [Double], dShift: [Double]) {
    let (_, mean, variance) = definition(x, scale: scale, shift: shift)
    var (dx, dScale) = (x, [Double](repeating: 0, count: channels))
    var dShift = dScale
    for (group, members) in members.enumerated() {
      let inverse = 1 / (variance[group] + epsilon).squareRoot()
      var (sum, product) = (0.0, 0.0)
      for pass in 0..<2 {
        for place in members {
          let channel = place / positions % channels
          let normalized = (x[place] - mean[group]) * inverse
          let h = g[place] * activation.derivative(at: scale[channel] * normalized + shift[channel])
          if pass == 0 {
            dShift[channel] += h
            dScale[channel] += h * normalized
            sum += scale[channel] * h / Double(members.count)
            product += scale[channel] * h * normalized / Double(members.count)
          } else {
            dx[place] = (scale[channel] * h - sum - normalized * product) * inverse
          }
        }
      }
    }
    return (dx, dScale, dShift)
  }
}
