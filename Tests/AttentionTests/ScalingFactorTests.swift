import Attention
import Checking
import Tensors
import Testing
import ch06

@Suite("§ 6.4.2 and Exercise 6.2 The scaling factor")
struct ScalingFactorTests {
  private func moments(_ x: Tensor) -> (mean: Double, variance: Double) {
    (x.mean().item, x.variance(isUnbiased: true).item)
  }

  @Test(
    "Theorem 6.3, (6.10), (6.11), (6.12): mean 0 and variance d_k, 1 after scaling", arguments: UnitEntries.allCases)
  func theorem(entries: UnitEntries) {
    for d in [16, 256] {
      let (mean, variance) = moments(dotProducts(of: entries, depth: d, count: 20_000, from: RandomSource(seed: 1)))
      #expect(abs(mean) < 4 * Double(d).squareRoot() / 20_000.squareRoot())
      #expect(abs(variance / Double(d) - 1) < 0.05)
    }
  }

  @Test("Theorem 6.3 needs q and k independent: for q = k the mean is d_k and the variance 2 d_k")
  func equal() {
    let q = UnitEntries.normal.drawn([20_000, 64], from: RandomSource(seed: 2))
    let (mean, variance) = moments(q.squared().sum(axes: [1]))
    #expect(abs(mean - 64) < 0.4 && abs(variance / 128 - 1) < 0.05)
    let shared = sharedProjectionProducts(depth: 64, count: 4_000, random: RandomSource(seed: 2))
    #expect(abs(shared.mean().item / 64 - 1) < 0.1)  // W^Q = W^K: the score of a place with itself
  }

  @Test("§ 6.4.2: the Jacobian is diag(p) − p pᵀ: rows sum to 0, it is symmetric, and it is the recorded one")
  func jacobianOfSoftmax() {
    let z = 3 * spread([5])
    let J = softmaxJacobian(z.softmax())
    expectClose(J, jacobian(at: z) { $0.softmax() }, tolerance: 1e-14, scale: 1)
    expectClose(J, J.transposed, tolerance: 1e-16, scale: 1)
    expectClose(J.sum(axes: [1]), .zeros([5], scalarType: .double), tolerance: 1e-15, scale: 1)
    expectClose(
      softmaxJacobian((3 * spread([2, 4])).softmax())[1], softmaxJacobian((3 * spread([2, 4]))[1].softmax()),
      tolerance: 0)
  }

  @Test("§ 6.4.2: five equal logits of 1000 give the uniform distribution: gaps count, not size")
  func gaps() {
    let p = Tensor(repeating: 1_000, [5], scalarType: .double).softmax()
    #expect(p.scalars.allSatisfy { abs($0 - 0.2) < 1e-15 })
    #expect(abs(softmaxJacobian(p).norm().item - 0.4) < 1e-12)
    let apart = softmaxJacobian(Tensor([1_000, 990, 980, 970, 960], scalarType: .double).softmax())
    #expect(apart.norm().item < 1e-4)
    let z = spread([5])
    expectClose(softmaxJacobian((z + 1_000).softmax()), softmaxJacobian(z.softmax()), tolerance: 1e-12, scale: 1)
  }

  @Test("Exercise 6.2.1: with dependent entries, k = q, the proof's second step fails, E[q² k²] ≠ E[q²] E[k²]")
  func counterExample() {
    let q = UnitEntries.normal.drawn([100_000], from: RandomSource(seed: 5))
    #expect(abs(q.squared().squared().mean().item - 3) < 0.1)  // E[q⁴] = 3, and E[q²]² = 1
  }

  @Test("Exercise 6.2.1: the proof's steps hold for independent entries; k = q breaks two, equal entries the third")
  func proof() {
    let steps = proofSteps(depth: 16, count: 20_000, random: RandomSource(seed: 6))
    let expected: [[Double]] = [[0, 1, 1, 1], [1, 1, 3, 2], [0, 16, 1, 16]]
    for (step, numbers) in zip(steps, expected) {
      for (found, right) in zip([step.mean, step.added, step.squares, step.variance], numbers) {
        #expect(abs(found - right) < 0.08 * max(1, right), "\(step)")
      }
    }
  }

  @Test("Exercise 6.2.2: the variance over d_k is 1 within 2 % at 16, 64, 256 and 1024")
  func histograms() {
    let samples = scoreSamples(depths: [16, 64, 256, 1_024], count: 20_000, random: RandomSource(seed: 1))
    #expect(samples.allSatisfy { abs($0.variance / Double($0.depth) - 1) < 0.02 })
  }

  @Test("Exercise 6.2.3: entropy falls along a random direction and stays along the constant one")
  func entropies() {
    let curve = entropyCurve(length: 16, sizes: [0, 1, 4, 16, 64], random: RandomSource(seed: 1))
    #expect(abs(curve.random[0] - 16.0.logarithm) < 1e-12)
    #expect(zip(curve.random, curve.random.dropFirst()).allSatisfy { $0 > $1 })
    #expect(curve.random[4] < 0.5)
    #expect(curve.constant.allSatisfy { abs($0 - 16.0.logarithm) < 1e-12 })
    #expect(entropy(of: Tensor([0, 1, 0], scalarType: .double)).item == 0)
  }

  @Test("Exercise 6.2.4: without scaling E‖J‖ falls like d_k^(−1/2), with scaling it stays at 0.365")
  func jacobians() {
    let norms = jacobianNorms(depths: [16, 64, 256, 1_024], keys: 8, rows: 1_000, random: RandomSource(seed: 1))
    let slope = (norms[3].plain / norms[1].plain).logarithm / 16.0.logarithm
    #expect((-0.65 ... -0.35).contains(slope))
    #expect(norms.allSatisfy { abs($0.scaled - 0.365) < 0.015 })
    #expect(norms[3].medianPlain < 1e-3)  // most rows are far smaller than the mean, which a few rows make
  }
}

extension Double {
  fileprivate var logarithm: Double { Tensor(self, scalarType: .double).log().item }
}
