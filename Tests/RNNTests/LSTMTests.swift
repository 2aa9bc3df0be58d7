import Backprop
import Checking
import Foundations
import RNN
import Tensors
import Testing

@Suite("§ 5.5 Long short-term memory")
struct LSTMTests {
  private let cell = LSTMCell(2, 3, random: RandomSource(seed: 1)).converted(to: .double)
  private func size(_ x: Tensor) -> Double { x.abs().max().item }

  /// A copy with constant gates: weights 0, biases so large that σ is 0 or 1 to the last bit.
  private func constant(forget f: Double?, input i: Double?, output o: Double?) -> LSTMCell {
    var copy = cell
    func gate(_ value: Double) -> Linear {
      Linear(
        weight: Tensor.zeros([3, 5], scalarType: .double),
        bias: Tensor(repeating: value == 1 ? 800 : value == 0 ? -800 : 0, [3], scalarType: .double))
    }
    if let f { copy.forget = gate(f) }
    if let i { copy.input = gate(i) }
    if let o { copy.output = gate(o) }
    return copy
  }
  private let state = RecurrentState(hidden: spread([2, 3]), cell: 3 * spread([2, 3], offset: 8))
  private let x = spread([2, 2], offset: 4)

  @Test("(5.9), (5.10), (5.11), (5.12), (5.13), (5.14): one unit of one step, number by number")
  func equations() {
    func σ(_ z: Double) -> Double { Tensor(z, scalarType: .double).sigmoid().item }
    func tanh(_ z: Double) -> Double { Tensor(z, scalarType: .double).tanh().item }
    let hx = state.hidden[0].scalars + x[0].scalars
    func z(_ block: Linear, _ unit: Int) -> Double {
      hx.indices.reduce(block.bias?[unit].item ?? 0) { $0 + block.weight[unit, $1].item * hx[$1] }
    }
    let (new, gates) = cell(x, state)
    for unit in 0..<3 {
      let (f, i, o) = (σ(z(cell.forget, unit)), σ(z(cell.input, unit)), σ(z(cell.output, unit)))
      let candidate = tanh(z(cell.candidate, unit))
      let c = f * (state.cell?[0, unit].item ?? 0) + i * candidate
      let expected = [f, i, candidate, o, c, o * tanh(c)]
      let found = [
        gates.forget, gates.input, gates.candidate, gates.output, new.cell ?? new.hidden, new.hidden,
      ].map { $0[0, unit].item }
      for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-15) }
    }
  }

  @Test("§ 5.5: cell and layer have the same states, and each can be made of the other")
  func layer() {
    let layer = LongShortTermMemory(2, 3, random: RandomSource(seed: 4)).converted(to: .double)
    let x = spread([2, 9, 2])
    let trace = LSTMCell(layer).trace(x)
    let (states, final) = layer(x)
    expectClose(Tensor.stacked(trace.map(\.state.hidden), axis: 1), states, tolerance: 1e-15, scale: 1)
    if let a = trace.last?.state.cell, let b = final.cell { expectClose(a, b, tolerance: 1e-15, scale: 1) }
    let again = LongShortTermMemory(LSTMCell(layer))
    expectClose(again(x).states, states, tolerance: 1e-15, scale: 1)
  }

  @Test("§ 5.5: the four blocks as one matrix give the same step as four matrices")
  func stacked() throws {
    let hx = Tensor.concatenated([state.hidden, x], axis: 1)
    let parts = matmul(hx, cell.stackedWeight.transposed, plus: cell.stackedBias)
      .split([3, 3, 3, 3], axis: 1)
    let (i, f, o, g) = (parts[0].sigmoid(), parts[1].sigmoid(), parts[2].sigmoid(), parts[3].tanh())
    let c = f * (try #require(state.cell)) + i * g
    let new = cell(x, state).state
    expectClose(try #require(new.cell), c, tolerance: 1e-15, scale: 1)
    expectClose(new.hidden, o * c.tanh(), tolerance: 1e-15, scale: 1)
  }

  @Test("§ 5.5.1: with f = 1 and i = 0 the cell keeps its content for 100 steps to the last bit")
  func keeps() {
    let open = constant(forget: 1, input: 0, output: nil)
    var now = state
    for t in 0..<100 { now = open(spread([2, 2], offset: t), now).state }
    #expect(now.cell?.scalars == state.cell?.scalars)
  }

  @Test("§ 5.5.1: f = 0 forgets the cell, i = 0 writes nothing, o = 0 shows nothing")
  func roles() {
    let other = RecurrentState(hidden: state.hidden, cell: spread([2, 3], offset: 77))
    let closed = constant(forget: 0, input: nil, output: nil)
    #expect(closed(x, state).state.cell?.scalars == closed(x, other).state.cell?.scalars)
    let silent = constant(forget: nil, input: nil, output: 0)
    #expect(size(silent(x, state).state.hidden) == 0)
    #expect(silent(x, state).state.cell?.scalars == cell(x, state).state.cell?.scalars)
    let unwritten = constant(forget: 0, input: 0, output: nil)
    #expect(unwritten(x, state).state.cell.map(size) == 0)
  }

  @Test("§ 5.5.1: a gate that is 1 makes the path around it an identity, and its gradient too")
  func identityPath() throws {
    let open = constant(forget: 1, input: 0, output: nil)
    let J = jacobian(at: try #require(state.cell)) { c in
      open(x, RecurrentState(hidden: state.hidden, cell: c)).state.cell ?? 0 * c
    }
    #expect(J.reshaped([6, 6]) == Tensor.identity(6, scalarType: .double))
  }

  @Test("§ 5.5.1: the candidate lies in (−1, 1), the cell does not: 88 after 100 steps with i = f = σ(6)")
  func cellRange() {
    var one = LSTMCell(1, 1, random: RandomSource(seed: 1)).converted(to: .double)
    func block(_ bias: Double) -> Linear {
      Linear(weight: Tensor.zeros([1, 2], scalarType: .double), bias: Tensor([bias], scalarType: .double))
    }
    (one.forget, one.input, one.candidate) = (block(6), block(6), block(3))
    let cells = one.trace(Tensor.zeros([1, 100, 1], scalarType: .double)).map { $0.state.cell?.item ?? 0 }
    #expect(abs(cells[99] - 88.04) < 0.01)
    #expect(cells.enumerated().allSatisfy { abs($1) <= Double($0 + 1) })
  }

  // MARK: - § 5.5.3

  private let long = LongShortTermMemory(1, 6, random: RandomSource(seed: 2)).converted(to: .double)

  @Test("Proposition 5.5, (5.15): with the paths through h cut, ∂cₜ/∂cₖ is the product of the forget gates")
  func directPath() throws {
    let x = spread([8, 1])
    let cell = LSTMCell(long)
    let trace = cell.trace(x.expanded(axis: 0))
    let product = trace[3...].reduce(Tensor.ones([6], scalarType: .double)) { $0 * $1.gates.forget[0] }
    let cut = jacobian(at: try #require(trace[2].state.cell?[0])) { c in
      (3..<8).reduce(c) { c, t in
        let gates = cell.gates(x: x[t..<t + 1], h: trace[t - 1].state.hidden)  // h is held
        return LSTMCell.state(cell: c.expanded(axis: 0), gates).cell?[0] ?? c
      }
    }
    #expect(size(cut - product * Tensor.identity(6, scalarType: .double)) < 1e-16)
    let J = try #require(LongShortTermMemory.product(long.cellJacobians(x)[3...]))
    #expect(size(J - cut) < 1e-16)
  }

  @Test("Proposition 5.5, (5.15): the whole ∂cₜ/∂cₖ is larger and has entries off the diagonal")
  func allPaths() throws {
    var layer = long
    layer.weights = layer.weights.mapParameters { 3 * $0 }
    let x = spread([8, 1])
    let direct = try #require(LongShortTermMemory.product(layer.cellJacobians(x)[3...]))
    let joint = try #require(LongShortTermMemory.product(layer.stepJacobians(x).jacobians[3...]))
    let whole = joint.sliced(6..<12, axis: 0).sliced(6..<12, axis: 1)
    #expect(spectralNorm(whole) > 1.1 * spectralNorm(direct))
    let beside = whole * (1 - Tensor.identity(6, scalarType: .double))
    #expect(size(beside) > 0.03)
    #expect(size(direct * (1 - Tensor.identity(6, scalarType: .double))) == 0)
  }

  /// ‖∂(h, c)₁₀₀/∂(h, c)₀‖ at the start of training.
  private func joint<Layer: JacobianLayer>(_ layer: Layer) -> Double {
    let x = RandomSource(seed: 3).normal([100, 1], scalarType: .double)
    return LagNorms(layer.converted(to: .double).stepJacobians(x).jacobians, every: 100).norms[1]
  }

  @Test("§ 5.5.3: at the usual start the LSTM's gradient vanishes like the RNN's; forget biases of 3 and more keep it")
  func initialization() {
    let random = { RandomSource(seed: 5) }
    #expect(joint(VanillaRNN(1, 32, random: random())) < 1e-18)
    #expect(joint(GatedRecurrentUnit(1, 32, random: random())) < 1e-15)
    #expect(joint(LongShortTermMemory(1, 32, random: random())) < 1e-17)
    let norms = [1.0, 3, 5].map { joint(LongShortTermMemory(1, 32, forgetBias: .constant($0), random: random())) }
    #expect(norms[0] < 1e-5)
    #expect(norms[1] > 0.5 && norms[2] > 5)
  }

  @Test("§ 5.5: the forget biases are what they are called: constant, and chrono with b_i = −b_f in [0, ln(T − 1)]")
  func forgetBiases() {
    func biases(_ bias: ForgetBias) -> [Tensor] {
      let w = LongShortTermMemory(1, 400, forgetBias: bias, random: RandomSource(seed: 6)).weights
      return (w.inputBias + w.recurrentBias).split([400, 400, 400, 400], axis: 0)
    }
    #expect(biases(.constant(1))[1].scalars.allSatisfy { $0 == 1 })
    let chrono = biases(.chrono(longest: 101))
    #expect(chrono[0] == -chrono[1])
    #expect(chrono[1].min().item >= 0 && chrono[1].max().item <= 4.6052)
    #expect(abs(chrono[1].exp().mean().item - 50.5) < 5)
    #expect(abs(biases(.uniform)[1].mean().item) < 0.02)
  }
}
