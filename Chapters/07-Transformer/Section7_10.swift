import Attention
import Figures
import Running
import Tensors
import Transformer

/// § 7.10: the parts of LLaMA: normalization by the root mean square, rotary positions, and what models of their size
/// store.
public let section7_10 = Exercise(.section, "7.10", "The parts of LLaMA", seconds: 1) { run in
  run.show(normTable(compareNorms(random: run.random.split())), as: "norms")
  let rotary = compareRotary(random: run.random.split())
  run.show(rotaryTable(rotary), as: "rotary")
  run.show(rotaryFigure(), as: "rotary")
  run.show(sizeTable(), as: "sizes")
  let cache = compareCaches(random: run.random.split())
  run.show(cacheTable(cache), as: "cache")
  run.card("largest change of q·k under a common shift", rotary.map(\.shift).max() ?? .nan)
  run.card("distance between the pairings", rotary.map(\.otherPairing).max() ?? .nan)
  run.card("bytes of the cache, h groups over h/4", Double(cache[0].bytes) / Double(cache[1].bytes))
}

// MARK: - Normalization

/// What RMS normalization does to vectors with a mean.
public struct NormRow: Sendable {
  /// The mean that was added to numbers of mean 0 and variance 1.
  public let mean: Double
  /// The root mean square of the output.
  public let rms: Double
  /// The largest difference to the layer normalization (3.22).
  public let gap: Double
}

/// Vectors of mean 0 and variance 1, moved by several means.
public func compareNorms(random: RandomSource) -> [NormRow] {
  let d = 256
  let x = random.normal([16, d], scalarType: .double)
  let centred = x - x.mean(axes: [-1], keepsAxes: true)
  let norm = RMSNormalization(features: d, epsilon: 0).converted(to: .double)
  return [0, 0.1, 1, 10].map { μ in
    let y = norm(centred + μ)
    let layer = layerNormalized(
      centred + μ, scale: .ones([d], scalarType: .double), shift: .zeros([d], scalarType: .double), epsilon: 0)
    return NormRow(
      mean: μ, rms: y.squared().mean(axes: [-1]).squareRoot().mean().item, gap: (y - layer).abs().max().item)
  }
}

private func normTable(_ rows: [NormRow]) -> Table {
  Table(
    "RMS normalization of vectors of 256 numbers of variance 1",
    columns: ["mean of the input", "rms of the output", "difference to (3.22)"],
    rows: rows.map { [.number($0.mean, decimals: 1), .number($0.rms, decimals: 6), .scientific($0.gap)] })
}

// MARK: - Rotary positions

/// What rotary positions do to a query and a key.
public struct RotaryRow: Sendable {
  /// The pairing.
  public let pairing: RotaryPositions.Pairing
  /// The largest change of q_m · k_n when both positions grow by the same number.
  public let shift: Double
  /// The largest change of a length.
  public let length: Double
  /// The largest difference between the scores with this pairing and with the other one.
  public let otherPairing: Double
  /// The same after `RotaryPositions.halved` has put the numbers in the other order.
  public let reordered: Double
}

/// 16 queries and keys of 64 numbers in double precision, at positions 0 to 15 and 7 to 22.
public func compareRotary(random: RandomSource) -> [RotaryRow] {
  let (n, d) = (16, 64)
  let (Q, K) = (random.normal([n, d], scalarType: .double), random.normal([n, d], scalarType: .double))
  func scores(_ Q: Tensor, _ K: Tensor, _ turn: RotaryPositions, from start: Int = 0) -> Tensor {
    matmul(turn(Q, from: start), turn(K, from: start).transposed) / Double(d).squareRoot()
  }
  func reordered(_ x: Tensor) -> Tensor { RotaryPositions.halved(x.transposed, heads: 1).transposed }
  return RotaryPositions.Pairing.allCases.map { pairing in
    let (turn, interleaved) = (RotaryPositions(d, pairing: pairing), RotaryPositions(d, pairing: .interleaved))
    let (own, halves) = (scores(Q, K, turn), RotaryPositions(d, pairing: .halves))
    let other = scores(Q, K, pairing == .halves ? interleaved : halves)
    return RotaryRow(
      pairing: pairing, shift: (scores(Q, K, turn, from: 7) - own).abs().max().item,
      length: (turn(Q, from: 7).norm(axes: [-1]) - Q.norm(axes: [-1])).abs().max().item,
      otherPairing: (other - own).abs().max().item,
      reordered: (scores(reordered(Q), reordered(K), halves) - scores(Q, K, interleaved)).abs().max().item)
  }
}

