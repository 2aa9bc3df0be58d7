// Curves to fit and waves to continue, with the exact values without noise.

import Foundation
import Messages
import Tensors

/// A function of one variable on an interval, from which noisy examples can be drawn.
public struct RegressionCurve: Sendable {
  /// The name of the curve.
  public let name: String
  /// The interval of the inputs.
  public let domain: ClosedRange<Double>
  /// The exact value f(x).
  public let value: @Sendable (Double) -> Double

  /// The curve with this formula.
  public init(_ name: String, on domain: ClosedRange<Double>, value: @escaping @Sendable (Double) -> Double) {
    (self.name, self.domain, self.value) = (name, domain, value)
  }

  /// sin 2πx on [0, 1].
  public static let sine = RegressionCurve("sine", on: 0...1) { sin(2 * Double.pi * $0) }
  /// x³ − x on [−1.5, 1.5].
  public static let cubic = RegressionCurve("cubic", on: -1.5...1.5) { $0 * $0 * $0 - $0 }
  /// −1 for x < 0 and 1 for x ≥ 0, on [−1, 1]: no continuous function equals it everywhere.
  public static let step = RegressionCurve("step", on: -1...1) { $0 < 0 ? -1 : 1 }
  /// 1 − 2|x| on [−1, 1]: continuous, with a kink.
  public static let hat = RegressionCurve("hat", on: -1...1) { 1 - 2 * abs($0) }
  /// 1 / (1 + 25 x²) on [−1, 1]: the error of polynomials through equidistant points grows without bound. Runge (1901).
  public static let runge = RegressionCurve("Runge's function", on: -1...1) { 1 / (1 + 25 * $0 * $0) }

  /// `count` examples y = f(x) + `noise` · ε as columns, sorted by x, with x uniform on the domain and ε standard
  /// normal.
  public func sample(
    count: Int, noise: Double, from source: RandomSource, scalarType: ScalarType? = nil
  ) -> (x: Tensor, y: Tensor) {
    require(count > 0, "cannot draw \(count) examples of \(name)")
    let x = (0..<count).map { _ in source.uniform(in: domain.lowerBound..<domain.upperBound) }.sorted()
    return (column(x, scalarType), column(x.map { value($0) + noise * source.normal() }, scalarType))
  }

  /// `count` equidistant points of the exact curve, including both ends, as columns.
  public func grid(count: Int, scalarType: ScalarType? = nil) -> (x: Tensor, y: Tensor) {
    require(count > 1, "cannot divide the domain of \(name) by \(count) points: at least 2 are needed")
    let width = domain.upperBound - domain.lowerBound
    let x = (0..<count).map { domain.lowerBound + width * Double($0) / Double(count - 1) }
    return (column(x, scalarType), column(x.map(value), scalarType))
  }

  private func column(_ numbers: [Double], _ scalarType: ScalarType?) -> Tensor {
    Tensor(numbers, shape: [numbers.count, 1], scalarType: scalarType ?? .float)
  }
}

/// Waves xₜ = A sin(2π f t + φ) + noise · ε at t = 0, 1, 2, …, each with its own amplitude, frequency and phase.
public struct Sines: Sendable {
  /// The amplitude A of each wave.
  public let amplitudes: [Double]
  /// The frequency f of each wave, in oscillations per step.
  public let frequencies: [Double]
  /// The phase φ of each wave, in radians.
  public let phases: [Double]
  /// The observed values with noise, one wave per row. [N×T]
  public let signals: Tensor

  /// `count` waves of `length` steps, with amplitudes, frequencies and phases uniform in their ranges.
  public init(
    count: Int, length: Int, frequencies: Range<Double> = 0.02..<0.1, amplitudes: Range<Double> = 0.5..<1.5,
    noise: Double = 0.05, from source: RandomSource
  ) {
    require(count > 0 && length > 0, "cannot draw \(count) sines of \(length) steps")
    let amplitudes = (0..<count).map { _ in source.uniform(in: amplitudes) }
    let frequencies = (0..<count).map { _ in source.uniform(in: frequencies) }
    let phases = (0..<count).map { _ in source.uniform(in: 0..<2 * Double.pi) }
    let values = (0..<count * length).map { place in
      let (wave, t) = place.quotientAndRemainder(dividingBy: length)
      return amplitudes[wave] * sin(2 * Double.pi * frequencies[wave] * Double(t) + phases[wave])
        + noise * source.normal()
    }
    signals = Tensor(values, shape: [count, length])
    (self.amplitudes, self.frequencies, self.phases) = (amplitudes, frequencies, phases)
  }

  /// The number of waves.
  public var count: Int { frequencies.count }

  /// The value of a wave without noise at any step, also beyond the observed ones.
  public func truth(_ wave: Int, at t: Double) -> Double {
    amplitudes[wave] * sin(2 * Double.pi * frequencies[wave] * t + phases[wave])
  }
}
