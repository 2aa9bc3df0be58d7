import DataSets
import Regularization
import Tensors
import Testing
import Training
import Transformer
import ch07

@Suite("§ 7.8  Weight decay for a Transformer")
struct WeightDecayTests {
  @Test("Exercise 3.5.3: a Transformer memorizes noisy labels; the penalty prevents it at λ = 1, decoupled decay not")
  func decay() {
    let random = RandomSource(seed: 5)
    let data = ImageClassification(
      name: "drawn digits", classNames: (0..<10).map(String.init), train: .drawnDigits(count: 150, from: random),
      test: .drawnDigits(count: 50, from: random), origin: "", isReal: false)
    let results = compareDecays(
      [0, 1], on: data, examples: 50, seeds: 1, firstSeed: 1, make: { VisionTransformer(digitPatches, random: $0) }
    ) { _ in
      TrainingPlan(epochs: 40, batchSize: 25)
    }
    #expect(digitPatches.patches == 16 && digitPatches.parameterCount == 27_978)
    // Without decay both are Adam.
    #expect(abs(results[0].last("test loss") - results[2].last("test loss")) < 1e-2)
    #expect(results[0].last("training loss") < 0.5)
    #expect(results[1].last("training loss") > 1.2)
    #expect(results[3].last("training loss") < 0.7)
  }
}
