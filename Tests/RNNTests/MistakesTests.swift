import Backprop
import Checking
import RNN
import Regularization
import Running
import Tensors
import Testing

@Suite("Chapter 5, a gallery of mistakes: what each gives, where it hides, and the property that catches it")
struct RNNMistakesTests {
  private let x = spread([2, 6, 2])

  @Test(
    "§ 5.2.1: states step by step are those of the whole sequence, unless each starts from zero; the first hides it"
  )
  func memory() {
    let layer = VanillaRNN(2, 4, random: RandomSource(seed: 1)).converted(to: .double)
    let whole = layer(x).states
    var (state, states): (RecurrentState?, [Tensor]) = (nil, [])
    for t in 0..<6 {
      let result = layer(x.sliced(t..<t + 1, axis: 1), initial: state)
      state = result.final
      states.append(result.states)
    }
    expectClose(Tensor.concatenated(states, axis: 1), whole, tolerance: 1e-15, scale: 1)
    let wrong = Mistake.statesWithoutMemory(layer, x)
    expectClose(wrong.sliced(0..<1, axis: 1), whole.sliced(0..<1, axis: 1), tolerance: 1e-15, scale: 1)
    #expect(relativeDistance(wrong.sliced(5..<6, axis: 1), whole.sliced(5..<6, axis: 1)) > 0.05)
  }

  @Test(
    "§ 5.1: the final state of a padded sequence is that of its last element, not the last state, which is 0"
  )
  func padding() {
    let layer = LongShortTermMemory(2, 3, random: RandomSource(seed: 2)).converted(to: .double)
    let batch = PaddedSequences(x, lengths: [6, 4])
    let final = layer(batch.values, lengths: batch.lengths).final.hidden
    #expect(final[1] == layer(x.sliced(0..<4, axis: 1)).final.hidden[1])
    let wrong = Mistake.lastPlace(layer, batch)
    #expect(wrong[0] == final[0] && wrong[1].abs().max().item == 0)
  }

  @Test(
    "§ 5.7: the summary of both directions depends on the first element in both halves; at the last place h⃖ does not")
  func backward() {
    let layer = Bidirectional<VanillaRNN>(2, 3, random: RandomSource(seed: 3)).converted(to: .double)
    let other = x + Tensor.oneHot([0], classes: 6, scalarType: .double).reshaped([1, 6, 1])
    let moved = (layer(other).final.hidden - layer(x).final.hidden).abs()
    #expect(moved.sliced(3..<6, axis: 1).min().item > 1e-3)
    let wrong = (Mistake.lastPlaceOfBoth(layer, other) - Mistake.lastPlaceOfBoth(layer, x)).abs()
    #expect(wrong.sliced(3..<6, axis: 1).max().item == 0)
    #expect(wrong.sliced(0..<3, axis: 1) == moved.sliced(0..<3, axis: 1))
  }

