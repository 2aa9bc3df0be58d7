import Tensors

// The part of the table with softmax and the losses, pooling, and dropout; and their mistakes.

extension Operation {
  static let losses = [
    Operation("softmax", [[2, 3]]) { $0[0].softmax() },
    Operation("softmax along the first axis, weighted", [[3, 2, 2]]) { $0[0] * $0[0].softmax(axis: 0) },
    Operation("softmax of a line, weighted", [[4]]) { $0[0] * $0[0].softmax() },
    Operation("logSoftmax", [[2, 3]]) { $0[0].logSoftmax() },
    Operation("logSoftmax along the middle axis", [[2, 3, 2]]) { $0[0].logSoftmax(axis: 1) },
    Operation("crossEntropy", [[3, 4]]) { $0[0].crossEntropy(labels: [2, 0, 2]) },
    Operation("crossEntropy, smoothed", [[3, 4]]) { $0[0].crossEntropy(labels: [3, 1, 0], smoothing: 0.1) },
    Operation("crossEntropy of kept rows", [[4, 3]]) {
      $0[0].crossEntropy(labels: [2, -100, 0, 1], where: [true, false, true, true])
    },
    Operation("crossEntropy with all weights", [[4, 3]]) {
      $0[0].crossEntropy(
        labels: [2, 0, 0, 1], where: [true, true, true, false], classWeights: [0.5, 2, 0], rowWeights: [1, 3, 0.25, 7])
    },
    Operation("crossEntropy with row weights, smoothed", [[3, 4]]) {
      $0[0].crossEntropy(labels: [3, 1, 0], smoothing: 0.1, rowWeights: [2, 0, 0.5])
    },
    Operation("crossEntropy with all weights, smoothed", [[3, 4]]) {
      $0[0].crossEntropy(
        labels: [3, 1, 0], smoothing: 0.1, classWeights: [0.5, 2, 1, 0], rowWeights: [2, 1, 0.5])
    },
    Operation("binaryCrossEntropy with weights", [[2, 3], [2, 3], [3], [2, 1]], .positive) {
      $0[0].binaryCrossEntropy(targets: $0[1] / 3, weights: $0[2], positiveWeights: $0[3])
    },
    Operation("binaryCrossEntropy with weights, summed", [[2, 3]]) {
      $0[0].binaryCrossEntropy(
        targets: Tensor([[0, 1, 0.3], [1, 0, 1]], scalarType: .double),
        weights: Tensor([1, 0, 2], scalarType: .double),
        isSummed: true)
    },
    Operation("binaryCrossEntropy with positive weights", [[2, 3]]) {
      $0[0].binaryCrossEntropy(
        targets: Tensor([[0, 1, 0.3], [1, 0, 1]], scalarType: .double),
        positiveWeights: Tensor(2.5, scalarType: .double))
    },
    Operation("binaryCrossEntropy", [[2, 3], [2, 3]]) { $0[0].binaryCrossEntropy(targets: $0[1]) },
    Operation("binaryCrossEntropy, summed", [[2, 3]]) {
      $0[0].binaryCrossEntropy(targets: Tensor([[0, 1, 0.3], [1, 0, 1]], scalarType: .double), isSummed: true)
    },
    Operation("binaryCrossEntropyOfProbabilities", [[2, 3], [2, 3]]) {
      $0[0].sigmoid().binaryCrossEntropyOfProbabilities(targets: $0[1])
    },
    Operation("binaryCrossEntropyOfProbabilities, summed", [[2, 3]]) {
      $0[0].sigmoid().binaryCrossEntropyOfProbabilities(
        targets: Tensor([[0, 1, 0.3], [1, 0, 1]], scalarType: .double), isSummed: true)
    },
  ]

