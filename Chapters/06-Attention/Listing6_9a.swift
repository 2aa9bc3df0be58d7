import Attention
import Figures
import Messages
import Running
import Tensors

/// Listing 6.9, first part: scaled dot-product attention, and its test with Output 6.9: shapes and sums of the weights.
public let listing6_9a = Exercise(.listing, "6.9a", "Scaled dot-product attention from scratch", seconds: 1) { run in
  let (Q, K, V) = (run.random.normal([2, 4, 64]), run.random.normal([2, 6, 64]), run.random.normal([2, 6, 64]))
  let (output, weights) = attention(Q, K, V)
  let sums = weights.sum(axes: [-1])
  run.say("Output shape: \(output.shape)")
  run.say("Weights shape: \(weights.shape)")
  run.say("Weights sum: \(sums.scalars.map { decimals($0, 4) }.joined(separator: ", "))\n")
  run.show(
    Table(
      "The weights of the first query", columns: ["key", "weight"],
      rows: weights[0, 0].scalars.enumerated().map { [.integer($0 + 1), .number($1, decimals: 6)] }), as: "weights")
  run.card("largest |sum − 1|", (sums - 1).abs().max().item)
}
