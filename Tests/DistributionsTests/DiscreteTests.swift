import Checking
import Distributions
import Foundation
import Tensors
import Testing

@Suite("Distributions: Bernoulli and categorical")
struct DiscreteTests {
  private let z = Tensor([-3, -0.5, 0, 2], scalarType: .double)
  private let w = Tensor([1, -2, 0.25, 4], scalarType: .double)

  @Test("a Bernoulli variable has the probabilities of its logits, and the entropy and divergence of their sums")
  func bernoulli() {
    let (p, q) = (Bernoulli(logits: z), Bernoulli(logits: w))
    let (one, zero) = (Tensor.ones([4], scalarType: .double), Tensor.zeros([4], scalarType: .double))
    let (yes, no) = (p.logProbability(of: one), p.logProbability(of: zero))
    expectClose(yes.exp(), p.mean, tolerance: 1e-14)
    expectClose(yes.exp() + no.exp(), one, tolerance: 1e-14)
    expectClose(p.entropy, -(yes.exp() * yes + no.exp() * no), tolerance: 1e-13)
    let divergence = yes.exp() * (yes - q.logProbability(of: one)) + no.exp() * (no - q.logProbability(of: zero))
    expectClose(p.klDivergence(to: q), divergence, tolerance: 1e-12)
    expectClose(p.klDivergence(to: p), zero, tolerance: 1e-15, scale: 1)
    expectGradient(at: p, order: 2) { ($0.klDivergence(to: q) + $0.entropy + $0.logProbability(of: w)).sum() }
    expectGradient(at: q, order: 2) { p.klDivergence(to: $0).squared().sum() }
  }

  @Test("a certain Bernoulli variable has finite results")
  func certain() {
    let p = Bernoulli(logits: Tensor([-800, 800]))
    #expect(p.entropy.scalars == [0, 0] && p.logProbability(of: Tensor([0, 1])).scalars == [0, 0])
    #expect(p.logProbability(of: Tensor([1, 0])).scalars == [-800, -800])
    #expect(p.sample(using: RandomSource(seed: 1)).scalars == [0, 1])
  }

  @Test("a categorical variable is the softmax of its logits; a shift of a row changes nothing")
  func categorical() {
    let logits = spread([2, 3, 4])
    let (p, q) = (Categorical(logits: logits), Categorical(logits: spread([2, 3, 4], offset: 50)))
    expectClose(p.probabilities.sum(axes: [-1]), Tensor.ones([2, 3], scalarType: .double), tolerance: 1e-14)
    let values = [0, 3, 1, 2, 2, 0]
    let looked = p.logProbability(of: values)
    #expect(looked.shape == [2, 3])
    for (row, value) in values.enumerated() {
      #expect(looked[row / 3, row % 3] == p.logProbabilities[row / 3, row % 3, value])
    }
    let probability = p.probabilities
    expectClose(p.entropy, -(probability * p.logProbabilities).sum(axes: [-1]), tolerance: 1e-13)
    let ratio = p.logProbabilities - q.logProbabilities
    expectClose(p.klDivergence(to: q), (probability * ratio).sum(axes: [-1]), tolerance: 1e-12, scale: 1e-3)
    expectClose(Categorical(logits: logits + 7).entropy, p.entropy, tolerance: 1e-13)
    expectGradient(at: p, order: 2) { ($0.klDivergence(to: q) + $0.entropy + $0.logProbability(of: values)).sum() }
    expectGradient(at: q, order: 2) { p.klDivergence(to: $0).squared().sum() }
  }

  @Test("two equal values are a Bernoulli variable: the logit is the difference")
  func two() {
    let pair = Categorical(logits: Tensor.stacked([Tensor.zeros([4], scalarType: .double), z], axis: 1))
    expectClose(pair.entropy, Bernoulli(logits: z).entropy, tolerance: 1e-13)
    expectClose(pair.probabilities.sliced(1..<2, axis: 1).squeezed(axis: 1), z.sigmoid(), tolerance: 1e-14)
  }

  @Test("values that never occur add nothing to entropy and divergence; a value that only p takes makes it infinite")
  func impossible() {
    let p = Categorical(logits: Tensor([[0, 0, -.infinity]]))
    #expect(abs(p.entropy.scalars[0] - log(2)) < 1e-6)
    #expect(p.klDivergence(to: p).scalars == [0])
    let q = Categorical(logits: Tensor([[0, -.infinity, 0]]))
    #expect(p.klDivergence(to: q).scalars == [.infinity])
    let slopes = gradient(at: p) { $0.entropy.sum() }.logits.scalars
    #expect(slopes[0].isFinite && slopes[1].isFinite)
  }

  @Test("draws have the frequencies of their probabilities")
  func sampling() {
    let p = Categorical(logits: Tensor.zeros([8000, 1]) + Tensor([log(0.1), log(0.6), log(0.3)]))
    let draws = p.sample(using: RandomSource(seed: 2))
    let shares = (0..<3).map { value in Double(draws.filter { $0 == value }.count) / 8000 }
    for (share, probability) in zip(shares, [0.1, 0.6, 0.3]) {
      #expect(abs(share - probability) < 4 * (probability * (1 - probability) / 8000).squareRoot())
    }
    let coins = Bernoulli(logits: Tensor(repeating: log(3), [8000])).sample(using: RandomSource(seed: 3))
    #expect(abs(coins.mean().item - 0.75) < 4 * (0.75 * 0.25 / 8000).squareRoot())
  }

  @Test("values out of range and tensors without a last axis stop with a message")
  func mistakes() async {
    let range = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Categorical(logits: Tensor.zeros([2, 3])).logProbability(of: [0, 3])
    }
    let rank = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Categorical(logits: Tensor(1))
    }
    expectMessage(range, "one value from 0 to 2 for each of 2 rows is needed")
    expectMessage(rank, "cannot choose among the logits of a tensor of shape []")
  }
}
