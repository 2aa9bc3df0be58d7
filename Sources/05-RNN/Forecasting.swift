// § 5.1  Time series: windows of the past, and what comes next

import Foundations
import Messages
import Tensors
import Training

/// A series that is split in time, standardized with the training part, and cut into windows.
///
/// The first eight tenths are for training, the next tenth for validation, the last for the test. Mean and standard
/// deviation are those of the training part: statistics of later days would leak information about the test to the
/// model.
public struct ForecastTask: Sendable {
  /// The series as it was measured.
  public let values: [Double]
  /// The length of a window.
  public let window: Int
  /// The positions of the three parts.
  public let training, validation, test: Range<Int>
  /// The mean and the standard deviation of the training part.
  public let mean, deviation: Double

  /// The task of a series that is longer than a window in each part.
  public init(_ values: [Double], window: Int = 30) {
    let (first, second) = (values.count * 8 / 10, values.count * 9 / 10)
    require(
      window >= 1 && first > window && values.count - second > 7,
      "cannot forecast a series of \(values.count) values from windows of \(window): at least 80, and "
        + "\(window * 10 / 8 + 2), are needed")
    (self.values, self.window) = (values, window)
    (training, validation, test) = (0..<first, first..<second, second..<values.count)
    let known = values[..<first]
    let mean = known.reduce(0, +) / Double(first)
    self.mean = mean
    deviation = (known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(first)).squareRoot()
  }

  /// A value in standard units.
  public func scaled(_ value: Double) -> Double { (value - mean) / deviation }
  /// A standardized value, converted back to the units of the series.
  public func unscaled(_ value: Double) -> Double { value * deviation + mean }

  /// The positions of a part that have a whole window before them.
  public func targets(_ part: Range<Int>) -> [Int] { part.filter { $0 >= window } }

  /// The windows before the given positions, in standard units. [N×window×1]
  public func windows(before places: [Int]) -> Tensor {
    Tensor(
      places.flatMap { place in values[place - window..<place].map(scaled) }, shape: [places.count, window, 1])
  }

  /// The values at the given positions, in standard units. [N]
  public func targets(at places: [Int]) -> Tensor { Tensor(places.map { scaled(values[$0]) }, shape: [places.count]) }
}

/// A network that forecasts the next value of windows: recurrent layers, and a linear layer on the last state. § 5.2
public struct Forecaster<Layer: RecurrentLayer>: Module {
  /// The layers.
  public var layers: Stacked<Layer>
  /// From the final state to a number.
  public var output: Linear

  /// A network of `count` layers with `hidden` units each.
  public init(hidden: Int = 32, layers count: Int = 2, random: RandomSource) {
    layers = Stacked(1, hidden, layers: count, random: random)
    output = Linear(hidden, 1, random: random)
  }

  /// The parameters: both parts.
  public static var parameters: [PartialKeyPath<Forecaster>] { [\.layers, \.output] }

  /// The next value of each window. [N×T×1] → [N×1]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    output(layers(x).final[layers.layers.count - 1].hidden)
  }
}

/// How the forecasts of several days are made.
public enum ForecastMode: String, CaseIterable, Sendable {
  /// Each forecast is read as if it were measured: a forecast of the whole week, made the day before it begins.
  case autoregressive = "autoregressive"
  /// Each day reads the value measured the day before: seven forecasts of one day, which cannot be made in advance.
  case teacherForced = "teacher forcing"
}

extension Forecaster {
  /// Forecasts for `days` successive days, beginning at each of the given positions, in the units of the series. One
  /// row for each position.
  public func forecasts(_ task: ForecastTask, from places: [Int], days: Int, _ mode: ForecastMode) -> [[Double]] {
    var (windows, forecasts) = (task.windows(before: places), [[Double]](repeating: [], count: places.count))
    for ahead in 0..<days {
      let next = self(windows)  // [N×1]
      for (row, value) in next.scalars.enumerated() { forecasts[row].append(task.unscaled(value)) }
      let read = mode == .autoregressive ? next : task.targets(at: places.map { $0 + ahead }).expanded(axis: 1)
      windows = Tensor.concatenated([windows.sliced(1..<task.window, axis: 1), read.expanded(axis: 1)], axis: 1)
    }
    return forecasts
  }

  /// Trains a copy on the windows of the training part with the squared error, and returns the model of the epoch with
  /// the lowest validation error.
  public func trained(
    on task: ForecastTask, learningRate: Double = 2e-3, plan: TrainingPlan, random: RandomSource
  ) -> (model: Forecaster, history: History) {
    var (model, optimizer, plan) = (self, Adam(learningRate: learningRate), plan)
    plan.keepsLowest = "validation RMSE"
    let (known, held) = (task.targets(task.training), task.targets(task.validation))
    let (x, y) = (task.windows(before: known), task.targets(at: known).expanded(axis: 1))
    let (xHeld, yHeld) = (task.windows(before: held), task.targets(at: held).expanded(axis: 1))
    let history = train(&model, with: &optimizer, examples: known.count, plan: plan, random: random) { model, batch in
      (model(x.gathered(batch)) - y.gathered(batch)).squared().mean()
    } evaluate: { model in
      ["validation RMSE": task.deviation * (model(xHeld) - yHeld).squared().mean().item.squareRoot()]
    }
    return (model, history)
  }
}

/// The root mean square error of forecasts, for each number of days ahead.
public func errorsByDay(_ forecasts: [[Double]], of values: [Double], from places: [Int]) -> [Double] {
  (forecasts.first ?? []).indices.map { ahead in
    let squares = zip(places, forecasts).map { place, row in
      (row[ahead] - values[place + ahead]) * (row[ahead] - values[place + ahead])
    }
    return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
  }
}
