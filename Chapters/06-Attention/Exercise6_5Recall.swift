import Attention
import Backprop
import Figures
import Foundations
import Messages
import Running
import Tensors
import Training

// Exercise 6.5.1, 6.5.2: what linear and local attention lose, on a task that needs one item among many.

/// A memory of items, each a name with a class, and a query for one name: what is its class?
public struct RecallModel: Model {
  /// Vectors of names as queries and as keys, and of classes as values.
  public var queries, keys, values: Embedding
  /// From what was read to classes.
  public var output: Linear

  /// A model with vectors of d numbers for names and classes.
  public init(names: Int, classes: Int, depth d: Int, random: RandomSource) {
    (queries, keys) = (Embedding(names, d, random: random), Embedding(names, d, random: random))
    values = Embedding(classes, d, random: random)
    output = Linear(d, classes, random: random)
  }

  /// All parts.
  public static var parameters: [PartialKeyPath<RecallModel>] { [\.queries, \.keys, \.values, \.output] }

  /// The logits of a batch. [B×classes]
  public func callAsFunction(_ batch: RecallBatch, by kind: RecallRow.Kind, radius: Int) -> Tensor {
    let (B, m) = (batch.asked.count, batch.names[0].count)
    let q = queries(batch.asked, shape: [B, 1])
    let (k, v) = (
      keys(batch.names.flatMap { $0 }, shape: [B, m]), values(batch.classes.flatMap { $0 }, shape: [B, m])
    )
    let read =
      switch kind {
      case .full: fusedAttention(q, k, v)
      case .linear: linearAttention(q, k, v)
      case .local: fusedAttention(q, k, v, mask: .window(radius: radius - 1))  // the last `radius` items
      }
    return output(read.squeezed(axis: 1))
  }
}

/// Memories, and what is asked of each.
public struct RecallBatch: Sendable {
  /// The names in each memory, all different, in random order, and their classes.
  public let names, classes: [[Int]]
  /// The name that is asked for, and its class.
  public let asked, answers: [Int]

  /// B memories of m items.
  public init(_ B: Int, items m: Int, classes K: Int, random: RandomSource) {
    names = (0..<B).map { _ in random.permutation(m) }
    classes = (0..<B).map { _ in (0..<m).map { _ in random.integer(below: K) } }
    let places = (0..<B).map { _ in random.integer(below: m) }
    asked = places.indices.map { [names] in names[$0][places[$0]] }
    answers = places.indices.map { [classes] in classes[$0][places[$0]] }
  }
}

/// How often the right class is read.
public struct RecallRow: Sendable {
  /// The attention.
  public enum Kind: String, CaseIterable, Sendable {
    case full, linear, local
  }

  /// The number m of items.
  public let items: Int
  /// The attention.
  public let kind: Kind
  /// The share of right answers on 1,000 new memories.
  public let accuracy: Double
}

/// Trains models with full, linear and local attention to recall one of m items by vectors of d numbers; 8 classes.
/// Exercise 6.5.4
public func compareRecall(
  items: [Int], depth d: Int, radius: Int, random: RandomSource, plan: (String) -> TrainingPlan
) -> [RecallRow] {
  let K = 8
  return items.flatMap { m in
    RecallRow.Kind.allCases.map { kind in
      let source = random.split()
      var model = RecallModel(names: m, classes: K, depth: d, random: source)
      var optimizer = Adam(learningRate: 1e-2)
      train(&model, with: &optimizer, examples: 1, plan: plan("\(kind.rawValue), \(m) items"), random: source) {
        model, _ in
        let batch = RecallBatch(64, items: m, classes: K, random: source)
        return model(batch, by: kind, radius: radius).crossEntropy(labels: batch.answers)
      }
      let test = RecallBatch(1_000, items: m, classes: K, random: source)
      let predicted = model(test, by: kind, radius: radius).argmax()
      let right = zip(predicted, test.answers).count { $0 == $1 }
      return RecallRow(items: m, kind: kind, accuracy: Double(right) / 1_000)
    }
  }
}

func recallTable(_ rows: [RecallRow]) -> Table {
  let items = rows.filter { $0.kind == .full }.map(\.items)
  return Table(
    "Trained to recall one of m items by 16 numbers, share of right answers; chance is 0.125",
    columns: ["items"] + ["full", "linear", "local, last 16"],
    rows: items.map { m in
      [.integer(m)] + rows.filter { $0.items == m }.map { .number($0.accuracy, decimals: 3) }
    })
}
