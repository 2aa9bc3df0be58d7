import DataSets
import Diffusion
import Figures
import GAN
import Messages
import Running
import Tensors
import Training

/// § 10.2.2: what the predictor with the least training loss remembers, beside a linear one and a trained network.
public let section10_2b = Exercise(
  .section, "10.2b", "What a perfect denoiser remembers", seconds: 40, quick: 2, full: 120
) { run in
  let data = try smallDigits(.opticalDigits())
  let schedule = NoiseSchedule.linear()
  run.say("\(data.provenance): an exact, a linear and a trained predictor of the noise\n")
  let denoisers = trainedDenoisers(data, schedule, run)
  run.show(lossTable(denoisers, data, schedule, run), as: "losses")
  let copies = SampledDenoisers(
    denoisers, data, schedule, count: run.choose(quick: 40, standard: 400, full: 1_000), run)
  run.show(copies.table(data, run), as: "copies")
  run.show(denoisedFigure(denoisers, data, schedule), as: "denoised")
  run.show(copies.figure, as: "copies")
}

/// A predictor with its name.
private struct NamedDenoiser: NoisePredictor {
  let name: String
  let model: any NoisePredictor

  init(_ name: String, _ model: any NoisePredictor) { (self.name, self.model) = (name, model) }

  func noise(in x: Tensor, at t: [Int]) -> Tensor { model.noise(in: x, at: t) }
}

private func trainedDenoisers(_ data: ImageClassification, _ schedule: NoiseSchedule, _ run: Run) -> [NamedDenoiser] {
  let x0 = centred(data.train.images)
  var sizes = UNetSizes()
  sizes.width = run.choose(quick: 8, standard: 16, full: 16)
  sizes.time = run.choose(quick: 32, standard: 128, full: 128)
  var training = DenoiserTraining(UNet(sizes, random: run.random.split()), learningRate: 2e-3)
  let plan = run.plan(quick: 2, standard: 50, full: 150, batchSize: 64, label: "training the U-Net")
  training.train(on: x0, schedule: schedule, plan: plan, random: run.random.split())
  run.parameters = training.model.parameterCount
  return [
    NamedDenoiser("exact for the training images", MemorizingPredictor(x0, schedule: schedule)),
    NamedDenoiser("linear", LinearPredictor(fittedTo: x0, schedule: schedule)),
    NamedDenoiser("U-Net", training.average.model),
  ]
}

/// The simple losses on training and on test images. (10.16)
private func lossTable(
  _ denoisers: [NamedDenoiser], _ data: ImageClassification, _ schedule: NoiseSchedule, _ run: Run
) -> Table {
  let times = run.choose(quick: 1, standard: 4, full: 10)
  let losses = denoisers.map { denoiser in
    [data.train, data.test].map { part in
      let few = part.prefix(run.choose(quick: 100, standard: .max, full: .max))
      return denoiser.simpleLoss(
        on: centred(few.images), schedule: schedule, times: times, random: RandomSource(seed: 10))
    }
  }
  for (denoiser, loss) in zip(denoisers, losses) {
    run.card("loss, \(denoiser.name)", "\(decimals(loss[0], 4)) training, \(decimals(loss[1], 4)) test")
  }
  return Table(
    "The simple loss (10.16), mean over t and pixels", columns: ["predictor", "training images", "test images"],
    rows: zip(denoisers, losses).map { [.text($0.name), .number($1[0], decimals: 4), .number($1[1], decimals: 4)] })
}

/// Samples of each predictor by DDIM, from the same noise, with the training images nearest to them.
private struct SampledDenoisers {
  let names: [String]
  /// The images from 0 to 1. [N×1×8×8]
  let samples: [Tensor]
  /// The nearest training images, and the distances.
  let nearest: [(images: Tensor, distances: [Double])]
  /// The same for test images.
  let test: (images: Tensor, nearest: Tensor, distances: [Double])

  init(
    _ denoisers: [NamedDenoiser], _ data: ImageClassification, _ schedule: NoiseSchedule, count: Int, _ run: Run
  ) {
    let noise = run.random.normal([count, 1, 8, 8])
    let sampler = Sampler.ddim(schedule, steps: run.choose(quick: 10, standard: 50, full: 50))
    let train = data.train.images
    func neighbours(_ images: Tensor) -> (images: Tensor, distances: [Double]) {
      let found = nearestRows(of: images.flattened(from: 1), in: train.flattened(from: 1))
      return (train.gathered(found.numbers), found.distances)
    }
    names = denoisers.map(\.name)
    samples = denoisers.map { shown(sampler.sample($0, from: noise, random: run.random)) }
    nearest = samples.map(neighbours)
    let tested = data.test.images[0..<min(count, data.test.count)]
    let found = neighbours(tested)
    test = (tested, found.images, found.distances)
  }

  /// The distances to the nearest training image, and the measures of § 8.8 on the card.
  func table(_ data: ImageClassification, _ run: Run) -> Table {
    let measure = run.measure(for: data, count: samples[0].shape[0])
    for (index, name) in names.enumerated() {
      run.card(measure(samples[index]), beside: index == 0 ? measure.real : nil, of: name)
    }
    let rows = zip(names, nearest.map(\.distances)) + [("test images", test.distances)]
    return Table(
      "Distance to the nearest training image, of \(samples[0].shape[0]) samples by DDIM from the same noise",
      columns: ["images", "smallest", "median", "largest", "closer than 0.01"],
      rows: rows.map { name, distances in
        let sorted = distances.sorted()
        return [
          .text(name), .number(sorted[0], decimals: 4), .number(sorted[sorted.count / 2], decimals: 4),
          .number(sorted[sorted.count - 1], decimals: 4), .integer(distances.count { $0 < 0.01 }),
        ]
      })
  }

  /// Samples above their nearest training images.
  var figure: Panels {
    let order = [0, 2]
    let rows = order.flatMap { [pictures(samples[$0], 12), pictures(nearest[$0].images, 12)] }
    return sheet(
      ImageGrid(
        "Samples, and the training images nearest to them",
        rows: rows + [pictures(test.images, 12), pictures(test.nearest, 12)],
        rowTitles: order.flatMap { ["\($0 == 0 ? "exact" : "U-Net")", "nearest"] } + ["test image", "nearest"]))
  }
}

/// E[x₀ | x_t] of a test image by each predictor, at several t.
private func denoisedFigure(
  _ denoisers: [NamedDenoiser], _ data: ImageClassification, _ schedule: NoiseSchedule
) -> Panels {
  let times = [20, 60, 120, 200, 300, 400, 550, 750]
  let x0 = centred(data.test.images[8..<9])
  let ε = RandomSource(seed: 5).normal(x0.shape)
  let noisy = times.map { schedule.noised(x0, at: $0, noise: ε) }
  let denoised = denoisers.map { denoiser in
    zip(times, noisy).map { t, x in
      picture(shown(schedule.data(from: x, noise: denoiser.noise(in: x, at: [t]), at: t))[0])
    }
  }
  return sheet(
    ImageGrid(
      "A test image with noise, and what three predictors expect",
      rows: [noisy.map { picture(shown($0)[0]) }] + denoised,
      rowTitles: ["with noise", "exact", "linear", "U-Net"], columnTitles: times.map { "t = \($0)" }))
}
