// § 11.11  Grokking

import Foundations
import Messages
import Tensors
import Training

/// Addition modulo p: pairs (a, b) with the label (a + b) mod p, split into a part for training and one for tests.
/// § 11.11
public struct ModularAddition: Sendable {
  /// How the pairs are split.
  public enum Split: Sendable {
    /// (a, b) and (b, a) are always in the same part.
    case unorderedPairs
    /// Every ordered pair is drawn independently. Then about the training share of the test pairs (a, b) have their
    /// answer in the training part, as that of (b, a).
    case orderedPairs
  }

  /// The modulus p.
  public let modulus: Int
  /// The pairs for training and for tests.
  public let train, test: [(a: Int, b: Int)]
  /// The label of every pair, at a p + b.
  private let labels: [Int]

  /// The pairs with this share for training. With random labels, the same for (a, b) and (b, a), there is nothing to
  /// understand: a control.
  public init(
    modulus p: Int, share: Double, split: Split = .unorderedPairs, hasRandomLabels: Bool = false, random: RandomSource
  ) {
    require(p >= 2 && 0..<1 ~= share, "cannot split the pairs modulo \(p) at \(share): p ≥ 2 and a share are needed")
    let all = (0..<p).flatMap { a in (0..<p).map { (a: a, b: $0) } }
    let units = split == .orderedPairs ? all : all.filter { $0.a <= $0.b }
    let shuffled = random.shuffled(units)
    let count = Int((share * Double(units.count)).rounded())
    func both(_ pairs: ArraySlice<(a: Int, b: Int)>) -> [(a: Int, b: Int)] {
      split == .orderedPairs ? Array(pairs) : pairs.flatMap { $0.a == $0.b ? [$0] : [$0, (a: $0.b, b: $0.a)] }
    }
    (modulus, train, test) = (p, both(shuffled[..<count]), both(shuffled[count...]))
    var labels = all.map { ($0.a + $0.b) % p }
    if hasRandomLabels {
      for (a, b) in all where a <= b {
        labels[a * p + b] = random.integer(below: p)
        labels[b * p + a] = labels[a * p + b]
      }
    }
    self.labels = labels
  }

  /// The labels of pairs.
  public func labels(of pairs: [(a: Int, b: Int)]) -> [Int] { pairs.map { labels[$0.a * modulus + $0.b] } }

  /// The accuracy of a model on pairs.
  public func accuracy(_ model: ModularAdder, _ pairs: [(a: Int, b: Int)]) -> Double {
    Foundations.accuracy(model(pairs), labels: labels(of: pairs))
  }

  /// Trains a model on all training pairs at once with AdamW.
  ///
  /// An epoch of the plan is `stepsPerCheck` steps. After each, the history gets "training accuracy", "test accuracy"
  /// and "norm", that of all parameters.
  public func trained(
    _ start: ModularAdder, learningRate: Double, weightDecay: Double, plan: TrainingPlan, random: RandomSource
  ) -> (model: ModularAdder, history: History) {
    var (model, adam) = (start, Adam(learningRate: learningRate, beta2: 0.98, weightDecay: weightDecay))
    let wanted = labels(of: train)
    let history = Training.train(
      &model, with: &adam, examples: Self.stepsPerCheck, plan: plan, random: random
    ) { model, _ in
      model(train).crossEntropy(labels: wanted)
    } evaluate: { model in
      [
        "training accuracy": accuracy(model, train), "test accuracy": accuracy(model, test),
        "norm": model.flattened.norm().item,
      ]
    }
    return (model, history)
  }

  /// The number of steps between two measurements.
  public static let stepsPerCheck = 10
}

/// A network for pairs of numbers: logits = W₂ relu(W₁ (E_a + E_b) + b₁) + b₂. § 11.11
///
/// It gives (a, b) and (b, a) the same logits, so a pair with its mirror image in the training part is not a test.
public struct ModularAdder: Model {
  /// The embeddings E. [p×d]
  public var embedding: Embedding
  /// The layers W₁ and W₂.
  public var network: MLP

  /// A network modulo p, with embeddings of dimension d and a hidden layer.
  public init(modulus p: Int, dimension d: Int, hidden: Int, random: RandomSource) {
    embedding = Embedding(table: random.normal([p, d]) / Double(d).squareRoot())
    network = MLP([d, hidden, p], random: random)
  }

  /// The embeddings and the network.
  public static var parameters: [PartialKeyPath<ModularAdder>] { [\.embedding, \.network] }

  /// The logits of all sums. [N×p]
  public func callAsFunction(_ pairs: [(a: Int, b: Int)]) -> Tensor {
    network(embedding(pairs.map(\.a)) + embedding(pairs.map(\.b)))
  }
}
