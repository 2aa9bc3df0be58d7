import CNN
import DataSets
import Tensors
import Testing
import Training
import VAE
import ch09

@Suite("§ 9.9  Ablation study of variational autoencoders")
struct VAEAblationTests {
  /// 8×8 digits, the small world of these tests.
  private static func digits() throws -> ImageClassification {
    let (train, test) = try LabeledImages.opticalDigits().stratifiedSplit(first: 1_437, from: RandomSource(seed: 1998))
    return ImageClassification(
      name: "digits", classNames: (0..<10).map(String.init), train: train, test: test, origin: "digits", isReal: true)
  }

  /// The five weights of Exercise 9.4, trained on them.
  private static let sweep: [SweptWeight] = {
    guard let data = try? digits() else { return [] }
    return sweepWeights(on: data, [0.5, 1, 2, 4, 10], hidden: [64], latent: 6, learningRate: 5e-3, epochs: 30, seed: 1)
  }()

  @Test("Table 9.1: the printed rows with different β are no minima: every slope is outside of [β₁, β₂]")
  func printed() {
    let rows = AutoencoderConfiguration.table
    #expect(rows.count == 13 && rows[0] == rows[10])
    let points = AutoencoderConfiguration.weights.map { rows[$0].printed }
    let slopes = tradeOffSlopes(points)
    let expected = [0.493, 0.866, 1.235, 3.164]
    #expect(zip(slopes, expected).allSatisfy { abs($0 - $1) < 1e-3 })
    let β = AutoencoderConfiguration.weights.map { rows[$0].β }
    #expect(slopes.indices.allSatisfy { slopes[$0] < β[$0] })
    // The row of β = 2 has the better loss for β = 1.
    #expect(abs(points[2].reconstruction + points[2].divergence - 105.5) < 1e-9)
    #expect(abs(points[1].reconstruction + points[1].divergence - 106.6) < 1e-9)
    // d = 100 is better than d = 50 in both terms.
    #expect(rows[5].printed.reconstruction < rows[4].printed.reconstruction)
    #expect(rows[5].printed.divergence < rows[4].printed.divergence)
  }

  @Test("Table 9.1, § 9.9, Exercise 9.4.1, Exercise 9.4.3: trained slopes are within [β₁, β₂], the curve falls")
  func slopes() throws {
    let β = Self.sweep.map(\.β)
    #expect(β == [0.5, 1, 2, 4, 10])
    let measures = Self.sweep.map(\.result.measure)
    let slopes = tradeOffSlopes(measures.map { ($0.reconstruction, $0.divergence) })
    // As far as the trainings have not reached their minima, by 0.3 nats.
    for i in slopes.indices {
      let slack = 0.3 / (measures[i].divergence - measures[i + 1].divergence)
      #expect(slopes[i] > β[i] - slack && slopes[i] < β[i + 1] + slack, "\(slopes)")
    }
    for (a, b) in zip(measures, measures.dropFirst()) {
      #expect(a.reconstruction < b.reconstruction && a.divergence > b.divergence)
    }
    #expect(zip(slopes, slopes.dropFirst()).allSatisfy { $0 < $1 }, "convex: \(slopes)")
  }

  @Test(
    "Exercise 9.4.2, Definition 9.11: a latent variable in use changes the image, one that collapsed in training little"
  )
  func traversals() throws {
    let (data, first, last) = (try Self.digits(), try #require(Self.sweep.first), try #require(Self.sweep.last))
    // β = ½: all are in use. β = 10: all collapsed in training.
    #expect(first.result.measure.activeUnits.count == 6 && last.result.measure.activeUnits.isEmpty)
    #expect(last.result.measure.divergences.allSatisfy { $0 < 1e-3 })
    let (used, collapsed) = (first.changes(on: data.test), last.changes(on: data.test))
    #expect(used[0] > 0.2 && collapsed.allSatisfy { $0 < 0.03 }, "\(used), \(collapsed)")
    let moved = traversal(of: Tensor([1, 2, 3]), unit: 1, through: [-3, 0, 3])
    #expect(moved.shape == [3, 3] && moved.scalars == [1, -3, 3, 1, 0, 3, 1, 3, 3])
  }

  @Test("Remark 9.10, Table 9.1: d = 2 is worst; four times as many latent variables as ten gain nothing more")
  func latents() {
    let source = RandomSource(seed: 1)
    let data = ImageClassification(
      name: "digits", classNames: (0..<10).map(String.init), train: .drawnDigits(count: 640, from: source),
      test: .drawnDigits(count: 200, from: source), origin: "drawn", isReal: false)
    let found = [2, 10, 40].map { d in
      sweepWeights(on: data, [1], hidden: [128], latent: d, learningRate: 1e-2, epochs: 20, seed: 1)[0].result.measure
    }
    let told = "\(found.map { ($0.loss(), $0.divergence, $0.activeUnits.count) })"
    #expect(found[0].loss() > found[1].loss() + 2, "\(told)")
    #expect(found[2].loss() > found[1].loss() - 2, "\(told)")
  }

  @Test("Table 9.1: a configuration that appears twice is trained once; all kinds of networks are trained")
  func rows() {
    let source = RandomSource(seed: 1)
    let data = ImageClassification(
      name: "digits", classNames: (0..<10).map(String.init), train: .drawnDigits(count: 40, from: source),
      test: .drawnDigits(count: 10, from: source), origin: "drawn", isReal: false)
    let table = AutoencoderConfiguration.table
    let rows = compareAutoencoders(on: data, [table[1], table[11], table[1], table[12]], epochs: 1, seed: 1)
    #expect(rows.map(\.parameters) == [807_700, 549_688, 807_700, 108_297])
    #expect(rows[0].test.reconstruction == rows[2].test.reconstruction)
    #expect(rows.map { $0.test.divergences.count } == [2, 20, 2, 20])
  }
}
