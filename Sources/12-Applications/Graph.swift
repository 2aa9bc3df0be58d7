// § 12.3  Graphs: vertices, edges, and the matrices that describe them

import Messages
import Tensors

/// A graph: vertices 0, 1, …, n − 1, and edges without direction between them.
///
/// Graph networks combine at every vertex what its neighbours hold. § 12.3.2, § 12.3.3
public struct Graph: Sendable, Equatable {
  /// The number of vertices, n.
  public let vertices: Int
  /// The edges as pairs (a, b) with a < b, each once, in ascending order.
  public let edges: [[Int]]

  /// The graph of these edges; the order of the two ends does not matter, and an edge may be named twice.
  public init(vertices n: Int, edges: [(Int, Int)]) {
    for (a, b) in edges {
      require(
        (0..<n).contains(a) && (0..<n).contains(b) && a != b,
        "cannot join vertex \(a) to vertex \(b): edges join two different vertices of 0..<\(n)")
    }
    vertices = n
    let codes = Set(edges.map { min($0, $1) * n + max($0, $1) })
    self.edges = codes.sorted().map { [$0 / n, $0 % n] }
  }

  /// The ring 0 – 1 – … – n − 1 – 0.
  public static func ring(_ n: Int) -> Graph {
    Graph(vertices: n, edges: (0..<n).map { ($0, ($0 + 1) % n) })
  }

  /// The grid with circular borders: every cell is joined to the four beside it. Cells are numbered by rows.
  public static func torus(rows: Int, columns: Int) -> Graph {
    Graph(
      vertices: rows * columns,
      edges: (0..<rows * columns).flatMap { cell in
        let (r, c) = (cell / columns, cell % columns)
        return [(cell, r * columns + (c + 1) % columns), (cell, (r + 1) % rows * columns + c)]
      })
  }

  /// The neighbours of every vertex, in ascending order.
  public var neighbours: [[Int]] {
    var found = [[Int]](repeating: [], count: vertices)
    for edge in edges {
      found[edge[0]].append(edge[1])
      found[edge[1]].append(edge[0])
    }
    return found.map { $0.sorted() }
  }

  /// The number of neighbours of every vertex.
  public var degrees: [Int] { neighbours.map(\.count) }

  /// A: 1 where two vertices are joined, else 0. [n×n]
  public func adjacency(_ type: ScalarType = .float) -> Tensor {
    var entries = [Double](repeating: 0, count: vertices * vertices)
    for edge in edges {
      entries[edge[0] * vertices + edge[1]] = 1
      entries[edge[1] * vertices + edge[0]] = 1
    }
    return Tensor(entries, shape: [vertices, vertices], scalarType: type)
  }

  /// Â = D^(−½) (A + I) D^(−½), where D holds the row sums of A + I. [n×n]
  ///
  /// Its largest eigenvalue is 1, so layers that multiply by it do not blow up. Kipf and Welling (2017)
  public func normalizedAdjacency(_ type: ScalarType = .float) -> Tensor {
    let A = adjacency(.double) + Tensor.identity(vertices, scalarType: .double)
    let scale = 1 / A.sum(axes: [1]).squareRoot()
    return (scale.expanded(axis: 1) * A * scale).converted(to: type)
  }

  /// The same graph with vertex i named `names[i]`.
  public func renamed(_ names: [Int]) -> Graph {
    require(
      names.sorted() == Array(0..<vertices), "cannot rename the \(vertices) vertices: every name must be used once")
    return Graph(vertices: vertices, edges: edges.map { (names[$0[0]], names[$0[1]]) })
  }

  /// The number of triples of vertices that are all joined to each other.
  public var triangles: Int {
    let sets = neighbours.map(Set.init)
    return edges.reduce(0) { $0 + sets[$1[0]].intersection(sets[$1[1]]).count } / 3
  }

  /// The number of edges on a shortest path from a vertex to every other one, or nil where there is no path.
  public func distances(from start: Int) -> [Int?] {
    let around = neighbours
    var found = [Int?](repeating: nil, count: vertices)
    found[start] = 0
    var (front, reached) = ([start], 0)
    while !front.isEmpty {
      reached += 1
      var next: [Int] = []
      for vertex in front {
        for other in around[vertex] where found[other] == nil {
          found[other] = reached
          next.append(other)
        }
      }
      front = next
    }
    return found
  }

  /// The largest distance between two vertices, or nil if the graph has more than one part.
  public var diameter: Int? {
    var largest = 0
    for start in 0..<vertices {
      for d in distances(from: start) {
        guard let d else { return nil }
        largest = max(largest, d)
      }
    }
    return largest
  }
}
