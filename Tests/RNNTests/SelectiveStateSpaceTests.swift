import Backprop
import Checking
import RNN
import Tensors
import Testing
import Training
import ch05

@Suite("§ 5.10 Mamba: selective state-space layers")
struct SelectiveStateSpaceTests {
  @Test(
    "§ 5.10: the associative scan equals the loop, for lengths that are no powers of 2 too",
    arguments: [1, 2, 3, 7, 8, 33])
  func scan(T: Int) {
    let (a, b) = (spread([2, T, 3]), spread([2, T, 3], offset: 100))
    var (h, states) = (Tensor.zeros([2, 3], scalarType: .double), [Tensor]())
    for t in 0..<T {
      func at(_ x: Tensor) -> Tensor { x.sliced(t..<t + 1, axis: 1).squeezed(axis: 1) }
      h = at(a) * h + at(b)
      states.append(h)
    }
    let loop = Tensor.stacked(states, axis: 1)
    expectClose(associativeScan(a, b, axis: 1), loop, tolerance: 1e-15, scale: 1)
    expectClose(b.cumulativeSum(axis: 1, factors: a), loop, tolerance: 1e-15, scale: 1)
  }

  @Test("§ 5.10: maps h ↦ a h + b may be composed in any bracketing, and the scan has the derivatives of the loop")
  func associative() {
    let maps = (0..<3).map { AffineMaps(spread([4], offset: 10 * $0), spread([4], offset: 50 + 10 * $0)) }
    let (left, right) = (maps[0].then(maps[1]).then(maps[2]), maps[0].then(maps[1].then(maps[2])))
    expectClose(left.factor, right.factor, tolerance: 1e-15, scale: 1)
    expectClose(left.shift, right.shift, tolerance: 1e-15, scale: 1)
    expectGradient(at: [spread([2, 5]), spread([2, 5], offset: 30)], order: 2) {
      (associativeScan($0[0], $0[1], axis: 1) * spread([2, 5], offset: 60)).squared().sum()
    }
  }

  @Test("§ 5.10: Mamba's layer is the same by a pass over the steps and by the parallel scan, values and gradients")
  func parallel() {
    let layer = SelectiveStateSpace(channels: 5, states: 4, random: RandomSource(seed: 1)).converted(to: .double)
    let x = spread([2, 11, 5])
    expectClose(layer(x), layer.parallel(x), tolerance: 1e-14, scale: 1)
    let weights = spread([2, 11, 5], offset: 200)
    let slopes = [
      gradient(at: layer) { ($0(x) * weights).sum() }, gradient(at: layer) { ($0.parallel(x) * weights).sum() },
    ]
    for (a, b) in zip(slopes[0].parameters, slopes[1].parameters) { expectClose(a, b, tolerance: 1e-12, scale: 1) }
  }

  @Test("§ 5.10: Δ, B and C depend on the input, A does not: for one channel, ln of the factors is A times the step")
  func selection() {
    let layer = SelectiveStateSpace(channels: 3, states: 4, random: RandomSource(seed: 2)).converted(to: .double)
    let x = spread([1, 6, 3])
    let (Δ, factors) = (layer.steps(x), layer.recurrence(x).factors)
    #expect(Δ.max().item / Δ.min().item > 1.5)
    expectClose(
      factors.log() / Δ.expanded(axis: 3), -layer.logDecay.exp().broadcast(to: [1, 6, 3, 4]), tolerance: 1e-12)
    expectClose(layer.logDecay.exp()[0], Tensor([1, 2, 3, 4], scalarType: .double), tolerance: 1e-6)
  }

  @Test("§ 5.10: the time-invariant layer is the same by convolution and by recurrence, and shifts with its input")
  func invariant() {
    let layer = DiagonalStateSpace(channels: 3, states: 4, steps: 0.01...0.5, random: RandomSource(seed: 3))
      .converted(to: .double)
    let x = spread([2, 13, 3])
    expectClose(layer(x), layer.recurrence(x), tolerance: 1e-14, scale: 1)
    let later = x.padded(axis: 1, before: 4, after: 0)
    expectClose(layer(later).sliced(4..<17, axis: 1), layer(x), tolerance: 1e-14, scale: 1)
  }

