import Checking
import DataSets
import GAN
import Messages
import Running
import Synchronization
import Tensors
import Testing
import Training
import ch08

@Suite("Exercise 8.6  The Fréchet distance of a DCGAN")
struct Exercise8_6Tests {
  private static let clothes = LabeledImages.drawnClothes(count: 700, from: RandomSource(seed: 3))
  private static let judge = ImageJudge.trained(
    on: ImageClassification(
      name: "drawn clothes", classNames: (0..<10).map(String.init), train: clothes.prefix(500),
      test: clothes.subset(Array(500..<700)), origin: "drawn clothes", isReal: false), steps: 60)
  private static let halves = RealHalves(of: clothes.subset(Array(500..<700)), judge: judge)

  @Test("Exercise 8.6.1: the floor is (8.19) of two halves without a common image, and n samples add c/n to the bias")
  func floor() {
    let halves = Self.halves
    #expect(halves.first.count == 100 && halves.second.count == 100)
    #expect(nearestRows(of: halves.first.flattened, in: halves.second.flattened).distances.allSatisfy { $0 > 1e-3 })
    let judged = [halves.first, halves.second].map { Self.judge.judged($0.images).features }
    #expect(abs(halves.floor - frechetDistance(judged[0], judged[1])) < 1e-9 * halves.floor)
    #expect(
      halves.distance(of: halves.second.images) < 1e-8 && halves.distance(of: halves.first.images) == halves.floor)
    let (few, more) = (halves.bias(50) - halves.bias(100), halves.bias(100) - halves.bias(200))
    #expect(more > 0 && abs(few / more - 2) < 1e-9)  // c/100 and c/200
  }

  @Test("Exercise 8.6: the card has the distance that the sheet shows for the first epoch; all samples are counted")
  func program() throws {
    try TemporaryFolder.temporary { folder in
      let printed = Mutex("")
      let console = Console(out: { text in printed.withLock { $0 += text } }, err: { _ in })
      #expect(chapter8.run(["exercise", "8.6", "--quick", "--out", folder.path], console: console) == 0)
      let text = printed.withLock { $0 }
      let line = try #require(text.split(separator: "\n").first { $0.contains("distance after the first epoch") })
      let value = try #require(line.split(separator: " ").last.flatMap { Double($0) })
      let sheet = try #require(folder.names.first { $0.hasSuffix("samples.svg") })
      #expect(try folder.text(sheet).contains("epoch 1: \(decimals(value, 0))<"), "\(line)")
      let table = try #require(folder.names.first { $0.hasSuffix("number-of-samples.csv") })
      #expect(cells(ofCSV: try folder.text(table)).count == 4)
    }
  }

  @Test("Exercise 8.6.2 and 8.6.3: after four short epochs the distance is below the first, and above the floor")
  func falls() {
    var sizes = ConvolutionalSizes.quarter
    sizes.latent = 16
    let result = trackedTraining(
      sizes, on: Self.clothes.prefix(500).images, Self.halves, plan: TrainingPlan(epochs: 4, batchSize: 16),
      random: RandomSource(seed: 1)
    ) { _ in }
    let distances = result.distances
    #expect(distances.count == 4 && result.rows.count == 4)
    #expect(distances[3] < 0.7 * distances[0], "\(distances)")
    #expect(distances[3] > Self.halves.floor)
    #expect(result.samples.shape == [100, 1, 28, 28] && result.samples.min().item >= 0)
    #expect(abs(Self.halves.distance(of: result.samples) - distances[3]) < 1e-9 * distances[3])
  }
}
