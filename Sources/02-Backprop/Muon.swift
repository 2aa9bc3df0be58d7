// § 2.9  Muon: orthogonalized momentum

import Messages
import Tensors
import Training

/// Nearly the orthogonal matrix closest to G, by Newton–Schulz steps X ← a X + (b A + c A²) X with A = X Xᵀ, from
/// X = G / ‖G‖. § 2.9
///
/// With G = U S Vᵀ each step maps every singular value s to a s + b s³ + c s⁵ and leaves U and V alone. The constants
/// of Jordan et al. (2024) raise values near 0 as fast as possible and end between 0.68 and 1.21 instead of at 1, which
/// is enough for an optimizer.
public func orthogonalized(_ G: Tensor, steps: Int = 5, epsilon ε: Double = 1e-7) -> Tensor {
  require(G.rank == 2, "cannot orthogonalize a tensor of shape \(G.shape): a matrix is needed")
  let isTall = G.shape[0] > G.shape[1]
  let (a, b, c) = (3.4445, -4.7750, 2.0315)
  var X = isTall ? G.transposed : G  // the smaller side first: A is as small as possible
  X = X / maximum(ε, X.norm())
  for _ in 0..<steps {
    let A = matmul(X, X.transposed)
    X = a * X + matmul(b * A + c * matmul(A, A), X)
  }
  return isTall ? X.transposed : X
}

/// Muon: m ← μ m + (1 − μ) g, θ ← (1 − η λ) θ − η √max(1, r) NS(μ m + (1 − μ) g) for matrices of r times as many rows
/// as columns. § 2.9
///
/// Jordan et al. (2024), as in PyTorch's `Muon`, with Nesterov's look ahead. NS is `orthogonalized`: all directions of
/// the momentum get the same length, rare or frequent. Parameters that are not matrices, such as biases, are moved by
/// Adam with its own rate.
public struct Muon: Optimizer {
  /// The learning rate η of the matrices.
  public var learningRate: Double
  /// The decay rate μ of the momentum.
  public let momentum: Double
  /// The weight decay λ: each step removes the share η λ of a matrix.
  public let weightDecay: Double
  /// Adam's learning rate for parameters that are not matrices, as a multiple of η.
  public let adamShare: Double
  private var memory = Memory<State>()

  /// The memory: the momentum of a matrix, Adam's moments of anything else.
  private enum State: Remembered {
    case matrix(Tensor)
    case other(AdamMoments)
    init(like θ: Tensor) { self = θ.rank == 2 ? .matrix(Tensor(like: θ)) : .other(AdamMoments(like: θ)) }
  }

  /// Muon with this learning rate η, and with μ and λ.
  public init(
    learningRate: Double = 0.02, momentum: Double = 0.95, weightDecay: Double = 0, adamShare: Double = 0.05
  ) {
    require(
      0..<1 ~= momentum && weightDecay >= 0 && adamShare >= 0,
      "cannot run Muon with μ = \(momentum), λ = \(weightDecay), Adam's share \(adamShare): "
        + "0 ≤ μ < 1, λ ≥ 0 and a share ≥ 0 are needed"
    )
    (self.learningRate, self.momentum) = (learningRate, momentum)
    (self.weightDecay, self.adamShare) = (weightDecay, adamShare)
  }

  /// One step for every parameter.
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    let (η, μ, λ, share) = (learningRate, momentum, weightDecay, adamShare)
    memory.step(&model, along: gradient) { θ, g, state, t in
      switch state {
      case .matrix(var m):
        m = μ * m + (1 - μ) * g
        let ratio = max(1, Double(θ.shape[0]) / Double(θ.shape[1]))
        θ = (1 - η * λ) * θ - η * ratio.squareRoot() * orthogonalized(μ * m + (1 - μ) * g)
        state = .matrix(m)
      case .other(var moments):
        θ = θ - share * η * moments.direction(g, AdamConstants(), t: t)
        state = .other(moments)
      }
    }
  }
}
