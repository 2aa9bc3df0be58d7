// § 7.10  Reinforcement learning for a language model

import Attention
import Messages
import Tensors

/// J(π) = Σ_y π(y) (r(y) − β ln (π(y)/π_ref(y))) = E[r] − β KL(π ‖ π_ref), over all answers y. § 7.10 → []
///
/// The penalty keeps the policy π near the language model π_ref from which it was initialized.
public func regularizedReward(
  logProbabilities π: Tensor, reference: Tensor, rewards r: Tensor, beta β: Double
) -> Tensor {
  (π.exp() * (r - β * (π - reference))).sum()
}

/// The policy that maximizes J among all distributions, π*(y) = π_ref(y) exp(r(y)/β) / Z, in logarithms, and the
/// maximum J(π*) = β ln Z. § 7.10 [K] → [K]
///
/// For every π, J(π) = β ln Z − β KL(π ‖ π*).
public func optimalPolicy(reference: Tensor, rewards r: Tensor, beta β: Double) -> (policy: Tensor, value: Double) {
  require(β > 0, "cannot weight the penalty by \(β): a positive number is needed")
  let scores = reference + r / β
  let Z = scores.logSumExp()
  return (scores - Z, β * Z.item)
}

/// The loss whose gradient is REINFORCE's estimate of −∇J from N answers that the policy itself has drawn: −1/N Σᵢ
/// (Rᵢ − bᵢ) ln π(yᵢ) with Rᵢ = r(yᵢ) − β ln (π(yᵢ)/π_ref(yᵢ)), which is treated as a constant. § 7.10
///
/// ∇J = E[R ∇ ln π], because E[∇ ln π] = 0; for the same reason a baseline bᵢ that does not depend on yᵢ changes only
/// the variance. By default it is the mean of the other answers' R. Williams (1992).
public func policyGradientLoss(
  logProbabilities π: Tensor, reference: Tensor, rewards r: Tensor, beta β: Double, baseline: Double? = nil
) -> Tensor {
  let N = Double(π.count)
  let R = (r - β * (π - reference)).stopGradient
  require(N > 1 || baseline != nil, "cannot compare one answer with others: give a baseline, or draw at least 2")
  let advantages = baseline.map { R - $0 } ?? (R - R.mean()) * (N / (N - 1))
  return -(advantages * π).mean()
}

extension CausalModel {
  /// ln π(y | prompt) = Σ_t ln p(y_t | prompt, y₁ … y_{t−1}) of continuations of equal length. (7.14) → [N]
  public func logProbabilities(of continuations: [[Int]], after prompt: [Int]) -> Tensor {
    let (N, T, P) = (continuations.count, continuations.first?.count ?? 0, prompt.count)
    require(
      P >= 1 && T >= 1, "cannot score continuations of \(T) symbols after \(P): at least 1 of each is needed")
    let logits = self(continuations.map { prompt + $0.dropLast() }).sliced(P - 1..<P + T - 1, axis: 1)
    let logarithms = logits.reshaped([N * T, symbols]).logSoftmax()
    return logarithms.picked(continuations.flatMap { $0 }).reshaped([N, T]).sum(axes: [1])
  }

  /// N continuations of a prompt, sampled symbol by symbol.
  public func draw(_ N: Int, length T: Int, after prompt: [Int], using random: RandomSource) -> [[Int]] {
    var texts = [[Int]](repeating: prompt, count: N)
    var (cache, new) = (emptyCache(), texts)
    for _ in 0..<T {
      let shares = self(new, cache: &cache).softmax()
      new = (0..<N).map { [random.categorical(shares[$0].scalars)] }
      for i in 0..<N { texts[i] += new[i] }
    }
    return texts.map { Array($0.dropFirst(prompt.count)) }
  }
}
