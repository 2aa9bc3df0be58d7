import Backprop
import DataSets
import Figures
import Messages
import Running
import Tensors
import Training
import VAE

/// § 9.7: codebooks of known laws, codes that nobody uses, and which term of (9.25) moves what.
public let section9_7 = Exercise(.section, "9.7", "Vector quantization", seconds: 4, quick: 1) { run in
  let laws = lawRows(
    [2, 4, 8], numbers: run.choose(quick: 512, standard: 16_384, full: 65_536),
    steps: run.choose(quick: 20, standard: 1_000, full: 4_000), random: run.random.split())
  run.show(lawTable(laws), as: "laws")
  run.show(rateFigure(), as: "rate")

  let plane = PlaneCodebooks(
    points: 800, codes: 16, steps: run.choose(quick: 10, standard: 300, full: 1_000), random: run.random.split())
  run.show(plane.figure, as: "codebooks")
  run.show(sidesTable(random: run.random.split()), as: "sides")

  run.card("levels of N(0, 1), K = 2, Lloyd–Max", laws[0].best.levels[1])
  run.card("levels of N(0, 1), K = 2, codebook", laws[0].levels[1])
  run.card("distortion, K = 4, Lloyd–Max", laws[1].best.distortion)
  run.card("distortion, K = 4, codebook", laws[1].distortion)
  run.card("codes in use of 16, without restarts", Double(plane.without.usage.used))
  run.card("codes in use of 16, with restarts", Double(plane.with.usage.used))
  run.card("bits of an image, one code of 512", codeBits(512, places: 1))
  run.card("bits of an image, a 7×7 grid of them", codeBits(512, places: 49))
}

// MARK: - One number

private struct LawRow {
  let best: ScalarQuantizer
  let levels: [Double]
  let distortion: Double
}

/// Codebooks that learned from the numbers Φ⁻¹((i + ½)/n), which stand for N(0, 1), with the identity as encoder.
private func lawRows(_ sizes: [Int], numbers n: Int, steps: Int, random: RandomSource) -> [LawRow] {
  let x = Tensor(
    (0..<n).map { normalQuantile((Double($0) + 0.5) / Double(n)) }, shape: [n, 1], scalarType: .double)
  return sizes.map { K in
    let start = VectorQuantizer(vectors: random.normal([K, 1], scalarType: .double))
    let book = descended(start, on: x, steps: steps, learningRate: 1)
    return LawRow(
      best: .normal(levels: K), levels: book.vectors.scalars.sorted(),
      distortion: book.quantized(x).commitmentTerm.mean().item)
  }
}

/// A codebook after steps of gradient descent on the mean codebook term of all vectors.
func descended(_ book: VectorQuantizer, on x: Tensor, steps: Int, learningRate: Double) -> VectorQuantizer {
  var (book, descent) = (book, GradientDescent(learningRate: learningRate))
  for _ in 0..<steps {
    descent.update(&book, along: gradient(at: book) { $0.quantized(x).codebookTerm.mean() })
  }
  return book
}

private func lawTable(_ rows: [LawRow]) -> Table {
  func text(_ levels: [Double]) -> String {
    levels.suffix(levels.count / 2).map { decimals($0, 4) }.joined(separator: ", ")
  }
  return Table(
    "Codebooks of N(0, 1): the upper half of the levels, and E[(x − e)²]",
    columns: ["K", "levels, Lloyd–Max", "levels, learned", "distortion", "learned", "U(0, 1), 1/12K²"],
    rows: rows.map { row in
      let K = row.levels.count
      return [
        .integer(K), .text(text(row.best.levels)), .text(text(row.levels)), .number(row.best.distortion, decimals: 4),
        .number(row.distortion, decimals: 4), .number(ScalarQuantizer.uniform(levels: K).distortion, decimals: 5),
      ]
    })
}

