import DataSets
import Diffusion
import Figures
import GAN
import Messages
import Running
import Tensors
import Training

/// Listing 10.8c: images from noise, in 1,000 steps and in 50, by the network of Listing 10.8b.
public let listing10_8c = Exercise(
  .listing, "10.8c", "Sampling in 1,000 steps and in 50", seconds: 60, quick: 3, full: 3_600,
  needs: { _ in DataNeeds(size: .exactly(28)) }
) { run in
  let data = try run.diffusionDigits()
  run.say(data.provenance + "\n")
  let schedule = NoiseSchedule.linear()
  let trained = try TrainedDenoiser.loaded(in: run) ?? run.trainedDenoiser(on: data, schedule: schedule)
  let count = run.choose(quick: 16, standard: 256, full: 1_000)
  let measure = run.measure(for: data, count: count)
  let noise = run.random.split().normal([count, data.train.channels, data.train.height, data.train.width])

  let ddpm = Sampler.ddpm(schedule, rule: run.choose(quick: .posterior, standard: .ancestral, full: .ancestral))
  let ddim = Sampler.ddim(schedule, steps: 50)
  var runs = [TimedSampling("DDIM, 50 steps", ddim, trained.average, noise, run)]
  if trained.isFresh {
    runs.append(TimedSampling("DDIM, not averaged", ddim, trained.model, noise, run))
  }
  runs.append(TimedSampling("DDPM, 1,000 steps", ddpm, trained.average, noise, run))
  let qualities = runs.map { measure($0.images) }
  run.say("")
  run.show(
    qualityTable(
      "Judged by a network", [("real, training set", measure.real)] + zip(runs, qualities).map { ($0.name, $1) }),
    as: "quality")
  run.show(timeTable(runs), as: "times")
  for (place, sampling) in runs.enumerated() where place != 1 || !trained.isFresh {
    run.show(sheet(sampling.grid), as: place == 0 ? "ddim" : "ddpm")
  }
  run.show(runs[runs.count - 1].strip, as: "strip")
  run.parameters = trained.average.parameterCount
  run.card("data", data.provenance)
  run.card("DDPM's time over DDIM's", measured: runs[runs.count - 1].seconds / runs[0].seconds)
  run.card(qualities[0], beside: measure.real, of: runs[0].name)
  for (sampling, quality) in zip(runs, qualities).dropFirst() { run.card(quality, of: sampling.name) }
}.readingModels

/// Images that a sampler made, with what it took.
struct TimedSampling {
  let name: String
  /// The images, with pixels from 0 to 1.
  let images: Tensor
  /// The calls of the network, and the seconds of all images together.
  let calls: Int, seconds: Double
  /// The first images on their way, and their steps.
  private var way: [(t: Int, x: Tensor)] = []

  /// Samples from the noise x_T and reports the progress.
  init(_ name: String, _ sampler: Sampler, _ model: UNet, _ noise: Tensor, _ run: Run) {
    let S = sampler.times.count
    let report = run.sampling(name, steps: S)
    var way: [(t: Int, x: Tensor)] = [(sampler.times[0], noise[0..<8])]
    var images = noise
    let random = run.random.split()
    let took = ContinuousClock().measure {
      images = sampler.sample(model, from: noise, random: random) { done, x in
        if done.isMultiple(of: S / 10) { way.append((done < S ? sampler.times[done] : 0, x[0..<8])) }
        return report(done, x)
      }
    }
    (self.name, calls, seconds, self.way) = (name, S, took / .seconds(1), way)
    self.images = shown(images)
  }

  /// The first 64 images, or as many as there are in full rows.
  var grid: ImageGrid {
    ImageGrid(name, images: pictures(images, 64), columns: min(16, images.shape[0]))
  }

  /// The way of four images.
  var strip: Panels {
    sheet(
      ImageGrid(
        "From noise to digits: \(name)", rows: (0..<4).map { n in way.map { picture(shown($0.x)[n]) } },
        columnTitles: way.map { "\($0.t)" }))
  }
}

/// The time of each sampler.
private func timeTable(_ runs: [TimedSampling]) -> Table {
  Table(
    "Time for \(runs[0].images.shape[0]) images", columns: ["sampler", "calls of the network", "seconds"],
    rows: runs.map { [.text($0.name), .integer($0.calls), .measured($0.seconds, decimals: 1)] })
}
