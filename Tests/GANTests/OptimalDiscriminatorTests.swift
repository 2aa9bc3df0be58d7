import Checking
import Foundation
import GAN
import Tensors
import Testing

@Suite("§ 8.2.2  The optimal discriminator")
struct OptimalDiscriminatorTests {
  private let logP = LineNormal(3, 1).logDensity
  private let logQ = LineNormal(0, 1).logDensity
  private let x = Tensor.linear(from: -5, to: 8, count: 261, scalarType: .double)

  @Test("Theorem 8.4: of N(3,1) and N(0,1) it is σ(3x − 4.5) to 1e-14 (8.2), (8.6)")
  func gaussians() {
    let expected = (3 * x - 4.5).sigmoid()
    let found = optimalDiscriminator(logP(x).exp(), logQ(x).exp())
    #expect((found - expected).abs().max().item < 1e-14)
    #expect((optimalLogit(logP(x), logQ(x)) - (3 * x - 4.5)).abs().max().item < 1e-13)
    let far = Tensor([60.0], scalarType: .double)
    #expect(optimalDiscriminator(logP(far).exp(), logQ(far).exp()).item.isNaN, "both densities underflow")
    #expect(abs(optimalLogit(logP(far), logQ(far)).item - 175.5) < 1e-10)
  }

  @Test("Theorem 8.4: over a grid of D the integrand is largest at p / (p + q), to 1e-6 (8.3)")
  func maximum() {
    let D = Tensor.linear(from: 0, to: 1, count: 1_000_001, scalarType: .double)
    for at in [-1, 0.7, 1.5, 3, 4.0] {
      let (p, q) = (logP(Tensor(at, scalarType: .double)).exp(), logQ(Tensor(at, scalarType: .double)).exp())
      let best = D[valueIntegrand(D, p, q).argmax()[0]].item
      #expect(abs(best - optimalDiscriminator(p, q).item) < 1e-6)
    }
  }

  @Test("at D* the slope (8.4) is 0, (8.5) holds, and the second derivative is negative (8.3)")
  func stationary() {
    let (p, q) = (logP(x[90..<170]).exp(), logQ(x[90..<170]).exp())
    let D = optimalDiscriminator(p, q)
    #expect((valueIntegrandSlope(D, p, q) / (p + q)).abs().max().item < 1e-10)
    #expect((p * (1 - D) - q * D).abs().max().item < 1e-16)
    #expect(valueIntegrandCurvature(D, p, q).max().item < 0)
    for d in [0.2, 0.5, 0.9] {
      let D = Tensor(repeating: d, p.shape, scalarType: .double), h = 1e-5
      let (up, down) = (valueIntegrand(D + h, p, q), valueIntegrand(D - h, p, q))
      expectClose(valueIntegrandSlope(D, p, q), (up - down) / (2 * h), tolerance: 1e-7)
      expectClose(
        valueIntegrandCurvature(D, p, q),
        (valueIntegrandSlope(D + h, p, q) - valueIntegrandSlope(D - h, p, q)) / (2 * h), tolerance: 1e-7)
      expectClose(gradient(at: D) { valueIntegrand($0, p, q).sum() }, valueIntegrandSlope(D, p, q), tolerance: 1e-12)
    }
  }

  @Test("where p_data = 0 < p_g the maximum is at the border D = 0, and the slope there is −p_g, not 0 (8.4)")
  func border() {
    let (p, q) = (Tensor(0, scalarType: .double), Tensor(0.3, scalarType: .double))
    let D = Tensor.linear(from: 0, to: 1, count: 1_001, scalarType: .double)
    let values = valueIntegrand(D, p, q)
    #expect(values.argmax() == [0] && values[0].item == 0)
    #expect(optimalDiscriminator(p, q).item == 0)
    #expect(valueIntegrandSlope(D[0], p, q).item == -0.3)
    #expect(valueIntegrandSlope(D[1_000], q, p).item == 0.3, "and +p_data at D = 1 where p_g = 0")
    #expect(optimalDiscriminator(p, p).item.isNaN, "outside both supports D* is undefined")
  }

  @Test(
    "Theorem 8.4: logistic regressions on 200,000 draws of each find (−4.5, 3, 0), within 0.05 on average over four")
  func trained() throws {
    let seeds: [UInt64] = [1, 2, 3, 4]
    let gaps = try seeds.map { seed in
      let random = RandomSource(seed: seed)
      let (z, fake) = (random.normal([200_000], scalarType: .double), random.normal([200_000], scalarType: .double))
      let found = try logisticDiscriminator(real: z + 3, fake: fake)
      return [found.bias.item + 4.5, found.weights[0].item - 3, found.weights[1].item]
    }
    for gap in gaps {  // standard errors from the Fisher information at D*
      #expect(zip(gap, [0.0263, 0.0337, 0.0106]).allSatisfy { abs($0) < 3 * $1 }, "\(gap)")
    }
    for i in 0..<3 { #expect(abs(gaps.map { $0[i] }.reduce(0, +) / 4) < 0.05) }
  }

  @Test("Remark 8.3: once both densities are equal D* is ½ everywhere, and ranks no point by its density (8.2)")
  func equilibrium() {
    #expect(optimalDiscriminator(logP(x).exp(), logP(x).exp()).scalars.allSatisfy { $0 == 0.5 })
    #expect(logP(x).max().item - logP(x).min().item > 30)
  }

  @Test("Theorem 8.4: gradient ascent on V in every value of D converges to the density ratio")
  func tabular() {
    let (p, q) = (logP(x[100..<161]).exp(), logQ(x[100..<161]).exp())
    var a = Tensor.zeros(p.shape, scalarType: .double)
    // V's slope in the logit of D is p − (p + q) σ(a); divided by (p + q) / 4 it is a step of nearly Newton's method.
    for _ in 0..<400 {
      let slope = gradient(at: a) { a in (-p * (-a).softplus() - q * a.softplus()).sum() }
      a = a + 4 * slope / (p + q)
    }
    #expect((a.sigmoid() - optimalDiscriminator(p, q)).abs().max().item < 1e-3)
  }
}
