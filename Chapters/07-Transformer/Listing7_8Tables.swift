import DataSets
import Figures
import Messages
import Tensors
import Transformer

// Listing 7.8: tables and figures

extension ListingStep {
  /// The parameters by part.
  var table: Table {
    let blocks = model.encoder.blocks.map(\.parameterCount)
    let rows: [(String, Int)] = [
      ("embedding, 10,000 × 128", model.embedding.parameterCount), ("a block", blocks[0]),
      ("all 4 blocks", blocks.reduce(0, +)), ("last normalization", model.encoder.norm?.parameterCount ?? 0),
      ("classifier", model.classifier.parameterCount), ("all", model.parameterCount),
    ]
    return Table(
      "The model of Listing 7.8", columns: ["part", "parameters"], rows: rows.map { [.text($0), .integer($1)] })
  }
}

func lossTable(_ losses: [Double]) -> Table {
  Table(
    "Loss of untrained models from \(losses.count) seeds; ln 2 = 0.6931, Output 7.8 has 0.6847",
    columns: ["smallest", "mean", "largest"],
    rows: [
      [losses.min() ?? .nan, losses.reduce(0, +) / Double(losses.count), losses.max() ?? .nan].map {
        .number($0, decimals: 4)
      }
    ])
}

/// How large token vectors and positions are where the first block reads their sum: the listing's N(0, 1), and N(0,
/// 1/d).
func varianceTable(random: RandomSource) -> Table {
  let (d, tokens) = (128, Tokens((0..<32).map { _ in (0..<64).map { _ in random.integer(below: 10_000) } }))
  let code = sinusoidalPositions(64, d).squared().mean().item
  let rows = [("N(0, 1), Listing 7.8", 1), ("N(0, 1/d)", 1 / Double(d).squareRoot())].map { name, σ in
    let model = TransformerClassifier(vocabulary: 10_000, blocks: 1, deviation: σ, random: random.split())
    return (name, model.scaledTokens(tokens).squared().mean().item)
  }
  return Table(
    "Mean square of what the first block reads, d = 128",
    columns: ["token vectors", "√d · token", "position", "ratio"],
    rows: rows.map { name, square in
      [.text(name), .number(square, decimals: 1), .number(code, decimals: 1), .number(square / code, decimals: 1)]
    })
}

func resultTable(_ results: [TextResult]) -> Table {
  Table(
    "Texts: the model of Listing 7.8 beside word counts",
    columns: ["texts", "words", "parameters", "epochs", "loss", "test accuracy", "bag of words"],
    rows: results.map { result in
      [
        .text(result.task.isReal ? "real" : "generated"), .integer(result.task.vocabulary.count),
        .integer(result.model.parameterCount), .integer(result.losses.count),
        .number(result.losses.last ?? .nan, decimals: 4), .number(result.accuracies.last ?? .nan, decimals: 3),
        .number(result.bagOfWords, decimals: 3),
      ]
    })
}

func resultFigure(_ results: [TextResult]) -> Panels {
  let name = { (result: TextResult) in result.task.isReal ? "\(result.task.classes) classes" : "generated reviews" }
  return Panels(
    "The model of Listing 7.8 on texts",
    [
      LineChart(
        "Training loss", x: Axis("epoch"), y: Axis("cross-entropy"),
        series: results.map { Series(name($0), $0.losses, style: .both) }),
      LineChart(
        "Test accuracy", x: Axis("epoch"), y: Axis("accuracy"),
        series: results.map { Series(name($0), $0.accuracies, style: .both) }),
    ])
}
