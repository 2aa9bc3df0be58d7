import Attention
import Figures
import Foundation
import Running
import Tensors

/// Exercise 6.5: linear, local and tiled attention compared with the full one: errors, times, memory, up to 8,192
/// places.
public let exercise6_5 = Exercise(
  "6.5", "Efficient attention", stars: 3, seconds: 30, full: 80
) { run in
  let lengths = run.choose(quick: [64, 128, 256], standard: [128, 512, 2_048, 8_192], full: [128, 512, 2_048, 8_192])
  let rows = compareEfficient(
    lengths: lengths, depth: 64, radius: 64, tile: 128, runs: run.choose(quick: 1, standard: 3, full: 5),
    random: run.random.split())
  run.show(errorTable(rows), as: "errors")
  run.show(timeTable(rows), as: "times")
  run.show(memoryTable(rows), as: "memory")
  run.show(timeFigure(rows), as: "times", isMeasured: true)
  run.show(memoryFigure(rows), as: "memory")
  let windows = compareWindows(
    length: run.choose(quick: 256, standard: 2_048, full: 4_096),
    radii: run.choose(
      quick: [4, 16, 64, 256], standard: [8, 32, 128, 512, 2_048], full: [8, 32, 128, 512, 2_048, 4_096]),
    runs: run.choose(quick: 1, standard: 3, full: 5), random: run.random.split())
  run.show(windowTable(windows), as: "windows")
  run.show(windowFigure(windows), as: "windows")
  let recall = compareRecall(
    items: run.choose(quick: [8], standard: [8, 32, 128], full: [8, 32, 128]), depth: 16, radius: 16,
    random: run.random.split()
  ) { run.plan(steps: run.choose(quick: 30, standard: 800, full: 2_000), label: $0) }
  run.show(recallTable(recall), as: "recall")
  for kind in EfficientRow.Kind.allCases where lengths.count > 1 {
    run.card("time grows like n to the power of, \(kind.rawValue)", measured: slope(rows.filter { $0.kind == kind }))
  }
  if let last = rows.last(where: { $0.kind == .tiled }) {
    run.card("tiles: largest array", Double(last.numbers))
    run.card("full: n²", Double(last.length * last.length))
    run.card("largest difference between tiles and full", rows.filter { $0.kind == .tiled }.map(\.error).max() ?? .nan)
  }
}

/// One algorithm at one length.
public struct EfficientRow: Sendable {
  /// The algorithm.
  public enum Kind: String, CaseIterable, Sendable {
    case full, linear, local, tiled, kernel
  }

  /// The algorithm.
  public let kind: Kind
  /// n.
  public let length: Int
  /// ‖y − full‖ / ‖full‖.
  public let error: Double
  /// Milliseconds of one pass.
  public let milliseconds: Double
  /// The numbers of the largest array apart from operands and output.
  public let numbers: Int
}

/// Runs all algorithms on the same queries, keys and values, one head of `depth` numbers. Exercise 6.5.1,
/// Exercise 6.5.2, Exercise 6.5.3, Exercise 6.5.4
///
/// Scores are larger than those of N(0, 1) entries, by a factor of 2, so that attention is not nearly uniform; every
/// query then has a few keys that matter, anywhere in the sequence.
public func compareEfficient(
  lengths: [Int], depth d: Int, radius: Int, tile: Int, runs: Int, random: RandomSource
) -> [EfficientRow] {
  lengths.flatMap { n in
    let (Q, K, V) = (2 * random.normal([n, d]), random.normal([n, d]), random.normal([n, d]))
    let right = attention(Q, K, V).output
    let largest = tiledAttention(Q, K, V, queryTile: tile, keyTile: tile).largestArray
    func row(_ kind: EfficientRow.Kind, _ numbers: Int, _ pass: () -> Tensor) -> EfficientRow {
      let error = (pass() - right).norm().item / right.norm().item
      return EfficientRow(
        kind: kind, length: n, error: error, milliseconds: shortestMilliseconds(runs, pass), numbers: numbers)
    }
    return [
      row(.full, n * n) { attention(Q, K, V).output },
      row(.linear, max(n * d, d * d)) { linearAttention(Q, K, V) },
      row(.local, localNumbers(n, d, radius)) { localAttention(Q, K, V, radius: radius) },
      row(.tiled, largest) { tiledAttention(Q, K, V, queryTile: tile, keyTile: tile).output },
      row(.kernel, 0) { fusedAttention(Q, K, V) },
    ]
  }
}

/// The largest array of `localAttention`: the mask of its blocks, or their keys side by side.
private func localNumbers(_ n: Int, _ d: Int, _ radius: Int) -> Int {
  max(ScoreCount.local(n, radius: radius), 3 * n * d)
}

/// The power of n by which the time grows between the two largest lengths.
public func slope(_ rows: [EfficientRow]) -> Double {
  let (a, b) = (rows[rows.count - 2], rows[rows.count - 1])
  return log(b.milliseconds / a.milliseconds) / log(Double(b.length) / Double(a.length))
}

/// A window at one length. Exercise 6.5.2
public struct WindowRow: Sendable {
  /// r: 2r + 1 keys are seen.
  public let radius: Int
  /// The relative error for keys that matter anywhere, and for keys that matter nearby.
  public let anywhere, nearby: Double
  /// Milliseconds, and the pairs that are allowed.
  public let milliseconds: Double, pairs: Int
}

/// Local attention with several windows on two kinds of sequences: independent vectors, and slowly changing ones, whose
/// neighbours are alike. Exercise 6.5.2
public func compareWindows(length n: Int, radii: [Int], runs: Int, random: RandomSource) -> [WindowRow] {
  let d = 32
  let independent = (random.normal([n, d]), random.normal([n, d]), random.normal([n, d]))
  let walk = smoothed(random.normal([n, d]))
  let alike = (2 * walk, 2 * walk, random.normal([n, d]))
  func error(_ x: (Tensor, Tensor, Tensor), _ r: Int) -> Double {
    let right = fusedAttention(x.0, x.1, x.2)
    return (localAttention(x.0, x.1, x.2, radius: r) - right).norm().item / right.norm().item
  }
  return radii.map { r in
    WindowRow(
      radius: r, anywhere: error(independent, r), nearby: error(alike, r),
      milliseconds: shortestMilliseconds(runs) {
        localAttention(independent.0, independent.1, independent.2, radius: r)
      }, pairs: ScoreCount.window(n, radius: r))
  }
}

/// xₜ = 0.95 xₜ₋₁ + noise, of variance 1.
private func smoothed(_ noise: Tensor) -> Tensor {
  let factors = Tensor(repeating: 0.95, noise.shape, scalarType: noise.scalarType)
  return (noise * (1 - 0.95 * 0.95).squareRoot()).cumulativeSum(axis: 0, factors: factors)
}
