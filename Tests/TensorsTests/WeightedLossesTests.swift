import Checking
import Tensors
import Testing

@Suite("Weighted losses")
struct WeightedLossesTests {
  private let z = 3 * spread([5, 4])
  private let labels = [2, 0, 3, 3, 1]

  @Test("dropped rows have no effect, whatever their label and logits")
  func ignored() {
    var spoiled = z
    spoiled[1] = Tensor(.nan, scalarType: .double)
    spoiled[4] = Tensor(.infinity, scalarType: .double)
    let isKept = [true, false, true, true, false]
    let whole = spoiled.crossEntropy(labels: [2, -100, 3, 3, 77], smoothing: 0.1, where: isKept)
    let kept = z.gathered([0, 2, 3])
    expectClose(whole, kept.crossEntropy(labels: [2, 3, 3], smoothing: 0.1), tolerance: 1e-15)
    let g = gradient(at: spoiled) { $0.crossEntropy(labels: [2, -100, 3, 3, 77], smoothing: 0.1, where: isKept) }
    let expected = gradient(at: kept) { $0.crossEntropy(labels: [2, 3, 3], smoothing: 0.1) }
    expectClose(g.gathered([0, 2, 3]), expected, tolerance: 1e-15)
    #expect(g[1].scalars == [0, 0, 0, 0] && g[4].scalars == [0, 0, 0, 0])
    #expect(z.crossEntropy(labels: labels, where: [Bool](repeating: true, count: 5)) == z.crossEntropy(labels: labels))
  }

  @Test("the mean of nothing is NaN, with the derivative 0, of first and second order")
  func nothingKept() {
    func loss(_ z: Tensor) -> Tensor { z.crossEntropy(labels: labels, where: [Bool](repeating: false, count: 5)) }
    let zeros = Tensor.zeros([5, 4], scalarType: .double)
    #expect(loss(z).item.isNaN && gradient(at: z, of: loss) == zeros)
    #expect(gradient(at: z) { gradient(at: $0, of: loss).sum() } == zeros)
    #expect(z.crossEntropy(labels: labels, rowWeights: [0, 0, 0, 0, 0]).item.isNaN)
    #expect(z.crossEntropy(labels: labels, classWeights: [0, 0, 0, 0]).item.isNaN)
    let none = Tensor.zeros([2], scalarType: .double)
    #expect(none.binaryCrossEntropy(targets: none, weights: none).item.isNaN)
  }

  @Test("a row of weight 2 counts like two rows, a class of weight 2 like two of each of its rows")
  func repeated() {
    let rows = z.crossEntropy(labels: labels, rowWeights: [1, 2, 1, 1, 0])
    expectClose(rows, z.gathered([0, 1, 1, 2, 3]).crossEntropy(labels: [2, 0, 0, 3, 3]), tolerance: 1e-15)
    let classes = z.crossEntropy(labels: labels, classWeights: [1, 1, 1, 2])
    expectClose(
      classes, z.gathered([0, 1, 2, 2, 3, 3, 4]).crossEntropy(labels: [2, 0, 3, 3, 3, 3, 1]), tolerance: 1e-15)
    let y = (spread([5, 4], offset: 3) + 1) / 2
    let w = Tensor([1, 2, 1, 1, 0], scalarType: .double).expanded(axis: 1)
    expectClose(
      z.binaryCrossEntropy(targets: y, weights: w),
      z.gathered([0, 1, 1, 2, 3]).binaryCrossEntropy(targets: y.gathered([0, 1, 1, 2, 3])), tolerance: 1e-14)
  }

  @Test("class weights of 1 change nothing, smoothed or not; in Float as in Double")
  func ones() {
    for ε in [0, 0.1, 1] {
      let plain = z.crossEntropy(labels: labels, smoothing: ε)
      expectClose(z.crossEntropy(labels: labels, smoothing: ε, classWeights: [1, 1, 1, 1]), plain, tolerance: 1e-14)
      let float = z.converted(to: .float).crossEntropy(labels: labels, smoothing: ε, rowWeights: [1, 1, 1, 1, 1])
      expectClose(float.converted(to: .double), plain, tolerance: 1e-6)
    }
  }

  @Test("positive weights multiply the loss of positive targets, and the mean does not divide by them")
  func positive() {
    let (z, y) = (Tensor([0, 0, 1], scalarType: .double), Tensor([1, 0, 0], scalarType: .double))
    let loss = z.binaryCrossEntropy(targets: y, positiveWeights: Tensor(3, scalarType: .double), isSummed: true)
    #expect(abs(loss.item - (4 * 0.693_147_180_559_945_3 + 1.313_261_687_518_222_8)) < 1e-14)
    // Rows of weight 0 are left out even if their loss is infinite.
    let wrong = Tensor([.infinity, 0], scalarType: .double)
    let w = Tensor([0, 1], scalarType: .double)
    let kept = wrong.binaryCrossEntropy(targets: Tensor.zeros([2], scalarType: .double), weights: w)
    #expect(abs(kept.item - 0.693_147_180_559_945_3) < 1e-15)
  }
}
