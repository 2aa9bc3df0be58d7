import Attention
import Checking
import DataSets
import RNN
import Tensors
import Testing
import Transformer
import ch07

@Suite("Exercise 7.6  What heads look at")
struct Exercise7_6Tests {
  /// A map of n places with the weight 1 − ε on one key of each row and the rest spread evenly.
  private func map(_ n: Int, _ key: (Int) -> Int) -> Tensor {
    let rows = (0..<n).flatMap { i in (0..<n).map { 0.9 * (key(i) == $0 ? 1 : 0) + 0.1 / Double(n) } }
    return Tensor(rows, shape: [1, n, n], scalarType: .double)
  }

  @Test("Remark 7.2, Exercise 7.6: planted maps are recognized: previous, next, same, first, broad, by content")
  func kinds() {
    let n = 7
    let broad = Tensor(repeating: 1 / Double(n), [1, n, n], scalarType: .double)
    let maps = Tensor.concatenated(
      [
        map(n) { max(0, $0 - 1) }, map(n) { min(n - 1, $0 + 1) }, map(n) { $0 }, map(n) { _ in 0 }, broad,
        map(n) { ($0 * 3 + 2) % n },
      ], axis: 0)
    let profiles = headProfiles([maps, maps])
    #expect(profiles.map { $0.kind() } == [.previous, .next, .same, .first, .broad, .content])
    #expect(abs(profiles[4].breadth - 1) < 1e-12 && abs(profiles[0].previous - 0.9 - 0.1 / 7) < 1e-12)
    #expect(profiles.map(\.head) == [0, 1, 2, 3, 4, 5])
    // With no threshold reached by a place, and a lower one for breadth.
    #expect(profiles[0].kind(share: 0.95, breadth: 0.1) == .broad)
  }

  @Test("Exercise 7.6: the first place counts where it is neither the own place nor the one before")
  func firstPlace() {
    let rows = [1, 0, 0, 1, 0, 0, 0.2, 0.3, 0.5]
    let profile = headProfiles([Tensor(rows, shape: [1, 3, 3], scalarType: .double)])[0]
    #expect(profile.first == 0.2 && profile.previous == (1 + 0.3) / 2 && profile.next == 0)
    #expect(abs(profile.same - (1 + 0 + 0.5) / 3) < 1e-15)
  }

  private static let model = TransformerClassifier(
    vocabulary: 9, width: 16, heads: 4, hidden: 24, blocks: 2, dropout: 0, random: RandomSource(seed: 1)
  ).converted(to: .double)
  private let texts = Tokens([[1, 2, 3, 4], [5, 6, 7]])

  @Test("Exercise 7.6: heads are numbered through all blocks; a gated head and a pruned slice leave the same logits")
  func pruning() {
    let model = Self.model
    let gated = model.without(heads: [1, 6])
    #expect(gated.encoder.blocks[0].attention.output.weight != model.encoder.blocks[0].attention.output.weight)
    expectClose(gated(texts), model.pruned(heads: [1, 6])(texts), tolerance: 1e-13, scale: 1)
    expectClose(
      model.without(heads: [1])(texts), model.pruned(heads: [1])(texts), tolerance: 1e-13, scale: 1)
    #expect(model.without(heads: [])(texts) == model(texts))
    #expect((gated(texts) - model(texts)).abs().max().item > 1e-4)
    #expect(model.pruned(heads: [1, 6]).encoder.blocks.map(\.attention.heads) == [3, 3])
  }

  @Test("Exercise 7.6: the mean weight from a query to a key is the mean of the maps' entries")
  func meanWeights() {
    let model = Self.model
    let means = model.meanWeights(on: [[1, 2, 3], [4, 5, 6]]) { _ in [(query: 2, key: 0)] }
    let maps = [[1, 2, 3], [4, 5, 6]].map(model.weights)
    #expect(abs(means[1][2] - (maps[0][1][2, 2, 0].item + maps[1][1][2, 2, 0].item) / 2) < 1e-14)
    let pairs = negatedPairs(["the", "plot", "was", "not", "very", "good", "and", "it", "never", "felt"])
    #expect(pairs.map(\.query) == [5, 9] && pairs.map(\.key) == [3, 8])
  }

  @Test("Exercise 7.6: the study sorts heads by what is left without them, and takes away more and more")
  func study() throws {
    let data = TextClassification.generatedReviews(train: 60, test: 60)
    let task = try TextTask(data, longest: 20)
    let result = task.trainListing(
      epochs: 1, width: 16, hidden: 16, blocks: 2, heads: 2, dropout: 0, random: RandomSource(seed: 1))
    let study = HeadPruningStudy(result, texts: 20)
    #expect(study.single.count == 4 && Set(study.single.map(\.head)) == [0, 1, 2, 3])
    #expect(zip(study.single, study.single.dropFirst()).allSatisfy { $0.mean >= $1.mean })
    #expect(study.cumulative.map(\.removed) == [0, 2, 4] && study.cumulative[0].accuracy == study.whole)
    let heads = StudiedHeads(result, sentences: 5)
    #expect(heads.counts.values.reduce(0, +) == 4 && heads.negation != nil)
  }
}
