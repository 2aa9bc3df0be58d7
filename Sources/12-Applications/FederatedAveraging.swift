// § 12.7.2  Federated learning

import Messages
import Tensors
import Training

/// Federated averaging: each client k trains the global model on its own nₖ examples, and the server averages the
/// results, θ ← Σₖ nₖ/n θ⁽ᵏ⁾. § 12.7.2
///
/// McMahan et al. (2017). Only parameters travel, no examples; what parameters give away is another question, see
/// `revealedInput(weightGradient:biasGradient:)`.
public struct FederatedAveraging: Sendable {
  /// The numbers of each client's examples.
  public let clients: [[Int]]
  /// How often a client passes over its examples in one round.
  public let localEpochs: Int
  /// The size of a client's batches; nil for all its examples at once.
  public let batchSize: Int?
  /// The clients' learning rate η.
  public let learningRate: Double

  /// Rounds of `localEpochs` epochs of gradient descent at each of these clients.
  public init(clients: [[Int]], localEpochs: Int, batchSize: Int?, learningRate: Double) {
    require(
      !clients.isEmpty && clients.allSatisfy { !$0.isEmpty } && localEpochs >= 1 && (batchSize ?? 1) >= 1,
      "cannot average clients with \(clients.map(\.count)) examples, \(localEpochs) local epochs and batches of "
        + "\(batchSize ?? 1): at least 1 of each is needed")
    (self.clients, self.localEpochs, self.batchSize) = (clients, localEpochs, batchSize)
    self.learningRate = learningRate
  }

  /// The weighted mean of the clients' parameters: Σₖ nₖ/n θ⁽ᵏ⁾. § 12.7.2
  public static func average<P: Parameterized>(_ models: [P], counts n: [Int]) -> P {
    let total = n.reduce(0, +)
    require(
      models.count == n.count && total > 0,
      "cannot average \(models.count) models with \(n) examples: one positive number of examples each is needed")
    let parts = zip(models, n).map { model, count in model.mapParameters { Double(count) / Double(total) * $0 } }
    return parts.dropFirst().reduce(parts[0]) { sum, part in sum.zipParameters(part, +) }
  }

  /// The model θ⁽ᵏ⁾ after the local training of one client, and its mean loss on the way. § 12.7.2
  public func localUpdate<M: Model>(
    _ model: M, client: [Int], random: RandomSource, loss: (M, _ batch: [Int]) -> Tensor
  ) -> (model: M, loss: Double) {
    var (θ, optimizer, losses) = (model, GradientDescent(learningRate: learningRate), [Double]())
    let size = min(batchSize ?? client.count, client.count)
    for _ in 0..<localEpochs {
      let order = random.shuffled(client)
      for first in stride(from: 0, to: order.count, by: size) {
        let batch = Array(order[first..<min(first + size, order.count)])
        let (value, g) = valueWithGradient(at: θ) { loss($0, batch) }
        optimizer.update(&θ, along: g.mapParameters(\.stopGradient))
        losses.append(value.item)
      }
    }
    return (θ, losses.reduce(0, +) / Double(losses.count))
  }

  /// One round: all clients start from the same model, and the server averages what they return. § 12.7.2
  public func round<M: Model>(
    _ model: M, random: RandomSource, loss: (M, _ batch: [Int]) -> Tensor
  ) -> (model: M, loss: Double) {
    let updates = clients.map { localUpdate(model, client: $0, random: random, loss: loss) }
    let counts = clients.map(\.count)
    let weighted = zip(updates, counts).reduce(0) { $0 + $1.0.loss * Double($1.1) }
    return (Self.average(updates.map(\.model), counts: counts), weighted / Double(counts.reduce(0, +)))
  }

