// § 5.10  Selective copying

import Backprop
import Foundations
import Messages
import Regularization
import Tensors
import Training

/// A task that a time-invariant layer cannot solve: copy the symbols of a sequence in their order, without the blanks
/// between them.
///
/// A sequence has `length` elements, `symbols` of them at random positions and the rest blank, and then as many marks
/// as there are symbols; the answers must be given at the marks. The distance between a symbol and its answer varies.
/// Gu and Dao (2023).
public struct SelectiveCopying: Sendable {
  /// The number of elements before the marks.
  public let length: Int
  /// The number of symbols to copy.
  public let symbols: Int
  /// The number of different symbols V.
  public let alphabet: Int

  /// The task.
  public init(length: Int, symbols: Int, alphabet: Int) {
    require(
      (1...max(1, length)).contains(symbols) && alphabet >= 2,
      "cannot copy \(symbols) of \(length) elements with \(alphabet) symbols: "
        + "at most one symbol per element, and at least two different symbols, are needed"
    )
    (self.length, self.symbols, self.alphabet) = (length, symbols, alphabet)
  }

  /// N sequences, 0 for a blank, 1 … V for symbols, V + 1 for a mark, and the answers 0 ..< V, one after the other.
  /// [N×(length + symbols)]
  public func batch(_ N: Int, random: RandomSource) -> (sequences: [[Int]], answers: [Int]) {
    var (sequences, answers): ([[Int]], [Int]) = ([], [])
    for _ in 0..<N {
      let copied = (0..<symbols).map { _ in random.integer(below: alphabet) }
      var sequence = [Int](repeating: 0, count: length) + [Int](repeating: alphabet + 1, count: symbols)
      let places = random.permutation(length).prefix(symbols).sorted()
      for (place, symbol) in zip(places, copied) { sequence[place] = symbol + 1 }
      sequences.append(sequence)
      answers += copied
    }
    return (sequences, answers)
  }

  /// The mean cross-entropy of all answers.
  public func loss<Layer>(_ network: SymbolNetwork<Layer>, _ batch: (sequences: [[Int]], answers: [Int])) -> Tensor {
    network(batch.sequences, last: symbols).crossEntropy(labels: batch.answers)
  }

  /// The fraction of answers that are right.
  public func accuracy<Layer>(
    _ network: SymbolNetwork<Layer>, _ batch: (sequences: [[Int]], answers: [Int])
  ) -> Double {
    let answers = stride(from: 0, to: batch.sequences.count, by: 32).flatMap { first in
      network(Array(batch.sequences[first..<min(first + 32, batch.sequences.count)]), last: symbols).argmax()
    }
    return Double(zip(answers, batch.answers).count { $0 == $1 }) / Double(answers.count)
  }
}

/// Embeddings of symbols, state-space blocks, a normalization, and logits at every position.
public struct SymbolNetwork<Layer: StateSpaceLayer>: Model {
  /// The vectors of the symbols. [V×d]
  public var embedding: Embedding
  /// The blocks.
  public var blocks: [StateSpaceBlock<Layer>]
  /// The last normalization.
  public var normalization: LayerNormalization
  /// From a vector to logits. [K×d]
  public var output: Linear

  /// A network that reads V different symbols and predicts one of K classes.
  public init(
    reading V: Int, classes K: Int, width d: Int = 32, blocks count: Int = 1, states n: Int = 16,
    steps: ClosedRange<Double> = 0.01...0.5, random: RandomSource
  ) {
    embedding = Embedding(V, d, random: random)
    blocks = (0..<count).map { _ in StateSpaceBlock(d, states: n, steps: steps, random: random) }
    normalization = LayerNormalization(features: d)
    output = Linear(d, K, random: random)
  }

  /// The parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<SymbolNetwork>] {
    [\.embedding, \.blocks, \.normalization, \.output]
  }

  /// The logits at the last positions of sequences of equal length, one row for each position. [N·last×K]
  public func callAsFunction(_ sequences: [[Int]], last count: Int) -> Tensor {
    let T = sequences.first?.count ?? 0
    require(
      sequences.allSatisfy { $0.count == T } && count <= T,
      "cannot read sequences of lengths \(sequences.map(\.count)) at their last \(count) elements: lengths must agree")
    let x = embedding(sequences.flatMap { $0 }, shape: [sequences.count, T])
    let h = blocks.reduce(x) { h, block in block(h) }.sliced(T - count..<T, axis: 1)
    let logits = output(normalization(h))
    return logits.reshaped([sequences.count * count, logits.shape[2]])
  }
}

extension SelectiveCopying {
  /// Trains a network on new sequences in every step, by Adam with a warm-up of 50 steps and a cosine schedule, with
  /// the gradient clipped to norm 1 (5.8). After every epoch the accuracy on 256 new sequences is measured; training
  /// stops when it exceeds 0.998.
  public func train<Layer>(
    _ network: inout SymbolNetwork<Layer>, learningRate: Double, batch size: Int = 32, plan: TrainingPlan, steps: Int,
    random: RandomSource
  ) -> History {
    var player = CopyPlayer(network: network, optimizer: Adam(learningRate: learningRate))
    let cosine = cosineAnnealing(from: learningRate, over: plan.epochs * steps)
    var plan = plan
    plan.shouldStop = { ($0["accuracy"].last ?? 0) > 0.998 }
    plan.learningRate = { cosine($0) * min(1, Double($0 + 1) / 50) }
    let (training, new) = (random.split(), random.split())
    let history = Training.train(&player, examples: steps, plan: plan, random: random) {
      player, step throws(Breakdown) in
      let examples = batch(size, random: training)
      let (value, gradient) = valueWithGradient(at: player.network) { loss($0, examples) }
      try step.descend(&player.network, with: &player.optimizer, along: gradient.clipped(norm: 1), loss: value.item)
    } evaluate: { player, _ in
      ["accuracy": accuracy(player.network, batch(256, random: new))]
    }
    network = player.network
    return history
  }
}

/// A network with its optimizer.
private struct CopyPlayer<Layer: StateSpaceLayer>: TrainingState {
  var network: SymbolNetwork<Layer>
  var optimizer: Adam
  static var kept: [PartialKeyPath<CopyPlayer>] { [\.network, \.optimizer] }
}
