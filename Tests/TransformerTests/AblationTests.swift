import Checking
import DataSets
import RNN
import Tensors
import Testing
import Transformer
import ch07

@Suite("§ 7.9  Ablation study")
struct TransformerAblationTests {
  @Test("Table 7.1, Remark 7.12: one pair of rows carries \"systematically\", 6 → 8 layers fall, one head is not last")
  func remark() {
    let rows = TransformerConfiguration.table
    func printed(_ name: String) -> Double { rows.first { $0.name == name }?.printed ?? .nan }
    #expect(rows.count == 12)
    #expect(rows.count { $0.placement == .postNorm } == 1)  // a single comparison of both norms
    #expect(abs(printed("base, Pre-Norm") - printed("base, Post-Norm") - 0.8) < 1e-9)
    #expect(printed("8 layers") < printed("6 layers"))
    #expect(printed("1 head") > printed("d_ff = d") && printed("1 head") > printed("1 layer"))
    #expect(rows.filter { $0.printed < printed("1 head") }.map(\.name) == ["1 layer", "d_ff = d"])
  }

  @Test("§ 7.9: x₀ names a place, the number there the next one: 0, 1 and 2 hops")
  func pointers() {
    #expect(PointerChase.target(of: [2, 0, 4, 1, 3], hops: 0) == 2)
    #expect(PointerChase.target(of: [2, 0, 4, 1, 3], hops: 1) == 4)
    #expect(PointerChase.target(of: [2, 0, 4, 1, 3], hops: 2) == 3)
    let set = PointerChase.draw(500, places: 5, hops: 2, random: RandomSource(seed: 1))
    #expect(set.count == 500 && set.sequences.allSatisfy { $0.count == 5 && $0.allSatisfy((0..<5).contains) })
    #expect(zip(set.sequences, set.labels).allSatisfy { PointerChase.target(of: $0, hops: 2) == $1 })
  }

  @Test("§ 7.9, Remark 7.12: a second layer helps where pointers are to be followed")
  func depth() {
    let (one, two) = (
      HopResult(blocks: 1, examples: 20_000, seed: 1), HopResult(blocks: 2, examples: 20_000, seed: 1)
    )
    #expect(one.accuracy < 0.83 && two.accuracy > one.accuracy + 0.04, "\(one.accuracy), \(two.accuracy)")
  }

  @Test("§ 7.9, Remark 7.12: with one layer a second head helps on generated reviews")
  func heads() throws {
    let data = TextClassification.generatedReviews(train: 6_000, test: 2_000)
    let task = try TextTask(data, longest: 16)
    let configurations = [1, 2].map { TransformerConfiguration("\($0) heads", .preNorm, 1, $0, 512, .nan) }
    let rows = compareTransformers(
      task, TransformerAblationPlan(epochs: 3, width: 32, seeds: 1), configurations, seed: 1)
    #expect(rows[0].parameters == rows[1].parameters)
    #expect(rows[1].mean > rows[0].mean + 0.01, "\(rows.map(\.mean))")
    #expect(rows.allSatisfy { $0.spread == 0 })
  }

  @Test("§ 7.9: generated reviews that are too long are left out, real ones would be cut")
  func texts() throws {
    let data = TextClassification.generatedReviews(train: 200, test: 100)
    let task = try TextTask(data, longest: 12)
    #expect(task.train.count < 200 && task.train.sequences.allSatisfy { $0.count <= 12 })
    let real = TextClassification(
      name: "r", classNames: data.classNames, train: data.train, test: data.test, origin: "r", isReal: true)
    let cut = try TextTask(real, longest: 12)
    #expect(cut.train.count == 200 && cut.train.sequences.allSatisfy { $0.count <= 12 })
  }
}
