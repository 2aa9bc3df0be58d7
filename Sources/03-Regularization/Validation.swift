// § 3.1  Choosing between models: training, validation and test set

import Messages
import Tensors

/// Three sets of examples without an example in common: to fit, to choose, and to report. § 3.1
///
/// Parameters are fitted on the first, everything else (degree, λ, patience, architecture) is chosen on the second, and the third is
/// looked at once. Fleuret, *The Little Book of Deep Learning*.
public struct DataSplit: Sendable {
  /// The numbers of the examples to fit on, to choose by, and to report on.
  public let train, validation, test: [Int]

  /// A random split of the examples 0 to `count` − 1, with so many for validation and test.
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

/// The model with the lowest loss on some data, and what that loss is worth. § 3.1
///
/// The lowest of several noisy losses is on average lower than the loss of the model it belongs to: a set that has been chosen by is
/// no test set any more.
public struct Selection: Sendable {
  /// Which candidate was chosen.
  public let chosen: Int
  /// Its loss on the data that it was chosen by.
  public let lossWhereChosen: Double
  /// Its loss on fresh data.
  public let freshLoss: Double

  /// The choice by `losses`, measured again by `freshLosses`; one of each for every candidate.
  public init(losses: [Double], freshLosses: [Double]) {
    require(
      !losses.isEmpty && losses.count == freshLosses.count,
      "cannot choose among \(losses.count) candidates with \(freshLosses.count) fresh losses")
    chosen = losses.indices.min { losses[$0] < losses[$1] } ?? 0
    (lossWhereChosen, freshLoss) = (losses[chosen], freshLosses[chosen])
  }

  /// By how much the loss was too good to be true.
  public var optimism: Double { freshLoss - lossWhereChosen }
}
