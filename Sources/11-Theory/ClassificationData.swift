// § 11.10  The data of the notes' experiment, without scikit-learn

import Backprop
import Messages
import Tensors

/// Two classes of two clusters each, at random vertices of a cube, among useless features. Listing 11.10
///
/// The same numbers as `make_classification(n_samples, n_features, n_informative, random_state)` of scikit-learn, which
/// draws them from NumPy's legacy stream. Sums of products may differ in the last bits. Guyon (2003).
public struct ClassificationData: Sendable {
  /// The examples as rows. [N×D]
  public let examples: Tensor
  /// The class of each, 0 or 1.
  public let labels: [Int]

  /// The examples with these labels.
  public init(examples: Tensor, labels: [Int]) {
    require(
      examples.rank == 2 && examples.shape[0] == labels.count,
      "cannot label examples \(examples.shape) by \(labels.count) labels: one label per row is needed")
    (self.examples, self.labels) = (examples, labels)
  }

  /// N examples with D features: informative ones, linear combinations of these (redundant), and useless ones. The
  /// defaults are those of Listing 11.10.
  ///
  /// The clusters are normal, around the vertices ±1 of a cube, each with its own random covariance. On average
  /// one label in a hundred is drawn again. Examples and features are shuffled.
  public init(
    count N: Int = 200, features D: Int = 20, informative: Int = 10, redundant: Int = 2, seed: UInt32 = 42
  ) {
    require(
      N >= 1 && informative >= 2 && informative <= 30 && redundant >= 1 && D > informative + redundant,
      "cannot make \(N) examples with \(informative) informative and \(redundant) redundant among \(D) features: 2 to "
        + "30 informative, at least 1 redundant and 1 useless feature are needed")
    var random = LegacyNumPyRandom(seed: seed)
    let centers = Self.vertices(4, dimensions: informative, &random)
    let normal = random.normal([N, informative])
    var (clusters, labels, start): ([Tensor], [Int], Int) = ([], [], 0)
    for k in 0..<4 {
      let size = N / 4 + (k < N % 4 ? 1 : 0)
      let A = Self.uniform(informative, informative, &random)
      clusters.append(matmul(normal[start..<start + size], A) + centers[k])
      labels += [Int](repeating: k % 2, count: size)
      start += size
    }
    let useful = Tensor.concatenated(clusters, axis: 0)
    let sums = matmul(useful, Self.uniform(informative, redundant, &random))
    let useless = random.normal([N, D - informative - redundant])
    let flips = (0..<N).map { _ in random.uniform() < 0.01 }
    for i in 0..<N where flips[i] { labels[i] = random.integer(below: 2) }
    let (rows, columns) = (random.permutation(N), random.permutation(D))
    self.init(
      examples: Tensor.concatenated([useful, sums, useless], axis: 1).gathered(rows).gathered(columns, axis: 1),
      labels: rows.map { labels[$0] })
  }

  /// These rows.
  public func gathered(_ rows: [Int]) -> ClassificationData {
    ClassificationData(examples: examples.gathered(rows), labels: rows.map { labels[$0] })
  }

  /// Training and test examples as by `train_test_split(test_size, random_state)`: a permutation whose first
  /// ⌈share · N⌉ are the test examples. Listing 11.10
  public func split(testShare: Double = 0.3, seed: UInt32 = 42) -> (train: ClassificationData, test: ClassificationData)
  {
    var random = LegacyNumPyRandom(seed: seed)
    let order = random.permutation(labels.count)
    let tests = Int((testShare * Double(labels.count)).rounded(.up))
    require(
      tests >= 1 && tests < labels.count,
      "cannot take the share \(testShare) of \(labels.count) examples as test examples: both parts need at least one")
    return (gathered(Array(order[tests...])), gathered(Array(order[..<tests])))
  }

  /// The labels as targets −1 and 1. [N]
  public var targets: Tensor { Tensor(labels.map { Double(2 * $0 - 1) }, scalarType: .double) }

  /// The same examples with a share of the labels replaced by the other class.
  public func mislabeled(share: Double, random: RandomSource) -> ClassificationData {
    let wrong = random.permutation(labels.count).prefix(Int(share * Double(labels.count)))
    var labels = labels
    for i in wrong { labels[i] = 1 - labels[i] }
    return ClassificationData(examples: examples, labels: labels)
  }

  /// `rows`×`columns` numbers, uniform in [−1, 1).
  private static func uniform(_ rows: Int, _ columns: Int, _ random: inout LegacyNumPyRandom) -> Tensor {
    var numbers: [Double] = []
    for _ in 0..<rows * columns { numbers.append(2 * random.uniform() - 1) }
    return Tensor(numbers, shape: [rows, columns], scalarType: .double)
  }

  /// Different vertices ±1 of a cube, as rows: the bits of random numbers, the highest first. [count×dimensions]
  ///
  /// scikit-learn has three ways to draw different numbers: a permutation if they are more than a hundredth of all
  /// numbers, all in order if all are needed, and otherwise single draws, repeated if a number came before.
  private static func vertices(_ count: Int, dimensions: Int, _ random: inout LegacyNumPyRandom) -> Tensor {
    let all = 1 << dimensions
    var chosen: [Int] = []
    if all == count {
      chosen = Array(0..<count)
    } else if Double(count) / Double(all) > 0.01 {
      chosen = Array(random.permutation(all).prefix(count))
    }
    while chosen.count < count {
      let number = random.integer(below: all)
      if !chosen.contains(number) { chosen.append(number) }
    }
    let bits = chosen.flatMap { number in (0..<dimensions).map { Double(number >> (dimensions - 1 - $0) & 1) } }
    return 2 * Tensor(bits, shape: [count, dimensions], scalarType: .double) - 1
  }
}
