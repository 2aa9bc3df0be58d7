import Checking
import RNN
import Tensors
import Testing
import ch05

@Suite("§ 5.10 xLSTM: exponential gates and a matrix memory")
struct ExtendedLSTMTests {
  @Test(
    "§ 5.10: an sLSTM with its stabilizer equals the one without where that is finite",
    arguments: ForgetActivation.allCases)
  func stabilizer(forget: ForgetActivation) {
    let layer = ScalarLSTM(3, 4, forget: forget, random: RandomSource(seed: 1)).converted(to: .double)
    let x = 3 * spread([2, 12, 3])
    expectClose(layer(x), layer.unstabilized(x), tolerance: 2e-15, scale: 1)
    let weights = spread([2, 12, 4], offset: 90)
    let slopes = gradient(at: layer) { ($0(x) * weights).sum() }
    let plain = gradient(at: layer) { ($0.unstabilized(x) * weights).sum() }
    for (a, b) in zip(slopes.parameters, plain.parameters) { expectClose(a, b, tolerance: 1e-12, scale: 1) }
  }

  @Test(
    "§ 5.10: where e^ĩ overflows the stabilized states stay finite and below 1; without the stabilizer they are NaN")
  func overflow() {
    let random = RandomSource(seed: 2)
    let results = stabilizerResults(scales: [1, 100], random: random)
    #expect(results[0].isFinite == (true, true) && (results[0].difference ?? 1) < 1e-5)
    #expect(results[1].largest > 89 && results[1].isFinite == (true, false))
    let layer = ScalarLSTM(3, 4, forget: .exponential, random: random)
    let states = layer(1e4 * spread([1, 30, 3]).converted(to: .float))
    #expect(states.scalars.allSatisfy { abs($0) <= 1 })
  }

  @Test("§ 5.10: with f = 1 an sLSTM's cell over its normalizer is the mean of z with weights softmax(ĩ)")
  func weightedMean() {
    // f̃ = 0 and an exponential gate: f = 1; U = 0; o = σ(0) = ½
    var layer = ScalarLSTM(2, 3, forget: .exponential, random: RandomSource(seed: 3)).converted(to: .double)
    let rows = Tensor([1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0], scalarType: .double)
    let W = rows.expanded(axis: 1) * layer.weights.input
    layer.weights.input = 5 * W
    layer.weights.recurrent = 0 * layer.weights.recurrent
    (layer.weights.inputBias, layer.weights.recurrentBias) = (
      rows * layer.weights.inputBias, 0 * layer.weights.recurrentBias
    )
    let x = spread([1, 9, 2])
    let all = matmul(x[0], layer.weights.input.transposed, plus: layer.weights.inputBias)
    let activations = all.split([3, 3, 3, 3], axis: 1)
    let mean = (activations[0].softmax(axis: 0) * activations[2].tanh()).sum(axes: [0])
    expectClose(layer(x)[0, 8], 0.5 * mean, tolerance: 1e-14, scale: 1)
  }

  @Test("§ 5.10: a matrix memory gives back the value of every stored key, if the keys are orthonormal")
  func memory() {
    let keys = LinearAlgebra.qr(spread([6, 6])).q
    let values = spread([6, 4], offset: 60)
    var memory = MatrixMemory(values: 4, keys: 6, scalarType: .double)
    for j in 0..<6 { memory.store(values[j], key: keys[j]) }
    for j in 0..<6 { expectClose(memory(keys[j]), values[j], tolerance: 1e-14, scale: 1) }
    memory.store(values[0], key: keys[1], input: 1, forget: 0)
    expectClose(memory(keys[1]), values[0], tolerance: 1e-14, scale: 1)
    expectClose(memory(keys[0]), 0 * values[0], tolerance: 1e-14, scale: 1)
  }

  @Test("§ 5.10: with random keys the other values are mixed in, by about √((m − 1)/d) for m pairs")
  func crosstalk() {
    for recall in recalls(size: 64, pairs: [8, 32, 64], random: RandomSource(seed: 4)) {
      let expected = (Double(recall.pairs - 1) / 64).squareRoot()
      #expect(recall.orthonormal < 1e-13)
      #expect(abs(recall.random / expected - 1) < 0.35, "\(recall)")
    }
  }

  @Test("§ 5.10: an mLSTM gives the same states all at once and one after the other")
  func parallel() {
    let layer = MatrixLSTM(3, 5, random: RandomSource(seed: 5)).converted(to: .double)
    for scale in [1.0, 8] {
      let x = scale * spread([2, 10, 3])
      expectClose(layer(x), layer.recurrence(x), tolerance: 1e-13, scale: 1)
    }
  }

  @Test("§ 5.10: an mLSTM stays finite where e^ĩ overflows, and no state sees a later input")
  func large() {
    let layer = MatrixLSTM(3, 5, random: RandomSource(seed: 6))
    let x = spread([1, 10, 3]).converted(to: .float)
    #expect(layer(1e3 * x).scalars.allSatisfy { $0.isFinite })
    #expect(!layer.recurrence(1e3 * x).scalars.allSatisfy { $0.isFinite })
    let changed = x + Tensor.oneHot([6], classes: 10).reshaped([1, 10, 1])
    let moved = (layer(changed) - layer(x)).abs().sum(axes: [0, 2]).scalars
    #expect(moved[..<6].allSatisfy { $0 == 0 } && moved[6...].allSatisfy { $0 > 0 })
  }

  @Test("§ 5.8: dropout with one mask for a sequence drops a unit at every step or at none")
  func sequenceMask() {
    let dropped = sequenceDropout(Tensor.ones([3, 7, 20]), probability: 0.5, using: RandomSource(seed: 7))
    #expect(dropped.variance(axes: [1]).max().item == 0)
    #expect(Set(dropped.scalars) == [0, 2])
  }
}
