/// The record of a training run, epoch by epoch, for figures, tables and tests.
public struct History: Codable, Sendable {
  /// One epoch.
  public struct Epoch: Codable, Sendable {
    /// The number of the epoch, counted from 1.
    public let number: Int
    /// The mean training loss over the examples of the epoch, measured during the training.
    public let loss: Double
    /// The metrics of the steps, averaged over the epoch's examples, and those of the evaluation at the epoch's end, by
    /// name.
    public let metrics: [String: Double]
    /// The seconds that the epoch took, including the evaluation.
    public let seconds: Double
  }

  /// The epochs so far.
  public var epochs: [Epoch] = []
  /// The reason why the training stopped before a step that could not be made, if it did.
  public internal(set) var breakdown: Breakdown?

  /// An empty history.
  public init() {}

  /// The training loss of every epoch.
  public var losses: [Double] { epochs.map(\.loss) }
  /// Whether the training broke down. Then the last loss is infinite or NaN, and `breakdown` says why.
  public var hasDiverged: Bool { losses.last.map { !$0.isFinite } ?? false }
  /// The number of the epoch, counted from 1, in which a metric was lowest for the first time; nil if it was always
  /// NaN.
  public func epoch(ofLowest metric: String) -> Int? {
    let values = self[metric]
    return values.filter { $0 < .infinity }.min().flatMap(values.firstIndex).map { $0 + 1 }
  }
  /// A metric at the end of every epoch, or NaN where it was not measured.
  public subscript(metric: String) -> [Double] { epochs.map { $0.metrics[metric] ?? .nan } }
}

/// The results of an epoch's steps, for its evaluation.
public struct EpochSoFar: Sendable {
  /// The number of the epoch, counted from 1.
  public let number: Int
  /// The mean training loss.
  public let loss: Double
  /// The mean of every other metric.
  public let metrics: [String: Double]
}
