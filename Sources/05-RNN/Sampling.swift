// § 5.2  Drawing symbols from a model

import Messages
import Tensors

/// How a symbol is sampled from a model's logits: with a temperature, top-k and top-p.
///
/// p = softmax(z/τ); only the k most likely classes are kept, and of those only the most likely ones whose
/// probabilities sum to at least P. The remaining probabilities are normalized. Temperature 0 always takes the largest
/// logit. If logits are equal, the class with the smaller index is preferred. Fan, Lewis and Dauphin (2018) for k,
/// Holtzman et al. (2020) for P.
public struct Sampling: Sendable, Equatable {
  /// The temperature τ.
  public let temperature: Double
  /// The number k of classes that are kept; nil for all.
  public let topK: Int?
  /// The total probability P of the classes that are kept; nil for all classes.
  public let topP: Double?

  /// Sampling with a temperature τ, from the k most likely classes, from a total probability of P.
  public init(temperature: Double = 1, topK: Int? = nil, topP: Double? = nil) {
    require(
      temperature >= 0 && temperature.isFinite && topK.map { $0 >= 1 } ?? true
        && topP.map { $0 > 0 && $0 <= 1 } ?? true,
      "cannot sample with temperature \(temperature), top-k \(topK ?? 0), top-p \(topP ?? 1): τ ≥ 0, k ≥ 1 and "
        + "0 < P ≤ 1 are needed")
    (self.temperature, self.topK, self.topP) = (temperature, topK, topP)
  }

  /// Always the most likely class.
  public static let greedy = Sampling(temperature: 0)

  /// The distribution that is drawn from, for a vector of logits. Stops if a logit is NaN or +∞, or all are −∞.
  public func probabilities(_ logits: [Double]) -> [Double] {
    let largest = logits.max() ?? -.infinity
    require(
      largest.isFinite && !logits.contains { $0.isNaN },
      "cannot sample from \(logits.count) logits of which the largest is \(largest): numbers are needed")
    let order = logits.indices.sorted { logits[$0] != logits[$1] ? logits[$0] > logits[$1] : $0 < $1 }
    var kept = order.prefix(temperature == 0 ? 1 : topK ?? logits.count)
    let scale = temperature == 0 ? 1 : temperature
    var weights = [Double](repeating: 0, count: logits.count)
    let shares = Tensor(kept.map { (logits[$0] - largest) / scale }, shape: [kept.count], scalarType: .double)
      .softmax().scalars
    for (place, share) in zip(kept, shares) { weights[place] = share }
    if let topP {
      var total = 0.0
      let count = kept.prefix { place in
        defer { total += weights[place] }
        return total < topP
      }.count
      for place in kept.dropFirst(count) { weights[place] = 0 }
      kept = kept.prefix(count)
    }
    let total = kept.reduce(0) { $0 + weights[$1] }
    return weights.map { $0 / total }
  }

  /// A class, drawn from a vector of logits [K].
  public func next(from logits: Tensor, using random: RandomSource) -> Int {
    if temperature == 0 { return logits.argmax()[0] }
    return random.categorical(probabilities(logits.scalars))
  }
}
