public import Tensors
public import Training

/// The record of an optimizer: the rates of a schedule, and the parameters after one step and after ten.
public struct RecordedSteps: Decodable, Sendable {
  let start: [TensorRecipe]
  let rates: [Double]
  let one, ten: [RecordedArray]
}

/// An optimizer with the name of its record. Gradients may be changed before a step, learning rates by a schedule.
public struct OptimizerCase: Sendable {
  /// The name of the record: the subject, and after a comma the variant.
  public let name: String
  let compare: @Sendable (RecordedSteps, ScalarType) -> [Comparison]

  /// An optimizer; the name is that of its type.
  public init<O: Optimizer>(_ variant: String = "", _ make: @escaping @Sendable ([Tensor]) -> O) {
    self.init(named: caseName(plainName(O.self), variant), make)
  }

  /// Gradient descent with a schedule, or with changed gradients.
  public init(
    _ name: String, schedule: (@Sendable (_ t: Int) -> Double)? = nil,
    edited: @escaping @Sendable ([Tensor]) -> [Tensor] = { $0 }
  ) {
    self.init(named: name, { _ in GradientDescent(learningRate: 0.1) }, schedule: schedule, edited: edited)
  }

  private init<O: Optimizer>(
    named name: String, _ make: @escaping @Sendable ([Tensor]) -> O, schedule: (@Sendable (_ t: Int) -> Double)? = nil,
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
      return comparisons + compared("after ten steps, parameter", parameters, with: record.ten)
        + compared(schedule.map { (0..<10).map($0) } ?? [], with: record.rates)
    }
  }
}

/// Learning rates compared with the recorded ones; a different count deviates infinitely.
private func compared(_ rates: [Double], with recorded: [Double]) -> [Comparison] {
  guard rates.count == recorded.count else {
    return [Comparison(name: "the number of learning rates", deviation: .infinity, count: 0)]
  }
  return zip(rates, recorded).map { Comparison(name: "learning rate", deviation: abs($0 - $1) / $1, count: 1) }
}

/// The gradient of step t: curvatures from ½ to 3/2 around ½, and decaying noise.
private func slopes(at parameters: [Tensor], step t: Int) -> [Tensor] {
  parameters.enumerated().map { i, p in
    let curvature = (1 + spread(p.shape, offset: 300 + 20 * i) / 2).converted(to: p.scalarType)
    let noise = (4 * spread(p.shape, offset: 1000 + 97 * t + 20 * i) / Double(t)).converted(to: p.scalarType)
    return curvature * (p - 0.5) + noise
  }
}
