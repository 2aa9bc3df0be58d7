import DataSets
import Figures
import GAN
import Messages
import Running
import Tensors
import Training
import VAE

/// Exercise 9.5: a VQ-VAE with 512 codes of 64 numbers on a 7×7 grid, and how many of the codes are used.
///
/// Exercise 9.5.1: the codebook. Exercise 9.5.2: straight-through quantization. Exercise 9.5.3: the three terms.
/// Exercise 9.5.4: the use of the codes.
public let exercise9_5 = Exercise(
  "9.5", "A VQ-VAE", stars: 3, seconds: 55, quick: 2, full: 900,
  needs: { _ in DataNeeds(train: 64, test: 16, size: .exactly(28)) }
) { run in
  let all = try run.data.mnist()
  let data = run.choose(
    quick: all.limited(to: 64, 32), standard: all.limited(to: 1_500, 400), full: all.limited(to: 20_000, 2_000))
  run.say(data.provenance)
  let F = run.choose(quick: 4, standard: 32, full: 64)
  let start = VectorQuantizer(codes: 512, width: 64, random: run.random.split())
  run.say("512 codes of 64 numbers: \(grouped(start.parameterCount)) numbers, on a grid of 7×7 places")

  func trained<Book: Codebook>(_ name: String, _ book: Book, restarts: Bool) -> QuantizedRun {
    let random = RandomSource(seed: run.options.seed)  // the same network and the same batches for all
    var model = VectorQuantizedAutoencoder(width: F, codebook: book, random: random)
    let plan = run.plan(quick: 1, standard: 12, full: 20, batchSize: 64, label: name)
    let history = trainQuantized(&model, on: data.train.images, restartsDeadCodes: restarts, plan: plan, random: random)
    let result = QuantizedRun(name, model, history, data)
    run.say(result.line)
    return result
  }
  let averaged = AveragedQuantizer(vectors: start.vectors)
  let runs = [
    trained("by gradient, restarts", start, restarts: true), trained("by gradient", start, restarts: false),
    trained("averaged, restarts", averaged, restarts: true), trained("averaged", averaged, restarts: false),
  ]
  run.show(runTable(runs), as: "codebooks")
  run.show(termFigure(runs[0]), as: "terms")
  run.show(useFigure(runs), as: "use")
  run.show(reconstructionSheet(runs, data), as: "reconstructions")

  let measure = run.measure(for: data, count: runs[0].rebuilt.shape[0])
  run.parameters = runs[0].parameters
  run.card("data", data.provenance)
  run.card("numbers in the codebook", grouped(start.parameterCount))
  run.card("codes used on test images", Double(runs[0].usage.used))
  run.card("perplexity on test images", runs[0].usage.perplexity)
  run.card("codes used without restarts", Double(runs[1].usage.used))
  run.card("‖x − x̂‖² of test images", runs[0].testError)
  run.card("‖x − x̂‖² of test images, averaged codebook", runs[2].testError)
  run.card("bits of an image", codeBits(512, places: 49))
  run.card(measure(runs[0].rebuilt), beside: measure.real, of: "reconstructions")
}

/// A trained VQ-VAE, as the exercise shows it.
struct QuantizedRun {
  let name: String
  let history: History
  let parameters: Int
  /// The codes of the test images.
  let usage: CodeUsage
  /// The mean ‖x − x̂‖² of the test images.
  let testError: Double
  /// Reconstructions of the first ten test images, and of training images.
  let shown, rebuilt: Tensor

  init<Book: Codebook>(
    _ name: String, _ model: VectorQuantizedAutoencoder<Book>, _ history: History, _ data: ImageClassification
  ) {
    (self.name, self.history, parameters) = (name, history, model.parameterCount)
    usage = CodeUsage(model.codes(of: data.test.images).flatMap { $0 }, of: model.codebook.count)
    let x̂ = model.reconstructed(data.test.images)
    testError = (x̂ - data.test.images).squared().sum(axes: [1, 2, 3]).mean().item
    shown = x̂[0..<min(10, x̂.shape[0])].clamped(to: 0...1)
    rebuilt = model.reconstructed(data.train.prefix(2_000).images).clamped(to: 0...1)
  }

  /// What it used and left over.
  var line: String {
    "\(name): \(usage.used) codes used on test images, perplexity \(decimals(usage.perplexity, 1)), "
      + "‖x − x̂‖² \(decimals(testError, 2))"
  }
}

private func runTable(_ runs: [QuantizedRun]) -> Table {
  Table(
    "Codebooks: the last epoch of training, and test images",
    columns: [
      "codebook", "codes used", "perplexity", "‖x − x̂‖²", "Σ ‖z − e‖²", "codes, test", "perplexity, test",
      "‖x − x̂‖², test",
    ],
    rows: runs.map { run in
      func last(_ metric: String) -> Double { run.history[metric].last ?? .nan }
      return [
        .text(run.name), .integer(Int(last("used"))), .number(last("perplexity"), decimals: 1),
        .number(last("reconstruction"), decimals: 2), .number(last("codebook"), decimals: 2), .integer(run.usage.used),
        .number(run.usage.perplexity, decimals: 1), .number(run.testError, decimals: 2),
      ]
    })
}

private func termFigure(_ run: QuantizedRun) -> LineChart {
  LineChart(
    "The three terms of (9.25), \(run.name)", x: Axis("epoch"), y: Axis("mean over the images", .logarithmic),
    series: [
      Series("reconstruction", run.history["reconstruction"], style: .both),
      Series("codebook", run.history["codebook"], style: .both),
      Series("β commitment", run.history["commitment"].map { 0.25 * $0 }, style: .both),
    ])
}

private func useFigure(_ runs: [QuantizedRun]) -> Panels {
  Panels(
    "Use of 512 codes",
    [
      LineChart(
        "Codes used in an epoch", x: Axis("epoch"), y: Axis("codes", range: 0...520),
        series: runs.map { Series($0.name, $0.history["used"], style: .both) }),
      LineChart(
        "Uses of each code on test images", x: Axis("codes by use"), y: Axis("uses", .logarithmic),
        series: runs.map { Series($0.name, $0.usage.counts.sorted(by: >).filter { $0 > 0 }.map(Double.init)) }),
    ])
}

private func reconstructionSheet(_ runs: [QuantizedRun], _ data: ImageClassification) -> Panels {
  let shown = data.test.images[0..<runs[0].shown.shape[0]]
  let grid = ImageGrid(
    "", rows: ([shown] + runs.map(\.shown)).map { pictures($0) },
    rowTitles: ["image"] + runs.map(\.name))
  return Panels("Test images and what 49 codes keep of them", columns: 1, [grid])
}
