import RNN
import Running
import Tensors
import Testing
import ch05

@Suite("Exercise 5.4 The copy task")
struct Exercise5_4Tests {
  @Test("Exercise 5.4.1, Exercise 5.4.3: an LSTM learns to copy, which needs memory; f is largest while it waits")
  func copies() {
    let setting = CopySetting(symbols: 2, delay: 3, steps: 900, hidden: 32)
    let run = solveCopy(setting, random: RandomSource(seed: 1))
    let (network, task, result) = (run.network, run.task, run.result)
    #expect(result.accuracy > 0.8)
    let (x, symbols) = task.batch(200, random: RandomSource(seed: 2))
    #expect(task.loss(network(x), symbols).item < 0.6 * result.baselineWhenDue)
    // Exercise 5.4.3: the forget gate is most open while the network waits.
    let trace = traceGates(network, task, random: RandomSource(seed: 4))
    let f = CopyPhase.allCases.map { trace.mean(\.forget, during: $0) }
    #expect(f[1] > 0.9 && f[1] > f[0] && f[1] > f[2], "\(f)")
  }

  @Test("Exercise 5.4.2, Exercise 5.4.3: traced gates are the cell's, between 0 and 1, and are put into words")
  func gates() {
    let setting = CopySetting(symbols: 2, delay: 5, steps: 10, hidden: 8)
    let run = solveCopy(setting, random: RandomSource(seed: 3))
    let (network, task) = (run.network, run.task)
    let trace = traceGates(network, task, random: RandomSource(seed: 4))
    #expect(trace.forget.shape == [task.steps, 8])
    for gate in [trace.forget, trace.input, trace.output] { #expect(gate.min().item > 0 && gate.max().item < 1) }
    #expect(CopyPhase.allCases.flatMap { Array($0.steps(of: task)) } == Array(0..<task.steps))
    #expect(interpret(trace).count == 4 && interpret(trace)[0].hasPrefix("The forget gate is most open while"))
    #expect(keptShare(trace) <= keptShare(trace, best: true))
  }

  @Test("Exercise 5.4.4: a delay counts as too long from the first on that no seed solves")
  func limits() {
    func limit(_ accuracies: [[Double]]) -> Int? {
      DelayLimit(name: "", delays: [1, 5, 10], accuracies: accuracies, steps: [[], [], []], level: 0.95).failsFrom
    }
    #expect(limit([[0.99, 0.97], [0.96, 0.5], [0.3, 0.94]]) == 10)
    #expect(limit([[1], [1], [1]]) == nil)
  }

  @Test(
    "Exercise 5.4.4: with an orthogonal W_hh a simple network learns to copy in 300 steps"
  )
  func orthogonal() {
    var plan = DelayPlan(steps: 300, learningRate: 1e-3)
    plan.stepsPerCheck = 50
    let limit = delayLimit(
      "orthogonal", matrix: .orthogonal(1), delays: [10], symbols: 8, hidden: 128, plan: plan, seeds: [1])
    #expect(limit.failsFrom == nil && limit.steps[0][0] <= 300)
  }
}
