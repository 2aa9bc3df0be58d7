import Checking
import DataSets
import Diffusion
import Tensors
import Testing
import ch10

@Suite("§ 10.3  Noise schedules")
struct NoiseScheduleTests {
  private let linear = NoiseSchedule.linear(), cosine = NoiseSchedule.cosine()

  @Test("(10.6), (10.7), Definition 10.1: α_t = 1 − β_t, ᾱ_t is their product, and the data stand at t = 0")
  func products() {
    for schedule in [linear, cosine, .linear(3, from: 0.1, to: 0.5)] {
      #expect(schedule.β[0] == 0 && schedule.α[0] == 1 && schedule.ᾱ[0] == 1 && schedule.β.count == schedule.steps + 1)
      var product = 1.0
      let products = schedule.β.map { β -> Double in
        product *= 1 - β
        return product
      }
      #expect(zip(schedule.α, schedule.β).allSatisfy { $0 == 1 - $1 })
      #expect(zip(schedule.ᾱ, products).allSatisfy { abs($0 - $1) <= 1e-15 * $1 })
      #expect(zip(schedule.ᾱ, schedule.ᾱ.dropFirst()).allSatisfy { $0 > $1 })
    }
  }

  @Test("§ 10.3.1, (10.17): the linear schedule goes from 10⁻⁴ to 0.02 in equal steps")
  func linearSteps() {
    let β = Tensor(Array(linear.β.dropFirst()), scalarType: .double)
    #expect(largestDifference(β, .linear(from: 1e-4, to: 0.02, count: 1_000, scalarType: .double)) < 1e-17)
    #expect(linear.β[1] == 1e-4 && abs(linear.β[1_000] - 0.02) < 1e-17)
    #expect(abs(linear.ᾱ[1_000] - 4.0358e-5) < 1e-9 && abs(linear.ᾱ[500] - 0.0786) < 5e-5)
  }

  @Test("§ 10.3.2, (10.18): as printed the last β of the cosine schedule is 1, so it must be limited")
  func limit() async {
    let shares = NoiseSchedule.cosineShares()
    #expect(abs(shares[999]) < 1e-30 && 1 - shares[999] / shares[998] == 1)
    #expect(abs(cosine.β[1] - 4.128e-5) < 1e-8)
    #expect(cosine.β.filter { $0 >= 0.999 }.count == 1 && cosine.β[1_000] == 0.999)
    #expect(abs(cosine.ᾱ[1_000] - 2.4288e-9) < 1e-12 && abs(cosine.ᾱ[500] - 0.4938) < 5e-5)
    #expect(zip(cosine.ᾱ.dropFirst(), shares.dropLast()).allSatisfy { abs($0 - $1) < 1e-13 })
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = NoiseSchedule.cosine(largest: 1)
      }, "step 1000 has β = 1.0")
  }

  @Test("(10.18): without the limit the first step of a sampler divides by 0, and everything is NaN")
  func division() {
    // α_T = 0 as printed: x_{T−1} = (x_T − β_T/√(1 − ᾱ_T) ε)/√α_T, for x_T = ε.
    let shares = NoiseSchedule.cosineShares()
    let α = 1 - (1 - shares[999] / shares[998])
    let ε = Tensor([0.5, -1], scalarType: .double)
    let unlimited = (ε - (1 - α) / (1 - shares[999]).squareRoot() * ε) / α.squareRoot()
    #expect(unlimited.scalars.allSatisfy { $0.isNaN })
    let limited = cosine.ancestralStep(ε, at: 1_000, noise: ε, deviation: 0, fresh: ε)
    #expect(limited.scalars.allSatisfy { $0.isFinite })
  }

  @Test("§ 10.3.2: half of the signal is left at t = 260 (linear) and 497 (cosine)")
  func half() {
    #expect(linear.ᾱ.firstIndex { $0 < 0.5 } == 260 && cosine.ᾱ.firstIndex { $0 < 0.5 } == 497)
  }

  @Test("§ 10.3.2: s = 0.008 makes the first noise just smaller than the step of a pixel; s = 0 makes it much smaller")
  func offset() {
    let pixel = 2 / 255.0
    #expect(0.8 * pixel < cosine.β[1].squareRoot() && cosine.β[1].squareRoot() < pixel)
    #expect(NoiseSchedule.cosine(offset: 0).β[1].squareRoot() < 0.21 * pixel)
    // s, √β₁, β₁₀₀₀ as printed, and the number of steps that are limited.
    let rows = offsetTable().numbers
    #expect(rows[2][0] == 0.008 && rows[2][1] == cosine.β[1].squareRoot())
    #expect(rows.allSatisfy { $0[2] == 1 && $0[3] == 1 }, "\(rows)")
  }

  @Test("§ 10.3: the log signal-to-noise ratio is log ᾱ/(1 − ᾱ), and falls")
  func ratio() {
    let λ = cosine.logSignalToNoise.exp().scalars
    for t in [1, 500, 1_000] {
      let ratio = cosine.signalToNoise(at: t)
      #expect(abs(λ[t - 1] / ratio - 1) < 1e-12 && abs(ratio * (1 - cosine.ᾱ[t]) / cosine.ᾱ[t] - 1) < 1e-14)
    }
    #expect(zip(λ, λ.dropFirst()).allSatisfy { $0 > $1 } && cosine.signalToNoise(at: 0) == .infinity)
  }

  @Test("Remark 10.2: β scaled by 1000/T leaves as little of the signal for T = 200 as for 1,000")
  func rescaled() {
    #expect(largestDifference(vector(.rescaledLinear(1_000)), vector(linear)) < 1e-16)
    #expect(abs(NoiseSchedule.linear(200).ᾱ[200] - 0.1322) < 5e-5)
    #expect(abs(NoiseSchedule.rescaledLinear(200).ᾱ[200] - 3.03e-5) < 1e-7)
    #expect(NoiseSchedule.rescaledLinear(10).β[10] == 0.999)
  }

  @Test("§ 10.3: a schedule can be given by its signal shares, or by the ends of the log signal-to-noise ratio")
  func shares() {
    let same = NoiseSchedule(signalShares: Array(linear.ᾱ.dropFirst()))
    #expect(largestDifference(vector(same), vector(linear)) < 1e-14)
    let λ = NoiseSchedule.between(5, -5, steps: 11) { $0 * $0 }.logSignalToNoise.scalars
    for (k, λ) in λ.enumerated() { #expect(abs(λ - (5 - 10 * Double(k * k) / 100)) < 1e-10) }
  }

  @Test("Definition 10.1: schedules outside it stop with a sentence")
  func refusals() async {
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = NoiseSchedule(β: [0.1, 1.2])
      }, "step 2 has β = 1.2")
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = NoiseSchedule.linear(1)
      }, "at least two are needed")
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = NoiseSchedule.cosine(0)
      }, "cannot add noise in 0 steps")
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = NoiseSchedule.between(-1, 1, steps: 5)
      }, "it must fall")
  }

  private func vector(_ schedule: NoiseSchedule) -> Tensor { Tensor(schedule.β, scalarType: .double) }
}

/// The largest |a − b|.
private func largestDifference(_ a: Tensor, _ b: Tensor) -> Double { (a - b).abs().max().item }
