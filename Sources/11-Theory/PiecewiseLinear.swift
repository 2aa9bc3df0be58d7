// § 11.6.2  The exact pieces of ReLU networks

import Foundations
import Messages
import Tensors

/// A continuous function on an interval that is linear between its nodes. § 11.6.2
public struct PiecewiseLinear: Sendable {
  /// The nodes, ascending, with the ends of the interval.
  public let nodes: [Double]
  /// The values at the nodes.
  public let values: [Double]

  /// The function with these values at these nodes. Nodes at which the slope does not change are left out.
  public init(nodes x: [Double], values y: [Double]) {
    require(
      x.count == y.count && x.count >= 2 && zip(x, x.dropFirst()).allSatisfy(<),
      "cannot make a piecewise linear function of \(x.count) nodes and \(y.count) values: equally many, at least 2, "
        + "and ascending nodes are needed")
    let slopes = Self.slopes(x, y)
    let tolerance = slopes.reduce(0) { max($0, 1e-7 * $1.magnitude) }
    let kept = x.indices.filter { i in
      i == 0 || i == x.count - 1 || (slopes[i] - slopes[i - 1]).magnitude > tolerance
    }
    (nodes, values) = (kept.map { x[$0] }, kept.map { y[$0] })
  }

  /// A network of ReLU layers with one input and one output, on an interval, exactly up to rounding.
  ///
  /// On an interval without a kink every neuron is linear, so a new kink of a layer lies where a pre-activation passes
  /// through zero between two nodes. Each layer adds these points to the nodes.
  public init(of network: MLP, on range: ClosedRange<Double>) {
    require(
      network.activation == .relu && network.outputActivation == .identity && network.widths.first == 1
        && network.widths.last == 1,
      "cannot find the pieces of a network of widths \(network.widths) with \(network.activation): one input, one "
        + "output and ReLU are needed")
    var x = [range.lowerBound, range.upperBound]
    var h = Tensor(x, shape: [2, 1], scalarType: .double)
    for (l, layer) in network.converted(to: .double).layers.enumerated() {
      let z = layer(h)
      if l == network.layers.count - 1 {
        h = z
      } else {
        (x, h) = Self.bent(x, z)
      }
    }
    self.init(nodes: x, values: h.scalars)
  }

  /// The nodes with the zeros of the columns of z, and ReLU(z) there. z: [nodes×neurons]
  private static func bent(_ x: [Double], _ z: Tensor) -> ([Double], Tensor) {
    let n = z.shape[1]
    let values = z.scalars
    var (nodes, rows) = ([x[0]], [Array(values[0..<n])])
    for i in 1..<x.count {
      let (a, b) = (values[(i - 1) * n..<i * n], values[i * n..<(i + 1) * n])
      let zeros = zip(a, b).enumerated().filter { $0.element.0 * $0.element.1 < 0 }
        .map { (neuron: $0.offset, t: $0.element.0 / ($0.element.0 - $0.element.1)) }.sorted { $0.t < $1.t }
      for zero in zeros {
        var row = zip(a, b).map { $0 + zero.t * ($1 - $0) }
        row[zero.neuron] = 0
        let place = x[i - 1] + zero.t * (x[i] - x[i - 1])
        if place - (nodes.last ?? place) > 1e-12 && x[i] - place > 1e-12 {
          nodes.append(place)
          rows.append(row)
        }
      }
      nodes.append(x[i])
      rows.append(Array(b))
    }
    return (nodes, maximum(0, Tensor(rows, scalarType: .double)))
  }

  /// The number of linear pieces.
  public var pieces: Int { nodes.count - 1 }

  /// The slopes of the pieces.
  public var slopes: [Double] { Self.slopes(nodes, values) }

  private static func slopes(_ x: [Double], _ y: [Double]) -> [Double] {
    (1..<x.count).map { (i: Int) -> Double in (y[i] - y[i - 1]) / (x[i] - x[i - 1]) }
  }

  /// The value at a place; beyond the ends, that at the end.
  public func callAsFunction(_ x: Double) -> Double {
    guard let i = nodes.firstIndex(where: { $0 >= x }) else { return values[values.count - 1] }
    return i == 0 ? values[0] : values[i] + slopes[i - 1] * (x - nodes[i])
  }

  /// The largest |f − g| over the interval, taken at the nodes of both: exact, because f − g is linear between them.
  public func largestDistance(to other: PiecewiseLinear) -> Double {
    (nodes + other.nodes).map { (self($0) - other($0)).magnitude }.max() ?? 0
  }

  /// The largest number of pieces of a network with these hidden widths on a line: Π (wₗ + 1), (w + 1)ˡ for equal ones.
  /// Exercise 11.4.3
  ///
  /// A layer of w neurons on p pieces adds at most one kink per neuron and piece: p ↦ p + wp.
  public static func mostPieces(hiddenWidths: [Int]) -> Int { hiddenWidths.reduce(1) { $0 * ($1 + 1) } }
}

/// A network of ReLU layers with one input and one output, with weights and biases drawn from N(0, 1), in `Double`.
/// § 11.6.2
public func lineNetwork(hiddenWidths: [Int], random: RandomSource) -> MLP {
  var network = MLP(
    [1] + hiddenWidths + [1], initialization: .normal(standardDeviation: 1), random: random)
  for l in network.layers.indices { network.layers[l].bias = random.normal([network.layers[l].weight.shape[0]]) }
  return network.converted(to: .double)
}

/// The number of regions into which n hyperplanes in general position divide ℝᵈ: Σᵢ C(n, i) for i ≤ d, the sum of
/// (11.4). It is the number of pieces of one layer of n ReLU neurons with d inputs. § 11.6.2
public func mostRegions(hyperplanes n: Int, dimensions d: Int) -> Int {
  Int(sauerShelahBound(points: n, dimension: d))
}

/// The regions of the planes w x + b = 0, each as the signs of w x + b in it, by enumeration. § 11.6.2
///
/// w: [n×d], b: [n]
///
/// In general position, with n ≥ d, every region has a vertex: a point on d of the planes, around which all 2ᵈ
/// combinations of their signs occur. The signs of the other planes are those at the vertex.
public func activationPatterns(weights w: Tensor, biases b: Tensor) throws(LinearAlgebraError) -> Set<[Bool]> {
  let (n, d) = (w.shape[0], w.shape[1])
  require(n >= d, "cannot enumerate the regions of \(n) planes in \(d) dimensions: at least \(d) planes are needed")
  var patterns = Set<[Bool]>()
  for chosen in choices(d, of: n) {
    let vertex = try LinearAlgebra.solve(w.gathered(chosen), -b.gathered(chosen))
    let signs = (matmul(w, vertex) + b).scalars.map { $0 > 0 }
    for combination in 0..<(1 << d) {
      var pattern = signs
      for (bit, plane) in chosen.enumerated() { pattern[plane] = combination >> bit & 1 == 1 }
      patterns.insert(pattern)
    }
  }
  return patterns
}
