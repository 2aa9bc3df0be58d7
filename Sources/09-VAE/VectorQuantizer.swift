// § 9.7  Vector quantization: codebooks, and the gradient past them

import Foundations
import Messages
import Tensors

/// A dictionary e₁, …, e_K of vectors with d numbers; a vector is replaced by the nearest of them. Definition 9.8
///
/// As a layer it returns z_q with the straight-through gradient. [… × d] → [… × d]
public protocol Codebook: Module where Input == Tensor, Output == Tensor {
  /// The vectors e_k, as rows. [K×d]
  var vectors: Tensor { get }
  /// Observes the vectors of a training batch and their codes. [M×d]
  func observe(_ z: Tensor, codes: [Int])
  /// Replaces the vectors of some codes. [codes.count × d]
  mutating func replace(_ codes: [Int], by vectors: Tensor)
}

/// A batch of vectors, quantized.
public struct Quantization {
  /// k* of each vector, in row-major order.
  public let codes: [Int]
  /// The value e_k*, with the gradient of z_e: the input of the decoder. Remark 9.9 [M×d]
  public let output: Tensor
  /// ‖sg[z_e] − e_k*‖² of each vector, which moves the codebook alone. (9.25) [M]
  public let codebookTerm: Tensor
  /// ‖z_e − sg[e_k*]‖² of each vector, without its factor β, which moves the encoder alone. (9.25) [M]
  public let commitmentTerm: Tensor
}

/// The value of z_q with the gradient of z_e: sg[z_q] + (z_e − sg[z_e]). Remark 9.9
///
/// The hint of Exercise 9.5, z_e + sg[z_q − z_e], has the same gradient, but its value is z_q only up to rounding.
public func straightThrough(_ z_e: Tensor, to z_q: Tensor) -> Tensor {
  require(
    z_e.shape == z_q.shape, "cannot pass the gradient of \(z_q.shape) on to \(z_e.shape): equal shapes are needed")
  return z_q.stopGradient + (z_e - z_e.stopGradient)
}

extension Codebook {
  /// The number K of codes.
  public var count: Int { vectors.shape[0] }
  /// The number d of a vector's components.
  public var width: Int { vectors.shape[1] }

  /// k* = argmin_k ‖z − e_k‖² of each row; the first of equally near ones. (9.24) [M×d]
  ///
  /// ‖z‖² is the same for all k, so ‖e_k‖² − 2 z·e_k is compared: one product of matrices.
  public func nearest(to z: Tensor) -> [Int] {
    require(
      z.rank == 2 && z.shape[1] == width,
      "cannot find the codes of vectors \(z.shape): the codebook has vectors of \(width) numbers, as rows")
    let e = vectors.stopGradient
    return (e.squared().sum(axes: [1]) - 2 * matmul(z.stopGradient, e.transposed)).argmin(axis: 1)
  }

  /// All that (9.25) needs of a batch of vectors. In training the codebook observes them. [M×d]
  public func quantized(_ z: Tensor) -> Quantization {
    let codes = nearest(to: z)
    if Mode.current == .training { observe(z.stopGradient, codes: codes) }
    let z_q = vectors.gathered(codes)
    return Quantization(
      codes: codes, output: straightThrough(z, to: z_q),
      codebookTerm: (z.stopGradient - z_q).squared().sum(axes: [1]),
      commitmentTerm: (z - z_q.stopGradient).squared().sum(axes: [1]))
  }

  /// z_q of each vector, with the gradient of z_e. (9.24), Remark 9.9 [… × d] → [… × d]
  public func callAsFunction(_ z: Tensor) -> Tensor {
    quantized(z.reshaped([z.count / width, width])).output.reshaped(z.shape)
  }

  /// Sets the unused codes to vectors drawn from these at random, each once before any is drawn again; returns the
  /// codes. [M×d]
  ///
  /// A code far from all vectors is never the nearest, so it has no gradient and stays where it is.
  @discardableResult
  public mutating func restart(_ usage: CodeUsage, at candidates: Tensor, using random: RandomSource) -> [Int] {
    let dead = usage.dead
    if !dead.isEmpty {
      let drawn = random.permutation(candidates.shape[0])
      replace(dead, by: candidates.stopGradient.gathered(dead.indices.map { drawn[$0 % drawn.count] }))
    }
    return dead
  }
}

