import Attention
import Figures
import Running
import Tensors

/// § 6.6: what self-attention treats alike and what it mixes; cross-attention; other forms of the layer; paths.
public let section6_6 = Exercise(.section, "6.6", "Self-attention and cross-attention", seconds: 1) { run in
  run.show(factsTable(checkSelfAttention(random: run.random.split())), as: "facts")
  run.show(pathTable(lengths: [16, 64, run.choose(quick: 64, standard: 256, full: 256)]), as: "paths")
  let cross = CrossAttention(decoder: 16, encoder: 24, depth: 8, random: run.random)
  run.parameters = cross.parameterCount
  let (output, weights) = cross(run.random.normal([5, 16]), over: run.random.normal([9, 24]))
  run.card("output of 5 queries over 9 states", "\(output.shape)")
  run.card("its map", "\(weights.shape)")
}

/// Something about self-attention that one number shows.
public struct AttentionFact: Sendable {
  /// What is measured.
  public let name: String
  /// The number.
  public let value: Double
}

/// Definition 6.5 and the forms of Groudiev, § 6.4 and § 6.5, each with the number that shows what they do.
public func checkSelfAttention(random: RandomSource) -> [AttentionFact] {
  func normal(_ shape: Shape) -> Tensor { random.normal(shape, scalarType: .double) }
  func distance(_ a: Tensor, _ b: Tensor) -> Double { (a - b).abs().max().item }
  let layer = SelfAttention(12, depth: 12, random: random).converted(to: .double)
  let X = normal([8, 12])
  let order = random.permutation(8)
  let equivariance = distance(layer(X.gathered(order)), layer(X).gathered(order))

  var changed = X
  changed[3] = normal([12])
  let reach = (layer(changed) - layer(X)).abs().max(axes: [1]).min().item

  let positions = AppendedPositions(places: 8, numbers: 12, random: random).converted(to: .double)
  let placed = SelfAttention(24, depth: 12, random: random).converted(to: .double)
  let ordered = distance(placed(positions(X.gathered(order))), placed(positions(X)).gathered(order))

  let chunked = ChunkedSelfAttention(12, heads: 3, random: random).converted(to: .double)
  var second = X
  second[3] = X[3] + Tensor((0..<12).map { 4..<8 ~= $0 ? 1 : 0 }, scalarType: .double)
  let leak = (chunked(second) - chunked(X)).abs().max(axes: [0]).scalars
  let simple = AttentionLayer(
    keyWeight: Tensor.identity(12, scalarType: .double), valueWeight: Tensor.identity(12, scalarType: .double))
  let query = normal([1, 12])
  let maps = SpatialSelfAttention(channels: 4, depth: 4, random: random).converted(to: .double)
  let image = normal([1, 4, 6, 6])
  var dot = image
  dot[0, 0, 0, 0] = Tensor(3, scalarType: .double)
  return [
    AttentionFact(name: "outputs of permuted inputs against permuted outputs", value: equivariance),
    AttentionFact(name: "one token changed: the least change of any output", value: reach),
    AttentionFact(name: "permuted inputs, with positions appended", value: ordered),
    AttentionFact(
      name: "chunked heads: change in the other chunks", value: max(leak[..<4].max() ?? 0, leak[8...].max() ?? 0)),
    AttentionFact(name: "chunked heads: change in the changed chunk", value: leak[4..<8].max() ?? 0),
    AttentionFact(
      name: "W_K = W_V = I against the layer without matrices",
      value: distance(simple(query, over: X).output, ScaledDotAttention()(query, over: X).context)),
    AttentionFact(
      name: "one pixel changed: the least change of any other pixel, 6 × 6",
      value: (maps(dot) - maps(image)).abs().max(axes: [0, 1]).min().item),
  ]
}

private func factsTable(_ facts: [AttentionFact]) -> Table {
  Table(
    "What self-attention does, largest differences", columns: ["", "number"],
    rows: facts.map { [.text($0.name), .scientific($0.value)] })
}

/// How far apart the first and the last place are, and how long a layer must wait.
private func pathTable(lengths: [Int]) -> Table {
  let layers: [SequenceLayer] = [.recurrent, .convolution(kernel: 3), .convolution(kernel: 9), .attention]
  let shown = Array(Set(lengths)).sorted()
  return Table(
    "The longest path between two places, and the steps of one layer that wait for each other",
    columns: ["layer"] + shown.map { "path, n = \($0)" } + shown.map { "steps, n = \($0)" },
    rows: layers.map { layer in
      [.text(layer.name)] + shown.map { .integer(layer.longestPath(length: $0)) }
        + shown.map { .integer(layer.sequentialSteps(length: $0)) }
    })
}
