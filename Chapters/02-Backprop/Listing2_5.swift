import Backprop
import Figures
import Foundation
import Running
import Tensors

/// Listing 2.5: three schedulers on one optimizer, two of them stepped in the inner loop, and the resulting learning
/// rate.
public let listing2_5 = Exercise(.listing, "2.5", "Three schedulers on one optimizer", seconds: 1) { run in
  let (batches, epochs) = (469, 10)
  let ways = SchedulerLoop.allCases.map { ($0, learningRates(of: $0, batches: batches, epochs: epochs)) }
  run.show(
    Table(
      "The learning rate over \(epochs) epochs of \(batches) batches; the peak asked for is 0.001",
      columns: ["loop", "first", "highest", "at step", "last"],
      rows: ways.map { loop, rates in
        let peak = rates.max() ?? .nan
        return [
          .text(loop.rawValue), .scientific(rates[0]), .scientific(peak),
          .integer(rates.firstIndex(of: peak) ?? 0), .scientific(rates[rates.count - 1]),
        ]
      }), as: "rates")
  let shown: [(loop: SchedulerLoop, every: Int)] = [(.asPrinted, 1), (.oneCycleAlone, 20)]
  run.show(
    LineChart(
      "Listing 2.5: four times the peak that was asked for", x: Axis("step"), y: Axis("learning rate"),
      series: shown.map { loop, every in
        let rates = learningRates(of: loop, batches: batches, epochs: epochs)
        let steps = stride(from: 0, to: rates.count, by: every)
        return Series(loop.rawValue, x: steps.map(Double.init), steps.map { rates[$0] })
      }), as: "rates")
  for (loop, rates) in ways { run.card("highest rate over 0.001, \(loop.rawValue)", (rates.max() ?? .nan) / 1e-3) }
}

/// Where the loop of Listing 2.5 steps its schedulers.
public enum SchedulerLoop: String, CaseIterable, Sendable {
  /// Both after every batch, by the printed indentation.
  case asPrinted = "as printed"
  /// One cycle after every batch, the cosine after every epoch, by the printed comment.
  case cosineEachEpoch = "cosine once an epoch"
  /// One schedule alone: right.
  case oneCycleAlone = "one cycle alone"
}

/// The learning rate of every step of Listing 2.5, whose schedulers write into one optimizer.
///
/// PyTorch's `OneCycleLR` sets the rate to its own; `CosineAnnealingLR` multiplies whatever rate it finds by the
/// quotient of two neighbours of its curve. After T = 100 steps of the cosine, where the curve is flat at its bottom,
/// that quotient is 4.
public func learningRates(of loop: SchedulerLoop, batches: Int, epochs: Int) -> [Double] {
  let (peak, least, T) = (1e-3, 1e-6, 100)
  let cycle = oneCycle(to: peak, over: batches * epochs)
  func level(_ t: Int) -> Double { 1 + cos(.pi * Double(t) / Double(T)) }
  var (rate, cosineSteps, rates) = (cycle(0), 0, [Double]())

  func stepCosine() {
    cosineSteps += 1
    let t = cosineSteps
    rate =
      (t - 1 - T) % (2 * T) == 0
      ? rate + (peak - least) / 2 * (1 - cos(.pi / Double(T)))
      : level(t) / level(t - 1) * (rate - least) + least
  }

  for step in 1...batches * epochs {
    rates.append(rate)
    rate = cycle(step)
    if loop == .asPrinted || (loop == .cosineEachEpoch && step.isMultiple(of: batches)) { stepCosine() }
  }
  return rates
}
