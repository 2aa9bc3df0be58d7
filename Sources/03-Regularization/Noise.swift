// § 3.4.1  Random masks for layers that are values

import Tensors

/// The randomness of a layer: a seed and a count of its uses.
///
/// Layers are values, so they do not hold a stream of random numbers, which their copies would share. The number of
/// uses is a running statistic: training advances it, a copy of the model continues from the same count, and the same
/// model gives the same noise again. § 3.4.1
public struct Noise: Parameterized, Sendable {
  /// The number of uses so far.
  public private(set) var uses = Tensor(0, scalarType: .double)
  private let seed: UInt64

  /// The noise of one layer; one number from `random` determines all of it.
  public init(from random: RandomSource) { seed = random.next() }

  /// Visits nothing: noise has no parameters.
  public mutating func forEachParameter(_ visit: (inout Tensor) throws -> Void) rethrows {}
  /// Visits the number of uses. It is a count, and stays in `Double` when the model around it is converted.
  public mutating func forEachStatistic(_ visit: (inout Tensor) throws -> Void) rethrows {
    let old = uses
    try visit(&uses)
    if uses.shape == old.shape && uses.scalarType != old.scalarType { uses = old }
  }
  /// "uses".
  public var statisticNames: [String] { ["uses"] }

  /// The random numbers of the next training pass. Within a gradient call every pass has its own; outside, where uses
  /// are not counted, all passes have the same.
  public func next() -> RandomSource {
    RandomSource(seed: seed &+ UInt64(uses.observe { $0 + 1 }.item))
  }
}
