import DataSets
import Diffusion
import Figures
import GAN
import Messages
import Running
import Tensors
import Training
import VAE

/// Exercise 10.6: DDPM and DDIM with the same network: images, seconds, and paths between two noises.
public let exercise10_6 = Exercise(
  "10.6", "DDPM and DDIM", stars: 2, seconds: 50, quick: 3, full: 1_800,
  needs: { _ in DataNeeds(train: 64, test: 40, testClasses: 2, size: .exactly(28)) }
) { run in
  let data = try run.comparedDigits()
  let schedule = NoiseSchedule.linear()
  let network = SmallDenoiser(run, on: data, schedule: schedule)
  let count = run.choose(quick: 16, standard: 120, full: 1_000)
  let measure = run.measure(for: data, count: count)
  let noise = run.random.normal(Shape([count] + data.train.images.shape.lengths.dropFirst()))

  let all = run.choose(quick: [2, 5, 10, 20], standard: [10, 50, 100, 1_000], full: [10, 50, 100, 1_000])
  var samplers = all.map { ("DDIM, S = \($0)", Sampler.ddim(schedule, steps: $0)) }
  samplers.append(
    run.choose(
      quick: ("η = 1, S = 20", .ddim(schedule, steps: 20, η: 1)), standard: ("DDPM", .ddpm(schedule)),
      full: ("DDPM", .ddpm(schedule))))
  let rows = samplers.map { name, sampler in
    let row = TimedSamples(name, sampler, network.model, from: noise, random: run.random.split())
    run.say("\(name): \(sampler.times.count) calls in \(decimals(row.seconds, 1)) s")
    return (row: row, quality: measure(row.images))
  }
  run.show(samplerTable(rows, real: measure.real), as: "samplers")
  run.show(
    sheet(
      ImageGrid(
        "The same noise, other samplers", rows: rows.map { pictures($0.row.images[0..<10]) },
        rowTitles: rows.map(\.row.name))), as: "samples")

  let paths = NoisePaths(
    network.model, schedule: schedule, side: data.train.width, steps: run.choose(quick: 4, standard: 50, full: 100),
    pairs: run.choose(quick: 1, standard: 8, full: 20), random: run.random.split())
  run.show(paths.table, as: "paths")
  run.show(paths.sheet, as: "paths")
  run.parameters = network.model.parameterCount
  run.card("data", data.provenance)
  for (row, _) in rows {
    run.card("\(row.name): milliseconds a call", measured: 1_000 * row.seconds / Double(row.calls))
  }
  for row in paths.rows { run.card("largest jump / mean, \(row.name)", row.largestJump) }
  for row in paths.rows { run.card("mean step / distance of the ends, \(row.name)", row.meanStep) }
  run.card(rows[1].quality, beside: measure.real, of: rows[1].row.name)
  run.card(rows[4].quality, of: rows[4].row.name)
}

/// Samples, with the calls and the seconds they took. Exercise 10.6.1, Exercise 10.6.2
struct TimedSamples {
  let name: String
  let calls: Int
  let seconds: Double
  let images: Tensor

  init(_ name: String, _ sampler: Sampler, _ model: UNet, from noise: Tensor, random: RandomSource) {
    var x = noise
    let seconds = ContinuousClock().measure { x = sampler.sample(model, from: noise, random: random) } / .seconds(1)
    (self.name, calls, self.seconds, images) = (name, sampler.times.count, seconds, shown(x))
  }
}

private func samplerTable(_ rows: [(row: TimedSamples, quality: SampleQuality)], real: SampleQuality) -> Table {
  func cells(_ q: SampleQuality) -> [Table.Cell] {
    [
      .number(q.frechetDistance, decimals: 1), .number(q.density, decimals: 2), .number(q.coverage, decimals: 2),
      .number(q.recognized, decimals: 2),
    ]
  }
  return Table(
    "\(rows[0].quality.count) images by each sampler",
    columns: ["sampler", "calls", "seconds", "ms a call", "Fréchet distance", "density", "coverage", "recognized"],
    rows: [[.text("training images"), .integer(0), "", ""] + cells(real)]
      + rows.map { row, quality in
        [
          .text(row.name), .integer(row.calls), .measured(row.seconds, decimals: 2),
          .measured(1_000 * row.seconds / Double(row.calls), decimals: 1),
        ] + cells(quality)
      })
}
