// § 12.3  Graphs on paper

import Messages
import Tensors

extension Graph {
  /// The number of edges between every two vertices; n where there is no path. [n×n]
  public var pathLengths: Tensor {
    let lengths = (0..<vertices).flatMap { start in distances(from: start).map { Double($0 ?? vertices) } }
    return Tensor(lengths, shape: [vertices, vertices], scalarType: .double)
  }

  /// Σ over pairs i < j of (|x_i − x_j| − d_ij)²: how far the lengths on paper are from those along edges. § 12.3
  /// places: [n×2]
  public func stress(_ places: Tensor) -> Double {
    0.5 * (Self.lengths(places) - pathLengths).squared().sum().item
  }

  /// Places in the plane for a drawing, by rounds that never raise the stress: x_i ← the mean over j of where j would
  /// have i, at distance d_ij in the present direction. de Leeuw (1977) [n×2]
  public func places(rounds: Int = 300, _ random: RandomSource) -> Tensor {
    let d = pathLengths
    var x = coordinates(fromDistances: d) + 0.1 * random.normal([vertices, 2], scalarType: .double)
    for _ in 0..<rounds {
      // B has −d_ij/|x_i − x_j| beside the diagonal, and row sums of 0.
      let ratio = d / (Self.lengths(x) + Tensor.identity(vertices, scalarType: .double))
      x = (ratio.sum(axes: [1], keepsAxes: true) * x - matmul(ratio, x)) / Double(vertices)
    }
    return x
  }

  private static func lengths(_ places: Tensor) -> Tensor {
    (places.expanded(axis: 1) - places).squared().sum(axes: [2]).squareRoot()
  }
}
