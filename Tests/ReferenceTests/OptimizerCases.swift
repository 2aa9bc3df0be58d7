import Backprop
import CNN
import Checking
import Regularization
import Tensors
import Training

/// What reference.py records of ten steps of an optimizer: the rates of a schedule, and the parameters after one step and after ten.
struct RecordedSteps: Decodable {
  let start: [Recipe]
  let rates: [Double]
  let one, ten: [RecordedArray]
}

/// An optimizer under the name of its record; gradients may be changed before a step, learning rates by a schedule.
struct OptimizerCase: Sendable {
  let name: String
  let compare: @Sendable (RecordedSteps, ScalarType) -> [Comparison]

  /// An optimizer; the name is that of its type.
  init<O: Optimizer>(_ variant: String = "", _ make: @escaping @Sendable ([Tensor]) -> O) {
    self.init(named: caseName(plainName(O.self), variant), make)
  }

  /// Gradient descent with a schedule, or with gradients that are changed.
  init(
    _ name: String, schedule: Schedule? = nil, edited: @escaping @Sendable ([Tensor]) -> [Tensor] = { $0 }
  ) {
    self.init(named: name, { _ in GradientDescent(learningRate: 0.1) }, schedule: schedule, edited: edited)
  }

  private init<O: Optimizer>(
    named name: String, _ make: @escaping @Sendable ([Tensor]) -> O, schedule: Schedule? = nil,
    edited: @escaping @Sendable ([Tensor]) -> [Tensor] = { $0 }
  ) {
    self.name = name
    compare = { record, type in
      var (parameters, comparisons) = (record.start.map { $0.made(type) }, [Comparison]())
      var optimizer = make(parameters)
      for t in 1...10 {
        if let schedule { optimizer.learningRate = schedule(t - 1) }
        optimizer.update(&parameters, along: edited(slopes(at: parameters, step: t)))
        if t == 1 { comparisons += compared("after one step, parameter", parameters, with: record.one) }
      }
      let rates = zip(schedule.map { (0..<10).map($0) } ?? [], record.rates)
        .map { Comparison(name: "learning rate", deviation: abs($0 - $1) / $1, count: 1) }
      return comparisons + compared("after ten steps, parameter", parameters, with: record.ten) + rates
    }
  }
}

/// The gradient of step t: curvatures from ½ to 3/2 around ½, and noise that decays.
private func slopes(at parameters: [Tensor], step t: Int) -> [Tensor] {
  parameters.enumerated().map { i, p in
    let curvature = (1 + spread(p.shape, offset: 300 + 20 * i) / 2).converted(to: p.scalarType)
    let noise = (4 * spread(p.shape, offset: 1000 + 97 * t + 20 * i) / Double(t)).converted(to: p.scalarType)
    return curvature * (p - 0.5) + noise
  }
}

/// Every optimizer, the schedules, and clipping.
let optimizerCases: [OptimizerCase] = descentCases + adamCases + layerwiseCases + wrappedCases + scheduledCases

private let descentCases: [OptimizerCase] = [
  OptimizerCase { _ in GradientDescent(learningRate: 0.05) },
  OptimizerCase { _ in Momentum(learningRate: 0.05) },
  OptimizerCase { _ in Nesterov(learningRate: 0.05, momentum: 0.8) },
  OptimizerCase { _ in ShrinkingGradientDescent(learningRate: 0.05, strength: 0.3) },
  OptimizerCase { _ in AdaGrad(learningRate: 0.1) },
  OptimizerCase { _ in RMSProp(learningRate: 0.02) },
  OptimizerCase("epsilon inside the root") { _ in
    RMSProp(learningRate: 0.02, beta: 0.9, epsilon: 1e-3, epsilonPlace: .insideRoot)
  },
]

private let adamCases: [OptimizerCase] = [
  OptimizerCase { _ in Adam(learningRate: 0.05) },
  OptimizerCase("other constants") { _ in Adam(learningRate: 0.05, beta1: 0.8, beta2: 0.95, epsilon: 1e-3) },
  OptimizerCase("weight decay") { _ in Adam(learningRate: 0.05, weightDecay: 0.3) },
  OptimizerCase { _ in AdamByFormula(learningRate: 0.05) },
  OptimizerCase("weight decay") { _ in AdamByFormula(learningRate: 0.05, weightDecay: 0.3) },
  OptimizerCase("epsilon inside the root") { _ in
    AdamByFormula(learningRate: 0.05, constants: AdamConstants(epsilon: 1e-3, epsilonPlace: .insideRoot))
  },
  OptimizerCase { _ in AdamWithL2(learningRate: 0.05, penalty: 0.3) },
  OptimizerCase { _ in AMSGrad(learningRate: 0.05, constants: AdamConstants(beta2: 0.9)) },
]

private let layerwiseCases: [OptimizerCase] = [
  OptimizerCase { _ in Muon(learningRate: 0.05, momentum: 0.9, weightDecay: 0.1) },
  OptimizerCase { _ in LARS(learningRate: 2, trust: 0.02, weightDecay: 0.1) },
  OptimizerCase { _ in LAMB(learningRate: 0.05, weightDecay: 0.1) },
  OptimizerCase { _ in Lion(learningRate: 0.01, weightDecay: 0.3) },
]

private let wrappedCases: [OptimizerCase] = [
  OptimizerCase { _ in Clipped(Adam(learningRate: 0.05), norm: 2) },
  OptimizerCase { _ in PerParameterRates(Adam(learningRate: 0.05), multipliers: [1, 2, 0.5]) },
  OptimizerCase {
    ParameterGroups(
      of: $0,
      [
        ([\.[0]], Adam(learningRate: 0.05, weightDecay: 0.01)), ([\.[2]], Adam(learningRate: 0.02, weightDecay: 0.01)),
      ])
  },
  OptimizerCase { _ in GradientRecorder(Momentum(learningRate: 0.05)) },
  OptimizerCase("clipped, by norm", edited: { $0.clipped(norm: 2) }),
  OptimizerCase("clipped, by value", edited: { $0.clipped(value: 0.5) }),
]

private let scheduledCases: [OptimizerCase] = [
  OptimizerCase("stepDecay", schedule: stepDecay(from: 0.1, by: 0.3, every: 3)),
  OptimizerCase("cosineAnnealing", schedule: cosineAnnealing(from: 0.1, to: 1e-3, over: 10)),
  OptimizerCase(
    "warmupCosine", schedule: warmupCosine(to: 0.1, warmup: 3, over: 10, startingAt: 0.1, endingAt: 1e-3)),
  OptimizerCase("eachEpoch", schedule: eachEpoch(of: 2, stepDecay(from: 0.1, by: 0.5, every: 1))),
  OptimizerCase("oneCycle", schedule: oneCycle(to: 0.1, over: 11)),
]
