import Backprop
import Checking
import Foundations
import GAN
import Tensors
import Testing
import Training
import VAE

@Suite("§ 9.10 An autoencoder finds a curve")
struct CurveInSpaceTests {
  @Test("§ 9.10: a code of one number is monotone in the length of a curve in R¹⁰: rank correlation above 0.99")
  func monotone() {
    let random = RandomSource(seed: 21)
    let curve = CurveInSpace(random: random)
    let t = random.uniform([600], in: 0..<1, scalarType: .double)
    let x = (curve.points(at: t) + 0.02 * random.normal([600, 10], scalarType: .double)).converted(to: .float)
    var model = Autoencoder(inputs: 10, hidden: [32, 32], code: 1, random: random)
    var adam = Adam(learningRate: 3e-3)
    train(
      &model, with: &adam, examples: 600, plan: TrainingPlan(epochs: 60, batchSize: 60), random: random
    ) { $0.reconstructionError(x.gathered($1)) }
    let code = model.encoder(x).reshaped([600])
    #expect(abs(rankCorrelation(code.scalars, curve.length(to: t).scalars)) > 0.99)
    // Little is left, most of it the noise in the 9 directions across the curve.
    #expect(model.reconstructionError(x).item < 0.01 * x.variance(axes: [0]).sum().item)
  }

  @Test("the length of a curve grows from 0, as the norm of its derivative")
  func length() {
    let curve = CurveInSpace(random: RandomSource(seed: 22))
    let t = Tensor([0, 0.25, 0.5, 1], scalarType: .double)
    let s = curve.length(to: t).scalars
    #expect(s[0] == 0 && s[1] > 0 && s[2] > s[1] && s[3] > s[2])
    let h = 1e-4
    let step = curve.points(at: Tensor([0.4, 0.4 + h], scalarType: .double))
    let speed = (step[1] - step[0]).norm().item / h
    let measured = curve.length(to: Tensor([0.4, 0.45], scalarType: .double)).scalars
    #expect(abs((measured[1] - measured[0]) / 0.05 - speed) < 0.1 * speed)
  }
}
