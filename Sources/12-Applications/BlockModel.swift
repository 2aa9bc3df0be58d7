// § 12.3  Graphs with hidden groups

import Messages
import Tensors

/// The stochastic block model: vertices in groups of equal size, joined with one probability within a group and another
/// between groups; and weak features of the vertices. § 12.3.3
public struct BlockModel: Sendable {
  /// The number of groups and of vertices in each.
  public let groups, size: Int
  /// The probabilities of an edge within a group and between groups.
  public let within, between: Double
  /// How far the mean of a group's features lies from 0, in standard deviations of the noise.
  public let signal: Double

  /// The model; by default four groups of 60 vertices with about 7 neighbours inside and 3 outside.
  public init(groups: Int = 4, size: Int = 60, within: Double = 0.12, between: Double = 0.015, signal: Double = 1.2) {
    require(
      groups >= 2 && size >= 2 && (0...1).contains(within) && (0...1).contains(between),
      "cannot draw \(groups) groups of \(size) with edge probabilities \(within) and \(between)")
    (self.groups, self.size, self.within, self.between, self.signal) = (groups, size, within, between, signal)
  }

  /// The group of every vertex.
  public var labels: [Int] { (0..<groups * size).map { $0 / size } }

  /// The expected number of neighbours inside the own group and outside it.
  public var expectedDegrees: (inside: Double, outside: Double) {
    (within * Double(size - 1), between * Double(size * (groups - 1)))
  }

  /// (a − b)² / (k (a + (k − 1) b)) for edge probabilities a/n and b/n and k groups. Above 1 the groups of a
  /// large graph can be found from its edges alone; below 1 no fast algorithm is known to find them.
  /// Decelle et al. (2011)
  public var detectability: Double {
    let (n, k) = (Double(groups * size), Double(groups))
    let (a, b) = (within * n, between * n)
    return (a - b) * (a - b) / (k * (a + (k - 1) * b))
  }

  /// A graph of the model.
  public func graph(_ random: RandomSource) -> Graph {
    let n = groups * size
    var edges: [(Int, Int)] = []
    for a in 0..<n {
      for b in a + 1..<n where random.bernoulli(a / size == b / size ? within : between) { edges.append((a, b)) }
    }
    return Graph(vertices: n, edges: edges)
  }

  /// Features: normal noise of variance 1, plus `signal` in the component of the own group. [n×groups]
  public func features(_ random: RandomSource, scalarType: ScalarType = .float) -> Tensor {
    signal * Tensor.oneHot(labels, classes: groups, scalarType: scalarType)
      + random.normal([groups * size, groups], scalarType: scalarType)
  }

  /// The vertices whose group is told: `count` of every group, drawn.
  public func known(_ count: Int, _ random: RandomSource) -> [Int] {
    (0..<groups).flatMap { g in random.permutation(size).prefix(count).map { g * size + $0 } }.sorted()
  }
}
