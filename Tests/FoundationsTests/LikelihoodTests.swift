import Checking
import Foundation
import Foundations
import Tensors
import Testing

@Suite("§ 1.3 What the losses mean")
struct LikelihoodTests {
  @Test(
    "§ 1.3.1 is the maximum-likelihood loss of a Gaussian: −ln p = N/(2s²) · MSE + a constant", arguments: [0.5, 2])
  func gaussian(s: Double) {
    let (N, D) = (5, 3)
    let y = spread([N, D], offset: 300)
    let constant = Double(N * D) / 2 * log(2 * Double.pi * s * s)
    for guess in 0..<4 {
      let ŷ = Double(guess) * spread([N, D], offset: 20 * guess)
      let densities = zip(ŷ.scalars, y.scalars).map { exp(-pow($1 - $0, 2) / (2 * s * s)) / (s * sqrt(2 * .pi)) }
      let negativeLogLikelihood = -densities.map { log($0) }.reduce(0, +)
      let loss = meanSquaredError(ŷ, y).item
      #expect(abs(negativeLogLikelihood - (Double(N) / (2 * s * s) * loss + constant)) < 1e-11)
    }
  }

  @Test("§ 1.3.2: the cross-entropy is −1/N of the categorical log-likelihood, so both have the same best θ")
  func categorical() {
    // Three classes with logits (θx, 0, −θx), each label drawn as the likeliest for θ = 0.7 or not.
    let x = [-2, -1.5, -0.3, 0.4, 0.9, 2.2]
    let labels = [2, 1, 1, 0, 1, 0]
    var scores: [(loss: Double, likelihood: Double)] = []
    for θ in stride(from: -2.0, through: 3, by: 0.05) {
      let p = x.map { x in
        let powers = [exp(θ * x), 1, exp(-θ * x)]
        return powers.map { $0 / powers.reduce(0, +) }
      }
      let likelihood = zip(p, labels).map { $0[$1] }.reduce(1, *)
      let logits = Tensor(x.map { [θ * $0, 0, -θ * $0] }, scalarType: .double)
      let loss = crossEntropy(logits: logits, labels: labels).item
      #expect(abs(loss + log(likelihood) / 6) < 1e-13)
      scores.append((loss, likelihood))
    }
    let byLoss = scores.indices.min { scores[$0].loss < scores[$1].loss }
    let byLikelihood = scores.indices.max { scores[$0].likelihood < scores[$1].likelihood }
    #expect(byLoss == byLikelihood && byLoss != 0 && byLoss != scores.count - 1)
  }

  @Test("§ 1.3.3: the binary cross-entropy is −1/N of the Bernoulli log-likelihood")
  func bernoulli() {
    let (ŷ, y) = ([0.2, 0.7, 0.99, 0.5], [0.0, 1, 1, 0])
    let likelihood = zip(ŷ, y).map { $1 == 1 ? $0 : 1 - $0 }.reduce(1, *)
    let loss = binaryCrossEntropy(
      probabilities: Tensor(ŷ, scalarType: .double), targets: Tensor(y, scalarType: .double))
    #expect(abs(loss.item + log(likelihood) / 4) < 1e-15)
  }

  @Test("the minus sign matters: 1/N Σ y ln ŷ, as Groudiev's notes print it, grows as predictions get better (erratum)")
  func sign() {
    let labels = [0, 2, 1]
    let y = Tensor.oneHot(labels, classes: 3, scalarType: .double)
    var (ours, printed): ([Double], [Double]) = ([], [])
    for confidence in [0.0, 1, 2, 3] {
      let ŷ = softmax(confidence * y)
      ours.append(crossEntropy(probabilities: ŷ, oneHot: y).item)
      printed.append((y * ŷ.log()).sum().item / 3)
    }
    #expect(ours == ours.sorted(by: >) && printed == printed.sorted(by: <) && ours[0] > ours[3])
  }

  @Test("§ 1.3.2: the error rate is constant almost everywhere: no gradient to descend, where cross-entropy has one")
  func errorRate() {
    let (x, labels) = (spread([40, 3]), (0..<40).map { $0 * 7 % 3 })
    let network = MultilayerPerceptronTests.network([3, 4, 3], .tanh)
    let θ = network.flattened
    let errorRate = { (θ: Tensor) in 1 - accuracy(network.withParameters(from: θ)(x), labels: labels) }
    let slopes = (0..<θ.count).map { i in
      let step = Tensor.oneHot([i], classes: θ.count, scalarType: .double).reshaped([θ.count]) * 1e-6
      return (errorRate(θ + step) - errorRate(θ - step)) / 2e-6
    }
    #expect(slopes.allSatisfy { $0 == 0 })
    #expect(errorRate(θ) > 0.2)  // although there is much left to learn
    let proxy = gradient(at: network) { crossEntropy(logits: $0(x), labels: labels) }
    #expect(proxy.parameters.allSatisfy { $0.norm().item > 1e-3 })
  }
}
