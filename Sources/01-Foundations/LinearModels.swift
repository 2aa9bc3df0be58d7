// Before the neuron: models that are linear in their parameters and are solved instead of trained

import Tensors

/// The least-squares line through the origin: the θ that minimises Σᵢ (yᵢ − θ xᵢ)² is θ = Σᵢ xᵢ yᵢ / Σᵢ xᵢ².
///
/// Sun, *A primer on fundamentals of deep learning*. Noise-free data y = a x give a exactly. Without the square the
/// risk Σᵢ (yᵢ − θ xᵢ) is linear in θ and has no minimum.
public func slopeThroughOrigin(_ x: Tensor, _ y: Tensor) -> Double { ((x * y).sum() / (x * x).sum()).item }

/// Basis-function regression: f(x; w) = Σₖ wₖ fₖ(x), with Gaussian bumps fₖ(x) = exp(−(x − cₖ)² / 2s²).
///
/// Fleuret, *The Little Book of Deep Learning*, section 1.2. Linear in w, so the best w solves a linear system.
public struct GaussianBasisRegression: Sendable {
  /// The centres cₖ of the bumps. [K]
  public let centers: Tensor
  /// The width s of every bump.
  public let width: Double
  /// The weights wₖ. [K]
  public let weights: Tensor

  /// The features (f₁(x), …, f_K(x)) of every x. [N×K]
  public static func features(_ x: Tensor, centers: Tensor, width: Double) -> Tensor {
    (-((x.expanded(axis: 1) - centers) / width).squared() / 2).exp()
  }

  /// The weights that minimise 1/N Σₙ (yₙ − f(xₙ; w))², the smallest ones if there are several.
  ///
  /// With a penalty λ > 0 they minimise Σₙ (yₙ − f(xₙ; w))² + λ ‖w‖², which tames over-fitting.
  public init(fitting x: Tensor, _ y: Tensor, centers: Tensor, width: Double, penalty λ: Double = 0) throws {
    let Φ = Self.features(x, centers: centers, width: width)  // [N×K]
    let K = centers.count
    self.centers = centers
    self.width = width
    weights =
      λ == 0
      ? LinearAlgebra.leastSquares(Φ, y)
      : try LinearAlgebra.solve(
        matmul(Φ.transposed, Φ) + λ * Tensor.identity(K, scalarType: Φ.scalarType), matmul(Φ.transposed, y))
  }

  /// f(x; w) for every x. [N]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    matmul(Self.features(x, centers: centers, width: width), weights)
  }
}

/// Logistic regression: p(y = 1 | x) = σ(wᵀφ(x) + b), an affine model on features φ, fitted by Newton's method.
///
/// Lehaut, *How Does It Work?*, section 1.1. The loss is convex, so a few steps of H⁻¹∇ find its minimum; a small
/// penalty λ keeps the weights finite where a line separates the classes.
public struct LogisticRegression: Module {
  /// The weights w. [d]
  public var weights: Tensor
  /// The bias b.
  public var bias: Tensor

  /// The weights and the bias.
  public static var parameters: [PartialKeyPath<LogisticRegression>] { [\.weights, \.bias] }

  /// The model that minimises the binary cross-entropy on features [N×d] and targets 0 or 1 [N].
  public init(fitting φ: Tensor, _ y: Tensor, penalty λ: Double = 1e-6, steps: Int = 25) throws {
    weights = Tensor.zeros([φ.shape[1]], scalarType: φ.scalarType)
    bias = Tensor.zeros([], scalarType: φ.scalarType)
    for _ in 0..<steps {
      let loss = { (θ: Tensor) in
        binaryCrossEntropy(logits: self.withParameters(from: θ)(φ), targets: y) + λ / 2 * θ.squared().sum()
      }
      let θ = flattened
      let step = try LinearAlgebra.solve(hessian(at: θ, of: loss), gradient(at: θ, of: loss))
      self = withParameters(from: θ - step)
      if step.norm().item < 1e-10 { break }
    }
  }

  /// The logits wᵀφ + b of features stored as rows. [N×d] → [N]
  public func callAsFunction(_ φ: Tensor) -> Tensor { matmul(φ, weights) + bias }
}