private func rateFigure() -> LineChart {
  let bits = Array(1...5)
  let found = bits.map { ScalarQuantizer.normal(levels: 1 << $0).distortion }
  let bound = bits.map { Tensor(-2 * Double($0) * ln2, scalarType: .double).exp().item }
  return LineChart(
    "N(0, 1): the best codebook of K numbers, and the bound for blocks of any length",
    x: Axis("bits a number, log₂ K"), y: Axis("mean squared error", .logarithmic),
    series: [
      Series("Lloyd–Max", x: bits.map(Double.init), found, style: .both),
      Series("2^(−2 bits), Shannon's bound", x: bits.map(Double.init), bound, style: .both),
    ])
}

// MARK: - Points in the plane

/// Codebooks for points on a ring of eight clusters, with and without restarts of dead codes.
struct PlaneCodebooks {
  struct Found {
    let book: VectorQuantizer
    let usage: CodeUsage
    let error: Double
  }
  let points: Tensor
  let start, without, with: Found

  init(points count: Int, codes K: Int, steps: Int, random: RandomSource) {
    let x = GaussianMixture.ring().sample(count: count, from: random).points
    func found(_ book: VectorQuantizer) -> Found {
      Found(
        book: book, usage: CodeUsage(book.nearest(to: x), of: K),
        error: book.quantized(x).commitmentTerm.mean().item)
    }
    let book = VectorQuantizer(codes: K, width: 2, random: random)
    (points, start) = (x, found(book))
    without = found(descended(book, on: x, steps: steps, learningRate: 1))
    var restarted = book
    for _ in 0..<10 {
      restarted.restart(CodeUsage(restarted.nearest(to: x), of: K), at: x, using: random)
      restarted = descended(restarted, on: x, steps: steps / 10, learningRate: 1)
    }
    with = found(restarted)
  }

  var figure: Panels {
    let shown = points[0..<min(400, points.shape[0])]
    func panel(_ title: String, _ found: Found) -> ScatterPlot {
      func series(_ name: String, _ codes: [Int]) -> Series {
        let e = codes.map { found.book.vectors[$0].scalars }
        return Series(name, x: e.map { $0[0] }, e.map { $0[1] }, style: .points)
      }
      let (dead, K) = (found.usage.dead, found.usage.counts.count)
      return ScatterPlot(
        "\(title): \(K - dead.count) of \(K) used, error \(decimals(found.error, 3))",
        x: Axis("z₁", range: -2.6...2.6), y: Axis("z₂", range: -2.6...2.6),
        groups: [
          Series(
            "z_e", x: shown.sliced(0..<1, axis: 1).scalars, shown.sliced(1..<2, axis: 1).scalars, style: .points),
          series("codes in use", (0..<K).filter { !dead.contains($0) }), series("dead codes", dead),
        ])
    }
    return Panels(
      "16 codes for eight clusters", columns: 2,
      [panel("Start", start), panel("By gradient", without), panel("With restarts", with)])
  }
}

// MARK: - Which term moves what

private func sidesTable(random: RandomSource) -> Table {
  let start = VectorQuantizer(vectors: random.normal([32, 8], standardDeviation: 0.1))
  let model = VectorQuantizedAutoencoder(width: 8, codebook: start, random: random).converted(to: .double)
  let x = random.uniform([4, 1, 8, 8], in: 0..<1, scalarType: .double)
  let terms: [(String, (QuantizationTerms) -> Tensor)] = [
    ("‖x − x̂‖²", \.reconstruction), ("‖sg[z_e] − e‖²", \.codebook), ("‖z_e − sg[e]‖²", \.commitment),
  ]
  return Table(
    "(9.25): the norm of each term's gradient", columns: ["term", "encoder", "codebook", "decoder"],
    rows: terms.map { name, term in
      let slope = gradient(at: model) { term($0.terms(of: x)).mean() }
      func norm(_ parts: [Tensor]) -> Table.Cell {
        .number(parts.reduce(0.0) { $0 + $1.squared().sum().item }.squareRoot(), decimals: 4)
      }
      return [
        .text(name), norm(slope.encoder.parameters), norm(slope.codebook.parameters),
        norm(slope.widening.parameters + slope.decoder.parameters),
      ]
    })
}
