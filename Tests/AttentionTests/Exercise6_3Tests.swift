import Attention
import Checking
import DataSets
import Tensors
import Testing
import ch06

@Suite("Exercise 6.3 One head and several")
struct Exercise6_3Tests {
  private let random = RandomSource(seed: 7)

  @Test("§ 6.5: the planted task draws every token equally often, in sequences of the given length")
  func draws() {
    let sequences = TwoOffsets.draw(2_000, time: 5, symbols: 4, random: RandomSource(seed: 1))
    #expect(sequences.count == 2_000 && sequences.allSatisfy { $0.count == 5 })
    let counts = (0..<4).map { token in sequences.joined().count { $0 == token } }
    // 2,500 of each expected, with a standard deviation of 43.
    #expect(counts.allSatisfy { abs($0 - 2_500) < 200 }, "\(counts)")
  }

  @Test("§ 6.5, Remark 6.5: two heads report both planted tokens, one does not, with as many parameters")
  func planted() {
    let one = PlantedResult(heads: 1, steps: 600, seed: 1)
    let two = PlantedResult(heads: 2, steps: 600, seed: 1)
    #expect(one.model.parameterCount == two.model.parameterCount)
    #expect(two.accuracies.allSatisfy { $0 >= 0.999 })
    #expect(one.accuracies.contains { $0 < 0.97 })
    // Exercise 6.3.2: two heads are there after fewer steps; one never is at 97 % of both.
    #expect(two.steps(to: 0.97) ?? 601 < 600 && one.steps(to: 0.97) == nil)
    // Exercise 6.3.3: each of the two heads looks back by its own offset.
    let weights = two.model.weightsOnOffsets(TwoOffsets.draw(50, random: random))
    let peaks = weights.map { $0[0] > $0[1] ? 0 : 1 }
    #expect(Set(peaks) == [0, 1])
    #expect(zip(weights, peaks).allSatisfy { $0[$1] > 0.6 })
    // Exercise 6.3.4: without a head its own offset is lost, and the other one is kept.
    let pruned = pruning(two.model).single
    for (head, peak) in peaks.enumerated() {
      #expect(pruned[head].accuracies[peak] < 0.5 && pruned[head].accuracies[1 - peak] > 0.9)
    }
  }

  @Test("Exercise 6.3.4: a gate of 0 takes a head out of (6.14): the same output as with one slice less")
  func gates() {
    let layer = MultiHeadAttention(12, heads: 4, random: random).converted(to: .double)
    let x = random.normal([2, 5, 12], scalarType: .double)
    expectClose(layer.without([1])(x), layer.pruned(to: [0, 2, 3])(x), tolerance: 1e-13, scale: 1)
    expectClose(layer.gated(.ones([4], scalarType: .double))(x), layer(x), tolerance: 1e-14, scale: 1)
    let parts = (0..<4).map { head in layer.without((0..<4).filter { $0 != head })(x) }
    expectClose(parts.dropFirst().reduce(parts[0], +), layer(x), tolerance: 1e-13, scale: 1)
    #expect(layer.without([0, 1, 2, 3])(x).abs().max().item == 0)
  }

  @Test("Exercise 6.3.4: the greedy search takes away the least useful head first, and leaves one")
  func greedy() {
    let worth = [0.1, 0.4, 0.2, 0.3]
    func accuracies(_ removed: [Int]) -> [Double] { [1 - removed.reduce(0) { $0 + worth[$1] }] }
    let rounds = greedilyPruned(4, accuracies: accuracies)
    #expect(rounds.map(\.head) == [0, 2, 3])
    #expect(abs((rounds.last?.mean ?? 0) - 0.4) < 1e-12)
    #expect(withoutEachHead(4, accuracies: accuracies).map(\.mean) == worth.map { 1 - $0 })
    #expect(greedilyPruned(1, accuracies: accuracies).isEmpty)
  }

  @Test(
    "Exercise 6.3.3: the distance of two maps is the weight that one puts elsewhere: 0 if they are equal, 1 if disjoint"
  )
  func distances() {
    let a = Tensor([[1, 0], [0.5, 0.5]], scalarType: .double)
    let b = Tensor([[0, 1], [0.5, 0.5]], scalarType: .double)
    let d = headDistances(Tensor.stacked([a, b, a], axis: 0))
    expectClose(
      d, Tensor([[0, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0]], scalarType: .double), tolerance: 1e-15, scale: 1)
  }

  @Test(
    "Exercise 6.3.1: a text is classified alike alone and beside longer ones; the parameters do not depend on h"
  )
  func classifier() {
    let make = { (h: Int) in
      AttentionClassifier(symbols: 9, longest: 8, width: 16, heads: h, classes: 3, random: RandomSource(seed: 1))
    }
    #expect(Set([1, 2, 4, 8, 16].map { make($0).parameterCount }).count == 1)
    let model = make(4).converted(to: .double)
    let texts = [[1, 2, 3], [4, 5, 6, 7, 8, 0, 1], [2]]
    let together = model(Tokens(texts))
    for (place, text) in texts.enumerated() {
      expectClose(model(Tokens([text]))[0], together[place], tolerance: 1e-13, scale: 1)
    }
    #expect(model(Tokens([[1, 2, 3]])) != model(Tokens([[3, 2, 1]])))
    #expect(gradientError(at: model) { $0(Tokens(texts)).crossEntropy(labels: [0, 1, 2]) } < 1e-6)
    expectClose(
      model.weights([1, 2, 3]).sum(axes: [2]), .ones([4, 3], scalarType: .double), tolerance: 1e-14, scale: 1)
  }

  @Test("Exercise 6.3.2: runs from two seeds differ, one seed repeats itself; with as many parameters for each h")
  func learns() throws {
    let texts = try DataLibrary(directory: nil, environment: [:]).agNews(generated: 80, 40)
    let task = try HeadTask(texts, longest: 20)
    let a = task.train(heads: 2, width: 16, epochs: 3, seed: 3)
    #expect(a.history.losses[2] < a.history.losses[0])
    #expect(task.train(heads: 2, width: 16, epochs: 3, seed: 3).history.losses == a.history.losses)
    #expect((0...1).contains(a.accuracy) && (1...3).contains(a.epochsToNineTenths))
    let others = [
      task.train(heads: 2, width: 16, epochs: 1, seed: 4), task.train(heads: 4, width: 16, epochs: 1, seed: 3),
    ]
    #expect(others.allSatisfy { $0.history.losses[0] != a.history.losses[0] })
    #expect(others.allSatisfy { $0.model.parameterCount == a.model.parameterCount })
  }
}
