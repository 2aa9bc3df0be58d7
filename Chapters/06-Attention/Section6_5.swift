import Attention
import Figures
import Running
import Tensors

/// § 6.5: heads as slices of one projection, what they cost, and what a head alone contributes.
public let section6_5 = Exercise(.section, "6.5", "Multi-head attention: heads, parameters, costs", seconds: 3) { run in
  let costs = countHeads(length: run.choose(quick: 8, standard: 24, full: 24), width: 32, random: run.random.split())
  run.show(headCostTable(costs), as: "costs")
  let times = timeHeads(
    [1, 2, 4, 8, 16], width: run.choose(quick: 64, standard: 256, full: 512), length: 128,
    runs: run.choose(quick: 2, standard: 10, full: 20), random: run.random.split())
  run.show(headTimeTable(times), as: "times")
  run.parameters = MultiHeadAttention(512, heads: 8, random: run.random).parameterCount
  run.card("concat · W^O against Σ headᵢ Wᵢ^O, largest difference", slicesGap(random: run.random.split()))
  run.card("4 d_model² at d_model = 512", Double(4 * 512 * 512))
}

/// The cost of one number of heads, counted by loops and by the formulas. Remark 6.4
public struct HeadCost: Sendable {
  /// h.
  public let heads: Int
  /// The parameters of the layer.
  public let parameters: Int
  /// What loops counted, and what the formulas say.
  public let counted, formula: AttentionCost
}

/// Runs layers with 1, 2, 4, 8 and 16 heads by loops over scalars.
public func countHeads(length n: Int, width d: Int, random: RandomSource) -> [HeadCost] {
  let x = random.normal([n, d], scalarType: .double)
  return [1, 2, 4, 8, 16].map { h in
    let layer = MultiHeadAttention(d, heads: h, random: random).converted(to: .double)
    return HeadCost(
      heads: h, parameters: layer.parameterCount, counted: countedAttention(layer, x).cost,
      formula: AttentionCost(length: n, width: d, heads: h))
  }
}

/// How far Concat(head₁, …) W^O is from the sum of the heads' contributions headᵢ Wᵢ^O. (6.14)
public func slicesGap(random: RandomSource) -> Double {
  let layer = MultiHeadAttention(32, heads: 4, random: random).converted(to: .double)
  let x = random.normal([2, 7, 32], scalarType: .double)
  let heads = layer.headOutputs(query: x, key: x, value: x)  // [2×4×7×8]
  let parts = (0..<4).map { i in
    let slice = layer.output.weight.sliced(i * 8..<(i + 1) * 8, axis: 1)  // Wᵢ^O, transposed
    return matmul(heads.sliced(i..<i + 1, axis: 1).squeezed(axis: 1), slice.transposed)
  }
  let sum = parts.dropFirst().reduce(parts[0]) { $0 + $1 }
  return (layer(x) - sum).abs().max().item
}

/// Milliseconds of one pass, by the kernel and by the definition with its maps.
public struct HeadTime: Sendable {
  /// h.
  public let heads: Int
  /// Milliseconds of the kernel's path, and of the definition.
  public let fused, definition: Double
}

/// Times self-attention over a batch of 8 sequences for several numbers of heads.
public func timeHeads(_ heads: [Int], width d: Int, length n: Int, runs: Int, random: RandomSource) -> [HeadTime] {
  let x = random.normal([8, n, d])
  return heads.map { h in
    let layer = MultiHeadAttention(d, heads: h, random: random)
    func milliseconds(_ pass: () -> Tensor) -> Double { shortestMilliseconds(runs, pass) }
    return HeadTime(
      heads: h, fused: milliseconds { layer(x) },
      definition: milliseconds {
        layer.joined(attention(layer.queries(x), layer.keys(x), layer.values(x)).output)
      })
  }
}

/// The shortest of several passes, in milliseconds, after one that warms up.
func shortestMilliseconds(_ runs: Int, _ pass: () -> Tensor) -> Double {
  let clock = ContinuousClock()
  _ = pass()
  return (0..<max(1, runs)).map { _ in clock.measure { _ = pass() } / .milliseconds(1) }.min() ?? .nan
}

private func headCostTable(_ costs: [HeadCost]) -> Table {
  Table(
    "Remark 6.4: what h heads of d_model/h cost, counted",
    columns: [
      "heads", "parameters", "multiplications", "for Q Kᵀ", "exponentials", "numbers in the maps", "as formulas",
    ],
    rows: costs.map {
      [
        .integer($0.heads), .integer($0.parameters), .integer($0.counted.multiplications), .integer($0.counted.scores),
        .integer($0.counted.exponentials), .integer($0.counted.maps), .text($0.counted == $0.formula ? "yes" : "no"),
      ]
    })
}

private func headTimeTable(_ times: [HeadTime]) -> Table {
  Table(
    "Milliseconds of one pass in evaluation, 8 sequences of 128",
    columns: ["heads", "kernel", "definition, with its maps"],
    rows: times.map { [.integer($0.heads), .measured($0.fused, decimals: 2), .measured($0.definition, decimals: 2)] })
}
