import GAN
import Tensors
import Testing

@Suite("§ 8.8.1  The Inception Score, and other measures of probabilities")
struct InceptionScoreTests {
  @Test("(8.18): 1 for equal predictions, K for certain ones of all K classes")
  func ends() {
    let equal = Tensor([[0.7, 0.2, 0.1], [0.7, 0.2, 0.1], [0.7, 0.2, 0.1]])
    #expect(abs(inceptionScore(of: equal) - 1) < 1e-6)
    for K in [2, 10, 100] {
      let certain = Tensor.oneHot((0..<3 * K).map { $0 % K }, classes: K)
      #expect(abs(inceptionScore(of: certain) - Double(K)) < 1e-10 * Double(K))
    }
    // Certain, but all of one class.
    #expect(abs(inceptionScore(of: Tensor.oneHot([1, 1, 1, 1], classes: 3)) - 1) < 1e-12)
  }

  @Test("(8.18): exp of the mean divergence from the mean prediction, written out")
  func formula() {
    let p = [[0.9, 0.1], [0.4, 0.6], [0.25, 0.75]]
    let q = [(0.9 + 0.4 + 0.25) / 3, (0.1 + 0.6 + 0.75) / 3]
    func log(_ x: Double) -> Double { Tensor(x, scalarType: .double).log().item }
    let divergence = p.reduce(0) { sum, row in sum + zip(row, q).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) } / 3 }
    #expect(abs(log(inceptionScore(of: Tensor(p, scalarType: .double))) - divergence) < 1e-12)
  }

  @Test("§ 8.8: the entropy of the likeliest classes is log K if they are balanced, and the divergence then 0")
  func labels() {
    let balanced = Tensor.oneHot([0, 1, 2, 3, 0, 1, 2, 3], classes: 4)
    #expect(abs(labelEntropy(of: balanced) - 1.386294361119891) < 1e-12)
    #expect(labelDivergence(of: balanced) < 1e-12)
    let one = Tensor.oneHot([2, 2, 2], classes: 4)
    #expect(abs(labelDivergence(of: one) - 1.386294361119891) < 1e-12)
    #expect(labelShares(of: one) == [0, 0, 1, 0])
    // Without one of ten classes: log 10/9.
    let nine = Tensor.oneHot((0..<90).map { $0 % 9 }, classes: 10)
    #expect(abs(labelDivergence(of: nine) - 0.10536051565782628) < 1e-12)
  }

  @Test("§ 8.8: an image is recognized if a class has a probability above 0.95")
  func recognized() {
    let p = Tensor([[0.96, 0.04], [0.5, 0.5], [0.06, 0.94], [0.01, 0.99]])
    #expect(recognizedShare(of: p) == 0.5)
    #expect(recognizedShare(of: p, above: 0.9) == 0.75)
  }
}
