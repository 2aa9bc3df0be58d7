// § 12.7.1  How much privacy many noisy steps cost

import Messages
import Tensors

/// The Rényi accountant of DP-SGD: the privacy of T steps, each with noise N(0, σ²C²) on clipped gradients of a random
/// batch that contains every example with probability q. § 12.7.1
///
/// Abadi et al. (2016), Mironov (2017), and for the integer orders Mironov, Talwar and Zhang (2019). Adjacent data sets
/// differ by an example that is added or removed, so the clipped sum changes by at most C. Replacing an example is a
/// removal and an addition: the sum may change by 2C, as with half the noise σ.
public struct RenyiAccountant: Sendable {
  /// The probability q that a batch contains an example, and the noise σ in units of the clipping norm C.
  public let share, noise: Double
  /// The largest order α that is tried; the orders are 2, 3, …, `largestOrder`.
  public let largestOrder: Int

  /// The accountant for batches of the share q and noise σ ≥ 0.
  public init(share: Double, noise: Double, largestOrder: Int = 256) {
    require(
      0 < share && share <= 1 && noise >= 0 && largestOrder >= 2,
      "cannot account for the share q = \(share) and the noise σ = \(noise) up to order \(largestOrder): "
        + "0 < q ≤ 1, σ ≥ 0 and an order of at least 2 are needed")
    (self.share, self.noise, self.largestOrder) = (share, noise, largestOrder)
  }

  /// The Rényi divergence of order α of one step: 1/(α − 1) ln Σₖ (α over k) (1 − q)^(α−k) qᵏ e^(k(k−1)/2σ²). § 12.7.1
  ///
  /// It is the divergence of (1 − q) N(0, σ²) + q N(1, σ²) from N(0, σ²), for whole α ≥ 2. For q = 1 it is α/2σ².
  public func divergence(order α: Int) -> Double {
    require(α >= 2, "cannot give the divergence of order \(α): 2 or more is needed")
    if noise == 0 { return .infinity }
    let curve = 1 / (2 * noise * noise)
    if share == 1 { return Double(α) * curve }
    let logs = Tensor([share, 1 - share], scalarType: .double).log().scalars
    var (binomial, terms) = (0.0, [Double]())
    let whole = Tensor((1...α).map(Double.init), scalarType: .double).log().scalars  // ln 1, …, ln α
    for k in 0...α {
      if k > 0 { binomial += whole[α - k] - whole[k - 1] }
      terms.append(binomial + Double(α - k) * logs[1] + Double(k) * logs[0] + Double(k * (k - 1)) * curve)
    }
    return Tensor(terms, scalarType: .double).logSumExp().item / Double(α - 1)
  }

  /// The ε of T steps for a δ, and the order that gives it: the least of T D(α) + ln(1/δ)/(α − 1). § 12.7.1
  ///
  /// Divergences of independent steps add up; Mironov (2017), Propositions 1 and 3. Infinite without noise.
  public func epsilon(steps T: Int, delta δ: Double) -> (epsilon: Double, order: Int) {
    require(T >= 0 && 0 < δ && δ < 1, "cannot account for \(T) steps with δ = \(δ): 0 < δ < 1 is needed")
    return least(orders.map { Double(T) * $0.divergence + price(of: δ) / Double($0.order - 1) })
  }

  /// The ε after 1, 2, …, T steps for a δ. § 12.7.1
  public func epsilons(steps T: Int, delta δ: Double) -> [Double] {
    require(T >= 0 && 0 < δ && δ < 1, "cannot account for \(T) steps with δ = \(δ): 0 < δ < 1 is needed")
    let (divergences, cost) = (orders, price(of: δ))
    return (0..<T).map { t in
      least(divergences.map { Double(t + 1) * $0.divergence + cost / Double($0.order - 1) }).epsilon
    }
  }

  private var orders: [(order: Int, divergence: Double)] { (2...largestOrder).map { ($0, divergence(order: $0)) } }

  private func price(of δ: Double) -> Double { -Tensor(δ, scalarType: .double).log().item }

  /// The least of the values for the orders 2, 3, …, and its order.
  private func least(_ values: [Double]) -> (epsilon: Double, order: Int) {
    let (place, value) = values.enumerated().min { $0.element < $1.element } ?? (0, .infinity)
    return (value, place + 2)
  }
}
