import Figures
import Messages
import Running
import Tensors
import Theory

/// § 11.3: Rademacher complexities, the bound (11.6), and a class that breaks (11.7).
public let section11_3 = Exercise(.section, "11.3", "Rademacher complexity", seconds: 8, quick: 1) { run in
  let draws = run.choose(quick: 500, standard: 20_000, full: 200_000)
  run.show(complexityTable(draws: draws, random: run.random.split()), as: "complexities")
  let trials = run.choose(quick: 20, standard: 1_000, full: 10_000)
  let checked = LossBoundCheck(examples: 100, trials: trials, draws: 200, random: run.random.split())
  run.show(boundTable(checked), as: "bound")
  let noise = noiseRows(points: run.choose(quick: 8, standard: 12, full: 12), random: run.random.split())
  run.show(noiseTable(noise), as: "noise")
  run.show(sizeTable(draws: draws / 20, random: run.random.split()), as: "sizes")
  run.show(noiseFigure(noise), as: "noise")
  let sizes = run.choose(
    quick: [(50, 1_000)], standard: [(50, 1_000), (200, 2_000), (400, 3_200), (800, 6_400)],
    full: [(50, 1_000), (200, 2_000), (400, 3_200), (800, 6_400)])
  let found = sizes.map { d, m in
    run.say("searching networks of spectral norm 1 for random signs: d = \(d), m = \(grouped(m))")
    return (
      d, m, SpectralCounterexample(dimensions: d, examples: m, draws: d > 300 ? 2 : 5, random: run.random.split())
    )
  }
  run.show(spectralTable(found), as: "spectral")
  run.show(spectralFigure(random: run.random.split(), isQuick: sizes.count == 1), as: "spectral")
  run.card("largest gap, relative to (11.6)", checked.largestShare)
  run.card("complexity at d = \(found[found.count - 1].0), at least", found[found.count - 1].2.complexityAtLeast)
  run.card("(11.7) there, as printed", found[found.count - 1].2.printedBound)
}

/// 64 random lists of 40 labels ±1. Definition 11.7
public func randomLabels() -> FiniteValues {
  FiniteValues(randomSigns(64, examples: 40, random: RandomSource(seed: 1)))
}

private func complexityTable(draws: Int, random: RandomSource) -> Table {
  func row(_ name: String, _ H: some RademacherClass, _ exact: Double?, _ bound: Double) -> [Table.Cell] {
    let found = H.complexity(draws: draws, random: random)
    return [
      .text(name), .number(found.mean, decimals: 4), .number(found.error, decimals: 4),
      exact.map { .number($0, decimals: 4) } ?? "–", .number(bound, decimals: 4),
    ]
  }
  let points = random.normal([10, 2], scalarType: .double)
  let lines = FiniteValues(LinearDichotomies(points).patterns)
  let (ball, all) = (LinearBall(points), FiniteValues(LabelPatterns(points: 10, 0..<1_024)))
  return Table(
    "(11.5) from \(grouped(draws)) vectors of signs, and over all 2^m",
    columns: ["class", "complexity", "± one standard error", "exact", "bound"],
    rows: [
      row("64 random lists of 40 labels, Massart", randomLabels(), nil, randomLabels().bound),
      row("lines, 10 points of the plane, Massart", lines, lines.exactComplexity, lines.bound),
      row("‖w‖ ≤ 1, the same points, (11.17)", ball, ball.exactComplexity, ball.bound),
      row("all labellings of 10 points, Massart", all, all.exactComplexity, all.bound),
    ])
}

// MARK: - Theorem 11.8

/// Compares max_h (R(h) − R̂_S(h)) with (11.6) on many samples of the world of § 11.1. Theorem 11.8
public struct LossBoundCheck: Sendable {
  /// The largest gap over the rules, and (11.6) with the complexity of the losses, for each sample.
  public let gaps, bounds: [Double]

