import Checking
import Tensors

/// The operations that layers are made of.
let operationCases: [PassCase] = convolutionCases + poolingCases + normalizationCases + softmaxCases + activationCases

private let convolutionCases: [PassCase] = [
  PassCase("convolution, one axis") { t, _ in convolution(t[0], t[1], bias: t[2]) },
  PassCase("convolution, one axis, stride 2, padding 2, dilation 3, groups 2") { t, _ in
    convolution(t[0], t[1], bias: t[2], stride: 2, padding: 2, dilation: 3, groups: 2)
  },
  PassCase("convolution, two axes") { t, _ in convolution(t[0], t[1], bias: t[2]) },
  PassCase("convolution, stride 2, padding 1") { t, _ in convolution(t[0], t[1], bias: t[2], stride: 2, padding: 1) },
  PassCase("convolution, dilation 2, no bias") { t, _ in convolution(t[0], t[1], dilation: 2) },
  PassCase("convolution, stride 3, padding 2, dilation 2, groups 2") { t, _ in
    convolution(t[0], t[1], bias: t[2], stride: 3, padding: 2, dilation: 2, groups: 2)
  },
  PassCase("convolution, a filter for each channel") { t, _ in
    convolution(t[0], t[1], bias: t[2], padding: 2, groups: 5)
  },
  PassCase("convolution, 1 by 1") { t, _ in convolution(t[0], t[1], bias: t[2]) },
  PassCase("convolution, 3 by 3 with many channels") { t, _ in convolution(t[0], t[1], bias: t[2], padding: 1) },
  PassCase("transposedConvolution, one axis, stride 2, padding 1, output padding 1") { t, _ in
    transposedConvolution(t[0], t[1], bias: t[2], stride: 2, padding: 1, outputPadding: 1)
  },
  PassCase("transposedConvolution, two axes") { t, _ in transposedConvolution(t[0], t[1], bias: t[2]) },
  PassCase("transposedConvolution, stride 3, padding 1, output padding 2, dilation 2, groups 2") { t, _ in
    transposedConvolution(t[0], t[1], bias: t[2], stride: 3, padding: 1, outputPadding: 2, dilation: 2, groups: 2)
  },
]

private let poolingCases: [PassCase] = [
  PassCase("maxPooled1D, window 3, stride 2, padding 1") { t, _ in t[0].maxPooled1D(window: 3, stride: 2, padding: 1) },
  PassCase("maxPooled2D, window 2") { t, _ in t[0].maxPooled2D(window: 2) },
  PassCase("maxPooled2D, window 3, stride 2, padding 1") { t, _ in t[0].maxPooled2D(window: 3, stride: 2, padding: 1) },
  PassCase("averagePooled1D, window 3, stride 2, padding 1") { t, _ in
    t[0].averagePooled1D(window: 3, stride: 2, padding: 1)
  },
  PassCase("averagePooled2D, window 2") { t, _ in t[0].averagePooled2D(window: 2) },
  PassCase("averagePooled2D, window 3, stride 1, padding 1") { t, _ in
    t[0].averagePooled2D(window: 3, stride: 1, padding: 1)
  },
  PassCase("globalAveragePooled2D") { t, _ in t[0].globalAveragePooled2D() },
]

private let normalizationCases: [PassCase] =
  [
    PassCase(several: "batchNormalized, rows") { t, _ in withMoments(t) },
    PassCase(several: "batchNormalized, images") { t, _ in withMoments(t) },
    PassCase("batchNormalized, rows, by known statistics") { t, _ in byStatistics(t) },
    PassCase("batchNormalized, images, by known statistics") { t, _ in byStatistics(t) },
    PassCase("layerNormalized, rows") { t, _ in layerNormalized(t[0], scale: t[1], shift: t[2]) },
    PassCase("layerNormalized, images") { t, _ in layerNormalized(t[0], scale: t[1], shift: t[2]) },
    PassCase("layerNormalized, then gelu") { t, _ in layerNormalized(t[0], scale: t[1], shift: t[2], then: .gelu) },
    PassCase("groupNormalized, 3 groups") { t, _ in groupNormalized(t[0], groups: 3, scale: t[1], shift: t[2]) },
    PassCase("groupNormalized, 2 groups of rows, then silu") { t, _ in
      groupNormalized(t[0], groups: 2, scale: t[1], shift: t[2], then: .silu)
    },
    PassCase("instanceNormalized") { t, _ in instanceNormalized(t[0], scale: t[1], shift: t[2]) },
  ]
  + [("relu", Activation.relu), ("silu", .silu), ("gelu", .gelu), ("leakyReLU", .leakyReLU(slope: 0.2))].map {
    name, f in PassCase(several: "batchNormalized, images, then \(name)") { t, _ in withMoments(t, then: f) }
  }

/// The normalized batch with its mean and variance.
private func withMoments(_ t: [Tensor], then f: Activation = .identity) -> [Tensor] {
  let (value, mean, variance) = batchNormalized(t[0], scale: t[1], shift: t[2], then: f)
  return [value, mean, variance]
}

private func byStatistics(_ t: [Tensor]) -> Tensor {
  batchNormalized(t[0], mean: t[1], variance: t[2], scale: t[3], shift: t[4])
}

private let softmaxCases: [PassCase] = [
  PassCase("softmax, last axis") { t, _ in t[0].softmax() },
  PassCase("softmax, first axis") { t, _ in t[0].softmax(axis: 0) },
  PassCase("logSoftmax, last axis") { t, _ in t[0].logSoftmax() },
  PassCase("logSoftmax, middle axis") { t, _ in t[0].logSoftmax(axis: 1) },
]

private let activationCases: [PassCase] =
  [
    ("relu", Activation.relu), ("sigmoid", .sigmoid), ("tanh", .tanh), ("silu", .silu), ("gelu", .gelu),
    ("leakyReLU", .leakyReLU(slope: 0.2)), ("identity", .identity),
  ].map { name, f in PassCase("activated, \(name)") { t, _ in t[0].activated(by: f) } }
  + [
    PassCase("softplus") { t, _ in t[0].softplus() },
    PassCase("erf") { t, _ in t[0].erf() },
  ]
