import CNN
import Checking
import Foundations
import GAN
import Tensors
import Testing

@Suite("§ 8.5 and § 8.10  Conditional players and styles beside PyTorch")
struct PartsReferenceTests {
  @Test(
    "(8.17), Definition 8.9, § 8.10: outputs and gradients are those of PyTorch",
    arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws { try expectAgreement("gan_parts", passCases, type) }
}

private let passCases: [PassCase] = [
  PassCase("ConditionalGenerator") { t, y in filled(generator, t[1...])(t[0], y[0]) },
  PassCase("ConditionalDiscriminator") { t, y in filled(discriminator, t[1...])(t[0], y[0]) },
  PassCase("ConditionalDiscriminator, images") { t, y in
    let random = RandomSource(seed: 1)
    let D = ConditionalDiscriminator(
      Convolution(3, 1, kernel: 6, random: random), classes: 3, shape: [1, 6, 6], random: random)
    return filled(D, t[1...])(t[0], y[0])
  },
  PassCase("conditionalGameValue") { t, y in
    conditionalGameValue(
      filled(discriminator, t[6...]), filled(generator, t[2..<6]), real: t[0], labels: y[0], noise: t[1])
  },
  PassCase("adaptiveInstanceNormalized") { t, _ in
    adaptiveInstanceNormalized(t[0], style: Style(scale: t[1], shift: t[2]))
  },
  PassCase("Style") { t, _ in adaptiveInstanceNormalized(t[0], style: Style(of: t[1])) },
  .layer { MappingNetwork(latent: 4, width: 6, layers: 3, random: $0) },
  PassCase("StyledNormalization") { t, _ in
    filled(StyledNormalization(channels: 2, width: 6, random: RandomSource(seed: 1)), t[2...])(t[0], t[1])
  },
  PassCase("demodulated") { t, _ in demodulated(t[0], by: t[1]) },
  PassCase("modulatedConvolution") { t, _ in modulatedConvolution(t[0], t[1], by: t[2], padding: 1) },
]

private let generator = ConditionalGenerator(MLP([7, 6, 2], random: RandomSource(seed: 1)), classes: 3)
private let discriminator = ConditionalDiscriminator(
  MLP([6, 6, 1], random: RandomSource(seed: 1)), classes: 3, shape: [4], random: RandomSource(seed: 1))

/// A copy with these parameters, in order.
private func filled<M: Model>(_ model: M, _ tensors: ArraySlice<Tensor>) -> M {
  var rest = tensors
  return model.mapParameters { _ in rest.removeFirst() }
}
