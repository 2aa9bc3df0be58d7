import Backprop
import Checking
import DataSets
import Foundation
import Running
import Tensors
import Testing
import Training
import ch02

private func noData() -> DataLibrary { DataLibrary(directory: nil, environment: [:]) }

/// What Golden/backprop.py writes of Listing 2.5.
private struct Loops: Decodable {
  struct Loop: Decodable {
    let peak: Double
    let every67th: [Double]
    enum CodingKeys: String, CodingKey {
      case peak
      case every67th = "every 67th"
    }
  }
  let threeSchedulers: [String: Loop]
}

@Suite("Listing 2.5 Three schedulers on one optimizer")
struct Listing2_5Tests {
  @Test("Listing 2.5: the learning rates of all three loops are PyTorch's")
  func golden() throws {
    let loops = try Checking.golden("backprop", as: Loops.self).threeSchedulers
    #expect(Set(loops.keys) == Set(SchedulerLoop.allCases.map(\.rawValue)))
    for loop in SchedulerLoop.allCases {
      let expected = try #require(loops[loop.rawValue])
      let rates = learningRates(of: loop, batches: 469, epochs: 10)
      let found = stride(from: 0, to: rates.count, by: 67).map { rates[$0] }
      expectClose(
        Tensor(found, scalarType: .double), Tensor(expected.every67th, scalarType: .double), tolerance: 1e-9,
        scale: 1e-6
      )
      #expect(abs((rates.max() ?? 0) / expected.peak - 1) < 1e-9)
    }
  }

  @Test("Listing 2.5: as printed the learning rate peaks at 3.99 · 10⁻³, four times the requested peak")
  func peak() {
    let peak = learningRates(of: .asPrinted, batches: 469, epochs: 10).max() ?? 0
    #expect(abs(peak - 3.988e-3) < 1e-6)
  }

  @Test("Listing 2.5: stepped once an epoch the cosine has no visible effect, because one cycle overwrites it")
  func eachEpoch() {
    let loops = [SchedulerLoop.cosineEachEpoch, .oneCycleAlone].map { learningRates(of: $0, batches: 469, epochs: 10) }
    let gap = zip(loops[0], loops[1]).map { abs($0 - $1) }.max() ?? .nan
    #expect(gap > 0 && gap < 2e-6)
    #expect(abs(loops[1][0] - 4e-5) < 1e-18 && abs((loops[1].max() ?? 0) - 1e-3) < 1e-9)
  }
}

@Suite("§ 2.4.5 Surfaces")
struct SurfacesTests {
  @Test("§ 2.4.5: every surface has its minimum at the stated point, with a gradient of zero")
  func minima() {
    let minima: [String: [Double]] = [
      "Ill-conditioned quadratic": [0, 0], "Rosenbrock": [1, 1], "Beale": [3, 0.5], "Saddle": [0, 2.0.squareRoot()],
    ]
    #expect(minima.count == Surface.all.count)
    for surface in Surface.all {
      let p = Tensor(minima[surface.name] ?? [], scalarType: .double)
      #expect(abs(surface.height(p).item - surface.least) < 1e-12, "\(surface.name)")
      #expect(gradient(at: p, of: surface.height).abs().max().item < 1e-12)
      expectGradient(at: Tensor(surface.start, scalarType: .double), surface.name, of: surface.height)
    }
  }

