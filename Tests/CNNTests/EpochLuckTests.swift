import CNN
import DataSets
import Tensors
import Testing
import Training
import ch04

@Suite("§ 4.8  The luck of the best epoch")
struct EpochLuckTests {
  /// Hits of epochs that share each image's hit with probability √ρ.
  private func drawn(epochs: Int, images: Int, accuracy p: Double, correlation ρ: Double) -> EpochHits {
    let random = RandomSource(seed: 1)
    let shared = (0..<images).map { _ in random.bernoulli(p) }
    var hits = EpochHits()
    for _ in 0..<epochs {
      hits.append(shared.map { random.bernoulli(ρ.squareRoot()) ? $0 : random.bernoulli(p) })
    }
    return hits
  }

  @Test(
    "§ 4.8: the correlation of drawn hits is found, and halves of the images show the optimism that it leaves",
    arguments: [0, 0.5])
  func drawnHits(ρ: Double) {
    let hits = drawn(epochs: 20, images: 4_000, accuracy: 0.8, correlation: ρ)
    #expect(abs(hits.accuracy - 0.8) < 0.02 && abs(hits.correlation - ρ) < 0.03)
    let measured = hits.measuredOptimism(random: RandomSource(seed: 2))
    let expected = hits.expectedOptimism(correlation: ρ, random: RandomSource(seed: 3))
    #expect(abs(measured / expected - 1) < 0.15, "\(measured) against \(expected)")
  }

  @Test("§ 4.8: equal epochs are not lucky, and one epoch has no other to correlate with")
  func equal() {
    var hits = EpochHits()
    hits.append([true, false, true, true])
    #expect(hits.correlation == 0 && hits.accuracies == [0.75])
    hits.append([true, false, true, true])
    #expect(
      abs(hits.correlation - 1) < 1e-12 && hits.expectedOptimism(correlation: 1, random: RandomSource(seed: 1)) == 0)
    #expect(abs(hits.measuredOptimism(halves: 2_000, random: RandomSource(seed: 1))) < 0.03)
  }

  @Test(
    "§ 4.8: in a real training the hits correlate strongly, and much less optimism is left than for independent hits")
  func training() throws {
    let plan = TrainingPlan(epochs: 20, batchSize: 32)
    let hits = hitsByEpoch(
      on: try .opticalDigits(), examples: 200, skipping: 8, plan: plan, random: RandomSource(seed: 1))
    #expect(hits.epochs.count == 12 && hits.epochs[0].count == 1_237 && hits.accuracy > 0.8)
    #expect(hits.correlation > 0.6)
    let measured = hits.measuredOptimism(random: RandomSource(seed: 2))
    #expect(measured < 0.6 * hits.expectedOptimism(correlation: 0, random: RandomSource(seed: 3)))
  }
}
