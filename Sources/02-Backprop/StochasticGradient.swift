// § 2.1.2  Stochastic gradient descent

import Messages
import Tensors

/// The gradient of a mini-batch: 1/|B| Σ_{i∈B} ∇ℓᵢ(θ). § 2.1.2, § 2.10.2
///
/// `ℓ` gives the loss of one example by its number.
public func miniBatchGradient<P: Parameterized>(
  at θ: P, batch: [Int], of ℓ: (P, _ example: Int) -> Tensor
) -> P {
  require(!batch.isEmpty, "cannot take the gradient of a mini-batch without examples")
  return gradient(at: θ) { θ in
    batch.dropFirst().reduce(ℓ(θ, batch[0])) { sum, i in sum + ℓ(θ, i) } / Double(batch.count)
  }
}

/// The parameters after one step of stochastic gradient descent: θ − η · 1/|B| Σ_{i∈B} ∇ℓᵢ(θ). § 2.1.2
///
/// With all examples in the batch this is a step of gradient descent.
public func stochasticStep<P: Parameterized>(
  from θ: P, learningRate η: Double, batch: [Int], of ℓ: (P, _ example: Int) -> Tensor
) -> P {
  θ.zipParameters(miniBatchGradient(at: θ, batch: batch, of: ℓ)) { θ, g in θ - η * g }
}

/// How the examples of a mini-batch are chosen.
public enum Sampling: String, CaseIterable, Sendable {
  /// Each example is drawn from all N, so one may occur twice: the variance is σ²/B.
  case withReplacement = "with replacement"
  /// No example occurs twice, as in a shuffled epoch.
  case withoutReplacement = "without replacement"

  /// The numbers of B examples of 0, …, N − 1.
  public func batch(of B: Int, from N: Int, random: RandomSource) -> [Int] {
    require(
      B >= 1 && N >= 1 && (self == .withReplacement || B <= N), "cannot draw \(B) of \(N) examples \(rawValue)")
    switch self {
    case .withReplacement: return (0..<B).map { _ in random.integer(below: N) }
    case .withoutReplacement: return Array(random.permutation(N)[..<B])
    }
  }

  /// Every batch of B from N examples that can be drawn, each as likely as any other: Nᴮ sequences, or N over B
  /// subsets.
  public func allBatches(of B: Int, from N: Int) -> [[Int]] {
    require(
      B >= 0 && N >= 0 && (self == .withReplacement || B <= N), "cannot choose \(B) of \(N) examples \(rawValue)")
    if B == 0 { return [[]] }
    return allBatches(of: B - 1, from: N).flatMap { batch in
      let first = self == .withReplacement ? 0 : (batch.last ?? -1) + 1
      return (first..<max(first, N)).map { batch + [$0] }
    }
  }
}

/// The gradients of all examples at one point, as a population from which mini-batches are drawn. Proposition 2.1
public struct GradientPopulation: Sendable {
  /// The gradients gᵢ = ∇ℓᵢ(θ) as rows. [N×p]
  public let gradients: Tensor

  /// A population of these rows.
  public init(_ gradients: Tensor) {
    require(
      gradients.rank == 2 && gradients.shape[0] > 0,
      "cannot draw batches of gradients \(gradients.shape): [N×p] is needed")
    self.gradients = gradients
  }

  /// The gradients of `count` losses at θ, for parameters of any kind, each flattened to a row.
  public init<P: Parameterized>(at θ: P, count: Int, of ℓ: (P, _ example: Int) -> Tensor) {
    let each = perExampleGradients(at: θ, count: count, of: ℓ)
    self.init(Tensor.concatenated(each.parameters.map { $0.reshaped([count, $0.count / max(count, 1)]) }, axis: 1))
  }

  /// The number N of examples.
  public var count: Int { gradients.shape[0] }

  /// The gradient of the mean loss, which is the mean of the gradients: ∇L = 1/N Σᵢ gᵢ. [p]
  public var full: Tensor { gradients.mean(axes: [0]) }

  /// The variance of one gradient: σ² = 1/N Σᵢ ‖gᵢ − ∇L‖², summed over the components.
  public var variance: Double { gradients.variance(axes: [0]).sum().item }

  /// The estimate of a batch: ĝ = 1/|B| Σ_{i∈B} gᵢ. [p]
  public func estimate(_ batch: [Int]) -> Tensor { gradients.gathered(batch).mean(axes: [0]) }

  /// The variance of ĝ: σ²/B with replacement, σ²/B · (N − B)/(N − 1) without. Proposition 2.1
  ///
  /// The second factor is the correction for a finite population: 1 for B = 1, and 0 for B = N, when nothing is left to
  /// chance.
  public func varianceOfEstimate(batchSize B: Int, _ sampling: Sampling) -> Double {
    let N = Double(count)
    switch sampling {
    case .withReplacement: return variance / Double(B)
    case .withoutReplacement: return B == count ? 0 : variance / Double(B) * (N - Double(B)) / (N - 1)
    }
  }

  /// Mean and variance of ĝ over the given batches, all equally likely: E ĝ and E ‖ĝ − ∇L‖².
  public func moments(over batches: [[Int]]) -> (mean: Tensor, variance: Double) {
    let estimates = Tensor.stacked(batches.map(estimate), axis: 0)  // [batches×p]
    return (estimates.mean(axes: [0]), (estimates - full).squared().sum().item / Double(batches.count))
  }
}