  /// Trains for `plan.epochs` rounds; `evaluate` measures the global model after each. § 12.7.2
  ///
  /// With a checkpoint the run resumes after the last round that was finished.
  @discardableResult
  public func train<M: Model>(
    _ model: inout M, plan: TrainingPlan, random: RandomSource, loss: (M, _ batch: [Int]) -> Tensor,
    evaluate: (M) -> [String: Double] = { _ in [:] }
  ) -> History {
    var state = Federation(model: model)
    let history = Training.train(&state, examples: 1, plan: plan, random: random) { state, step throws(Breakdown) in
      let (next, value) = round(state.model, random: random, loss: loss)
      state.model = next
      step.measure("loss", value)
    } evaluate: { state, _ in
      evaluate(state.model)
    }
    model = state.model
    return history
  }
}

/// The state of the server.
private struct Federation<M: Model>: TrainingState {
  var model: M
  static var kept: [PartialKeyPath<Federation>] { [\.model] }
}

// MARK: - Who has which examples

extension FederatedAveraging {
  /// Shares examples among K clients at random, as equally as possible: every client's data look like all data.
  public static func alike(_ count: Int, clients K: Int, random: RandomSource) -> [[Int]] {
    let order = random.permutation(count)
    return (0..<K).map { k in stride(from: k, to: count, by: K).map { order[$0] } }
  }

  /// Gives each of K clients all examples of some classes: with ten classes and five clients, two classes each.
  public static func byClass(_ labels: [Int], classes: Int, clients K: Int) -> [[Int]] {
    require(classes.isMultiple(of: K), "cannot share \(classes) classes among \(K) clients: a multiple is needed")
    let width = classes / K
    return (0..<K).map { k in labels.indices.filter { labels[$0] / width == k } }
  }
}

// MARK: - What averaging changes, and what gradients give away

/// Clients with losses ½ hₖ (θ − cₖ)²: the one case in which the end of federated averaging is known. § 12.7.2
public struct QuadraticClients: Sendable {
  /// The curvature hₖ, the optimum cₖ and the number nₖ of examples of each client.
  public let curvatures, optima: [Double], counts: [Int]

  /// Clients with these curvatures, optima and numbers of examples.
  public init(curvatures: [Double], optima: [Double], counts: [Int]) {
    require(
      curvatures.count == optima.count && optima.count == counts.count && !counts.isEmpty,
      "cannot describe clients by \(curvatures.count) curvatures, \(optima.count) optima and \(counts.count) counts")
    (self.curvatures, self.optima, self.counts) = (curvatures, optima, counts)
  }

  /// The minimum of the global loss Σₖ nₖ/n ½ hₖ (θ − cₖ)²: Σ nₖ hₖ cₖ / Σ nₖ hₖ.
  public var optimum: Double { mean { _, h in h } }

  /// Where rounds of E local steps with rate η end: Σ nₖ aₖ cₖ / Σ nₖ aₖ with aₖ = 1 − (1 − η hₖ)ᴱ. § 12.7.2
  ///
  /// For E = 1 this is the optimum. More local steps move it towards the plain mean of the clients' optima: a client
  /// with a small curvature catches up while one with a large curvature has arrived.
  public func fixedPoint(localSteps E: Int, learningRate η: Double) -> Double {
    mean { _, h in 1 - (0..<E).reduce(1.0) { power, _ in power * (1 - η * h) } }
  }

  private func mean(_ weight: (Int, Double) -> Double) -> Double {
    let weights = curvatures.indices.map { Double(counts[$0]) * weight($0, curvatures[$0]) }
    return zip(weights, optima).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
  }
}

/// The input of a linear layer, read from its gradients of one example: ∂L/∂W = δ xᵀ and ∂L/∂b = δ, so every row of the
/// first divided by its entry of the second is x. § 12.7.2
///
/// The row with the largest |δⱼ| is used. An update of one example thus contains the example. `weightGradient` [m×n],
/// `biasGradient` [m]; returns [n].
public func revealedInput(weightGradient: Tensor, biasGradient: Tensor) -> Tensor {
  let row = biasGradient.abs().argmax()[0]
  return weightGradient[row] / biasGradient[row]
}
