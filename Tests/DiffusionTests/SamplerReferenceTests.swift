import Checking
import Diffusion
import Tensors
import Testing

@Suite("§ 10.6, § 10.7  Samplers beside PyTorch")
struct SamplerReferenceTests {
  @Test("(10.20), (10.21), (10.22): samples, codes and their gradients are PyTorch's")
  func passes() throws { try expectAgreement("diffusion_samplers", cases, .double) }
}

private let schedule = NoiseSchedule.linear(12, from: 0.01, to: 0.4)

/// A network of one layer that knows the time.
private struct Layer: NoisePredictor {
  let weight, bias: Tensor

  func noise(in x: Tensor, at t: [Int]) -> Tensor {
    let t = Tensor(t.map { Double($0) / 12 }, shape: [t.count, 1], scalarType: x.scalarType)
    return (matmul(x, weight) + t * bias).tanh()
  }
}

/// Predictions that are given.
private struct Given: ConditionalNoisePredictor {
  let conditional, unconditional: Tensor

  func noise(in x: Tensor, at t: [Int], classes: [Int?]) -> Tensor { classes[0] == nil ? unconditional : conditional }
}

/// The samples with given fresh noise: z[s] for the step to s. Inputs: x_T, weight, bias, z
private func sampled(_ name: String, by sampler: Sampler) -> PassCase {
  PassCase("Sampler, " + name) { x, _ in
    let model = Layer(weight: x[1], bias: x[2])
    return sampler.transitions.reduce(x[0]) { y, step in
      sampler.step(y, from: step.t, to: step.s, noise: model.noise(in: y, at: step.t), fresh: x[3][step.s])
    } + 0 * x[3].sum()
  }
}

private let cases: [PassCase] = [
  sampled("DDPM", by: .ddpm(schedule)),
  sampled("DDPM with posterior variance", by: .ddpm(schedule, rule: .posterior)),
  sampled("DDPM with other variances", by: .ddpm(schedule, rule: .variances(schedule.β.map { 0.3 * $0 }))),
  sampled("DDIM", by: .ddim(schedule, steps: 4)),
  sampled("DDIM with noise", by: .ddim(schedule, times: [12, 7, 6, 2, 1], η: 0.7)),
  PassCase("Sampler, Heun") { x, _ in
    Sampler.heun(schedule, steps: 4).sample(
      Layer(weight: x[1], bias: x[2]), from: x[0], random: RandomSource(seed: 1))
  },
  PassCase("Sampler, encoded") { x, _ in
    Sampler.ddim(schedule, steps: 4).encoded(Layer(weight: x[1], bias: x[2]), x[0])
  },
  PassCase("GuidedPredictor") { x, _ in
    GuidedPredictor(Given(conditional: x[1], unconditional: x[2]), classes: [0, 1, 2, 3], scale: 1.5)
      .noise(in: x[0], at: 4) + 0 * x[0]
  },
]
