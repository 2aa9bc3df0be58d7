import Checking
import Foundations
import Tensors
import Testing

@Suite("§ 1.3 Losses: the fast forms")
struct FastLossesTests {
  @Test(
    "§ 1.3.2 and § 1.3.3: the fused losses have the values and gradients of the formulas", arguments: [1, 2, 17, 64])
  func agree(columns: Int) {
    let z = 4 * spread([5, columns])
    let labels = (0..<5).map { $0 * 3 % columns }
    let y = (spread([5, columns], offset: 7) + 1) / 2
    let p = z.sigmoid()
    expectEqual(z, { $0.softmax().squared().sum() }, { softmax($0).squared().sum() })
    expectEqual(z, { $0.logSoftmax().squared().sum() }, { logSoftmax($0).squared().sum() })
    expectEqual(z, { $0.crossEntropy(labels: labels) }, { crossEntropy(logits: $0, labels: labels) })
    expectEqual(z, { $0.binaryCrossEntropy(targets: y) }, { binaryCrossEntropy(logits: $0, targets: y) })
    expectEqual(
      p, { $0.binaryCrossEntropyOfProbabilities(targets: y) }, { binaryCrossEntropy(probabilities: $0, targets: y) })
  }

  private func expectEqual(_ x: Tensor, _ fast: (Tensor) -> Tensor, _ formula: (Tensor) -> Tensor) {
    let (a, b) = (valueWithGradient(at: x, of: fast), valueWithGradient(at: x, of: formula))
    expectClose(a.value, b.value, tolerance: 1e-13)
    expectClose(a.gradient, b.gradient, tolerance: 1e-12, scale: 1e-2)
  }
}
