// § 12.3.1  Drawn folds

import Messages
import Tensors

/// A chain of sites folded on a square lattice: a walk that never crosses itself. Sites that lie side by side are in
/// contact. § 12.3.1
public struct LatticeFold: Sendable, Equatable {
  /// The place of every site, x and y.
  public let places: [[Int]]

  /// A drawn fold of this many sites: a walk, begun again when it gets stuck, among `tries` the most compact one.
  public static func drawn(_ sites: Int, tries: Int = 8, _ random: RandomSource) -> LatticeFold {
    require(sites >= 2 && tries >= 1, "cannot fold \(sites) sites in \(tries) tries")
    let folds = (0..<tries).map { _ in LatticeFold(places: walk(sites, random)) }
    return folds.max { $0.contacts.edges.count < $1.contacts.edges.count } ?? folds[0]
  }

  private static func walk(_ sites: Int, _ random: RandomSource) -> [[Int]] {
    while true {
      var places = [[0, 0]]
      while places.count < sites {
        let (x, y) = (places[places.count - 1][0], places[places.count - 1][1])
        let free = [[x + 1, y], [x - 1, y], [x, y + 1], [x, y - 1]].filter { !places.contains($0) }
        if free.isEmpty { break }
        places.append(free[random.integer(below: free.count)])
      }
      if places.count == sites { return places }
    }
  }

  /// The Euclidean distance of every pair of sites. [L×L]
  public func distances(_ type: ScalarType = .float) -> Tensor {
    let p = Tensor(places.map { place in place.map { Double($0) } }, scalarType: .double)
    return (p.expanded(axis: 1) - p).squared().sum(axes: [2]).squareRoot().converted(to: type)
  }

  /// The pairs of sites at distance 1, with the bonds of the chain.
  public var contacts: Graph {
    let pairs = places.indices.flatMap { i in (0..<i).map { ($0, i) } }
    return Graph(
      vertices: places.count,
      edges: pairs.filter { abs(places[$0][0] - places[$1][0]) + abs(places[$0][1] - places[$1][1]) == 1 })
  }

  /// A family of sequences whose sites agree where this fold brings them together.
  public func family(letters: Int = 4, strength J: Double = 1.6) -> AlignedFamily {
    let contacts = contacts
    return AlignedFamily(
      sites: places.count, letters: letters, contacts: contacts, strengths: contacts.edges.map { _ in J })
  }
}

/// Points in `dimensions` dimensions with these distances, up to rotation and reflection: classical multidimensional
/// scaling, from the largest eigenvalues of −½ H D² H with H = I − 1 1ᵀ/L. The structure step of § 12.3.1
///
/// It is exact if the distances are those of points in so many dimensions. [L×L] → [L×dimensions]
public func coordinates(fromDistances D: Tensor, dimensions: Int = 2) -> Tensor {
  let L = D.shape[0]
  let squares = D.converted(to: .double).squared()
  let centred = squares - squares.mean(axes: [0]) - squares.mean(axes: [1], keepsAxes: true) + squares.mean()
  let eigen = LinearAlgebra.symmetricEigen(-0.5 * centred)
  let largest = Array((0..<L).reversed().prefix(dimensions))
  let lengths = eigen.values.gathered(largest).clamped(to: 0...Double.greatestFiniteMagnitude).squareRoot()
  return eigen.vectors.gathered(largest, axis: 1) * lengths
}

/// The points turned and reflected onto `target` with the least squared distance, both centred: X U Vᵀ for the singular
/// value decomposition Xᵀ Y = U Σ Vᵀ. § 12.3.1; Schönemann (1966)
///
/// Distances do not tell a structure from its mirror image, so a prediction from distances is compared in this way.
/// [L×d], [L×d] → [L×d]
public func turned(_ points: Tensor, onto target: Tensor) -> Tensor {
  func centred(_ x: Tensor) -> Tensor { x - x.mean(axes: [0]) }
  let svd = LinearAlgebra.svd(matmul(centred(points).transposed, centred(target)))
  return matmul(centred(points), matmul(svd.u, svd.v.transposed))
}
