// § 10.2.2, § 10.8  Training by the simple loss

import Backprop
import Messages
import Tensors
import Training

extension TrainingStep {
  /// One step of training: draws t uniformly from 1…T and noise for each example of the batch, and descends along the
  /// gradient of the mean of (ε − ε_θ(x_t, t))² over all numbers. (10.16), Listing 10.8b
  ///
  /// `predict` gets the model, x_t, the steps, and the numbers of the examples; it predicts the noise.
  public func descendByDenoising<M: Model, O: Optimizer>(
    _ model: inout M, with optimizer: inout O, on x0: Tensor, schedule: NoiseSchedule, random: RandomSource,
    predict: NoisePrediction<M>
  ) throws(Breakdown) {
    let x0 = x0.gathered(batch)
    let t = batch.map { _ in 1 + random.integer(below: schedule.steps) }
    let ε = random.normal(x0.shape, scalarType: x0.scalarType)
    let x = schedule.noised(x0, at: t, noise: ε)
    try descend(&model, with: &optimizer) { model in (ε - predict(model, x, t, batch)).squared().mean() }
  }
}

/// How a model predicts the noise during training: from x_t [N×…], t for each example, and the numbers of the examples,
/// for models with further inputs such as the class. → like x_t
public typealias NoisePrediction<M> = (_ model: M, _ x: Tensor, _ t: [Int], _ examples: [Int]) -> Tensor

/// A model that learns to predict the noise, its average over the training, and its optimizer. Listing 10.8b
public struct DenoiserTraining<M: Model>: TrainingState {
  /// The model being trained.
  public var model: M
  /// The moving average of its parameters, used for sampling.
  public var average: ExponentialMovingAverage<M>
  private var optimizer: Adam
  /// What a checkpoint saves: all of it.
  public static var kept: [PartialKeyPath<DenoiserTraining<M>>] { [\.model, \.average, \.optimizer] }

  /// A new training with Adam.
  public init(_ model: M, averaging decay: Double = 0.999, learningRate: Double = 2e-4) {
    self.model = model
    average = ExponentialMovingAverage(of: model, decay: decay)
    optimizer = Adam(learningRate: learningRate)
  }

  /// Trains by the simple loss. (10.16)
  ///
  /// `evaluate` is called after every epoch; what it returns is written into the history. x0: [N×…]
  @discardableResult
  public mutating func train(
    on x0: Tensor, schedule: NoiseSchedule, plan: TrainingPlan, random: RandomSource, predict: NoisePrediction<M>,
    evaluate: (DenoiserTraining<M>, _ epoch: EpochSoFar) -> [String: Double] = { _, _ in [:] }
  ) -> History {
    Training.train(&self, examples: x0.shape[0], plan: plan, random: random) { state, step throws(Breakdown) in
      try step.descendByDenoising(
        &state.model, with: &state.optimizer, on: x0, schedule: schedule, random: random, predict: predict)
      state.average.update(with: state.model, step: step.number)
    } evaluate: { state, epoch in
      evaluate(state, epoch)
    }
  }
}

extension DenoiserTraining where M: NoisePredictor {
  /// Trains by the simple loss. (10.16) x0: [N×…]
  @discardableResult
  public mutating func train(
    on x0: Tensor, schedule: NoiseSchedule, plan: TrainingPlan, random: RandomSource,
    evaluate: (DenoiserTraining<M>, _ epoch: EpochSoFar) -> [String: Double] = { _, _ in [:] }
  ) -> History {
    train(
      on: x0, schedule: schedule, plan: plan, random: random,
      predict: { model, x, t, _ in model.noise(in: x, at: t) }, evaluate: evaluate)
  }
}

/// Trains a model to predict the noise, with Adam. Listing 10.8b
///
/// `evaluate` is called after every epoch; what it returns is written into the history. To sample with averaged
/// parameters, use `DenoiserTraining`.
@discardableResult
public func trainDenoiser<M: Model & NoisePredictor>(
  _ model: inout M, on x0: Tensor, schedule: NoiseSchedule, learningRate: Double = 2e-4, plan: TrainingPlan,
  random: RandomSource, evaluate: (M, _ epoch: EpochSoFar) -> [String: Double] = { _, _ in [:] }
) -> History {
  var training = DenoiserTraining(model, learningRate: learningRate)
  let history = training.train(on: x0, schedule: schedule, plan: plan, random: random) { state, epoch in
    evaluate(state.model, epoch)
  }
  model = training.model
  return history
}

extension NoisePredictor {
  /// The mean of (ε − ε_θ(x_t, t))² over all examples. Each is noised at `times` steps; all steps together are spread
  /// evenly over 1…T. (10.16)
  ///
  /// Models measured with equal random sources are compared at the same steps and on the same noise. x0: [N×…]
  public func simpleLoss(
    on x0: Tensor, schedule: NoiseSchedule, times: Int = 10, random: RandomSource
  ) -> Double {
    let (N, T) = (x0.shape[0], schedule.steps)
    let steps = random.permutation(N * times).map { place in 1 + (2 * place + 1) * T / (2 * N * times) }
    let losses = stride(from: 0, to: N * times, by: 256).map { start in
      let places = start..<min(start + 256, N * times)
      let (x0, t) = (x0.gathered(places.map { $0 % N }), Array(steps[places]))
      let ε = random.normal(x0.shape, scalarType: x0.scalarType)
      return noiseError(on: x0, at: t, noise: ε, schedule) * Double(places.count)
    }
    return losses.reduce(0, +) / Double(N * times)
  }

  /// The mean of (ε − ε_θ(x_t, t))² over all examples at one step t. (10.16) x0: [N×…]
  public func simpleLoss(on x0: Tensor, schedule: NoiseSchedule, at t: Int, random: RandomSource) -> Double {
    let ε = random.normal(x0.shape, scalarType: x0.scalarType)
    return noiseError(on: x0, at: [Int](repeating: t, count: x0.shape[0]), noise: ε, schedule)
  }
}
