import Attention
import Backprop
import Figures
import Foundations
import Running
import Tensors
import Training

// § 6.10: what nobody can predict shows whether a mask leaks.

/// One causal layer with positions that predicts the next token.
public struct NextTokenModel: Model {
  /// Vectors of the tokens and of the places.
  public var tokens, places: Embedding
  /// The attention.
  public var attention: MultiHeadAttention
  /// From the outputs to logits.
  public var output: Linear

  /// A model for V tokens and sequences of up to T.
  public init(tokens V: Int, places T: Int, width d: Int, random: RandomSource) {
    (tokens, places) = (Embedding(V, d, random: random), Embedding(T, d, random: random))
    attention = MultiHeadAttention(d, heads: 2, random: random)
    output = Linear(d, V, random: random)
  }

  /// All parts.
  public static var parameters: [PartialKeyPath<NextTokenModel>] { [\.tokens, \.places, \.attention, \.output] }

  /// The logits at every place. B sequences of T tokens → [B T × V]
  public func callAsFunction(_ sequences: [[Int]], mask: AttentionMask) -> Tensor {
    let T = sequences[0].count
    let x = tokens(sequences.flatMap { $0 }, shape: [sequences.count, T]) + places(Array(0..<T))
    return output(x + attention(x, mask: mask)).reshaped([sequences.count * T, output.weight.shape[0]])
  }
}

/// A training on random tokens with one mask.
public struct LeakTest: Sendable {
  /// The mask, in words.
  public let name: String
  /// The loss of every step.
  public let losses: [Double]
  /// ln V: no model that sees only the past can be better.
  public let uniform: Double
  /// The mean of the last tenth of all losses.
  public var last: Double {
    let tail = losses.suffix(max(1, losses.count / 10))
    return tail.reduce(0, +) / Double(tail.count)
  }
}

/// Trains on tokens that are drawn anew at every step, with the mask (6.20) and with one that begins a place too late.
///
/// The next token is independent of the past, so a loss below ln V proves that the model sees it. A layer of Keras lost
/// its causal flag this way, and was found out by an accuracy of 99 % on random tokens.
public func detectLeaks(
  tokens V: Int = 16, places T: Int = 16, random: RandomSource, plan: (String) -> TrainingPlan
) -> [LeakTest] {
  let late = Tensor.lowerTriangle(T, T, diagonal: 1)
  return [("causal", AttentionMask.causal), ("one place too late", .allowed(late))].map { name, mask in
    let source = random.split()
    var model = NextTokenModel(tokens: V, places: T, width: 32, random: source)
    var optimizer = Adam(learningRate: 1e-2)
    let history = train(&model, with: &optimizer, examples: 1, plan: plan(name), random: source) { model, _ in
      let sequences = (0..<16).map { _ in (0...T).map { _ in source.integer(below: V) } }
      let logits = model(sequences.map { Array($0.dropLast()) }, mask: mask)
      return logits.crossEntropy(labels: sequences.flatMap { Array($0.dropFirst()) })
    }
    return LeakTest(name: name, losses: history.losses, uniform: Tensor(Double(V), scalarType: .double).log().item)
  }
}

func leakTable(_ tests: [LeakTest]) -> Table {
  Table(
    "Next-token loss on random tokens", columns: ["mask", "first loss", "last tenth", "ln V"],
    rows: tests.map {
      [
        .text($0.name), .number($0.losses.first ?? .nan, decimals: 3), .number($0.last, decimals: 3),
        .number($0.uniform, decimals: 3),
      ]
    })
}

func leakFigure(_ tests: [LeakTest]) -> LineChart {
  LineChart(
    "Training on random tokens: a loss below ln V is a leak", x: Axis("step"), y: Axis("loss"),
    series: tests.map { Series($0.name, $0.losses) } + [
      Series("ln V", tests[0].losses.map { _ in tests[0].uniform })
    ])
}