  @Test(
    "§ 2.4.5: at its best learning rate momentum beats gradient descent in the valley, Nesterov on Rosenbrock's floor"
  )
  func order() {
    let results = compareOnSurfaces(steps: 40, fineness: 1)
    func end(_ surface: String, _ optimizer: String) -> Double {
      results.first { $0.surface.name == surface && $0.optimizer == optimizer }?.descent.excess.last ?? .nan
    }
    #expect(results.count == 4 * 7)
    #expect(end("Ill-conditioned quadratic", "momentum") < end("Ill-conditioned quadratic", "gradient descent"))
    #expect(end("Rosenbrock", "Nesterov") < end("Rosenbrock", "gradient descent"))
    for result in results { #expect(result.descent.points.count == 41 && result.rate <= 1) }
    for result in results { #expect((result.descent.excess.last ?? .nan) < result.descent.excess[0]) }
  }

  @Test("§ 2.4.5: descents go downhill, and a learning rate that explodes is never the best")
  func best() {
    let rates = [1e-3, 1e-2, 10]
    let (rate, way) = bestDescent(.valley, with: GradientDescent(learningRate: 1), rates: rates, steps: 30)
    #expect(rate == 1e-2)
    #expect(zip(way.excess, way.excess.dropFirst()).allSatisfy { $1 < $0 })
    #expect(way.points[0] == [-4, 0.9])
  }

  @Test("§ 2.4.3: the table of first steps and the stream of losses show what the tests of Adam assert")
  func shown() {
    let first = firstSteps()
    #expect(first.dropFirst().allSatisfy { $0.outside > $0.inside })
    #expect(abs(first[3].outside / first[3].inside - 10.04) < 0.01)
    let ends = followStream(steps: 600).map { $0.positions.last ?? .nan }
    #expect(ends[0] > 0.9 && ends[1] < -0.5 && ends[2] < -0.9)
  }
}

@Suite("§ 2.5 Schedules at work")
struct SchedulesAtWorkTests {
  @Test("§ 2.5: the four curves reach the same peak; one cycle and the warm-up do not start there")
  func curves() {
    let curves = scheduleCurves(steps: 200)
    for (_, rates) in curves { #expect(abs((rates.max() ?? 0) - 1e-3) < 1e-12) }
    #expect(curves.map { $0.rates[0] < 1e-3 } == [false, false, true, true])
  }

  @Test("§ 2.5: a plateau lowers the rate of stalled training, and the loss falls further")
  func plateau() {
    let result = trainWithPlateau(epochs: 60, examples: 128, random: RandomSource(seed: 1))
    #expect(result.losses.count == 60 && result.rates[0] == 0.05)
    #expect(zip(result.rates, result.rates.dropFirst()).allSatisfy { $1 <= $0 })
    let first = result.reductions.first ?? 60
    #expect(first > 8 && first < 60)
    #expect(result.losses.prefix(first) == result.constant.prefix(first), "the same training until then")
    #expect(result.losses[59] < 0.3 * result.constant.suffix(20).reduce(0, +) / 20)
    #expect((result.losses + result.constant).allSatisfy { $0 > 0 }, "never below the minimum")
  }
}

@Suite("§ 2.8 Four optimizers")
struct OptimizerAblationTests {
  private func plan(_ epochs: Int) -> TrainingPlan { TrainingPlan(epochs: epochs, batchSize: 64) }

  @Test("Listing 2.8, Output 2.8: SGD learns least, then momentum, then Adam and AdamW, all from the same weights")
  func order() throws {
    let results = compareOptimizers(on: try noData().mnist(), seed: 1) { _ in plan(3) }
    #expect(results.map(\.name) == ["SGD", "SGD+Momentum", "Adam", "AdamW"])
    #expect(results[0].loss > results[1].loss && results[1].loss > results[2].loss)
    #expect(results[0].testAccuracy < results[1].testAccuracy && results[1].testAccuracy < results[2].testAccuracy)
    #expect(results[2].testAccuracy > 0.8 && abs(results[2].testAccuracy - results[3].testAccuracy) < 0.03)
  }

  @Test("Listing 2.8: an optimizer is a value, so a second run with the same optimizer starts with a fresh one")
  func values() throws {
    let (data, adam) = (try noData().fashionMNIST(drawn: 100, 50), Adam())
    let runs = (0..<2).map { _ in
      trainClassifier(hidden: [8], with: adam, named: "Adam", on: data, plan: plan(2), seed: 3)
    }
    #expect(runs[0].history.losses == runs[1].history.losses)
    #expect(runs[0].model.flattened == runs[1].model.flattened)
  }
}

@Suite("Exercise 2.4 Four optimizers on clothes")
struct Exercise2_4Tests {
  @Test("Exercise 2.4: the network has 535,818 parameters, and every optimizer is trained with every learning rate")
  func grid() throws {
    let data = try noData().fashionMNIST(drawn: 200, 100)
    let grid = searchLearningRates([1e-3, 1e-1], on: data, seed: 1) { _ in TrainingPlan(epochs: 1, batchSize: 50) }
    #expect(grid.map(\.name) == ["SGD", "SGD+Momentum", "Adam", "AdamW"])
    for row in grid {
      #expect(row.runs.map(\.learningRate) == [1e-3, 1e-1])
      #expect(row.runs.allSatisfy { $0.model.parameterCount == 535_818 && $0.history.losses.count == 1 })
    }
  }

  @Test("Exercise 2.4: the best learning rate of SGD is larger than Adam's, and each best one learns")
  func best() throws {
    let data = try noData().fashionMNIST(drawn: 400, 200)
    let grid = searchLearningRates(hidden: [32], on: data, seed: 1) { _ in TrainingPlan(epochs: 8, batchSize: 50) }
    #expect(grid[0].best.learningRate > grid[2].best.learningRate)
    for row in grid {
      #expect(row.best.testAccuracy > 0.5, "\(row.name): chance is 0.1")
      #expect(row.runs.allSatisfy { $0.validationAccuracy <= row.best.validationAccuracy })
    }
  }

  @Test(
    "Exercise 2.4: the learning rates are chosen without the test images: wrong test labels do not change them"
  )
  func choice() throws {
    let data = try noData().fashionMNIST(drawn: 300, 60)
    let wrong = LabeledImages(images: data.test.images, labels: data.test.labels.map { ($0 + 1) % 10 })
    let other = ImageClassification(
      name: data.name, classNames: data.classNames, train: data.train, test: wrong, origin: data.name,
      isReal: data.isReal)
    let grids = [data, other].map { data in
      searchLearningRates([1e-3, 1e-2], hidden: [16], on: data, seed: 1) { _ in TrainingPlan(epochs: 3, batchSize: 25) }
    }
    #expect(grids[0].map(\.best.learningRate) == grids[1].map(\.best.learningRate))
    #expect(grids[0].map(\.best.validationAccuracy) == grids[1].map(\.best.validationAccuracy))
    #expect(grids[0].map(\.best.testAccuracy) != grids[1].map(\.best.testAccuracy))
  }
}

@Suite("§ 2.9 Large batches at work")
struct LargeBatchesAtWorkTests {
  @Test(
    "§ 2.9: five Newton–Schulz steps lift a singular value of 0.0005 to 0.24, those above 0.0015 to 0.68 to 1.21",
    arguments: [1, 2, 3])
  func values(seed: UInt64) throws {
    let study = studyOrthogonalization(random: RandomSource(seed: seed))
    #expect(study.count == 6)
    let (least, lifted) = (try #require(study[0].last), try #require(study[5].last))
    #expect(abs(least - 0.0005) < 5e-5 && abs(lifted - 0.24) < 0.005)
    let byFormula = (0..<5).reduce(least) { (s: Double, _: Int) -> Double in
      let cube = s * s * s
      return 3.4445 * s - 4.775 * cube + 2.0315 * cube * s * s
    }
    #expect(abs(lifted / byFormula - 1) < 1e-9)
    let large = study[0].count { $0 > 0.0015 }
    #expect(large > 30 && large < 48)
    #expect(study[5].prefix(large).allSatisfy { $0 > 0.68 && $0 < 1.21 })
    #expect(study[5].dropFirst(large).allSatisfy { $0 < 0.72 })
  }

  @Test("§ 2.9: every optimizer of the section learns digits")
  func learn() throws {
    let results = compareLargeBatches(on: try noData().mnist(), seed: 1) { _ in TrainingPlan(epochs: 3, batchSize: 128)
    }
    for result in results {
      #expect(result.run.testAccuracy > 0.6, "\(result.run.name): chance is 0.1")
    }
    #expect(results.first { $0.run.name == "Lion" }?.memory == 1)
  }
}
