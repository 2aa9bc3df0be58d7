import Tensors

/// Attention and recurrent layers.
let sequenceCases: [PassCase] = attentionCases + recurrentCases

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

/// The recorded lengths of the sequences, none where all are as long as can be.
private func lengths(_ integers: [[Int]]) -> [Int]? { integers[0].isEmpty ? nil : integers[0] }
