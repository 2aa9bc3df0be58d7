import Attention
import Figures
import Messages
import Running
import Tensors

/// Listing 6.9, second part: the multi-head layer on itself, across, and causal, with Output 6.9: shapes and 1,048,576.
public let listing6_9b = Exercise(.listing, "6.9b", "Complete multi-head attention", seconds: 1) { run in
  let layer = MultiHeadAttention(512, heads: 8, dropout: 0.1, random: run.random)
  let (x, encoded) = (run.random.normal([2, 10, 512]), run.random.normal([2, 20, 512]))
  let outputs = [layer(x), layer(x, over: encoded), layer(x, mask: .causal)]
  run.say("Self-attention output: \(outputs[0].shape)")
  run.say("Cross-attention output: \(outputs[1].shape)")
  run.say("Masked attention output: \(outputs[2].shape)")
  run.say("MHA parameters: \(grouped(layer.parameterCount))\n")
  run.parameters = layer.parameterCount
  run.show(
    Table(
      "The first number of each output", columns: ["output", "number"],
      rows: zip(["self", "cross", "masked"], outputs).map { [.text($0), .number($1[0, 0, 0].item, decimals: 6)] }),
    as: "outputs")
  run.card("first place, masked against its own value projected", firstPlaceGap(layer, x, outputs[2]))
}

/// The first place of a causal layer sees itself alone: its output is its own value times W^O. How far it is from that.
func firstPlaceGap(_ layer: MultiHeadAttention, _ x: Tensor, _ y: Tensor) -> Double {
  let first = layer.output(layer.value(x.sliced(0..<1, axis: 1)))
  return (y.sliced(0..<1, axis: 1) - first).abs().max().item
}
