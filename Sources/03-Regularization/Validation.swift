// § 3.1  Choosing between models: training, validation and test set

import Messages
import Tensors

/// Three disjoint sets of examples: to fit, to choose, and to report. § 3.1
///
/// Parameters are fitted on the first, everything else (degree, λ, patience, architecture) is chosen on the second, and
/// the third is used once. Fleuret, *The Little Book of Deep Learning*.
public struct DataSplit: Sendable {
  /// The indices of the examples to fit, to choose, and to report on.
  public let train, validation, test: [Int]

  /// A random split of the examples 0 to `count` − 1, with the given sizes of the validation and test sets.
  public init(count: Int, validation: Int, test: Int, random: RandomSource) {
    require(
      validation >= 0 && test >= 0 && validation + test < count,
      "cannot split \(count) examples into \(validation) for validation, \(test) for test and a rest to train on")
    let order = random.permutation(count)
    self.test = Array(order[..<test])
    self.validation = Array(order[test..<test + validation])
    train = Array(order[(test + validation)...])
  }
}

/// The choice of the model with the lowest loss, and how optimistic that loss is. § 3.1
///
/// The lowest of several noisy losses is on average lower than the true loss of its model: a set that was used to
/// choose is no longer a test set.
public struct Selection: Sendable {
  /// The index of the chosen candidate.
  public let chosen: Int
  /// Its loss on the data it was chosen by.
  public let lossWhereChosen: Double
  /// Its loss on fresh data.
  public let freshLoss: Double

  /// The choice by `losses`, measured again with `freshLosses`; both have one loss per candidate.
  public init(losses: [Double], freshLosses: [Double]) {
    require(
      !losses.isEmpty && losses.count == freshLosses.count,
      "cannot choose among \(losses.count) candidates with \(freshLosses.count) fresh losses")
    chosen = losses.indices.min { losses[$0] < losses[$1] } ?? 0
    (lossWhereChosen, freshLoss) = (losses[chosen], freshLosses[chosen])
  }

  /// The optimism: how much higher the fresh loss is.
  public var optimism: Double { freshLoss - lossWhereChosen }
}