/// A codebook of parameters, which the gradient of ‖sg[z_e] − e_k*‖² moves. Definition 9.8, (9.25)
public struct VectorQuantizer: Codebook {
  /// The vectors e_k. [K×d]
  public var vectors: Tensor

  /// K vectors of d numbers from U(−1/K, 1/K), a start that many programs use; the paper names none.
  public init(codes K: Int, width d: Int, random: RandomSource) {
    require(K >= 1 && d >= 1, "cannot make \(K) codes of \(d) numbers: at least 1 of each is needed")
    self.init(vectors: random.uniform([K, d], in: -1 / Double(K)..<1 / Double(K)))
  }

  /// These vectors. [K×d]
  public init(vectors: Tensor) { self.vectors = vectors }

  /// The vectors.
  public static var parameters: [PartialKeyPath<VectorQuantizer>] { [\.vectors] }

  /// Does nothing: the vectors learn by their gradient.
  public func observe(_ z: Tensor, codes: [Int]) {}

  /// Replaces the vectors of some codes.
  public mutating func replace(_ codes: [Int], by vectors: Tensor) {
    for (place, code) in codes.enumerated() { self.vectors[code] = vectors[place] }
  }
}

/// A codebook whose vectors are moving averages of the vectors that they replace, e_k = m_k / N_k, with
/// N_k ← γ N_k + (1 − γ) n_k and m_k ← γ m_k + (1 − γ) Σ z_e. § 9.7
///
/// The sums are over the n_k vectors of a training batch with code k. It has running statistics in place of parameters,
/// so (9.25) needs no codebook term. van den Oord et al. (2017), appendix A.1
public struct AveragedQuantizer: Codebook {
  /// m. [K×d]
  public var sums: Tensor
  /// N. [K]
  public var counts: Tensor
  /// The decay γ.
  public let decay: Double

  /// K vectors of d numbers from U(−1/K, 1/K), each as if one vector had been seen.
  public init(codes K: Int, width d: Int, decay γ: Double = 0.99, random: RandomSource) {
    self.init(vectors: VectorQuantizer(codes: K, width: d, random: random).vectors, decay: γ)
  }

  /// These vectors, each as if one vector had been seen. [K×d]
  public init(vectors: Tensor, decay γ: Double = 0.99) {
    require(0..<1 ~= γ, "cannot average with a decay of \(γ): it must be in 0..<1")
    (sums, decay) = (vectors, γ)
    counts = Tensor.ones([vectors.shape[0]], scalarType: vectors.scalarType)
  }

  /// None.
  public static var parameters: [PartialKeyPath<AveragedQuantizer>] { [] }
  /// The sums and the counts.
  public static var statistics: [PartialKeyPath<AveragedQuantizer>] { [\.sums, \.counts] }

  /// e_k = m_k / N_k. [K×d]
  public var vectors: Tensor { sums.stopGradient / counts.stopGradient.expanded(axis: 1) }

  /// Moves the sums and the counts.
  ///
  /// Both keep their values where N_k would fall below 1e-20, so that a code that is never used stays where it is.
  public func observe(_ z: Tensor, codes: [Int]) {
    let (γ, K) = (decay, counts.count)
    let ones = Tensor.ones([codes.count], scalarType: z.scalarType)
    let n = ones.scatterAdded(codes, length: K)
    var decays = n  // γ, or 1 where the decay ends
    counts.observe { N in
      decays = maximum(γ, (γ * N + n) .< 1e-20)
      return decays * N + (1 - γ) * n
    }
    sums.observe { decays.expanded(axis: 1) * $0 + (1 - γ) * z.scatterAdded(codes, length: K) }
  }

  /// Replaces the vectors of some codes, each as if one vector had been seen.
  public mutating func replace(_ codes: [Int], by vectors: Tensor) {
    for (place, code) in codes.enumerated() {
      sums[code] = vectors[place]
      counts[code] = Tensor(1, scalarType: counts.scalarType)
    }
  }
}
