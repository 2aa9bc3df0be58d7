import Checking
import Foundations
import RNN
import Tensors
import Testing

@Suite("§ 5.6 The gated recurrent unit")
struct GRUTests {
  private let cell = GRUCell(2, 4, random: RandomSource(seed: 1)).mapParameters { 2 * $0 }.converted(to: .double)
  private let x = spread([2, 12, 2])
  private func gap(_ a: Tensor, _ b: Tensor) -> Double { (a - b).abs().max().item }

  @Test("(5.16), (5.17), (5.18), (5.19): one unit of one step, number by number")
  func equations() {
    func σ(_ z: Double) -> Double { Tensor(z, scalarType: .double).sigmoid().item }
    let (h, x) = (spread([1, 4], offset: 3), spread([1, 2], offset: 5))
    func z(_ block: Linear, _ unit: Int, _ hx: [Double]) -> Double {
      hx.indices.reduce(block.bias?[unit].item ?? 0) { $0 + block.weight[unit, $1].item * hx[$1] }
    }
    let hx = h[0].scalars + x[0].scalars
    let r = (0..<4).map { σ(z(cell.reset, $0, hx)) }
    let rhx = zip(r, h[0].scalars).map { $0 * $1 } + x[0].scalars
    let new = cell(x, h)
    for unit in 0..<4 {
      let update = σ(z(cell.update, unit, hx))
      let candidate = Tensor(z(cell.candidate, unit, rhx), scalarType: .double).tanh().item
      #expect(abs(new[0, unit].item - ((1 - update) * h[0, unit].item + update * candidate)) < 1e-15)
    }
  }

  @Test("(5.16), (5.19): z near 0 keeps the state, z near 1 replaces it")
  func update() {
    func states(_ bias: Double) -> Tensor {
      var cell = cell
      cell.update = Linear(
        weight: Tensor.zeros([4, 6], scalarType: .double), bias: Tensor(repeating: bias, [4], scalarType: .double))
      return cell.states(x)
    }
    #expect(states(-800).abs().max().item == 0)
    #expect(states(800).abs().max().item > 0.3)
  }

  @Test("(5.18), (5.19): the libraries' unit is different: z on the old state, r behind the matrix")
  func libraryForm() {
    let printed = cell.states(x)
    #expect(gap(printed, GatedRecurrentUnit(cell, negatesUpdate: false)(x).states) > 0.3)
    #expect(gap(printed, GatedRecurrentUnit(cell)(x).states) > 0.05)
    let after = cell.states(x, reset: .afterMatrix)
    #expect(gap(after, GatedRecurrentUnit(cell)(x).states) < 1e-15)
  }

  @Test("(5.19): negated weights of z turn one convention into the other, because 1 − σ(a) = σ(−a)")
  func negated() {
    var twice = cell
    for _ in 0..<2 { twice.update = twice.update.mapParameters { -$0 } }
    #expect(twice.parameters == cell.parameters)
    let library = GatedRecurrentUnit(cell, negatesUpdate: true)
    var negated = cell
    negated.update = negated.update.mapParameters { -$0 }
    #expect(library.parameters == GatedRecurrentUnit(negated, negatesUpdate: false).parameters)
  }

  @Test("Remark 5.6: 4 d_h (d_h + d_x + 1) and 3 d_h (d_h + d_x + 1) with one bias; the libraries have two")
  func counts() {
    let random = RandomSource(seed: 1)
    #expect(LSTMCell(10, 20, random: random).parameterCount == 2_480)
    #expect(GRUCell(10, 20, random: random).parameterCount == 1_860)
    #expect(RecurrentCount.lstm(inputs: 10, hidden: 20) == 2_480)
    #expect(RecurrentCount.gru(inputs: 10, hidden: 20) == 1_860)
    #expect(LongShortTermMemory(10, 20, random: random).parameterCount == 2_560)
    #expect(GatedRecurrentUnit(10, 20, random: random).parameterCount == 1_920)
    for (d, h) in [(1, 1), (28, 128), (300, 512)] {
      #expect(4 * RecurrentCount.gru(inputs: d, hidden: h) == 3 * RecurrentCount.lstm(inputs: d, hidden: h))
      #expect(VanillaRNN(d, h, random: random).parameterCount == RecurrentCount.simple(inputs: d, hidden: h) + h)
    }
  }

  @Test(
    "§ 5.6: the gradient of all parameters agrees with differences, in both forms", arguments: GRUCell.Reset.allCases)
  func gradients(place: GRUCell.Reset) {
    expectGradient(at: cell) { $0.states(x.sliced(0..<4, axis: 1), reset: place).squared().sum() }
  }
}
