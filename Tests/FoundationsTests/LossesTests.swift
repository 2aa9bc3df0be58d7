import Checking
import Foundations
import Tensors
import Testing

@Suite("§ 1.3 Loss functions")
struct LossesTests {
  @Test("§ 1.3.1, § 1.9.3: by hand: residuals (1, 2) and (0, 2) give (1 + 4 + 0 + 4) / 2, components summed")
  func meanSquaredErrorByHand() {
    let loss = meanSquaredError(Tensor([[1, 2], [3, 4]]), Tensor([[0, 0], [3, 2]]))
    #expect(loss.item == 4.5)  // nn.MSELoss, which averages the components too, has 2.25
  }

  @Test("§ 1.3.1: the gradient is 2 (ŷ − y) / N", arguments: [1, 2, 17])
  func meanSquaredErrorGradient(rows: Int) {
    let (ŷ, y) = (spread([rows, 3]), spread([rows, 3], offset: 100))
    expectClose(
      gradient(at: ŷ) { meanSquaredError($0, y) }, 2 * (ŷ - y) / Double(rows), tolerance: 1e-14)
    expectGradient(at: ŷ) { meanSquaredError($0, y) }
  }

  @Test("§ 1.3.2, § 1.9.4: by hand: the classes with probability 1/2 and 1/4 cost (ln 2 + ln 4) / 2")
  func crossEntropyByHand() {
    let ŷ = Tensor([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]], scalarType: .double)
    let expected = Tensor(1.5, scalarType: .double) * 0.693_147_180_559_945_3
    let oneHot = Tensor.oneHot([0, 2], classes: 3, scalarType: .double)
    expectClose(crossEntropy(probabilities: ŷ, oneHot: oneHot), expected, tolerance: 1e-15)
    expectClose(crossEntropy(logits: ŷ.log(), labels: [0, 2]), expected, tolerance: 1e-15)
  }

  @Test("§ 1.3.2: K equally likely classes cost ln K", arguments: [2, 10, 1000])
  func uniform(classes: Int) {
    let loss = crossEntropy(logits: Tensor.zeros([3, classes], scalarType: .double), labels: [0, classes - 1, 1])
    expectClose(loss, Tensor(Double(classes), scalarType: .double).log(), tolerance: 1e-15)
  }

  @Test("§ 1.3.2: the form from logits is the formula on softmax(z), and minus the mean picked log-softmax")
  func crossEntropyForms() {
    let (z, labels) = (4 * spread([6, 5]), [0, 4, 2, 2, 1, 3])
    let fromLogits = crossEntropy(logits: z, labels: labels)
    let oneHot = Tensor.oneHot(labels, classes: 5, scalarType: .double)
    expectClose(fromLogits, crossEntropy(probabilities: softmax(z), oneHot: oneHot), tolerance: 1e-14)
    expectClose(fromLogits, -logSoftmax(z).picked(labels).mean(), tolerance: 1e-15)
    expectClose(fromLogits, (z.logSumExp(axes: [1]) - z.picked(labels)).mean(), tolerance: 1e-14)
  }

  @Test("§ 1.3.2: the gradient with respect to the logits is (p − y) / N, in both forms")
  func crossEntropyGradient() {
    let (z, labels) = (3 * spread([4, 5]), [3, 0, 0, 2])
    let y = Tensor.oneHot(labels, classes: 5, scalarType: .double)
    let expected = (softmax(z) - y) / 4
    expectClose(gradient(at: z) { crossEntropy(logits: $0, labels: labels) }, expected, tolerance: 1e-13)
    expectClose(
      gradient(at: z) { crossEntropy(probabilities: softmax($0), oneHot: y) }, expected, tolerance: 1e-13)
    expectGradient(at: z, order: 2) { crossEntropy(logits: $0, labels: labels) }
  }

  @Test(
    "§ 1.3.2: logits of ±1000 have the right loss, 2000 or 0, and a finite gradient; the formula itself does not")
  func crossEntropyExtremes() {
    let z = Tensor([[1000, -1000]])
    #expect(crossEntropy(logits: z, labels: [0]).item == 0)
    #expect(crossEntropy(logits: z, labels: [1]).item == 2000)
    #expect(gradient(at: z) { crossEntropy(logits: $0, labels: [1]) }.scalars == [1, -1])
    #expect(!crossEntropy(probabilities: softmax(z), oneHot: Tensor([[0, 1]])).item.isFinite)
    let equal = crossEntropy(logits: Tensor([[1000, 1000, 1000]]), labels: [2])
    expectClose(equal, Tensor(3).log(), tolerance: 1e-6)
  }

  @Test("§ 1.3.3: by hand: ŷ = 1/2 for a hit and 1/4 for a target of 0 cost (ln 2 + ln 4/3) / 2")
  func binaryByHand() {
    let loss = binaryCrossEntropy(
      probabilities: Tensor([0.5, 0.25], scalarType: .double), targets: Tensor([1, 0], scalarType: .double))
    expectClose(loss, Tensor(8.0 / 3, scalarType: .double).log() / 2, tolerance: 1e-15)
  }

  @Test("§ 1.3.3: the form from logits is the formula on σ(z), and two-class cross-entropy with logits (0, z)")
  func binaryForms() {
    let (z, labels) = (4 * spread([7]), [1, 0, 0, 1, 1, 0, 1])
    let y = Tensor(labels.map(Double.init), scalarType: .double)
    let loss = binaryCrossEntropy(logits: z, targets: y)
    expectClose(loss, binaryCrossEntropy(probabilities: sigmoid(z), targets: y), tolerance: 1e-14)
    expectClose(loss, crossEntropy(logits: Tensor.stacked([0 * z, z], axis: 1), labels: labels), tolerance: 1e-14)
  }

  @Test("§ 1.3.3: the gradient with respect to the logits is (σ(z) − y) / N, in both forms")
  func binaryGradient() {
    let (z, y) = (3 * spread([6]), Tensor([1, 0, 0, 1, 0.25, 1], scalarType: .double))
    let expected = (sigmoid(z) - y) / 6
    expectClose(gradient(at: z) { binaryCrossEntropy(logits: $0, targets: y) }, expected, tolerance: 1e-14)
    expectClose(
      gradient(at: z) { binaryCrossEntropy(probabilities: sigmoid($0), targets: y) }, expected, tolerance: 1e-13)
    expectGradient(at: z, order: 2) { binaryCrossEntropy(logits: $0, targets: y) }
  }

  @Test("§ 1.3.3: logits of ±1000 have the right loss, 1000 or 0, and a finite gradient")
  func binaryExtremes() {
    let z = Tensor([1000, -1000])
    #expect(binaryCrossEntropy(logits: z, targets: Tensor([1, 0])).item == 0)
    #expect(binaryCrossEntropy(logits: z, targets: Tensor([0, 1])).item == 1000)
    #expect(gradient(at: z) { binaryCrossEntropy(logits: $0, targets: Tensor([0, 1])) }.scalars == [0.5, -0.5])
  }

  @Test("certain and right predictions cost nothing in the formulas too, with finite gradients")
  func certain() {
    let ŷ = Tensor([[0, 1, 0], [0.5, 0.5, 0]])
    let y = Tensor.oneHot([1, 0], classes: 3)
    expectClose(crossEntropy(probabilities: ŷ, oneHot: y), Tensor(0.693_147_18) / 2, tolerance: 1e-7)
    #expect(gradient(at: ŷ) { crossEntropy(probabilities: $0, oneHot: y) } == Tensor([[0, -0.5, 0], [-1, 0, 0]]))
    let p = Tensor([0, 1, 0.5])
    #expect(binaryCrossEntropy(probabilities: p[0..<2], targets: p[0..<2]).item == 0)
    let g = gradient(at: p) { binaryCrossEntropy(probabilities: $0, targets: Tensor([0, 1, 1])) }
    expectClose(g, Tensor([1, -1, -2]) / 3, tolerance: 1e-7)
    #expect(crossEntropy(probabilities: ŷ, oneHot: Tensor.oneHot([0, 0], classes: 3)).item == .infinity)
  }

  @Test("a row with NaN is wrong, also where the label is 0")
  func accuracyOfNaN() {
    let scores = Tensor([[.nan, .nan], [.nan, 1], [0, .nan], [2, 1]])
    #expect(accuracy(scores, labels: [0, 0, 0, 0]) == 0.25 && accuracy(scores, labels: [0, 0, 1, 1]) == 0)
  }

  @Test("41 of 41 right are an accuracy of 1, and so is the mean of 41 ones")
  func allRight() {
    #expect(accuracy(Tensor.identity(41), labels: Array(0..<41)) == 1 && Tensor.ones([41]).mean().item == 1)
  }

  @Test("accuracy counts the rows whose largest score is at the label")
  func accuracyByHand() {
    let scores = Tensor([[3, 1, 2], [0, 0.5, 0], [-1, -2, -3], [0, 1, 2]])
    #expect(accuracy(scores, labels: [0, 1, 1, 2]) == 0.75)
  }

  @Test("shapes that do not fit stop with a message that names them")
  func mismatch() async {
    let rows = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = meanSquaredError(Tensor.zeros([3, 1]), Tensor.zeros([3]))
    }
    expectMessage(rows, "cannot compare predictions [3×1] with targets [3]")
    let labels = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = crossEntropy(logits: Tensor.zeros([2, 5]), labels: [1])
    }
    expectMessage(labels, "cannot compare logits [2×5] with 1 labels")
    let scores = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = accuracy(Tensor.zeros([2, 5]), labels: [0, 1, 2])
    }
    expectMessage(scores, "cannot compare scores [2×5] with 3 labels")
  }
}