  /// Draws `trials` samples of m examples, and estimates each complexity from `draws` vectors of signs.
  public init(examples m: Int, trials: Int, draws: Int, random: RandomSource) {
    let (world, H) = (ThresholdWorld(), ThresholdWorld().thresholds())
    let R = H.risks(under: world.distribution)
    var (gaps, bounds): ([Double], [Double]) = ([], [])
    for _ in 0..<trials {
      let losses = H.losses(on: world.distribution.sample(of: m, random: random))
      gaps.append((R - losses.values.mean(axes: [1])).max().item)
      let complexity = losses.complexity(draws: draws, random: random).mean
      bounds.append(RademacherBound(lossComplexity: complexity, δ: world.δ).gap(examples: m))
    }
    (self.gaps, self.bounds) = (gaps, bounds)
  }

  /// The share of samples on which some rule violates (11.6).
  public var violationShare: Double {
    Double(zip(gaps, bounds).filter { $0 > $1 }.count) / Double(gaps.count)
  }
  /// The largest gap as a share of its bound.
  public var largestShare: Double { zip(gaps, bounds).map { $0 / $1 }.max() ?? .nan }
}

private func boundTable(_ checked: LossBoundCheck) -> Table {
  let (memorizer, m, δ) = (Memorizer(scale: 0.01), 1_000, 0.05)
  func row(_ name: String, _ gap: Double, _ bound: Double) -> [Table.Cell] {
    [.text(name), .number(gap, decimals: 3), .number(bound, decimals: 3), .text(gap <= bound ? "yes" : "no")]
  }
  return Table(
    "Theorem 11.8: gaps R(h) − R̂_S(h) and the bound (11.6)", columns: ["class", "largest gap", "(11.6)", "holds"],
    rows: [
      row(
        "33 thresholds, m = 100, \(grouped(checked.gaps.count)) samples", checked.gaps.max() ?? .nan,
        checked.bounds.min() ?? .nan),
      row(
        "outputs ±0.01, m = 1,000, complexity of H", memorizer.gap,
        RademacherBound(lossComplexity: memorizer.complexity, δ: δ).gap(examples: m)),
      row(
        "outputs ±0.01, m = 1,000, complexity of the losses", memorizer.gap,
        RademacherBound(lossComplexity: memorizer.lossComplexity, δ: δ).gap(examples: m)),
    ])
}

// MARK: - Random labels

/// For linear classifiers with k parameters on m points: k, the exact complexity and the mean training error of the
/// best classifier on random labels. § 11.3
public func noiseRows(points m: Int, random: RandomSource) -> [(k: Int, complexity: Double, error: Double)] {
  let x = random.normal([m, m - 1], scalarType: .double)
  return (1..<m).map { d in
    let patterns = LinearDichotomies(x[0..<d, axis: 1]).patterns
    let errors = (0..<UInt64(1) << UInt64(m)).map(patterns.smallestError)
    return (d + 1, FiniteValues(patterns).exactComplexity, average(errors))
  }
}

private func noiseTable(_ rows: [(k: Int, complexity: Double, error: Double)]) -> Table {
  Table(
    "Linear classifiers with k parameters on \(rows.count + 1) random points, over all labels",
    columns: ["k", "complexity", "training error on random labels", "1 − 2 · error"],
    rows: rows.map {
      [
        .integer($0.k), .number($0.complexity, decimals: 4), .number($0.error, decimals: 4),
        .number(1 - 2 * $0.error, decimals: 4),
      ]
    })
}

private func noiseFigure(_ rows: [(k: Int, complexity: Double, error: Double)]) -> LineChart {
  let k = rows.map { Double($0.k) }
  return LineChart(
    "Linear classifiers on \(rows.count + 1) points with random labels", x: Axis("parameters k"),
    y: Axis("share"),
    series: [
      Series("complexity (11.5)", x: k, rows.map(\.complexity), style: .both),
      Series("training error", x: k, rows.map(\.error), style: .both),
    ])
}
