import Applications
import Checking
import DataSets
import Tensors
import Testing
import ch12

private func log(_ x: Double) -> Double { Tensor(x, scalarType: .double).log().item }

@Suite("§ 12.10, § 6.6  Image and text in one space")
struct ImageTextTests {
  @Test("§ 12.10: equal similarities give ln N, and the loss is symmetric in images and texts")
  func start() {
    #expect(abs(imageTextLoss(Tensor.zeros([64, 64], scalarType: .double)).item - log(64)) < 1e-12)
    let z = RandomSource(seed: 2).normal([7, 7], scalarType: .double)
    #expect(abs(imageTextLoss(z).item - imageTextLoss(z.transposed).item) < 1e-12)
    let rows = z.crossEntropy(labels: Array(0..<7)).item
    let columns = z.transposed.crossEntropy(labels: Array(0..<7)).item
    #expect(abs(imageTextLoss(z).item - (rows + columns) / 2) < 1e-12 && abs(rows - columns) > 0.01)
    let model = ImageTextModel(symbols: SceneWords.symbols, random: RandomSource(seed: 1))
    let (images, texts) = DescribedImages(count: 1, from: RandomSource(seed: 2)).batch(24, from: RandomSource(seed: 3))
    #expect(abs(imageTextLoss(model.similarities(images, texts)).item - log(24)) < 0.5)
  }

  @Test("§ 12.10: cosines alone cannot go below ln(1 + (N−1) e^(−N/(N−1))), and a simplex reaches it")
  func floor() {
    #expect(abs(imageTextFloor(64) - 3.170) < 5e-4 && abs(imageTextFloor(24) - 2.208) < 5e-4)
    for (N, s) in [(3, 1.0), (24, 1), (24, 5)] {
      // The corners of a simplex: unit vectors minus their mean, scaled to length 1.
      let corners = unitVectors(Tensor.identity(N, scalarType: .double) - 1 / Double(N))
      let loss = imageTextLoss(s * matmul(corners, corners.transposed)).item
      #expect(abs(loss - imageTextFloor(N, scale: s)) < 1e-9)
      for seed in 0..<20 as Range<UInt64> {
        let random = RandomSource(seed: seed)
        let f = unitVectors(corners + 0.3 * random.normal([N, N], scalarType: .double))
        let g = unitVectors(corners + 0.3 * random.normal([N, N], scalarType: .double))
        #expect(imageTextLoss(s * matmul(f, g.transposed)).item > imageTextFloor(N, scale: s))
      }
    }
    #expect(imageTextFloor(24, scale: 100) < 1e-40)
  }

  @Test("§ 12.10: descent on free unit vectors approaches the floor and never passes it")
  func descent() {
    var points = RandomSource(seed: 4).normal([2, 8, 8], scalarType: .double)
    var losses: [Double] = []
    for _ in 0..<400 {
      let (loss, slope) = valueWithGradient(at: points) { p in
        imageTextLoss(matmul(unitVectors(p[0]), unitVectors(p[1]).transposed))
      }
      losses.append(loss.item)
      points -= 5 * slope
    }
    let floor = imageTextFloor(8)
    #expect(losses.allSatisfy { $0 > floor - 1e-9 } && (losses.last ?? 9) < floor + 0.01)
  }

  @Test("§ 12.10: every word of a text moves its embedding, and what follows the end does not")
  func end() {
    let model = ImageTextModel(symbols: SceneWords.symbols, random: RandomSource(seed: 5))
    let text = Look.all[17].symbols(1)
    let embedded = model.embedded(Tokens([text]))
    for place in 0..<text.count - 1 {
      var other = text
      other[place] = (other[place] + 1) % SceneWords.end
      #expect((model.embedded(Tokens([other])) - embedded).abs().max().item > 1e-4, "word \(place)")
    }
    let padded = model.embedded(Tokens([text, text + [1, 2, 3]], padding: SceneWords.end))
    expectClose(padded[0], embedded[0], tolerance: 1e-5, scale: 1)
    let others = model.embedded(Tokens([text, text + [4, 5, 6]], padding: 3))
    #expect(others[0] == padded[0])
    #expect(abs(embedded.squared().sum().item - 1) < 1e-5)
  }

  @Test("§ 12.10: the scale starts at 1/0.07 and stops at 100, where its derivative ends")
  func scale() {
    var model = ImageTextModel(symbols: SceneWords.symbols, random: RandomSource(seed: 6))
    #expect(abs(model.scale.item - 1 / 0.07) < 1e-4)
    model.logScale = Tensor(9)
    #expect(abs(model.scale.item - 100) < 1e-3)
    #expect(gradient(at: model) { $0.scale }.logScale?.item == 0)
  }

  @Test("§ 12.10: 12 of 48 looks are unseen, and each word is in seen descriptions")
  func looks() {
    #expect(Look.all.count == 48 && Look.unseen.count == 12 && Look.seen.count == 36)
    let seen = Set(Look.seen.flatMap { $0.symbols(1) })
    #expect(Look.unseen.allSatisfy { seen.isSuperset(of: $0.symbols(0)) })
    #expect(Look(form: 2, colour: 1, size: 0).description(1) == "a green triangle that is small")
    #expect(SceneWords.text(Look.all[0].symbols()) == Look.all[0].description())
    let batch = DescribedImages(count: 2, from: RandomSource(seed: 1)).batch(24, from: RandomSource(seed: 2))
    let looks = Set(batch.texts.sequences.map { Set($0).subtracting(SceneWords.numbers("a that is")) })
    #expect(looks.count == 24 && batch.images.shape == [24, 3, 32, 32])
  }

  @Test("§ 12.10: a batch has both wordings, each in about half of its texts, and the images of its texts")
  func wordings() {
    let (data, random) = (DescribedImages(count: 1, from: RandomSource(seed: 1)), RandomSource(seed: 2))
    let batches = (0..<10).map { _ in data.batch(36, from: random) }
    let that = batches.flatMap(\.texts.sequences).count { Set($0).isSuperset(of: SceneWords.numbers("that is")) }
    #expect(abs(that - 180) < 38)  // four standard deviations of 360 fair coins
    for (images, texts) in batches.prefix(1) {
      for (image, text) in texts.sequences.enumerated() {
        let look = Look.seen.firstIndex { [$0.symbols(0), $0.symbols(1)].contains(text) }
        #expect(look.map { data.images[$0] } == images[image])
      }
    }
  }

  @Test("§ 12.10: classes that were never seen are found by their descriptions, far above chance")
  func zeroShot() {
    let run = ContrastiveRun(hasScale: true, batch: 24, steps: 250, images: 30, random: RandomSource(seed: 1))
    #expect(run.accuracy > 0.5 && run.loss < 1.5)  // chance is 1/12 and ln 24 = 3.18
  }
}
