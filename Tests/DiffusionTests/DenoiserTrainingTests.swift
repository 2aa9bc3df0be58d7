import Checking
import DataSets
import Diffusion
import Foundations
import Tensors
import Testing
import Training
import ch10

/// Predicts no noise at all.
private struct Silent: NoisePredictor {
  func noise(in x: Tensor, at t: [Int]) -> Tensor { .zeros(x.shape, scalarType: x.scalarType) }
}

/// ε̂ = c x, with one parameter c.
private struct Scaled: Model, NoisePredictor {
  var factor = Tensor([0.0])
  static var parameters: [PartialKeyPath<Scaled>] { [\.factor] }
  func noise(in x: Tensor, at t: [Int]) -> Tensor { factor * x }
}

@Suite("§ 10.8, Listing 10.8b  Training by the simple loss")
struct DenoiserTrainingTests {
  private static let digits: (train: Tensor, test: Tensor) = {
    guard let all = try? LabeledImages.opticalDigits() else { return (.zeros([2, 1, 8, 8]), .zeros([2, 1, 8, 8])) }
    let parts = all.stratifiedSplit(first: 1_437, from: RandomSource(seed: 1998))
    return (2 * parts.first.images - 1, 2 * parts.rest.images - 1)
  }()

  @Test("(10.16): the loss of ε̂ = 0 is 1, and that of the exact prediction is the least possible one")
  func leastLoss() {
    let (schedule, s) = (NoiseSchedule.linear(100, from: 1e-3, to: 0.2), 0.5)
    let x0 = s * RandomSource(seed: 1).normal([20_000, 1], scalarType: .double)
    let silent = Silent().simpleLoss(on: x0, schedule: schedule, times: 2, random: RandomSource(seed: 2))
    #expect(abs(silent - 1) < 0.02, "\(silent)")
    let exact = ExactPredictor(data: GaussianMixture([.init(weight: 1, mean: [0], deviation: s)]), schedule: schedule)
    let least = schedule.leastNoiseErrors(spectrum: Tensor([s * s], scalarType: .double))
    for t in [1, 30, 100] {
      let loss = exact.simpleLoss(on: x0, schedule: schedule, at: t, random: RandomSource(seed: 3))
      #expect(abs(loss / least[t - 1].item - 1) < 0.04, "\(t): \(loss)")
    }
    let linear = LinearPredictor(fittedTo: x0, schedule: schedule)
    let loss = linear.simpleLoss(on: x0, schedule: schedule, times: 2, random: RandomSource(seed: 4))
    #expect(abs(loss / least.mean().item - 1) < 0.02, "\(loss)")
  }

  @Test(
    "(10.16), Listing 10.8b: t is drawn from 1…T evenly, ε is new in each step, and the descent is that of the mean")
  func steps() {
    let (schedule, x0) = (NoiseSchedule.linear(20, from: 1e-3, to: 0.5), Self.digits.train[0..<500])
    var (seen, gap) = ([Int](), 0.0)
    var training = DenoiserTraining(Scaled(), learningRate: 5e-2)
    training.train(
      on: x0, schedule: schedule, plan: TrainingPlan(epochs: 8, batchSize: 50), random: RandomSource(seed: 1)
    ) { model, x, t, examples in
      seen += t
      // x_t minus its share of x₀ is noise of variance 1 − ᾱ_t.
      let ᾱ = schedule.signalShares(at: t, like: x)
      let ε = (x - ᾱ.squareRoot() * x0.gathered(examples)) / (1 - ᾱ).squareRoot()
      gap = max(gap, abs(ε.squared().mean().item - 1), abs(ε.mean().item))
      return model.noise(in: x, at: t)
    }
    #expect(seen.count == 4_000 && seen.allSatisfy { 1...20 ~= $0 })
    let counts = (1...20).map { t in seen.count { $0 == t } }
    #expect(counts.allSatisfy { abs($0 - 200) < 60 }, "\(counts)")  // four deviations of a count
    #expect(gap < 0.12)
    // The mean of (ε − c x)² is least at c = E[√(1 − ᾱ) ε²]/E[x²].
    let power = x0.squared().mean().item
    var (top, bottom) = (0.0, 0.0)
    for ᾱ in schedule.ᾱ[1...20] {
      top += (1 - ᾱ).squareRoot()
      bottom += ᾱ * power + 1 - ᾱ
    }
    #expect(abs(training.model.factor.item - top / bottom) < 0.03)
  }

