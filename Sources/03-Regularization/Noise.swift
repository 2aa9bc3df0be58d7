// § 3.4.1  Random masks that are part of a value

import Tensors

/// The randomness of a layer: a seed, and how often it has been used.
///
/// Layers are values, so they hold no stream of random numbers, which would be shared by their copies. The number of
/// uses is a running statistic: training moves it on, a copy of the model continues from where the original stands, and
/// the same model gives the same noise again. § 3.4.1
public struct Noise: Parameterized, Sendable {
  /// How often the noise has been used.
  public private(set) var uses = Tensor(0, scalarType: .double)
  private let seed: UInt64

  /// The noise of one layer; one number of `random` decides about all of it.
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

  /// The random numbers of the next training pass. Within a gradient call every pass has its own; outside, where nobody
  /// takes down that there was one, all have the same.
  public func next() -> RandomSource {
    RandomSource(seed: seed &+ UInt64(uses.observe { $0 + 1 }.item))
  }
}
