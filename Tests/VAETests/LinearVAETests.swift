import Checking
import DataSets
import Tensors
import Testing
import Training
import VAE

@Suite("§ 9.6  The linear β-VAE")
struct LinearVAETests {
  private let spectrum = Tensor([4, 2, 1, 0.5, 0.25, 0.1], scalarType: .double)

  @Test("(9.23), Definition 9.7: for variances 4, 2, 1, ½, ¼, 0.1 and s² = 0.3 the optimum has these terms and units")
  func closedForm() {
    let expected: [(β: Double, KL: Double, reconstruction: Double, active: Int)] = [
      (0.5, 4.7428, 3.3184, 5), (1, 3.1011, 4.4850, 4), (2, 1.8060, 6.3184, 3), (4, 0.8574, 8.9850, 2),
      (10, 0.1438, 13.3184, 1),
    ]
    for (β, KL, reconstruction, active) in expected {
      let optimum = WaterFilling(spectrum: spectrum, noise: 0.3, β: β)
      #expect(abs(optimum.divergence - KL) < 5e-5 && abs(optimum.reconstruction - reconstruction) < 5e-5)
      #expect(optimum.activeCount == active)
    }
  }

  @Test("(9.23): probabilistic PCA with noise βs² attains the optimum, where every derivative of the objective is 0")
  func stationary() {
    for β in [0.5, 1, 2, 4] {
      let (optimum, Σ) = (
        WaterFilling(spectrum: spectrum, noise: 0.3, β: β), Tensor.identity(6, scalarType: .double) * spectrum
      )
      let model = principal(optimum)
      #expect(
        abs(
          model.loss(covariance: Σ, noise: 0.3, β: β).item
            - (optimum.reconstruction + β * optimum.divergence)) < 1e-12)
      expectClose(model.divergences(covariance: Σ), optimum.divergences, tolerance: 1e-12, scale: 1)
      let slopes = gradient(at: model) { $0.loss(covariance: Σ, noise: 0.3, β: β) }
      #expect(slopes.flattened.abs().max().item < 1e-12)
      // No small change is better.
      let random = RandomSource(seed: 1)
      for _ in 0..<50 {
        let near = model.mapParameters { $0 + 0.05 * random.normal($0.shape, scalarType: .double) }
        #expect(near.loss(covariance: Σ, noise: 0.3, β: β).item >= optimum.reconstruction + β * optimum.divergence)
      }
    }
  }

  @Test("Remark 9.10, Table 9.1: units in use saturate: of d trained ones, min(d, 4) carry more than 0.01 nats")
  func saturation() {
    let Σ = Tensor.identity(6, scalarType: .double) * spectrum
    let used = [2, 4, 6, 8].map { d in
      var model = LinearVAE(inputs: 6, latent: d, random: RandomSource(seed: 1))
      model.train(covariance: Σ, noise: 0.3, β: 1, plan: TrainingPlan(steps: 1_500), random: RandomSource(seed: 2))
      return model.divergences(covariance: Σ).scalars.count { $0 > 0.01 }
    }
    #expect(used == [2, 4, 4, 4])
  }

  /// Probabilistic PCA for a diagonal covariance: W = diag √(λ − βs²), V = W/λ, σ² = βs²/λ, and the prior below βs².
  private func principal(_ optimum: WaterFilling) -> LinearVAE {
    var model = LinearVAE(inputs: 6, latent: 6, random: RandomSource(seed: 1))
    let (I, used) = (Tensor.identity(6, scalarType: .double), maximum(optimum.level, optimum.spectrum))
    let w = (used - optimum.level).squareRoot()
    (model.decoder, model.encoder, model.logVariance) = (I * w, I * (w / used), (optimum.level / used).log())
    return model
  }

  @Test("(9.23): trained by Adam, the linear β-VAE reaches the closed form, and its slope −ΔR/ΔKL lies between the β")
  func trained() throws {
    // A covariance that is not diagonal, with the same spectrum.
    let Q = LinearAlgebra.qr(spread([6, 6])).q
    let Σ = matmul(Q * spectrum, Q.transposed)
    var terms: [(R: Double, KL: Double)] = []
    for β in [1.0, 2, 4] {
      var model = LinearVAE(inputs: 6, latent: 6, random: RandomSource(seed: 1))
      model.train(covariance: Σ, noise: 0.3, β: β, plan: TrainingPlan(steps: 1_500), random: RandomSource(seed: 2))
      let optimum = WaterFilling(spectrum: spectrum, noise: 0.3, β: β)
      let (R, KL) = (model.reconstruction(covariance: Σ, noise: 0.3).item, model.divergences(covariance: Σ))
      #expect(abs(R - optimum.reconstruction) < 2e-3 && abs(KL.sum().item - optimum.divergence) < 2e-3)
      #expect(KL.scalars.count { $0 > 0.01 } == optimum.activeCount)
      expectClose(KL.sorted(isDescending: true), optimum.divergences, tolerance: 0.02, scale: 0.05)
      terms.append((R, KL.sum().item))
    }
    for (i, (low, high)) in [(1.0, 2.0), (2, 4)].enumerated() {
      let slope = (terms[i + 1].R - terms[i].R) / (terms[i].KL - terms[i + 1].KL)
      #expect(low < slope && slope < high, "\(slope)")
    }
  }

  @Test("§ 9.6: between rate and distortion the slope is −β, and between neighbours it lies between their β")
  func slopes() {
    let weights = [0.5, 1, 2, 4, 10]
    let optima = weights.map { WaterFilling(spectrum: spectrum, noise: 0.3, β: $0) }
    for ((a, b), (low, high)) in zip(zip(optima, optima.dropFirst()), zip(weights, weights.dropFirst())) {
      let slope = (b.reconstruction - a.reconstruction) / (a.divergence - b.divergence)
      #expect(low < slope && slope < high)
    }
    for β in [0.6, 1.5, 3, 7] {
      let (a, b) = (optima[0].with(β: β * 0.9999), optima[0].with(β: β * 1.0001))
      let slope = (b.reconstruction - a.reconstruction) / (a.divergence - b.divergence)
      #expect(abs(slope / β - 1) < 1e-4)
    }
  }

  @Test("§ 9.9.1, Definition 9.11: direction j of the linear model collapses exactly at β = λⱼ/s²")
  func collapse() {
    let optimum = WaterFilling(spectrum: spectrum, noise: 0.3)
    for (j, β) in optimum.collapseWeights.scalars.enumerated() {
      #expect(optimum.with(β: β * 0.999).divergences[j].item > 0 && optimum.with(β: β * 1.001).divergences[j].item == 0)
    }
    // Two directions, just below and just above the weight from which the second is not worth its bits: λ₂/s² = 2.
    let Σ = Tensor.identity(2, scalarType: .double) * Tensor([4, 0.6], scalarType: .double)
    let KL = [1.8, 2.2].map { β in
      var model = LinearVAE(inputs: 2, latent: 2, random: RandomSource(seed: 1))
      model.train(covariance: Σ, noise: 0.3, β: β, plan: TrainingPlan(steps: 2_000), random: RandomSource(seed: 2))
      return model.divergences(covariance: Σ).min().item
    }
    #expect(abs(KL[0] - 0.05268) < 1e-3 && abs(KL[1]) < 1e-3, "½ ln(2/1.8) = 0.0527, and 0: \(KL)")
  }

  @Test("§ 9.6: trained on the covariance of the 8×8 digits, it has the computed units, divergences and distortion")
  func digits() throws {
    let pixels = try LabeledImages.opticalDigits().images.flattened(from: 1).converted(to: .double)
    let centred = pixels - pixels.mean(axes: [0])
    let Σ = matmul(centred.transposed, centred) / Double(pixels.shape[0])
    let optimum = WaterFilling(spectrum: LinearAlgebra.symmetricEigen(Σ).values.clamped(to: 0...100), noise: 0.05, β: 2)
    var model = LinearVAE(inputs: 64, latent: 12, random: RandomSource(seed: 1))
    model.train(covariance: Σ, noise: 0.05, β: 2, plan: TrainingPlan(steps: 1_500), random: RandomSource(seed: 2))
    let KL = model.divergences(covariance: Σ)
    #expect(KL.scalars.count { $0 > 0.01 } == optimum.activeCount)
    expectClose(KL.sorted(isDescending: true), optimum.divergences[0..<12], tolerance: 0.02, scale: 0.5)
    #expect(abs(KL.sum().item / optimum.divergence - 1) < 0.02)
    #expect(abs(model.distortion(covariance: Σ).item / optimum.distortions.sum().item - 1) < 0.02)
  }
}
