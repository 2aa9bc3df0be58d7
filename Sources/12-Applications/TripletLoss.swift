// Fleuret 3.1  Metric learning: the triplet loss

import Foundations
import Messages
import Tensors

/// Triplets of examples by number: a and b are of one class, c is of another. Fleuret 3.1
public struct Triplets: Sendable, Equatable {
  /// The numbers of a, b and c.
  public let anchors, positives, negatives: [Int]

  /// Random triplets: a is any example, b another one of its class, and c one of another class.
  ///
  /// Stops unless there are two classes, and two examples of each.
  public init(_ count: Int, labels: [Int], random: RandomSource) {
    let classes = Dictionary(grouping: labels.indices) { labels[$0] }
    require(
      classes.count >= 2 && classes.values.allSatisfy { $0.count >= 2 },
      "cannot draw triplets of \(labels.count) examples of \(classes.count) classes: at least two classes, and two "
        + "examples of each, are needed")
    var (a, b, c) = ([Int](), [Int](), [Int]())
    for _ in 0..<count {
      let anchor = random.integer(below: labels.count)
      let same = classes[labels[anchor]] ?? []
      let other = same[random.integer(below: same.count - 1)]
      a.append(anchor)
      b.append(other == anchor ? same[same.count - 1] : other)
      var far = random.integer(below: labels.count)
      while labels[far] == labels[anchor] { far = random.integer(below: labels.count) }
      c.append(far)
    }
    (anchors, positives, negatives) = (a, b, c)
  }
}

/// max(0, m + d(a, b) − d(a, c)), the mean over triplets, with the Euclidean distance d. Three of [N×d] → []
///
/// It is 0 exactly if every c is farther from a than b, by at least the margin m. Fleuret 3.1; Schroff, Kalenichenko
/// and Philbin (2015)
public func tripletLoss(_ a: Tensor, _ b: Tensor, _ c: Tensor, margin m: Double = 1) -> Tensor {
  require(
    a.rank == 2 && a.shape == b.shape && a.shape == c.shape && m >= 0,
    "cannot compare triplets \(a.shape), \(b.shape), \(c.shape) with margin \(m): three matrices of one shape and a "
      + "margin that is not negative are needed")
  return maximum(0, m + distance(a, b) - distance(a, c)).mean()
}

/// The distances of the rows of two matrices. Where two rows are equal, the derivative is taken as 0. [N×d] → [N]
private func distance(_ x: Tensor, _ y: Tensor) -> Tensor {
  maximum(1e-24, (x - y).squared().sum(axes: [1])).squareRoot()
}

/// How good a distance is for the classes of some examples. Fleuret 3.1
public struct MetricQuality: Sendable, Equatable {
  /// The fraction of triplets with d(a, b) < d(a, c).
  public let ordered: Double
  /// The fraction of examples whose nearest neighbour among the others is of their class.
  public let nearest: Double

  /// The quality of vectors with these labels, on all pairs for the neighbours and on some triplets for the order.
  public init(_ z: Tensor, labels: [Int], triplets: Triplets) {
    require(
      z.rank == 2 && z.shape[0] == labels.count && labels.count >= 2,
      "cannot measure the distances of \(z.shape) with \(labels.count) labels: a row for each label is needed")
    let near = (z.gathered(triplets.anchors) - z.gathered(triplets.positives)).squared().sum(axes: [1]).scalars
    let far = (z.gathered(triplets.anchors) - z.gathered(triplets.negatives)).squared().sum(axes: [1]).scalars
    ordered = Double(zip(near, far).count { $0 < $1 }) / Double(max(1, near.count))
    let squares = z.squared().sum(axes: [1], keepsAxes: true)
    let distances = squares + squares.transposed - 2 * matmul(z, z.transposed)
    let itself = Tensor.identity(labels.count, scalarType: z.scalarType) * (1 + 2 * distances.abs().max().item)
    let neighbours = (distances + itself).argmin()
    nearest = Double(zip(neighbours, labels).count { labels[$0] == $1 }) / Double(labels.count)
  }
}
