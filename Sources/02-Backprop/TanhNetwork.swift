// § 2.2.1  One network, element by element and as matrices

import Foundations
import Tensors

/// A network with one hidden layer of tanh neurons and a softmax output, its gradients written out twice: by loops over
/// indices and by matrices over a batch. § 2.2.1
///
/// Sun, *A primer on fundamentals of deep learning*, with an example of widths 2-4-2.
public struct TanhNetwork: Module {
  /// Wʰ and bʰ. [n_h×n_x], [n_h]
  public var hidden: Linear
  /// Wʸ and bʸ. [n_y×n_h], [n_y]
  public var output: Linear

  /// A network with Xavier's weights.
  public init(_ inputs: Int = 2, _ width: Int = 4, _ outputs: Int = 2, random: RandomSource) {
    hidden = Linear(inputs, width, initialization: .xavier, random: random)
    output = Linear(width, outputs, initialization: .xavier, random: random)
  }

  /// Both layers.
  public static var parameters: [PartialKeyPath<TanhNetwork>] { [\.hidden, \.output] }

  /// The logits ỹ = Wʸ tanh(Wʰ x + bʰ) + bʸ.
  public func callAsFunction(_ x: Tensor) -> Tensor { output(hidden(x).tanh()) }

  /// The gradient of ℓ = −Σᵢ yᵢ ln ŷᵢ at one example, index by index. § 2.2.1
  ///
  /// δʸᵢ = ŷᵢ − yᵢ, ∂ℓ/∂Wʸᵢⱼ = δʸᵢ hⱼ, ∂ℓ/∂bʸᵢ = δʸᵢ; δʰᵢ = (1 − hᵢ²) Σⱼ δʸⱼ Wʸⱼᵢ, ∂ℓ/∂Wʰᵢⱼ = δʰᵢ xⱼ, ∂ℓ/∂bʰᵢ = δʰᵢ.
  public func elementwiseGradient(at x: Tensor, label: Int) -> TanhNetwork {
    let h = hidden(x).tanh().scalars
    let ŷ = softmax(self(x)).scalars
    let Wy = output.weight.scalars  // Wʸⱼᵢ is at j n_h + i
    let δy = ŷ.indices.map { i in ŷ[i] - (i == label ? 1 : 0) }
    let δh = h.indices.map { i in
      (1 - h[i] * h[i]) * δy.indices.reduce(0) { $0 + δy[$1] * Wy[$1 * h.count + i] }
    }
    var gradient = self
    gradient.output = layer(δy, h, like: output)
    gradient.hidden = layer(δh, x.scalars, like: hidden)
    return gradient
  }

  /// ∂ℓ/∂Wᵢⱼ = δᵢ hⱼ and ∂ℓ/∂bᵢ = δᵢ.
  private func layer(_ δ: [Double], _ h: [Double], like layer: Linear) -> Linear {
    let type = layer.weight.scalarType
    return Linear(
      weight: Tensor(δ.flatMap { δi in h.map { δi * $0 } }, shape: layer.weight.shape, scalarType: type),
      bias: Tensor(δ, scalarType: type))
  }

  /// The gradient of the summed loss of a batch, examples as rows. § 2.2.1
  ///
  /// ∇ỹ = ŷ − y, ∇Wʸ = ∇ỹᵀ h, ∇bʸ = Σ ∇ỹ; ∇h̃ = (∇ỹ Wʸ) ⊙ (1 − h²), ∇Wʰ = ∇h̃ᵀ x, ∇bʰ = Σ ∇h̃. The biases sum over the
  /// batch: the transposes that the slides print have one column per example.
  public func batchedGradient(at x: Tensor, labels: [Int]) -> TanhNetwork {
    let h = hidden(x).tanh()
    let y = Tensor.oneHot(labels, classes: output.weight.shape[0], scalarType: x.scalarType)
    let δy = softmax(output(h)) - y  // [N×n_y]
    let δh = matmul(δy, output.weight) * (1 - h.squared())  // [N×n_h]
    var gradient = self
    gradient.output = Linear(weight: matmul(δy.transposed, h), bias: δy.sum(axes: [0]))
    gradient.hidden = Linear(weight: matmul(δh.transposed, x), bias: δh.sum(axes: [0]))
    return gradient
  }

  /// The mean gradient over a batch, from a loop over its examples.
  public func elementwiseGradient(at x: Tensor, labels: [Int]) -> TanhNetwork {
    let each = labels.indices.map { elementwiseGradient(at: x[$0], label: labels[$0]) }
    let sum = each.dropFirst().reduce(each[0]) { $0.zipParameters($1, +) }
    return sum.mapParameters { $0 / Double(labels.count) }
  }
}

/// How the gradient of a network is computed. § 2.2.1
public enum Automation: String, CaseIterable, Sendable {
  /// Loops over examples and indices.
  case loops = "loops over indices"
  /// Matrices over the batch, derivatives by hand.
  case matrices = "matrices by hand"
  /// Only the forward pass is written; `gradient` does the rest.
  case automatic = "automatic"

  /// The gradient of the mean cross-entropy.
  public func gradient(of network: TanhNetwork, at x: Tensor, labels: [Int]) -> TanhNetwork {
    switch self {
    case .loops: network.elementwiseGradient(at: x, labels: labels)
    case .matrices: network.batchedGradient(at: x, labels: labels).mapParameters { $0 / Double(labels.count) }
    case .automatic: Tensors.gradient(at: network) { crossEntropy(logits: $0(x), labels: labels) }
    }
  }

  /// The losses of gradient descent, one before each step: the same for every way to compute the gradient.
  public func losses(
    from network: TanhNetwork, at x: Tensor, labels: [Int], steps: Int, learningRate η: Double
  ) -> [Double] {
    var (network, losses) = (network, [Double]())
    for _ in 0..<steps {
      losses.append(crossEntropy(logits: network(x), labels: labels).item)
      network = network.zipParameters(gradient(of: network, at: x, labels: labels)) { $0 - η * $1 }
    }
    return losses
  }
}
