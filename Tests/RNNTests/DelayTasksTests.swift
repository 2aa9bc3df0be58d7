import Backprop
import Checking
import Foundation
import RNN
import Tensors
import Testing
import ch05

@Suite("§ 5.4 Tasks that need memory")
struct DelayTasksTests {
  @Test("Exercise 5.4.1: symbols, T − 1 blanks, a signal, blanks; the symbols are due T steps after the last was shown")
  func copyLayout() {
    let task = CopyTask(symbols: 3, length: 2, delay: 4)
    let (x, symbols) = task.batch(5, random: RandomSource(seed: 1))
    #expect(task.steps == 8 && task.due == 6..<8 && x.shape == [5, 8, 5])
    for i in 0..<5 { #expect(x[i].argmax() == symbols[i] + [3, 3, 3, 4, 3, 3]) }
    #expect(task.due.lowerBound - (task.length - 1) - 1 == task.delay)
  }

  @Test("Exercise 5.4.1: without memory the loss is 8 ln 8 / (T + 16) per step, and ln 8 where symbols are due")
  func baseline() {
    for T in [10, 50, 100] {
      let task = CopyTask(delay: T)
      #expect(abs(task.memorylessLoss - 8 * log(8.0) / Double(T + 16)) < 1e-15)
      #expect(task.steps == T + 16)
    }
    let task = CopyTask(delay: 3)
    let (x, symbols) = task.batch(50, random: RandomSource(seed: 2))
    let even = select(Tensor((0..<9).map { $0 < 8 ? 1 : 0 }) .> 0, Tensor(0), Tensor(-1e9)) + 0 * x.sum()
    let outputs = Tensor.zeros([50, task.steps, 9]) + even
    #expect(abs(task.loss(outputs, symbols).item - log(8.0)) < 1e-6)
  }

  @Test("the latch shows the class in the first step, and noise afterwards")
  func latch() {
    let (x, classes) = LatchTask(steps: 100).batch(200, random: RandomSource(seed: 3))
    #expect(x.sliced(0..<1, axis: 1).reshaped([200]).scalars == classes.map { 2 * Double($0) - 1 })
    #expect(abs(x.sliced(1..<100, axis: 1).variance().item - 0.09) < 2e-3)
    #expect(abs(classes.reduce(0, +) - 100) < 30)
  }

  private func latch<Layer: RecurrentLayer>(_ layer: Layer, rate: Double, steps: Int) -> DelayTraining<Layer> {
    let random = RandomSource(seed: 4)
    var plan = DelayPlan(steps: steps, learningRate: rate)
    (plan.level, plan.stepsPerCheck) = (0.98, 50)
    return SequenceNetwork(layer, outputs: 2, random: random).trained(
      on: LatchTask(steps: 100), plan: plan, random: random)
  }

  @Test(
    "§ 5.4.1 says that beyond 10 to 20 steps an RNN cannot learn: with an orthogonal W_hh it learns a latch over 100")
  func orthogonalLatch() {
    let layer = VanillaRNN(1, 32, recurrent: .orthogonal(1), random: RandomSource(seed: 1))
    #expect(latch(layer, rate: 1e-3, steps: 1_500).accuracy >= 0.98)
  }

  @Test(
    "§ 5.5: an LSTM with chrono biases learns the latch over 100 steps; from the usual start it stays at chance as long"
  )
  func chronoLatch() throws {
    let random = RandomSource(seed: 1)
    let chrono = latch(
      LongShortTermMemory(1, 32, forgetBias: .chrono(longest: 100), random: random), rate: 3e-3, steps: 1_000)
    let steps = try #require(chrono.steps(to: 0.98))
    let usual = latch(LongShortTermMemory(1, 32, random: random), rate: 3e-3, steps: steps)
    #expect(usual.accuracy < 0.6)
  }

  @Test("§ 5.4.1: from the usual start a simple network stays at chance on the latch")
  func usualLatch() {
    #expect(latch(VanillaRNN(1, 32, random: RandomSource(seed: 1)), rate: 1e-3, steps: 500).accuracy < 0.6)
  }

  @Test("training is repeated to the last bit by the same seed")
  func reproduction() {
    let runs = (0..<2).map { _ in
      let random = RandomSource(seed: 9)
      let network = SequenceNetwork(VanillaRNN(1, 4, random: random), outputs: 2, random: random)
      var plan = DelayPlan(steps: 20, learningRate: 1e-3)
      plan.stepsPerCheck = 10
      return network.trained(on: LatchTask(steps: 5), plan: plan, random: random).network.parameters
    }
    #expect(runs[0] == runs[1])
  }

  @Test("§ 5.4.2, (5.8): clipped to norm 1, an exploding network learns; without, the first step ends its learning")
  func clipping() {
    let runs = rescueByClipping(steps: 300, random: RandomSource(seed: 1))
    let (free, clipped) = (runs[0], runs[1])
    #expect(free.losses[0] == clipped.losses[0] && free.norms[0] > 100)
    #expect((clipped.losses.last ?? 1) < 0.2 * clipped.losses[0])
    #expect(!((free.losses.last ?? 0) < 0.8 * free.losses[0]))
  }

  @Test("(5.8): a gradient longer than τ keeps its direction and has the length τ, a shorter one stays to the last bit")
  func clippedNorm() {
    let network = SequenceNetwork(
      VanillaRNN(1, 4, random: RandomSource(seed: 1)), outputs: 2, random: RandomSource(seed: 2))
    let g = gradient(at: network.converted(to: .double)) { $0.summary(spread([2, 6, 1])).squared().sum() }
    let (long, short) = (g.clipped(norm: 2 * g.totalNorm), g.clipped(norm: g.totalNorm / 3))
    #expect(long.parameters == g.parameters)
    #expect(abs(short.totalNorm / g.totalNorm - 1 / 3.0) < 1e-15)
    expectClose(short.flattened, g.flattened / 3, tolerance: 1e-14, scale: 1e-6)
  }

  @Test("tasks that make no sense stop with a message")
  func mistakes() async {
    let copy = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = CopyTask(delay: 0)
    }
    expectMessage(copy, "cannot make a copy task of 8 of 8 symbols after 0 steps: at least 1 symbol of 2 kinds")
    let latch = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LatchTask(steps: 1)
    }
    expectMessage(latch, "cannot make a latch task of 1 steps: at least 2 are needed")
  }
}