  @Test(
    "Listing 10.8b: the average is that of ExponentialMovingAverage, and without it the model is the same to the bit")
  func average() {
    let (schedule, x0) = (NoiseSchedule.linear(50, from: 1e-3, to: 0.3), Self.digits.train[0..<100])
    let plan = TrainingPlan(epochs: 2, batchSize: 25)
    var training = DenoiserTraining(Scaled(), averaging: 0.9, learningRate: 1e-2)
    var expected = ExponentialMovingAverage(of: Scaled(), decay: 0.9)
    training.train(on: x0, schedule: schedule, plan: plan, random: RandomSource(seed: 1)) { state, epoch in
      ["c": state.model.factor.item]
    }
    var model = Scaled()
    var number = 0
    trainDenoiser(
      &model, on: x0, schedule: schedule, learningRate: 1e-2, plan: plan, random: RandomSource(seed: 1))
    #expect(model.factor == training.model.factor)
    // The same steps one by one: after n of them the model is what a training of n steps gives.
    for n in 1...8 {
      var short = DenoiserTraining(Scaled(), learningRate: 1e-2)
      var limited = plan
      limited.report = { _ in }
      (number, limited.epochs) = (n, (n + 3) / 4)
      var models: [Scaled] = []
      short.train(on: x0, schedule: schedule, plan: limited, random: RandomSource(seed: 1)) { model, x, t, _ in
        models.append(model)
        return model.noise(in: x, at: t)
      }
      // The model that step n + 1 starts from is that behind step n.
      expected.update(with: models.count > n ? models[n].mapParameters(\.stopGradient) : short.model, step: n)
    }
    #expect(number == 8 && abs(expected.model.factor.item - training.average.model.factor.item) < 1e-7)
  }

  @Test(
    "Output 10.8: a network trained for a few seconds predicts better than any linear map could, at test images too")
  func bounds() {
    let (schedule, random) = (NoiseSchedule.linear(), RandomSource(seed: 1))
    var sizes = UNetSizes()
    (sizes.width, sizes.time) = (8, 32)
    var training = DenoiserTraining(UNet(sizes, random: random), learningRate: 6e-3)
    training.train(
      on: Self.digits.train, schedule: schedule, plan: TrainingPlan(epochs: 14, batchSize: 64), random: random)
    func loss(_ model: some NoisePredictor) -> Double {
      model.simpleLoss(on: Self.digits.test, schedule: schedule, times: 3, random: RandomSource(seed: 9))
    }
    let (network, linear) = (
      loss(training.average.model), loss(LinearPredictor(fittedTo: Self.digits.train, schedule: schedule))
    )
    let memory = MemorizingPredictor(Self.digits.train, schedule: schedule)
    let floor = memory.simpleLoss(on: Self.digits.train, schedule: schedule, times: 1, random: RandomSource(seed: 9))
    #expect(abs(linear - 0.122) < 0.003 && abs(floor - 0.0205) < 0.002, "\(linear), \(floor)")
    #expect(floor < network && network < linear, "\(network)")
    #expect(loss(memory) > 1, "what is memorized does not help with new images")
    // The same network with wrong times.
    let shuffled = Shifted(model: training.average.model)
    #expect(loss(shuffled) > 1.5 * network, "\(loss(shuffled)) for \(network)")
  }
}

/// A network that is told another time.
private struct Shifted: NoisePredictor {
  let model: UNet
  func noise(in x: Tensor, at t: [Int]) -> Tensor { model.noise(in: x, at: t.map { 1 + ($0 + 499) % 1_000 }) }
}