  @Test(
    "§ 5.3.1: the product of Jacobians is ∂h_T/∂h₀ with the latest leftmost; another order hides in one step"
  )
  func order() throws {
    let layer = VanillaRNN(2, 3, random: RandomSource(seed: 4)).converted(to: .double)
    for T in [1, 4] {
      let input = x[0].sliced(0..<T, axis: 0)
      let truth = jacobian(at: Tensor.zeros([3], scalarType: .double)) { h in
        layer(input.expanded(axis: 0), initial: RecurrentState(hidden: h.expanded(axis: 0))).final.hidden[0]
      }
      let jacobians = layer.stepJacobians(input).jacobians
      expectClose(try #require(VanillaRNN.product(jacobians)), truth, tolerance: 1e-13, scale: 1)
      let distance = relativeDistance(Mistake.productInOrderOfTime(jacobians), truth)
      #expect(T == 1 ? distance < 1e-12 : distance > 0.05)
    }
  }

  @Test("§ 5.5.3: the Jacobian of an LSTM's h contains the way through c; with c held it is several times too small")
  func cell() throws {
    let layer = LongShortTermMemory(2, 8, forgetBias: .constant(5), random: RandomSource(seed: 5)).converted(
      to: .double)
    let long = RandomSource(seed: 6).normal([30, 2], scalarType: .double)
    let zero = Tensor.zeros([1, 8], scalarType: .double)
    let truth = jacobian(at: Tensor.zeros([8], scalarType: .double)) { h in
      layer(long.expanded(axis: 0), initial: RecurrentState(hidden: h.expanded(axis: 0), cell: zero)).final.hidden[0]
    }
    let joint = try #require(LongShortTermMemory.product(layer.stepJacobians(long).jacobians))
    expectClose(joint.sliced(0..<8, axis: 0).sliced(0..<8, axis: 1), truth, tolerance: 1e-12, scale: 1)
    let held = Mistake.jacobianWithCellHeld(layer, long)
    #expect(held.norm().item < truth.norm().item / 3, "\(held.norm().item), \(truth.norm().item)")
  }

  @Test(
    "§ 5.6: a library's GRU equals the cell if z is swapped; without, its weights keep what they should replace"
  )
  func gate() {
    let cell = GRUCell(2, 4, random: RandomSource(seed: 7)).converted(to: .double)
    let truth = cell.states(x, reset: .afterMatrix)
    expectClose(GatedRecurrentUnit(cell)(x).states, truth, tolerance: 1e-14, scale: 1)
    #expect(relativeDistance(Mistake.updateGateNotSwapped(cell)(x).states, truth) > 0.05)
  }

  @Test(
    "§ 5.8: a unit is dropped at every step or at none; redrawn, it survives T steps with probability (1 − p)ᵀ"
  )
  func mask() {
    let h = Tensor.ones([1, 10, 2_000])
    let wrong = Mistake.maskRedrawn(h, probability: 0.2, using: RandomSource(seed: 8))[0].min(axes: [0])
    #expect(abs((wrong .> 0).mean().item - 0.107) < 0.03)
    let right = sequenceDropout(h, probability: 0.2, using: RandomSource(seed: 8))[0].min(axes: [0])
    #expect(abs((right .> 0).mean().item - 0.8) < 0.04)
  }

  @Test("§ 5.8: between layers the mask is drawn anew for every element, as in the listing's library")
  func maskBetweenLayers() {
    let random = RandomSource(seed: 9)
    var stack = Stacked<VanillaRNN>([VanillaRNN(1, 40, random: random), VanillaRNN(40, 40, random: random)])
    stack.dropouts = [Dropout(probability: 0.5, random: random)]
    // The second layer hands on what it reads: W = 100 I, no recurrence, so that sign and zero survive.
    stack.layers[1].weights = RecurrentWeights(
      input: 100 * Tensor.identity(40), recurrent: .zeros([40, 40]), inputBias: .zeros([40]),
      recurrentBias: .zeros([40]))
    let states = stack.observing { $0(Tensor.ones([1, 8, 1])).states }[0]
    let dropped = (states .== 0).sum(axes: [0]).scalars
    #expect(dropped.contains { $0 > 0 && $0 < 8 })
  }

  @Test("§ 5.1: scaling a series needs no day after the training part: later days change nothing that the model reads")
  func scaling() {
    let values = (0..<300).map { Double($0 % 7) + 0.02 * Double($0) }
    var changed = values
    for day in 240..<300 { changed[day] += 50 }
    let (task, other) = (ForecastTask(values), ForecastTask(changed))
    #expect(task.windows(before: [100, 200]) == other.windows(before: [100, 200]))
    #expect(Mistake.standardizedByAll(values)[100] != Mistake.standardizedByAll(changed)[100])
  }

  @Test(
    "§ 5.1: no day of the test is a target or an input of the training; shuffled windows have seen nearly all of them")
  func shuffling() {
    let task = ForecastTask((0..<500).map(Double.init))
    func seen(_ places: [Int]) -> Set<Int> { Set(places.flatMap { Array($0 - task.window...$0) }) }
    #expect(seen(task.targets(task.training)).isDisjoint(with: task.targets(task.test)))
    let wrong = Mistake.splitAtRandom(task.targets(0..<500), using: RandomSource(seed: 10))
    #expect(Set(wrong.training).isDisjoint(with: wrong.test))
    #expect(seen(wrong.training).intersection(wrong.test).count > wrong.test.count * 9 / 10)
  }

  @Test(
    "Exercise 5.3.4: a week's forecast made on the eve depends on no day of the week; seven forecasts of one day do")
  func week() throws {
    let random = RandomSource(seed: 11)
    let values = (0..<200).map { _ in random.normal() }
    var changed = values
    for day in 150..<200 { changed[day] += 1 }
    let regression = try Autoregression(order: 3, on: values, at: 0..<150)
    #expect(
      regression.forecasts(after: values[..<150], days: 7) == regression.forecasts(after: changed[..<150], days: 7))
    let (wrong, other) = (
      Mistake.weekOfSingleDays(regression, values, from: 150, days: 7),
      Mistake.weekOfSingleDays(regression, changed, from: 150, days: 7)
    )
    #expect(wrong[0] == other[0] && wrong[1] != other[1])
  }
}