  @Test(
    "§ 5.10: the time-invariant layer is the zero-order hold of (5.23), (5.24) with a diagonal A, channel by channel")
  func diagonalSystem() {
    let layer = DiagonalStateSpace(channels: 2, states: 3, random: RandomSource(seed: 4)).converted(to: .double)
    let x = spread([1, 9, 2])
    for channel in 0..<2 {
      let model = StateSpaceModel(
        -layer.logDecay.exp()[channel] * Tensor.identity(3, scalarType: .double),
        Tensor.ones([3, 1], scalarType: .double),
        layer.output[channel].expanded(axis: 0), layer.skip[channel].reshaped([1, 1]))
      let Δ = layer.logStep.exp()[channel].item
      expectClose(
        layer(x)[0].sliced(channel..<channel + 1, axis: 1),
        model.discretized(step: Δ).recurrence(x[0].sliced(channel..<channel + 1, axis: 1)), tolerance: 1e-13, scale: 1)
    }
  }

  @Test("§ 5.10: no output of a block sees a later input")
  func causal() {
    let block = StateSpaceBlock<SelectiveStateSpace>(4, states: 3, random: RandomSource(seed: 5)).converted(to: .double)
    let x = spread([1, 8, 4])
    let place = Tensor.oneHot([5], classes: 8, scalarType: .double).reshaped([1, 8, 1])
    // One feature alone: the normalization removes what shifts or scales all of them.
    let changed = x + place * Tensor([1, 0, 0, 0], scalarType: .double)
    let moved = (block(changed) - block(x)).abs().sum(axes: [0, 2]).scalars
    #expect(moved[..<5].allSatisfy { $0 == 0 } && moved[5...].allSatisfy { $0 > 1e-6 })
  }

  @Test("§ 5.10: selective copying has its symbols in order among blanks, and marks at the end")
  func task() {
    let task = SelectiveCopying(length: 9, symbols: 3, alphabet: 5)
    let (sequences, answers) = task.batch(20, random: RandomSource(seed: 6))
    #expect(answers.count == 60 && Set(answers) == [0, 1, 2, 3, 4])
    for (n, sequence) in sequences.enumerated() {
      #expect(sequence.count == 12 && sequence.suffix(3) == [6, 6, 6])
      #expect(sequence.prefix(9).filter { $0 > 0 }.map { $0 - 1 } == Array(answers[3 * n..<3 * n + 3]))
    }
    #expect(Set(sequences.map { $0.firstIndex { $0 > 0 } ?? -1 }).count > 2)
  }

  @Test("§ 5.10: in as many steps a selective layer copies selectively, and a time-invariant one does not")
  func copiesSelectively() {
    let task = SelectiveCopying(length: 10, symbols: 2, alphabet: 4)
    func accuracy<Layer: StateSpaceLayer>(_: Layer.Type) -> Double {
      let random = RandomSource(seed: 8)
      var network = SymbolNetwork<Layer>(reading: 6, classes: 4, width: 16, states: 8, random: random)
      let history = task.train(
        &network, learningRate: 1e-2, plan: TrainingPlan(epochs: 6, batchSize: 1), steps: 60, random: random)
      return history["accuracy"].last ?? 0
    }
    let (selective, invariant) = (accuracy(SelectiveStateSpace.self), accuracy(DiagonalStateSpace.self))
    #expect(selective > 0.98 && invariant < 0.9, "\(selective) against \(invariant)")
  }

  @Test("§ 5.10: the gradient of selective copying is clipped to norm 1 (5.8), and training lowers the loss")
  func training() {
    let (task, random) = (SelectiveCopying(length: 6, symbols: 2, alphabet: 2), RandomSource(seed: 7))
    var network = SymbolNetwork<SelectiveStateSpace>(reading: 4, classes: 2, width: 8, states: 4, random: random)
    let history = task.train(
      &network, learningRate: 1e-2, plan: TrainingPlan(epochs: 4, batchSize: 1), steps: 60, random: random)
    #expect(history["accuracy"].count == 4 && (history["accuracy"].last ?? 0) > 0.75, "\(history["accuracy"])")
  }
}
