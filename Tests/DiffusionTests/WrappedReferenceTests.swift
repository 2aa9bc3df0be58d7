import Backprop
import Checking
import Diffusion
import Tensors
import Testing
import Training
import VAE

@Suite("§ 10.2.2, § 10.7, § 10.10  Models around a network beside PyTorch")
struct WrappedReferenceTests {
  @Test(
    "§ 10.2.2, § 10.7, § 10.10: noise with and without classes, from each target, and of codes is PyTorch's",
    arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws { try expectAgreement("diffusion_wrapped", passCases, type) }

  @Test(
    "§ 10.7, (10.16), § 10.9, § 10.10: ten steps with given t, noise and classes are PyTorch's to 10⁻¹⁰",
    arguments: [ScalarType.double, .float])
  func trainings(type: ScalarType) throws { try expectAgreement("diffusion_wrapped", denoisers, type) }
}

private let passCases: [PassCase] =
  [
    PassCase(several: "ConditionalUNet") { x, integers in
      let (model, t) = (conditional(RandomSource(seed: 1)).filled(with: x[1...]), steps(integers[0]))
      return integers[1...].map { model.noise(in: x[0], at: t, classes: known($0)) }
    },
    PassCase("LatentDiffusion, codes") { x, _ in latent(x[1...], on: training(x[0].scalarType)).codes(of: x[0]) },
    PassCase("LatentDiffusion, images") { x, _ in latent(x[1...], on: training(x[0].scalarType)).images(of: x[0]) },
    PassCase("LatentDiffusion, loss") { x, integers in
      let (model, t) = (latent(x[2...], on: training(x[0].scalarType)), steps(integers[0]))
      let z = model.schedule.noised(model.codes(of: x[0]), at: t, noise: x[1])
      return (x[1] - model.predictor.noise(in: z, at: t)).squared().mean()
    },
  ]
  + PredictionTarget.allCases.map { target in
    PassCase("TargetPredictor, \(target)") { x, integers in
      predictor(of: target)(RandomSource(seed: 1)).filled(with: x[1...]).noise(in: x[0], at: steps(integers[0]))
    }
  }

private let denoisers = [
  DenoiserCase("ConditionalUNet", Momentum(learningRate: 1e-4, momentum: 0.9), conditional) { model, x, t, classes in
    model.noise(in: x, at: t, classes: known(classes))
  },
  DenoiserCase("TargetPredictor, data", Momentum(learningRate: 1e-4, momentum: 0.9), predictor(of: .data)),
  DenoiserCase("TargetPredictor, velocity", Adam(learningRate: 2e-4, epsilon: 1e-3), predictor(of: .velocity)),
  // The predictor is trained on codes of the images that fix their mean and deviation; the autoencoder stays as it is.
  DenoiserCase("LatentDiffusion", Momentum(learningRate: 1e-4, momentum: 0.9)) { weights, x in
    let model = latent(weights, on: x)
    return (model.predictor, model.codes(of: x))
  } predict: { model, x, t, _ in
    model.noise(in: x, at: t)
  },
]

/// Steps of the notes, from those of the listing, which counts from 0.
private func steps(_ t: [Int]) -> [Int] { t.map { $0 + 1 } }

/// Recorded classes, where −1 stands for none.
private func known(_ classes: [Int]) -> [Int?] { classes.map { $0 < 0 ? nil : $0 } }

@Sendable private func conditional(_ random: RandomSource) -> ConditionalUNet {
  var sizes = UNetSizes()
  (sizes.width, sizes.time) = (8, 16)
  return ConditionalUNet(sizes, classes: 3, random: random)
}

/// A network for rows of three numbers that predicts this target.
private func predictor(of target: PredictionTarget) -> @Sendable (RandomSource) -> TargetPredictor<TimedNetwork> {
  { TargetPredictor(TimedNetwork(3, hidden: [6, 5], time: 8, random: $0), target: target, schedule: .linear()) }
}

/// The images whose codes have mean 0 and variance 1.
private func training(_ type: ScalarType) -> Tensor { (spread([9, 5], offset: 31) / 2 + 0.5).converted(to: type) }

/// A diffusion of three codes with these weights. The mean and the deviation of the codes are constants.
private func latent(_ weights: ArraySlice<Tensor>, on images: Tensor) -> LatentDiffusion {
  let random = RandomSource(seed: 1)
  let autoencoder = VariationalAutoencoder(inputs: 5, hidden: [6], latent: 3, random: random)
  let fixed = weights.prefix(autoencoder.parameters.count).map(\.stopGradient)
  return LatentDiffusion(
    of: autoencoder.filled(with: fixed[...]), on: images, hidden: [7, 6], schedule: .linear(), random: random
  ).filled(with: weights)
}
