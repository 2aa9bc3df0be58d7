import Checking
import DataSets
import Diffusion
import Tensors
import Testing

@Suite("§ 10.1 to § 10.3  Schedules, predictions and bound beside PyTorch")
struct ValuesReferenceTests {
  @Test("(10.8), (10.11), (10.15), (10.17), (10.18): values and gradients are PyTorch's")
  func passes() throws { try expectAgreement("diffusion_values", passCases, .double) }
}

private let linear = NoiseSchedule.linear()

private let passCases: [PassCase] = [
  PassCase(several: "NoiseSchedule.linear") { x, _ in [0 * x[0].sum() + steps(linear.β), steps(linear.ᾱ)] },
  PassCase(several: "NoiseSchedule.cosine") { x, _ in
    [0 * x[0].sum() + steps(NoiseSchedule.cosine().β), steps(NoiseSchedule.cosine().ᾱ)]
  },
  PassCase("NoiseSchedule.noised") { x, _ in linear.noised(x[0], at: [0, 1, 500, 1_000], noise: x[1]) },
  PassCase(several: "NoiseSchedule.posteriorMean") { x, _ in
    let variance = Tensor([linear.posteriorVariance(at: 400)], scalarType: .double)
    return [linear.posteriorMean(of: x[0], data: x[1], at: 400), variance]
  },
  PassCase("NoiseSchedule.logSignalToNoise") { x, _ in 0 * x[0].sum() + linear.logSignalToNoise },
  PassCase("PredictionTarget.velocity") { x, _ in
    PredictionTarget.velocity.target(data: x[0], noise: x[1], at: [1, 500, 1_000], linear)
  },
  PassCase("ExactPredictor") { x, _ in
    let points = 2 * spread([3, 2], offset: 30)
    let data = GaussianMixture((0..<3).map { .init(weight: 1, mean: points[$0].scalars, deviation: 0.2) })
    let predictor = ExactPredictor(data: data, schedule: linear)
    return 0 * x[0].sum() + predictor.noise(in: x[0].stopGradient, at: [1, 40, 300, 1_000])
  },
  PassCase("LinearPredictor") { x, _ in
    let predictor = LinearPredictor(fittedTo: spread([7, 4], offset: 60), schedule: linear)
    return 0 * x[0].sum() + predictor.noise(in: x[0].stopGradient, at: [1, 40, 300])
  },
  PassCase("MemorizingPredictor") { x, _ in
    MemorizingPredictor(spread([7, 4], offset: 60), schedule: linear).noise(in: x[0], at: [1, 300, 700])
  },
  PassCase("DiffusionBound.divergences") { x, _ in divergences(.step, x) },
  PassCase("DiffusionBound.divergences, posterior variance") { x, _ in divergences(.posterior, x) },
  PassCase("priorDivergence") { x, _ in
    // ½ [ᾱ (x² − 1) − log(1 − ᾱ)] is linear in x²; the slope is ½ ᾱ.
    let schedule = NoiseSchedule.linear(200)
    let values = x[0].scalars.map { schedule.priorDivergence(meanSquare: $0 * $0) }
    let slope = 0.5 * schedule.ᾱ[200] * (x[0].squared() - x[0].squared().stopGradient)
    return Tensor(values, shape: x[0].shape, scalarType: .double) + slope
  },
  PassCase("simpleLoss, Gaussian data") { x, _ in quarter.simpleLoss(slope: x[0], at: 300) },
  PassCase("likelihoodLoss, Gaussian data") { x, _ in quarter.likelihoodLoss(slope: x[0], at: 300) },
]

private let quarter = GaussianChain(variance: 0.25, schedule: linear)

private func steps(_ values: [Double]) -> Tensor { Tensor(Array(values.dropFirst()), scalarType: .double) }

/// The divergences from t = 2 on, for one number of data, its noise and a wrong prediction of it.
private func divergences(_ variance: ReverseVariance, _ x: [Tensor]) -> Tensor {
  let T = x[1].count
  let bound = DiffusionBound(.cosine(T), variance: variance)
  // The data do not matter, because both means contain the same multiple of x₀.
  return 0 * x[0].sum() + bound.divergences(noiseErrors: (x[1] - x[2]).squared())[1..<T]
}