private func rotaryTable(_ rows: [RotaryRow]) -> Table {
  Table(
    "Scores of 16 queries and 16 keys of 64 numbers: largest differences",
    columns: ["pairing", "both 7 later", "of lengths", "to the other pairing", "and after reordering"],
    rows: rows.map {
      [
        .text($0.pairing == .halves ? "by halves" : "interleaved"), .scientific($0.shift), .scientific($0.length),
        .number($0.otherPairing, decimals: 3), .scientific($0.reordered),
      ]
    })
}

/// The dot product of a vector of ones with itself, turned by the distance: Σᵢ 2 cos(ωᵢ k), relative to distance 0.
private func rotaryFigure() -> LineChart {
  let distances = 256
  func curve(_ d: Int) -> [Double] {
    let turned = RotaryPositions(d)(Tensor.ones([distances, d], scalarType: .double))
    return (matmul(turned, turned[0]) / Double(d)).scalars
  }
  let x = (0..<distances).map(Double.init)
  return LineChart(
    "A key equal to the query, some places before it", x: Axis("distance m − n"), y: Axis("qₘ · kₙ / |q|²"),
    series: [16, 64, 128].map { Series("\($0) numbers", x: x, curve($0)) })
}

// MARK: - Sizes

private func sizeTable() -> Table {
  let models = [
    ("LLaMA and Llama 2, 7B", LlamaSizes.llama7B), ("Llama 2, 70B", .llama2Of70B), ("Mixtral 8×7B", .mixtral),
  ]
  return Table(
    "Parameters from the sizes; the cache in 16-bit numbers",
    columns: ["model", "stored", "used by a token", "heads", "groups", "cache of 4,096 tokens, MiB"],
    rows: models.map { name, sizes in
      [
        .text(name), .integer(sizes.stored), .integer(sizes.used), .integer(sizes.heads), .integer(sizes.groups),
        .number(Double(4_096 * 2 * sizes.cachedPerToken) / 1_048_576, decimals: 0),
      ]
    })
}

/// A model, what its cache takes, and how far it is from recomputation.
public struct CacheRow: Sendable {
  /// The groups of 8 heads.
  public let groups: Int
  /// The bytes of the cache.
  public let bytes: Int
  /// The largest difference of logits, symbol by symbol with the cache and all at once.
  public let gap: Double
}

/// Models of 8 heads in 8 and in 2 groups read a text symbol by symbol.
public func compareCaches(random: RandomSource) -> [CacheRow] {
  let text = (0..<64).map { _ in random.integer(below: 32) }
  return [8, 2].map { g in
    let model = Llama(symbols: 32, context: 64, width: 64, heads: 8, groups: g, blocks: 2, random: random.split())
    let whole = model([text])[0]
    var (cache, gap) = (model.emptyCache(), 0.0)
    for (place, symbol) in text.enumerated() {
      gap = max(gap, (model([[symbol]], cache: &cache)[0] - whole[place]).abs().max().item)
    }
    return CacheRow(groups: g, bytes: cache.bytes, gap: gap)
  }
}

private func cacheTable(_ rows: [CacheRow]) -> Table {
  Table(
    "A cache of 64 symbols for 2 blocks of 8 heads of 8",
    columns: ["groups", "bytes", "difference to reading all at once"],
    rows: rows.map { [.integer($0.groups), .integer($0.bytes), .scientific($0.gap)] })
}
