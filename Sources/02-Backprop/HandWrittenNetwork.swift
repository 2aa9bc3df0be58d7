// § 2.7  Backpropagation by hand

import Foundations
import Tensors

/// Two layers with ReLU between them and a softmax at the end, with the backward pass written out. § 2.7, Listing 2.7
///
/// Examples are rows. Nothing here is differentiated automatically.
public struct HandWrittenNetwork: Module {
  /// W₁ and b₁. [n_h×n_x], [n_h]
  public var hidden: Linear
  /// W₂ and b₂. [n_y×n_h], [n_y]
  public var output: Linear

  /// The network of these layers.
  public init(hidden: Linear, output: Linear) { (self.hidden, self.output) = (hidden, output) }

  /// A network with He's weights, W ∼ N(0, 2 / n_in), drawn as the listing draws them, and biases 0. Listing 2.7
  public init(_ inputs: Int, _ width: Int, _ outputs: Int, random: inout LegacyNumPyRandom) {
    func layer(_ n: Int, _ m: Int) -> Linear {
      let W = random.normal([n, m]) * (2 / Double(m)).squareRoot()
      return Linear(weight: W, bias: Tensor.zeros([n], scalarType: .double))
    }
    hidden = layer(width, inputs)
    output = layer(outputs, width)
  }

  /// Both layers.
  public static var parameters: [PartialKeyPath<HandWrittenNetwork>] { [\.hidden, \.output] }

  /// The results of the forward pass, all of which the backward pass needs.
  public struct Trace: Sendable {
    /// z₁ = X W₁ᵀ + b₁ and h₁ = max(0, z₁). [N×n_h]
    public let z1, h1: Tensor
    /// z₂ = h₁ W₂ᵀ + b₂ and the probabilities p = softmax(z₂). [N×n_y]
    public let z2, probabilities: Tensor
  }

  /// The forward pass. § 2.7
  public func forward(_ X: Tensor) -> Trace {
    let z1 = matmul(X, hidden.weight.transposed, plus: hidden.bias)
    let h1 = maximum(0, z1)
    let z2 = matmul(h1, output.weight.transposed, plus: output.bias)
    return Trace(z1: z1, h1: h1, z2: z2, probabilities: softmax(z2))
  }

  /// The logits z₂ of inputs stored as rows.
  public func callAsFunction(_ X: Tensor) -> Tensor { forward(X).z2 }

  /// The gradient of the mean cross-entropy. § 2.7
  ///
  /// δ₂ = (p − y) / N, ∂L/∂W₂ = δ₂ᵀ h₁, ∂L/∂b₂ = Σ δ₂; δ₁ = (δ₂ W₂) ⊙ [z₁ > 0], ∂L/∂W₁ = δ₁ᵀ X, ∂L/∂b₁ = Σ δ₁.
  public func backward(_ trace: Trace, _ X: Tensor, oneHot y: Tensor) -> HandWrittenNetwork {
    let δ2 = (trace.probabilities - y) / Double(X.shape[0])
    let dW2 = matmul(δ2.transposed, trace.h1)
    let db2 = δ2.sum(axes: [0])
    let δ1 = matmul(δ2, output.weight) * (trace.z1 .> 0)
    let dW1 = matmul(δ1.transposed, X)
    let db1 = δ1.sum(axes: [0])
    return HandWrittenNetwork(hidden: Linear(weight: dW1, bias: db1), output: Linear(weight: dW2, bias: db2))
  }

  /// One step of gradient descent: θ ← θ − η ∇L.
  public mutating func descend(along gradient: HandWrittenNetwork, learningRate η: Double) {
    self = zipParameters(gradient) { $0 - η * $1 }
  }

  /// The loss the listing prints: −1/N Σᵢ Σₖ yᵢₖ ln(pᵢₖ + 10⁻⁸). Listing 2.7
  ///
  /// The 10⁻⁸ keeps the logarithm finite; the gradient above is that of the loss without it.
  public static func printedLoss(_ probabilities: Tensor, oneHot y: Tensor) -> Double {
    -(y * (probabilities + 1e-8).log()).sum(axes: [1]).mean().item
  }
}

/// The synthetic data of the listing: 1000 points in 20 dimensions, and whether x₀ + x₁ > 0. Listing 2.7
public struct ListingData: Sendable {
  /// The points. [1000×20]
  public let X: Tensor
  /// 1 where x₀ + x₁ > 0, else 0.
  public let labels: [Int]
  /// The labels as rows of 0 and 1. [1000×2]
  public let oneHot: Tensor

  /// Draws the data as the listing does.
  public init(count: Int = 1000, dimension: Int = 20, random: inout LegacyNumPyRandom) {
    X = random.normal([count, dimension])
    let sums = X.sliced(0..<2, axis: 1).sum(axes: [1])
    labels = sums.scalars.map { $0 > 0 ? 1 : 0 }
    oneHot = Tensor.oneHot(labels, classes: 2, scalarType: .double)
  }
}

/// A line of Output 2.7.
public struct ListingEpoch: Sendable {
  /// The epoch, and the loss and the accuracy before its step.
  public let epoch: Int, loss, accuracy: Double
}

/// Listing 2.7 from its seed to its output: gradient descent on all examples, 100 steps of 0.1, a line every 20.
public func runHandWrittenListing(
  seed: UInt32 = 42, epochs: Int = 100, every: Int = 20, learningRate: Double = 0.1
) -> (lines: [ListingEpoch], network: HandWrittenNetwork) {
  var random = LegacyNumPyRandom(seed: seed)
  let data = ListingData(random: &random)
  var (network, lines) = (HandWrittenNetwork(20, 64, 2, random: &random), [ListingEpoch]())
  for epoch in 0..<epochs {
    let trace = network.forward(data.X)
    if epoch.isMultiple(of: every) {
      let loss = HandWrittenNetwork.printedLoss(trace.probabilities, oneHot: data.oneHot)
      let accuracy = accuracy(trace.probabilities, labels: data.labels)
      lines.append(ListingEpoch(epoch: epoch, loss: loss, accuracy: accuracy))
    }
    network.descend(along: network.backward(trace, data.X, oneHot: data.oneHot), learningRate: learningRate)
  }
  return (lines, network)
}
