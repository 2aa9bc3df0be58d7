import Attention
import Checking
import Foundations
import Regularization
import Tensors
import Testing

@Suite("Chapter 6 beside PyTorch")
struct AttentionReferenceTests {
  @Test(
    "the scores, layers and functions of § 6.2 to § 6.12 have PyTorch's outputs and gradients",
    arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws { try expectAgreement("attention", attentionCases, type) }
}

/// All cases of the chapter.
let attentionCases: [PassCase] = scoreCases + layerCases + functionCases + efficientCases

/// What a score makes of queries t[0] and states t[1]: contexts and weights.
private func read(_ score: some ScoredAttention, _ t: [Tensor], _ mask: AttentionMask = .everything) -> [Tensor] {
  let result = score(t[0], over: t[1], mask: mask)
  return [result.context, result.weights]
}

private func additive(_ t: [Tensor]) -> AdditiveAttention {
  AdditiveAttention(queryWeight: t[2], stateWeight: t[3], scoreWeight: t[4])
}

private let scoreCases: [PassCase] = [
  PassCase(several: "AdditiveAttention") { t, _ in read(additive(t), t) },
  PassCase(several: "AdditiveAttention, padding") { t, integers in read(additive(t), t, .padding(integers[0])) },
  PassCase(several: "ConcatAttention") { t, _ in read(ConcatAttention(weight: t[2], scoreWeight: t[3]), t) },
  PassCase(several: "GeneralAttention") { t, _ in read(GeneralAttention(weight: t[2]), t) },
  PassCase(several: "DotAttention") { t, _ in read(DotAttention(), t) },
  PassCase(several: "ScaledDotAttention") { t, _ in read(ScaledDotAttention(), t) },
]

private let layerCases: [PassCase] = [
  .layer { MultiHeadAttention(8, heads: 4, random: $0) },
  .layer("with biases") { MultiHeadAttention(8, heads: 2, hasBias: true, random: $0) },
  .layer { GroupedQueryAttention(8, heads: 4, groups: 2, random: $0) },
  .layer("one group, with biases") { GroupedQueryAttention(8, heads: 4, groups: 1, hasBias: true, random: $0) },
  .layer { SelfAttention(4, depth: 3, values: 5, random: $0) },
  .layer { ChunkedSelfAttention(6, heads: 2, random: $0) },
  .layer { AppendedPositions(places: 6, numbers: 3, random: $0) },
  .layer { SpatialSelfAttention(channels: 4, depth: 3, random: $0) },
  .layer { DifferentialAttention(4, depth: 3, values: 5, random: $0) },
  PassCase("MultiHeadAttention, causal") { t, _ in multiHead(t[1...], heads: 4)(t[0], mask: .causal) },
  PassCase("MultiHeadAttention, cross") { t, integers in
    multiHead(t[2...], heads: 2)(t[0], over: t[1], mask: .padding(integers[0]))
  },
  PassCase("MultiHeadAttention, as nn.MultiheadAttention") { t, _ in multiHead(t[2...], heads: 2)(t[0], over: t[1]) },
  PassCase("GroupedQueryAttention, causal") { t, _ in
    let w = t[1...].map { Linear(weight: $0, bias: nil) }
    return GroupedQueryAttention(query: w[0], key: w[1], value: w[2], output: w[3], heads: 4, groups: 2)(
      t[0], mask: .causal)
  },
  PassCase("CrossAttention") { t, _ in
    CrossAttention(queryWeight: t[2], keyWeight: t[3], valueWeight: t[4])(t[0], over: t[1]).output
  },
  PassCase("AttentionLayer") { t, _ in AttentionLayer(keyWeight: t[2], valueWeight: t[3])(t[0], over: t[1]).output },
]

/// A layer of four matrices, without dropout.
private func multiHead(_ t: ArraySlice<Tensor>, heads: Int) -> MultiHeadAttention {
  let w = t.map { Linear(weight: $0, bias: nil) }
  return MultiHeadAttention(
    query: w[0], key: w[1], value: w[2], output: w[3], heads: heads,
    dropout: Dropout(probability: 0, random: RandomSource(seed: 1)))
}

/// Attention by the definition; the kernel's agreement with it is a test of § 6.4.
private let functionCases: [PassCase] = [
  PassCase("attention") { t, _ in attention(t[0], t[1], t[2]).output },
  PassCase("attention, causal") { t, _ in attention(t[0], t[1], t[2], mask: .causal).output },
  PassCase("attention, padding") { t, integers in attention(t[0], t[1], t[2], mask: .padding(integers[0])).output },
  PassCase("attention, causal and padding") { t, integers in
    attention(t[0], t[1], t[2], mask: .causal & .padding(integers[0])).output
  },
  PassCase("differentialAttention") { t, _ in differentialAttention((t[0], t[2]), (t[1], t[3]), t[4], λ: 0.6).output },
]

private let efficientCases: [PassCase] = [
  PassCase("eluPlusOne") { t, _ in eluPlusOne(t[0]) },
  PassCase("unnormalizedLinearAttention") { t, _ in unnormalizedLinearAttention(t[0], t[1], t[2]) },
  PassCase("linearAttention") { t, _ in linearAttention(t[0], t[1], t[2]) },
  PassCase("causalLinearAttention") { t, _ in causalLinearAttention(t[0], t[1], t[2]) },
  PassCase("localAttention") { t, _ in localAttention(t[0], t[1], t[2], radius: 2) },
  PassCase("localAttention, causal") { t, _ in localAttention(t[0], t[1], t[2], radius: 2, isCausal: true) },
  PassCase("stridedAttention") { t, _ in stridedAttention(t[0], t[1], t[2], stride: 3) },
  PassCase("stridedAttention, causal") { t, _ in stridedAttention(t[0], t[1], t[2], stride: 3, isCausal: true) },
  PassCase(several: "topKAttention") { t, _ in
    let result = topKAttention(t[0], t[1], t[2], k: 3)
    return [result.output, result.weights]
  },
  PassCase("tiledAttention") { t, _ in tiledAttention(t[0], t[1], t[2], queryTile: 3, keyTile: 2).output },
  PassCase("tiledAttention, causal") { t, _ in
    tiledAttention(t[0], t[1], t[2], queryTile: 3, keyTile: 2, isCausal: true).output
  },
]
