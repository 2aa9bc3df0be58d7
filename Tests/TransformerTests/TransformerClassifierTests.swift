import Attention
import Checking
import DataSets
import Foundations
import Tensors
import Testing
import Transformer
import ch07

@Suite("§ 7.8  A Transformer that classifies sequences")
struct TransformerClassifierTests {
  private static func small(_ placement: NormPlacement = .preNorm, classes: Int = 3) -> TransformerClassifier {
    TransformerClassifier(
      vocabulary: 9, width: 16, heads: 4, hidden: 24, blocks: 2, classes: classes, longest: 8, placement: placement,
      dropout: 0, random: RandomSource(seed: 1)
    ).converted(to: .double)
  }
  private let random = RandomSource(seed: 7)
  private let texts = [[1, 2, 3], [4, 5, 6, 7, 8, 0, 1], [2]]

  @Test("Listing 7.8: 2,073,602 parameters, 1,280,000 + 793,088 + 256 + 258; a block has 198,272")
  func parameters() {
    let model = TransformerClassifier(vocabulary: 10_000, random: random)
    #expect(model.embedding.parameterCount == 1_280_000)
    #expect(model.encoder.blocks.map(\.parameterCount) == [198_272, 198_272, 198_272, 198_272])
    #expect(4 * 198_272 == 793_088)
    #expect(model.encoder.norm?.parameterCount == 256 && model.classifier.parameterCount == 258)
    #expect(model.parameterCount == 2_073_602)
  }

  @Test("Output 7.8: untrained models have losses around ln 2, 0.6847 among them; logits are [32×2]")
  func initialLoss() {
    let losses = (1...20).map { ListingStep.loss(seed: $0) }
    let mean = losses.reduce(0, +) / 20
    #expect(abs(mean - 0.6931) < 0.015, "\(mean)")
    #expect(losses.allSatisfy { (0.65...0.74).contains($0) }, "\(losses)")
    #expect((losses.min() ?? 1) < 0.6847 && 0.6847 < (losses.max() ?? 0))
    #expect(ListingStep(random: random).shape == [32, 2])
  }

  @Test("Listing 7.8: logits are those of the formula, step by step", arguments: NormPlacement.allCases)
  func formula(placement: NormPlacement) {
    let model = Self.small(placement)
    let tokens = Tokens([[1, 2, 3, 8], [4, 0, 0, 7]])
    var x = 4 * model.embedding(tokens.numbers, shape: [2, 4]) + sinusoidalPositions(4, 16, scalarType: .double)
    for block in model.encoder.blocks { x = block(x) }
    if let norm = model.encoder.norm { x = norm(x) }
    #expect((model.encoder.norm == nil) == (placement == .postNorm))
    expectClose(model(tokens), model.classifier(x.mean(axes: [1])), tolerance: 1e-13, scale: 1)
    #expect(gradientError(at: model) { $0(Tokens(texts)).crossEntropy(labels: [0, 1, 2]) } < 1e-5)
  }

  @Test("Listing 7.8: padding counts neither in the attention nor in the mean, where the listing counts it")
  func padding() {
    let model = Self.small()
    let together = model(Tokens(texts))
    for (place, text) in texts.enumerated() {
      expectClose(model(Tokens([text]))[0], together[place], tolerance: 1e-13, scale: 1)
    }
    // The mean over all places, padding among them, as the listing has it.
    let (x, mask) = (model.embedded(Tokens(texts)), AttentionMask.padding(texts.map(\.count)))
    let listing = model.classifier(model.encoder(x, mask: mask).mean(axes: [1]))
    expectClose(listing[1], together[1], tolerance: 1e-13, scale: 1)  // the longest has no padding
    #expect((listing[2] - together[2]).abs().max().item > 0.01)
  }

