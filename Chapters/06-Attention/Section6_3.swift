import Attention
import Figures
import Running
import Tensors

/// § 6.3: five scores on one memory: their parameters, and what they cost.
public let section6_3 = Exercise(.section, "6.3", "Dot, general and concat scores", seconds: 1) { run in
  let rows = compareScores(random: run.random)
  run.show(
    Table(
      "Five scores for queries and states of 16 numbers, 16 units, a memory of 8 states",
      columns: ["score", "parameters", "multiplications per pair", "largest weight", "sum of the weights"],
      rows: rows.map {
        [
          .text($0.name), .integer($0.parameters), .integer($0.multiplications), .number($0.largest, decimals: 4),
          .number($0.sum, decimals: 4),
        ]
      }), as: "scores")
  run.card("concat against Bahdanau, largest difference", concatGap(random: run.random))
  run.card("general with W = I against dot, largest difference", generalGap(random: run.random))
}

/// What a score does with one query and eight states.
public struct ScoreRow: Sendable {
  /// The score.
  public let name: String
  /// Its parameters, and its multiplications for one more query if what belongs to the states is computed once.
  public let parameters, multiplications: Int
  /// The largest weight, and the sum of all.
  public let largest, sum: Double
}

/// One query against eight states of 16 numbers, by every score with 16 units.
public func compareScores(random: RandomSource) -> [ScoreRow] {
  let d = 16
  let (s, h) = (random.normal([1, d]), random.normal([8, d]))
  func row(_ name: String, _ score: some ScoredAttention, _ multiplications: Int) -> ScoreRow {
    let α = score(s, over: h).weights
    return ScoreRow(
      name: name, parameters: score.parameterCount, multiplications: multiplications, largest: α.max().item,
      sum: α.sum().item)
  }
  return [
    row("additive (6.2)", AdditiveAttention(queries: d, states: d, units: 16, random: random), 16),
    row("dot (6.6)", DotAttention(), d),
    row("general (6.7)", GeneralAttention(queries: d, states: d, random: random), d),
    row("concat (6.8)", ConcatAttention(queries: d, states: d, units: 16, random: random), 16 * 2 * d + 16),
    row("scaled dot (6.9)", ScaledDotAttention(), d),
  ]
}

/// How far (6.8) with W_a = [W U] is from (6.2).
public func concatGap(random: RandomSource) -> Double {
  let additive = AdditiveAttention(queries: 16, states: 8, units: 12, random: random).converted(to: .double)
  let weight = Tensor.concatenated([additive.queryWeight, additive.stateWeight], axis: 1)
  let concat = ConcatAttention(weight: weight, scoreWeight: additive.scoreWeight)
  let (s, h) = (random.normal([5, 16], scalarType: .double), random.normal([9, 8], scalarType: .double))
  return (concat.scores(s, h) - additive.scores(s, h)).abs().max().item
}

/// How far (6.7) with W_a = I is from (6.6).
public func generalGap(random: RandomSource) -> Double {
  let (s, h) = (random.normal([5, 16], scalarType: .double), random.normal([9, 16], scalarType: .double))
  let general = GeneralAttention(weight: Tensor.identity(16, scalarType: .double))
  return (general.scores(s, h) - DotAttention().scores(s, h)).abs().max().item
}
