import Checking
import Tensors

/// Attention, recurrent layers, embeddings, and losses.
let sequenceCases: [PassCase] = attentionCases + recurrentCases + embeddingCases + fusedLossCases

private let attentionCases: [PassCase] =
  ["", "no batch"].map { variant in
    PassCase(caseName("scaledDotProductAttention", variant)) { t, _ in scaledDotProductAttention(t[0], t[1], t[2]) }
  }
  + ["causal", "causal, fewer queries than keys"].map { variant in
    PassCase(caseName("scaledDotProductAttention", variant)) { t, _ in
      scaledDotProductAttention(t[0], t[1], t[2], isCausal: true)
    }
  }
  + [
    PassCase("scaledDotProductAttention, a mask of numbers") { t, _ in
      scaledDotProductAttention(t[0], t[1], t[2], mask: t[3])
    },
    PassCase("scaledDotProductAttention, a mask of forbidden keys") { t, n in
      let mask = Tensor(
        n[0].map { $0 == 1 ? 0 : -.infinity }, shape: [t[0].shape[-2], t[1].shape[-2]], scalarType: t[0].scalarType)
      return scaledDotProductAttention(t[0], t[1], t[2], mask: mask)
    },
  ]

private let recurrentCases: [PassCase] = [
  ("", false), ("lengths", false), ("lengths, reversed", true),
].flatMap { variant, reversed in
  [
    PassCase(several: caseName("rnn", variant)) { t, n in
      let (states, final) = rnn(
        t[0], inputWeight: t[1], recurrentWeight: t[2], inputBias: t[3], recurrentBias: t[4], lengths: lengths(n),
        reversed: reversed, initial: t[5])
      return [states, final]
    },
    PassCase(several: caseName("lstm", variant)) { t, n in
      let (states, final) = lstm(
        t[0], inputWeight: t[1], recurrentWeight: t[2], inputBias: t[3], recurrentBias: t[4], lengths: lengths(n),
        reversed: reversed, initial: (t[5], t[6]))
      return [states, final.hidden, final.cell]
    },
    PassCase(several: caseName("gru", variant)) { t, n in
      let (states, final) = gru(
        t[0], inputWeight: t[1], recurrentWeight: t[2], inputBias: t[3], recurrentBias: t[4], lengths: lengths(n),
        reversed: reversed, initial: t[5])
      return [states, final]
    },
  ]
}

/// The recorded lengths of the sequences; none if all have the full length.
private func lengths(_ integers: [[Int]]) -> [Int]? { integers[0].isEmpty ? nil : integers[0] }

private let embeddingCases: [PassCase] = [
  PassCase("embedding") { t, n in embedding(t[0], n[0], shape: [2, 3]) }
]

private let fusedLossCases: [PassCase] = [
  PassCase("crossEntropy, fused") { t, n in t[0].crossEntropy(labels: n[0]) },
  PassCase("crossEntropy, fused, large logits") { t, n in t[0].crossEntropy(labels: n[0]) },
  PassCase("crossEntropy, fused, smoothed") { t, n in t[0].crossEntropy(labels: n[0], smoothing: 0.1) },
  PassCase("binaryCrossEntropy, fused") { t, _ in t[0].binaryCrossEntropy(targets: t[1]) },
  PassCase("binaryCrossEntropy, fused, summed") { t, _ in t[0].binaryCrossEntropy(targets: t[1], isSummed: true) },
  PassCase("binaryCrossEntropy, fused, constant targets") { t, _ in
    t[0].binaryCrossEntropy(targets: constantTargets(t[0]))
  },
  PassCase("binaryCrossEntropyOfProbabilities") { t, _ in t[0].binaryCrossEntropyOfProbabilities(targets: t[1]) },
  PassCase("binaryCrossEntropyOfProbabilities, summed, constant targets") { t, _ in
    t[0].binaryCrossEntropyOfProbabilities(targets: constantTargets(t[0]), isSummed: true)
  },
]

/// Targets between 0 and 1 that nobody differentiates.
private func constantTargets(_ x: Tensor) -> Tensor {
  TensorRecipe(shape: [5, 4], offset: 0, scale: 0.5, shift: 0.5).made(x.scalarType)
}
