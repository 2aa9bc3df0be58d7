import Attention
import Checking
import Tensors
import Testing
import Theory
import Training
import Transformer
import ch11

@Suite("§ 11.11 Induction circuits")
struct AttentionOnlyTests {
  @Test("§ 11.11: the model is causal, and its parameters are those of embeddings, attention and normalizations alone")
  func model() {
    let model = AttentionOnly(symbols: 7, width: 8, heads: 2, layers: 2, random: RandomSource(seed: 1))
    #expect(unlistedParameters(in: model) == [])
    #expect(model.parameterCount == 7 * 8 + 2 * (4 * 64 + 8) + 8 + 7 * 8)
    let (a, b) = ([1, 2, 3, 4, 5], [1, 2, 3, 6, 0])
    let logits = model([a, b])
    expectClose(logits[0][0..<3], logits[1][0..<3], tolerance: 1e-6, scale: 1)
    #expect((logits[0, 3] - logits[1, 3]).abs().max().item > 1e-3)
    let α = model.weights([a], layer: 1)
    #expect(α.shape == [1, 2, 5, 5])
    expectClose(α.sum(axes: [3]), Tensor.ones([1, 2, 5]), tolerance: 1e-5, scale: 1)
  }

  @Test("§ 11.11: two layers of attention repeat a piece from the context, one layer does not")
  func layers() {
    let task = InductionTask(symbols: 16, length: 28, periods: 4...14)
    let results = [1, 2].map { layers in
      task.trained(
        AttentionOnly(symbols: 16, width: 32, heads: 2, layers: layers, random: RandomSource(seed: 1)),
        plan: SequencePlan(steps: 250, batch: 16, learningRate: 1e-2, warmup: 25), judged: 60,
        random: RandomSource(seed: 2))
    }
    #expect(results[0].repeated < 0.5 && results[1].repeated > 0.9)
    for result in results { #expect(result.firstPass < 0.15) }
    let (first, last) = (results[1].heads[0], results[1].heads[1])
    #expect((first.previous.max() ?? 0) > 0.25 && (last.induction.max() ?? 0) > 0.3)
    #expect((results[0].heads[0].induction.max() ?? 1) < 0.2)
  }
}
