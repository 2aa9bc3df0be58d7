// § 5.8  The synthetic data of Listing 5.8

import Tensors

extension LabeledTokens {
  /// The data of Listing 5.8: sequences of 5 to 49 numbers, drawn uniformly from 1 to 999; class 1 if their mean is
  /// above 500. § 5.8
  ///
  /// The expected value of a number is 500, so both classes are about equally frequent: class 1 has probability
  /// 0.49993, because a mean of exactly 500 belongs to class 0. There is no noise: a classifier can always be right.
  public static func syntheticSentiment(
    count: Int = 5_000, symbols: Int = 1_000, longest: Int = 50, from random: RandomSource
  ) -> LabeledTokens {
    let sequences = (0..<count).map { _ in
      (0..<5 + random.integer(below: longest - 5)).map { _ in 1 + random.integer(below: symbols - 1) }
    }
    return LabeledTokens(sequences, labels: sequences.map { 2 * $0.reduce(0, +) > symbols * $0.count ? 1 : 0 })
  }
}
