import Attention
import Checking
import Foundations
import Regularization
import Tensors
import Testing
import Transformer
import ch07

@Suite("§ 7.4.3  Pre-Norm and Post-Norm")
struct NormPlacementTests {
  private func encoder(
    _ placement: NormPlacement, blocks L: Int = 2, width d: Int = 8, seed: UInt64 = 1
  ) -> TransformerEncoder {
    TransformerEncoder(d, heads: 2, hidden: 16, blocks: L, placement: placement, random: RandomSource(seed: seed))
      .converted(to: .double)
  }

  @Test("Definition 7.5, (7.9): Post-Norm's rows have mean 0 and variance 1, and normalizing again changes nothing")
  func postNorm() {
    let y = encoder(.postNorm)(spread([2, 5, 8]))
    let (mean, variance) = layerMoments(y)
    #expect(mean.abs().max().item < 1e-14 && (variance - 1).abs().max().item < 2e-4)
    let again = LayerNormalization(features: 8).converted(to: .double)(y)
    expectClose(again, y, tolerance: 1e-4, scale: 1)
  }

  @Test("Definition 7.6, (7.10): sub-layers of zeros make Pre-Norm blocks the identity, and Post-Norm a normalization")
  func zeroSubLayers() {
    let x = spread([2, 5, 8])
    let pre = encoder(.preNorm, blocks: 3).blocks.map { $0.withZeroOutputs }
    #expect(pre(x) == x)
    let post = encoder(.postNorm, blocks: 1).blocks.map { $0.withZeroOutputs }
    expectClose(
      post(x), LayerNormalization(features: 8).converted(to: .double)(x), tolerance: 1e-4, scale: 1)
  }

  @Test("Definition 7.6: Pre-Norm's numbers grow with depth, so the last normalization, which it leaves out, is needed")
  func growth() {
    let rows = measureDepths([2, 6, 12, 24], random: RandomSource(seed: 1))
    let rms = rows.map(\.rms)
    #expect(rms == rms.sorted() && rms[0] > 1 && rms[3] > 1.4)
    #expect(encoder(.preNorm).norm != nil && encoder(.postNorm).norm == nil)
    let y = encoder(.preNorm, blocks: 4)(3 * spread([2, 5, 8]))
    #expect((layerMoments(y).variance - 1).abs().max().item < 1e-3)
  }

  @Test("Proposition 7.7, (7.11): the Jacobian of a Pre-Norm stack is I + Σ ∂SubLayer/∂x, to rounding")
  func sum() {
    for (_, gap, largest) in jacobianGaps(random: RandomSource(seed: 1)) { #expect(gap < 2e-15 && largest > 0.5) }
    let stack = SubLayerStack(encoder(.preNorm), mask: .causal)
    let x = spread([1, 3, 8])
    expectClose(stack.jacobian(at: x), stack.jacobianBySum(at: x), tolerance: 1e-14, scale: 1)
    #expect(stack.states(from: x).count == 5 && stack.states(from: x)[4] == stack(x))
    let blocks = encoder(.preNorm).blocks.reduce(x) { x, block in block(x, mask: .causal) }
    expectClose(stack(x), blocks, tolerance: 1e-14, scale: 1)
  }

  @Test("Proposition 7.7: I guarantees no gradient: SubLayer(z) = −s z leaves singular values 1, 1 and six zeros")
  func cancelled() {
    let values = cancelledValues(random: RandomSource(seed: 1))
    #expect(values.exact[..<2].allSatisfy { abs($0 - 1) < 1e-3 } && values.exact[2...].allSatisfy { $0 < 1e-14 })
    // With s = σ in place of √(σ² + ε) something is left: ε/(2σ²).
    #expect(values.rounded[2...].allSatisfy { $0 > 1e-6 && $0 < 1e-4 })
    let x = spread([8])
    let mean = SubLayerStack.cancelling(at: x)(x)
    expectClose(mean, Tensor(repeating: x.mean().item, [8], scalarType: .double), tolerance: 1e-14, scale: 1)
  }

  @Test("Proposition 7.7: untrained Post-Norm stacks keep their gradients, too: input over output near 1 at 24 blocks")
  func gradients() {
    let rows = measureDepths([12, 24], random: RandomSource(seed: 1))
    #expect(rows.allSatisfy { (0.5...2).contains($0.postNorm) && (0.5...2.5).contains($0.preNorm) })
  }

  @Test("§ 7.4.3: (7.11) is Pre-Norm's Jacobian, and a Post-Norm stack is refused")
  func refused() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = SubLayerStack(.postNorm, []).jacobianBySum(at: .zeros([2]))
    }
    expectMessage(result, "cannot write the Jacobian of a Post-Norm stack")
  }

  @Test("§ 7.4.3: at a rate of 0.01 twelve Pre-Norm blocks learn without warm-up where Post-Norm stays at chance")
  func depth() {
    func last(_ placement: NormPlacement, warmup: Int) -> Double {
      trainDeep(blocks: 12, placement, steps: 70, warmup: warmup, learningRate: 1e-2, seed: 3, batch: 16).last
    }
    #expect(last(.preNorm, warmup: 0) < 1)
    #expect(last(.postNorm, warmup: 0) > 2.6)
  }

  @Test("§ 7.4.3: tags are the mirrored tokens, and unequal sequences are refused")
  func tags() async {
    let sequences = MirroredTags.draw(3, time: 5, symbols: 4, random: RandomSource(seed: 1))
    #expect(sequences.count == 3 && sequences.allSatisfy { $0.count == 5 && $0.allSatisfy { 0..<4 ~= $0 } })
    #expect(MirroredTags.tags([[1, 2, 3], [4, 5, 6]]) == [3, 2, 1, 6, 5, 4])
    let tagger = SequenceTagger(
      symbols: 4, longest: 5, width: 8, heads: 2, hidden: 8, blocks: 1, placement: .preNorm,
      random: RandomSource(seed: 1))
    #expect(tagger(sequences).shape == [15, 4] && unlistedParameters(in: tagger) == [])
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = SequenceTagger(
        symbols: 4, longest: 5, width: 8, heads: 2, hidden: 8, blocks: 1, placement: .preNorm,
        random: RandomSource(seed: 1))([[1], [1, 2]])
    }
    expectMessage(result, "cannot tag sequences of lengths [1, 2]")
  }
}

extension TransformerEncoderBlock {
  /// A copy whose two sub-layers give zeros.
  fileprivate var withZeroOutputs: TransformerEncoderBlock {
    var copy = self
    copy.attention.output = copy.attention.output.mapParameters { 0 * $0 }
    copy.network.narrowing = copy.network.narrowing.mapParameters { 0 * $0 }
    return copy
  }
}
