import Attention
import Figures
import Running
import Tensors
import Transformer

/// § 7.4.1 to 7.4.4: the two kinds of blocks, what reaches what, where to normalize, and the whole as a picture.
public let section7_4 = Exercise(
  .section, "7.4", "Encoder, decoder, and where to normalize", seconds: 60, quick: 3, full: 170
) { run in
  run.show(architectureDiagram(), as: "architecture")
  run.show(countTable(), as: "parameters")
  run.show(influenceTable(decoderInfluence(random: run.random.split())), as: "influence")
  run.show(depthScales(run), as: "scales")
  let sums = jacobianGaps(random: run.random.split())
  run.show(jacobianTable(sums), as: "jacobian")
  let values = cancelledValues(random: run.random.split())
  run.say("Proposition 7.7: singular values of I + ∂SubLayer/∂x where SubLayer(z) = −s z")
  run.say("  s = √(σ² + ε): \(values.exact.map { scientificText($0) }.joined(separator: ", "))")
  run.say("  s = σ:         \(values.rounded.map { scientificText($0) }.joined(separator: ", "))\n")

  let runs = trainDeep(
    steps: run.choose(quick: 3, standard: 300, full: 900), warmup: run.choose(quick: 1, standard: 100, full: 300),
    learningRate: 1e-2, seed: run.random.next()
  ) { run.progress($0) }
  run.show(depthTable(runs), as: "depth")
  run.show(depthFigure(runs), as: "depth")
  for one in runs { run.card("last loss, \(one.name)", one.last) }
}

/// Figure 7.1: encoder and decoder of N blocks each, with normalizations behind the sums, as in 2017.
public func architectureDiagram(blocks N: String = "N") -> TowerDiagram {
  func block(_ parts: [String], after first: Int) -> [TowerDiagram.Box] {
    parts.enumerated().flatMap { place, part in
      [TowerDiagram.Box(part), TowerDiagram.Box("Add & Norm", shortcut: first + 2 * place)]
    }
  }
  func start(_ of: String) -> [TowerDiagram.Box] {
    [TowerDiagram.Box("\(of) embedding"), TowerDiagram.Box("+ positional encoding")]
  }
  return TowerDiagram(
    "The Transformer",
    towers: [
      TowerDiagram.Tower(
        "encoder", boxes: start("source") + block(["multi-head self-attention", "feed-forward"], after: 2),
        repeated: 2..<6, times: "× \(N)"),
      TowerDiagram.Tower(
        "decoder",
        boxes: start("target") + block(["masked self-attention", "cross-attention", "feed-forward"], after: 2) + [
          TowerDiagram.Box("linear"), TowerDiagram.Box("softmax"),
        ], repeated: 2..<8, times: "× \(N)"),
    ], links: [TowerDiagram.Link(from: 0, to: 1, box: 4)])
}

private func countTable() -> Table {
  func row(_ name: String, _ formula: String, _ d: Int, _ d_ff: Int, _ counted: Int) -> [Table.Cell] {
    [.text(name), .integer(d), .integer(d_ff), .text(formula), .integer(counted)]
  }
  let random = RandomSource(seed: 1)
  let encoder = TransformerEncoder(512, heads: 8, hidden: 2_048, blocks: 1, placement: .postNorm, random: random)
  let decoder = TransformerDecoder(512, heads: 8, hidden: 2_048, blocks: 1, placement: .postNorm, random: random)
  return Table(
    "Parameters, counted",
    columns: ["", "d_model", "d_ff", "formula", "parameters"],
    rows: [
      row(
        "encoder block", "4d² + 9d + 2 d d_ff + d_ff", 128, 512,
        TransformerEncoderBlock(128, heads: 4, hidden: 512, random: random).parameterCount),
      row(
        "decoder block", "8d² + 15d + 2 d d_ff + d_ff", 128, 512,
        TransformerDecoderBlock(128, heads: 4, hidden: 512, random: random).parameterCount),
      row("6 encoder blocks of 2017", "six times the first", 512, 2_048, 6 * encoder.parameterCount),
      row("6 decoder blocks of 2017", "six times the second", 512, 2_048, 6 * decoder.parameterCount),
    ])
}

// MARK: - What reaches what

/// What changes in a decoder's output if one token changes. § 7.4.2
public struct DecoderInfluence: Sendable {
  /// By place: the largest change if a token of the target changes, whose place is `target`.
  public let byTarget: [Double]
  /// The place of the changed token of the target.
  public let target: Int
  /// By place: the largest change if the last place of the encoder's output changes.
  public let byMemory: [Double]
  /// The largest difference between the output of the whole target and that token by token with a cache.
  public let cacheGap: Double
}

/// Changes a token of the target and a place of the memory of an untrained decoder of two blocks.
public func decoderInfluence(random: RandomSource) -> DecoderInfluence {
  let (n, m, d, place) = (8, 6, 32, 4)
  let decoder = TransformerDecoder(d, heads: 4, hidden: 64, blocks: 2, random: random).converted(to: .double)
  let y = random.normal([1, n, d], scalarType: .double)
  let memory = random.normal([1, m, d], scalarType: .double)
  let output = decoder(y, over: memory)
  func changed(_ x: Tensor, at t: Int) -> Tensor {
    var x = x
    x[0, t] = random.normal([d], scalarType: .double)
    return x
  }
  func changes(_ other: Tensor) -> [Double] { (other - output).abs().max(axes: [2])[0].scalars }
  var cache = decoder.emptyCache(over: memory, capacity: n)
  let parts = (0..<n).map { decoder(y.sliced($0..<$0 + 1, axis: 1), cache: &cache) }
  return DecoderInfluence(
    byTarget: changes(decoder(changed(y, at: place), over: memory)), target: place,
    byMemory: changes(decoder(y, over: changed(memory, at: m - 1))),
    cacheGap: (Tensor.concatenated(parts, axis: 1) - output).abs().max().item)
}

private func influenceTable(_ influence: DecoderInfluence) -> Table {
  Table(
    "Two decoder blocks: largest change of the output at place t",
    columns: ["t", "token \(influence.target) of the target changes", "a place of the encoder's output changes"],
    rows: influence.byTarget.indices.map {
      [.integer($0), .scientific(influence.byTarget[$0]), .scientific(influence.byMemory[$0])]
    })
}
