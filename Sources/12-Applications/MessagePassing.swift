// § 12.3.2  Messages along edges

import Foundations
import Messages
import Tensors

/// A layer with one matrix for each kind of edge: h′_i = W₀ h_i + b + Σ_k W_k h_j over the edges j → i of kind k.
/// § 12.3.2
///
/// On a ring with the kinds “from the left” and “from the right” it is a convolution with a kernel of 3; with the eight
/// directions of a grid, one with a 3×3 kernel.
public struct DirectedGraphLayer: Module {
  /// W₀ and b, for what a vertex holds itself.
  public var own: Linear
  /// W_k, for each kind of edge.
  public var kinds: [Linear]
  /// For each kind, the vertex from which vertex i receives.
  public let senders: [[Int]]

  /// A layer over vertices that receive from `senders[k][i]` along kind k.
  public init(_ inputs: Int, _ outputs: Int, senders: [[Int]], random: RandomSource) {
    own = Linear(inputs, outputs, random: random)
    kinds = senders.map { _ in Linear(inputs, outputs, hasBias: false, random: random) }
    self.senders = senders
  }

  /// W₀, b, W₁, W₂, …
  public static var parameters: [PartialKeyPath<DirectedGraphLayer>] { [\.own, \.kinds] }

  /// The new values of all vertices. [N×n×inputs] → [N×n×outputs]
  public func callAsFunction(_ h: Tensor) -> Tensor {
    zip(kinds, senders).reduce(own(h)) { sum, part in sum + part.0(h.gathered(part.1, axis: -2)) }
  }

  /// On a ring of n vertices: the left neighbour, and the right one.
  public static func ringSenders(_ n: Int) -> [[Int]] {
    [(0..<n).map { ($0 + n - 1) % n }, (0..<n).map { ($0 + 1) % n }]
  }

  /// On a grid with circular borders: the eight cells around each, from the upper left by rows.
  public static func torusSenders(rows: Int, columns: Int) -> [[Int]] {
    (0..<9).filter { $0 != 4 }.map { place in
      (0..<rows * columns).map { cell in
        let (r, c) = (cell / columns + place / 3 - 1, cell % columns + place % 3 - 1)
        return (r + rows) % rows * columns + (c + columns) % columns
      }
    }
  }
}

/// One round of messages with residual updates: m_ji = f([h_i, h_j, e_ji]) and h′_i = h_i + g([h_i, Σ_j m_ji]).
/// § 12.3.2; Gilmer et al. (2017), Lam et al. (2023)
///
/// The sum over neighbours makes the layer independent of their order.
public struct MessagePassing: Model {
  /// f, the message network, and g, the update network.
  public var message, update: MLP

  /// Vertices of `width` numbers and edges of `edgeFeatures`.
  public init(width: Int, edgeFeatures: Int, random: RandomSource) {
    message = MLP([2 * width + edgeFeatures, width, width], random: random)
    update = MLP([2 * width, width, width], random: random)
  }

  /// f and g.
  public static var parameters: [PartialKeyPath<MessagePassing>] { [\.message, \.update] }

  /// The new values of the vertices. h: [n×width], edges: one row for every message → [n×width]
  public func callAsFunction(_ h: Tensor, along edges: DirectedEdges) -> Tensor {
    let received = Tensor.concatenated(
      [h.gathered(edges.receivers), h.gathered(edges.senders), edges.features], axis: 1)
    let sums = message(received).scatterAdded(edges.receivers, length: h.shape[0])
    return h + update(Tensor.concatenated([h, sums], axis: 1))
  }
}

/// The edges along which messages go, with their features.
public struct DirectedEdges: Sendable {
  /// The vertex that sends each message, and the one that receives it.
  public let senders, receivers: [Int]
  /// What is known about each edge. [edges×features]
  public let features: Tensor

  /// The edges sender → receiver with these features. [edges×features]
  public init(senders: [Int], receivers: [Int], features: Tensor) {
    require(
      senders.count == receivers.count && features.rank == 2 && features.shape[0] == senders.count,
      "cannot send \(senders.count) messages to \(receivers.count) vertices along edges with features \(features.shape)"
    )
    (self.senders, self.receivers, self.features) = (senders, receivers, features)
  }

  /// The edges of `copies` rings of n vertices, one after the other. The feature is +1 for a message that goes to the
  /// right and −1 for one to the left.
  public static func rings(_ n: Int, copies: Int, scalarType: ScalarType = .float) -> DirectedEdges {
    var (senders, receivers, directions) = ([Int](), [Int](), [Double]())
    for copy in 0..<copies {
      for i in 0..<n {
        for step in [1, n - 1] {
          senders.append(copy * n + i)
          receivers.append(copy * n + (i + step) % n)
          directions.append(step == 1 ? 1 : -1)
        }
      }
    }
    return DirectedEdges(
      senders: senders, receivers: receivers,
      features: Tensor(directions, shape: [directions.count, 1], scalarType: scalarType))
  }
}
