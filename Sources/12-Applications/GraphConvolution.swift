// § 12.3  Layers that combine what neighbours hold

import Foundations
import Messages
import Tensors
import Training

/// A graph convolution H′ = Â H Wᵀ + b: every vertex takes a linear combination of what it and its neighbours hold.
/// § 12.3.3; Kipf and Welling (2017)
public struct GraphConvolution: Module {
  /// W and b. [outputs×inputs], [outputs]
  public var linear: Linear
  /// Â, the weights of the neighbours; the identity for a layer that sees no edges.
  public let mixing: Mixing

  /// Fixed weights of vertices, which no training changes.
  public struct Mixing: Sendable {
    /// One row of weights for every vertex. [n×n]
    public let weights: Tensor
  }

  /// A layer over vertices that are mixed by `mixing`, such as `graph.normalizedAdjacency()`.
  public init(_ inputs: Int, _ outputs: Int, mixing: Tensor, random: RandomSource) {
    require(
      mixing.rank == 2 && mixing.shape[0] == mixing.shape[1],
      "cannot mix vertices by weights \(mixing.shape): one row and one column per vertex are needed")
    linear = Linear(inputs, outputs, random: random)
    self.mixing = Mixing(weights: mixing)
  }

  /// A layer with these numbers over other vertices.
  public init(_ linear: Linear, mixing: Tensor) { (self.linear, self.mixing) = (linear, Mixing(weights: mixing)) }

  /// W and b.
  public static var parameters: [PartialKeyPath<GraphConvolution>] { [\.linear] }

  /// Â H Wᵀ + b. [n×inputs] → [n×outputs]
  public func callAsFunction(_ H: Tensor) -> Tensor { linear(matmul(mixing.weights, H)) }
}

/// Two graph convolutions with a rectifier between them: the network of Kipf and Welling (2017) for classes of
/// vertices. § 12.3.3
public struct VertexClassifier: Module {
  /// The layers.
  public var first, second: GraphConvolution

  /// A network from features of vertices to logits of their classes.
  public init(inputs: Int, hidden: Int = 16, classes: Int, mixing: Tensor, random: RandomSource) {
    first = GraphConvolution(inputs, hidden, mixing: mixing, random: random)
    second = GraphConvolution(hidden, classes, mixing: mixing, random: random)
  }

  /// The layers.
  public static var parameters: [PartialKeyPath<VertexClassifier>] { [\.first, \.second] }

  /// The logits of every vertex. [n×inputs] → [n×classes]
  public func callAsFunction(_ H: Tensor) -> Tensor { second(first(H).activated(by: .relu)) }

  /// Trains by the cross-entropy over the vertices whose class is known, with L2 decay of the first layer's weights.
  @discardableResult
  public mutating func train(
    features: Tensor, labels: [Int], known: [Int], learningRate: Double = 0.01, decay: Double = 5e-4,
    plan: TrainingPlan, random: RandomSource
  ) -> History {
    var optimizer = Adam(learningRate: learningRate)
    return Training.train(&self, with: &optimizer, examples: 1, plan: plan, random: random) { model, _ in
      let logits = model(features).gathered(known)
      return logits.crossEntropy(labels: known.map { labels[$0] })
        + decay * model.first.linear.weight.squared().sum()
    }
  }

  /// The share of these vertices whose largest logit is that of their class.
  public func accuracy(features: Tensor, labels: [Int], over vertices: [Int]) -> Double {
    let chosen = self(features).argmax()
    return Double(vertices.count { chosen[$0] == labels[$0] }) / Double(vertices.count)
  }
}

/// Labels spread along edges without any training: each round a vertex takes the mean of its neighbours' class shares,
/// and the known ones are set back. § 12.3.3; Zhu and Ghahramani (2002)
///
/// Returns the class shares, which tend to the harmonic function on the graph. [n×classes]
public func propagatedLabels(
  _ graph: Graph, labels: [Int], known: [Int], classes: Int, rounds: Int = 200
) -> Tensor {
  let n = graph.vertices
  let A = graph.adjacency(.double)
  let means = A / A.sum(axes: [1], keepsAxes: true).clamped(to: 1...Double(n))
  var isKnown = [Double](repeating: 0, count: n)
  for vertex in known { isKnown[vertex] = 1 }
  let held = Tensor(isKnown, shape: [n, 1], scalarType: .double)
  let given = Tensor.oneHot(labels, classes: classes, scalarType: .double) * held
  var shares = given + (1 - held) / Double(classes)
  for _ in 0..<rounds { shares = given + (1 - held) * matmul(means, shares) }
  return shares
}