  static let pooling = [
    Operation("maxPooled2D", [[2, 4, 5]]) { $0[0].maxPooled2D(window: 2) },
    Operation("maxPooled2D, overlapping", [[1, 2, 4, 5]]) { $0[0].maxPooled2D(window: 3, stride: 2, padding: 1) },
    Operation("maxPooled2D, rectangular, sizes rounded up", [[1, 5, 6]]) {
      $0[0].maxPooled2D(window: (2, 3), stride: (3, 2), padding: (1, 0), isRoundedUp: true)
    },
    Operation("averagePooled2D, rectangular, sizes rounded up", [[1, 5, 6]]) {
      $0[0].averagePooled2D(window: (2, 3), stride: (3, 2), padding: (1, 1), isRoundedUp: true)
    },
    Operation("averagePooled2D of the places inside", [[1, 5, 6]]) {
      $0[0].averagePooled2D(window: 3, stride: 2, padding: 1, isRoundedUp: true, divisor: .inside)
    },
    Operation("averagePooled1D with a divisor", [[2, 5]]) {
      $0[0].averagePooled1D(window: 2, isRoundedUp: true, divisor: .constant(-3))
    },
    Operation("maxPooled2D of more than 256 places", [[17, 17]]) { $0[0].maxPooled2D(window: 17) },
    Operation("maxPooled1D", [[2, 5]]) { $0[0].maxPooled1D(window: 3, stride: 1, padding: 1) },
    Operation("averagePooled2D", [[2, 4, 5]]) { $0[0].averagePooled2D(window: 2) },
    Operation("averagePooled2D, overlapping", [[4, 5]]) { $0[0].averagePooled2D(window: 3, stride: 2, padding: 1) },
    Operation("averagePooled1D", [[2, 5]]) { $0[0].averagePooled1D(window: 2, stride: 3, padding: 1) },
    Operation("globalAveragePooled2D", [[2, 3, 2]]) { $0[0].globalAveragePooled2D() },
  ]

  static let dropping = [
    Operation("dropout", [[3, 4]]) { dropout($0[0], probability: 0.4, using: RandomSource(seed: 5)) },
    Operation("dropout with probability 0", [[2]]) { dropout($0[0], probability: 0, using: RandomSource(seed: 5)) },
    Operation("channelDropout", [[2, 3, 2]]) { channelDropout($0[0], probability: 0.4, using: RandomSource(seed: 5)) },
  ]
}

extension Mistake {
  static let losses = [
    Mistake("cannot take the softmax along axis 2 of [2×3], which has 2 axes") {
      Tensor.zeros([2, 3]).softmax(axis: 2)
    },
    Mistake("cannot compare logits [2×3] with 1 labels: one row per label is needed") {
      Tensor.zeros([2, 3]).crossEntropy(labels: [0])
    },
    Mistake("cannot find label 3 (entry 1) among 3 classes: they are counted from 0") {
      Tensor.zeros([2, 3]).crossEntropy(labels: [0, 3])
    },
    Mistake("cannot select among 2 rows with 1 conditions: one for each is needed") {
      Tensor.zeros([2, 3]).crossEntropy(labels: [0, 1], where: [true])
    },
    Mistake("cannot weight 3 classes by 2 weights: each needs one") {
      Tensor.zeros([2, 3]).crossEntropy(labels: [0, 1], classWeights: [1, 2])
    },
    Mistake("cannot weight rows by -1.0 (entry 1): weights must be finite and not negative") {
      Tensor.zeros([2, 3]).crossEntropy(labels: [0, 1], rowWeights: [1, -1])
    },
    Mistake("cannot smooth labels by 1.5: the share must be in 0...1") {
      Tensor.zeros([2, 3]).crossEntropy(labels: [0, 1], smoothing: 1.5)
    },
    Mistake("cannot compare logits [2×3] with targets [3]: one target for each is needed") {
      Tensor.zeros([2, 3]).binaryCrossEntropy(targets: Tensor.zeros([3]))
    },
    Mistake("cannot compare a float tensor and a double tensor: convert one with converted(to:)") {
      Tensor.zeros([2]).binaryCrossEntropyOfProbabilities(targets: Tensor.zeros([2], scalarType: .double))
    },
  ]

  static let poolingAndDropout = [
    Mistake("cannot pool [3] over its last 2 axes: it has 1") { Tensor.zeros([3]).maxPooled2D(window: 2) },
    Mistake("cannot pool [2×3] with window 4 and padding 0: axis -2 is too short") {
      Tensor.zeros([2, 3]).averagePooled2D(window: 4)
    },
    Mistake("cannot pool with window 2, stride 1 and padding 2: padding is half a window at most") {
      Tensor.zeros([5]).maxPooled1D(window: 2, stride: 1, padding: 2)
    },
    Mistake("cannot divide the sums of windows by 0") {
      Tensor.zeros([4, 4]).averagePooled2D(window: 2, divisor: .constant(0))
    },
    Mistake("cannot pool [3]: planes have two axes") { Tensor.zeros([3]).globalAveragePooled2D() },
    Mistake("cannot drop elements with probability 1.5: it must be in 0...1") {
      dropout(Tensor.zeros([3]), probability: 1.5, using: RandomSource(seed: 0))
    },
    Mistake("cannot drop channels of [3]: axes [N×C×…] are needed") {
      channelDropout(Tensor.zeros([3]), probability: 0.5, using: RandomSource(seed: 0))
    },
  ]
}
