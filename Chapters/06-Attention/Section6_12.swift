import Attention
import Figures
import Running
import Tensors

/// § 6.12: attention by tiles, linear, sparse, grouped, differential: what each computes, and what it saves.
public let section6_12 = Exercise(.section, "6.12", "Efficient attention", seconds: 2, full: 4) { run in
  run.show(
    tileTable(checkTiles(length: run.choose(quick: 64, standard: 256, full: 512), random: run.random.split())),
    as: "tiles")
  run.show(rowSumTable(linearRowSums(random: run.random.split())), as: "linear")
  run.show(patternTable(length: 1_024), as: "patterns")
  run.show(patternFigure(length: 24), as: "patterns")
  run.show(groupTable(compareGroups(random: run.random.split())), as: "groups")
  let noise = cancelNoise(random: run.random.split())
  run.show(noiseTable(noise), as: "differential")
  run.card("signal over noise, one map", noise[0].ratio)
  run.card("signal over noise, best λ", noise.map(\.ratio).max() ?? .nan)
}

// MARK: - Tiles

/// Attention by tiles against (6.9).
public struct TileCheck: Sendable {
  /// The tile, queries × keys.
  public let tile: (queries: Int, keys: Int)
  /// Whether the mask is causal.
  public let isCausal: Bool
  /// The largest difference, and the numbers of the largest array.
  public let gap: Double, largestArray: Int
}

/// Tiles of several sizes, in double precision.
public func checkTiles(length n: Int, random: RandomSource) -> [TileCheck] {
  let (Q, K, V) = (
    random.normal([n, 32], scalarType: .double), random.normal([n, 32], scalarType: .double),
    random.normal([n, 32], scalarType: .double)
  )
  return [false, true].flatMap { isCausal in
    let right = attention(Q, K, V, mask: isCausal ? .causal : .everything).output
    return [(1, n), (7, 13), (32, 32), (n, n)].map { queries, keys in
      let tiled = tiledAttention(Q, K, V, queryTile: queries, keyTile: keys, isCausal: isCausal)
      return TileCheck(
        tile: (queries, keys), isCausal: isCausal, gap: (tiled.output - right).abs().max().item,
        largestArray: tiled.largestArray)
    }
  }
}

private func tileTable(_ checks: [TileCheck]) -> Table {
  Table(
    "Attention by tiles against (6.9)", columns: ["tile", "causal", "largest difference", "largest array"],
    rows: checks.map {
      [
        .text("\($0.tile.queries)×\($0.tile.keys)"), .text($0.isCausal ? "yes" : "no"), .scientific($0.gap),
        .integer($0.largestArray),
      ]
    })
}

// MARK: - Linear attention

/// The row sums of the weights φ(Q) φ(K)ᵀ of (6.21) as printed, and with the normalizer.
public func linearRowSums(
  queries n: Int = 6, keys m: Int = 16, random: RandomSource
) -> (printed: [Double], normalized: [Double]) {
  let (Q, K) = (random.normal([n, 8], scalarType: .double), random.normal([m, 8], scalarType: .double))
  let ones = Tensor.ones([m, 1], scalarType: .double)
  return (unnormalizedLinearAttention(Q, K, ones).scalars, linearAttention(Q, K, ones).scalars)
}

private func rowSumTable(_ sums: (printed: [Double], normalized: [Double])) -> Table {
  Table(
    "Row sums of linear attention's weights, 16 keys, d_k = 8", columns: ["query", "(6.21) as printed", "normalized"],
    rows: sums.printed.indices.map {
      [.integer($0 + 1), .number(sums.printed[$0], decimals: 1), .number(sums.normalized[$0], decimals: 4)]
    })
}

// MARK: - Sparse patterns

/// The patterns of § 6.12 as masks, for n places.
public func sparsePatterns(length n: Int) -> [(name: String, mask: AttentionMask)] {
  let root = Int(Double(n).squareRoot())
  return [
    ("full, causal", .causal), ("local, radius \(root)", .window(radius: root) & .causal),
    ("strided, every \(root)", .strided(root) & .causal),
    ("local or strided", (.window(radius: root) | .strided(root)) & .causal),
  ]
}

/// The pairs that a mask allows.
public func pairs(_ mask: AttentionMask, length n: Int) -> Int {
  mask.allowed(queries: n, keys: n, scalarType: .double).map { Int($0.sum().item) } ?? n * n
}

private func patternTable(length n: Int) -> Table {
  let root = Int(Double(n).squareRoot())
  let rows: [[Table.Cell]] = sparsePatterns(length: n).map { name, mask in
    let count = pairs(mask, length: n)
    return [.text(name), .integer(count), .number(Double(count) / Double(n * n), decimals: 4)]
  }
  let kept = ScoreCount.topK(n, k: root)
  return Table(
    "Pairs of \(n) places", columns: ["pattern", "pairs", "of n²"],
    rows: rows + [
      [.text("top \(root): kept, all n² computed"), .integer(kept), .number(Double(kept) / Double(n * n), decimals: 4)]
    ])
}

private func patternFigure(length n: Int) -> Panels {
  Panels(
    "Who looks at whom: rows are queries, columns keys",
    sparsePatterns(length: n).map { name, mask in
      let scalars = (mask.allowed(queries: n, keys: n) ?? .ones([n, n])).scalars
      return HeatMap(
        name, values: (0..<n).map { Array(scalars[$0 * n..<($0 + 1) * n]) }, format: nil, range: 0...1)
    })
}