  @Test("Listing 7.8: a mask [B×n×n] is accepted when B = h, and masks head b of every sequence by sequence b's mask")
  func maskOfSequencesAsMaskOfHeads() {
    // scores.masked_fill(mask == 0, −∞) of the listing, with scores [B×h×n×n], B = h = 2.
    let (q, k) = (random.normal([2, 2, 4, 8], scalarType: .double), random.normal([2, 2, 4, 8], scalarType: .double))
    let lengths = [4, 2]
    let mask = Tensor(
      lengths.flatMap { n in (0..<16).map { $0 % 4 < n ? 1.0 : 0 } }, shape: [2, 4, 4], scalarType: .double)
    let scores = matmul(q, k.transposed) / 8.0.squareRoot()
    let wrong = select(mask .== 0, Tensor(-.infinity, scalarType: .double), scores).softmax()
    let right = attentionWeights(q, k, mask: .allowed(mask))
    expectClose(attentionWeights(q, k, mask: .padding(lengths)), right, tolerance: 1e-14, scale: 1)
    for sequence in 0..<2 {
      #expect(right[sequence].scalars.enumerated().allSatisfy { $0.offset % 4 < lengths[sequence] || $0.element == 0 })
      for head in 0..<2 {
        let masked = maskedSoftmax(scores[sequence, head].expanded(axis: 0), .padding([lengths[head]]))
        expectClose(wrong[sequence, head], masked.reshaped([4, 4]), tolerance: 1e-14, scale: 1)
      }
    }
    #expect((wrong - right).abs().max().item > 0.3)
  }

  @Test("Listing 7.8: N(0, 1) times √128 has variance 128 beside the 0.5 of the positions; N(0, 1/128) has 1")
  func variances() {
    let tokens = Tokens((0..<8).map { _ in (0..<64).map { _ in random.integer(below: 2_000) } })
    func square(_ σ: Double) -> Double {
      let model = TransformerClassifier(vocabulary: 2_000, blocks: 1, deviation: σ, random: RandomSource(seed: 2))
      return model.scaledTokens(tokens).squared().mean().item
    }
    #expect(abs(sinusoidalPositions(64, 128, scalarType: .double).squared().mean().item - 0.5) < 1e-12)
    #expect(abs(square(1) - 128) < 2)
    #expect(abs(square(1 / 128.0.squareRoot()) - 1) < 0.02)
  }

  @Test("§ 7.8: positions count from where a sequence goes on, and dropout acts in training only")
  func positions() {
    let x = random.normal([2, 5, 6], scalarType: .double)
    let layer = PositionalEncoding(longest: 7, dropout: 0.5, random: random)
    expectClose(layer(x), x + sinusoidalPositions(5, 6, scalarType: .double), tolerance: 0)
    let last = x.sliced(3..<5, axis: 1)
    expectClose(layer(last, from: 3), layer(x).sliced(3..<5, axis: 1), tolerance: 0)
    let dropped = Mode.training { layer(x) }
    #expect((dropped .== 0).sum().item > 10)
  }

  @Test("§ 7.8: a sequence that is too long is refused")
  func refusal() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let layer = PositionalEncoding(longest: 4, random: RandomSource(seed: 1))
      _ = layer(Tensor.zeros([1, 5, 6]))
    }
    expectMessage(result, "cannot encode positions up to 5: there are only 4")
  }

  @Test("§ 7.8: the weights of every block are those its attention uses, and each row sums to 1")
  func weights() {
    let model = Self.small()
    let weights = model.weights([1, 2, 3, 4, 5])
    #expect(weights.count == 2)
    for map in weights {
      expectClose(map.sum(axes: [2]), .ones([4, 5], scalarType: .double), tolerance: 1e-14, scale: 1)
    }
    // The second block's attention by these weights is the one it computes.
    let x = model.encoder.blocks[0](model.embedded(Tokens([[1, 2, 3, 4, 5]])))
    let block = model.encoder.blocks[1]
    let read = block.attentionNorm(x)
    let output = block.attention.joined(matmul(weights[1].expanded(axis: 0), block.attention.values(read)))
    expectClose(output, block.attention(read), tolerance: 1e-13, scale: 1)
  }
}
