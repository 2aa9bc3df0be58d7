/// What a training left behind, epoch by epoch, for figures, tables and tests.
public struct History: Codable, Sendable {
  /// One epoch.
  public struct Epoch: Codable, Sendable {
    /// The number of the epoch, counted from 1.
    public let number: Int
    /// The mean training loss over the examples of the epoch, measured while the models were learning.
    public let loss: Double
    /// What the steps measured, averaged over the epoch's examples, and what the evaluation found at its end, by name.
    public let metrics: [String: Double]
    /// The seconds the epoch took, evaluation included.
    public let seconds: Double
  }

  /// The epochs so far.
  public var epochs: [Epoch] = []
  /// Why the training stopped before a step that could not be made, if it did.
  public internal(set) var breakdown: Breakdown?

  /// A history without epochs.
  public init() {}

  /// The training loss of every epoch.
  public var losses: [Double] { epochs.map(\.loss) }
  /// Whether the training broke down: the last loss is then infinite or NaN, and `breakdown` says why.
  public var hasDiverged: Bool { losses.last.map { !$0.isFinite } ?? false }
  /// The number of the epoch, counted from 1, in which a metric was lowest for the first time; nil if it was always
  /// NaN.
  public func epoch(ofLowest metric: String) -> Int? {
    let values = self[metric]
    return values.filter { $0 < .infinity }.min().flatMap(values.firstIndex).map { $0 + 1 }
  }
  /// A metric at the end of every epoch; NaN where it was not measured.
  public subscript(metric: String) -> [Double] { epochs.map { $0.metrics[metric] ?? .nan } }
}

/// What the steps of an epoch have shown, when it is evaluated.
public struct EpochSoFar: Sendable {
  /// The number of the epoch, counted from 1.
  public let number: Int
  /// The mean training loss.
  public let loss: Double
  /// The means of what was measured beside the loss.
  public let metrics: [String: Double]
}
