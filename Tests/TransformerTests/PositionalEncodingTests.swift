import Attention
import Checking
import Foundations
import Tensors
import Testing
import Transformer
import ch07

@Suite("§ 7.3  Positional encoding")
struct PositionalEncodingTests {
  private let d = 128
  private let table = sinusoidalPositions(512, 128, scalarType: .double)

  @Test("Definition 7.3, (7.4), (7.5): the table is sin and cos of pos/10000^(2i/d), to 1e-12")
  func formula() {
    var largest = 0.0
    for position in [0, 1, 7, 100, 511] {
      for i in 0..<64 {
        let power = Tensor(10_000, scalarType: .double).power(2 * Double(i) / 128).item
        let angle = Tensor(Double(position) / power, scalarType: .double)
        largest = max(largest, abs(table[position, 2 * i].item - angle.sin().item))
        largest = max(largest, abs(table[position, 2 * i + 1].item - angle.cos().item))
      }
    }
    #expect(largest < 1e-12)
    #expect(sinusoidalPositions(4, 6).scalarType == .float)
  }

  @Test(
    "Lehaut, § 3.3, counts i from 1 to d/2: then the first two numbers are missing, and the last two are too many"
  )
  func index() {
    let d = 8
    func numbers(_ pairs: ClosedRange<Int>) -> [Int] { pairs.flatMap { [2 * $0, 2 * $0 + 1] } }
    #expect(numbers(0...d / 2 - 1) == Array(0..<d))
    #expect(numbers(1...d / 2) == Array(2..<d + 2))
    // The pair that would be missing is the fastest: it alone tells neighbours well apart.
    let code = sinusoidalPositions(2, d, scalarType: .double)
    #expect(abs(code[1, 0].item - 0.8414709848078965) < 1e-15)  // sin 1: pair 0 turns by 1 from place to place
    let steps = (code[1] - code[0]).squared().reshaped([d / 2, 2]).sum(axes: [1]).scalars
    #expect(steps[0] > 0.98 * steps.reduce(0, +))
  }

  @Test("Definition 7.3: every pair has sin² + cos² = 1, so every row has the norm √(d/2) = 8")
  func norms() {
    let pairs = table.squared().reshaped([512, 64, 2]).sum(axes: [2])
    expectClose(pairs, .ones([512, 64], scalarType: .double), tolerance: 1e-15)
    expectClose(
      table.squared().sum(axes: [1]).squareRoot(), Tensor(repeating: 8, [512], scalarType: .double), tolerance: 1e-15)
  }

  @Test("§ 7.3.1: wavelengths go from 2π to 54,410 for d = 128, not to 10000 · 2π = 62,832")
  func lengths() {
    let λ = wavelengths(d).scalars
    #expect(λ.count == 64 && abs(λ[0] - 2 * .pi) < 1e-14)
    #expect(abs(λ[63] - 54_410.14) < 0.01)
    #expect(zip(λ, λ.dropFirst()).allSatisfy { $0 < $1 })
    let ratios = zip(λ, λ.dropFirst()).map { $1 / $0 }
    #expect(ratios.allSatisfy { abs($0 - ratios[0]) < 1e-12 })
  }

  @Test("§ 7.3.1: PE(p) · PE(p + k) depends on k alone, and is largest for k = 0")
  func products() {
    func product(_ p: Int, _ k: Int) -> Double { (table[p] * table[p + k]).sum().item }
    for k in [0, 1, 5, 40] {
      let first = product(0, k)
      for p in [3, 77, 300] { #expect(abs(product(p, k) - first) < 1e-11) }
      if k > 0 { #expect(first < 63) }
    }
  }

  @Test("Theorem 7.4, (7.6): one M_k shifts every position by k; it is orthogonal, and M_a M_b = M_{a+b}")
  func shifts() {
    for k in [1, 10, 100] { #expect(shiftGap(table, by: k) < 1e-13) }
    #expect(shiftGap(sinusoidalPositions(64, d, scalarType: .double), by: 3) < 2e-14)
    let (a, b, I) = (shiftMatrix(by: 3, d), shiftMatrix(by: -20, d), Tensor.identity(d, scalarType: .double))
    expectClose(matmul(a.transposed, a), I, tolerance: 1e-15, scale: 1)
    expectClose(matmul(a, b), shiftMatrix(by: -17, d), tolerance: 1e-14, scale: 1)
    expectClose(matmul(a, shiftMatrix(by: -3, d)), I, tolerance: 1e-15, scale: 1)
    #expect(shiftMatrix(by: 0, d) == I)
  }

  @Test("(7.7): each block of M_k turns (sin, cos) by −ωᵢ k, has determinant 1, and nothing stands outside the blocks")
  func turns() {
    let (k, M) = (5, shiftMatrix(by: 5, 6))
    for i in 0..<3 {
      let angle = Double(k) * 2 * .pi / wavelengths(6).scalars[i]
      let block = M.sliced(2 * i..<2 * i + 2, axis: 0).sliced(2 * i..<2 * i + 2, axis: 1)
      let (c, s) = (block[0, 0].item, block[0, 1].item)
      #expect(abs(c * c + s * s - 1) < 1e-15)
      #expect(block[1, 0].item == -s && block[1, 1].item == c)
      #expect(abs(c - Tensor(angle, scalarType: .double).cos().item) < 1e-15)
      // A turn by φ is [[cos φ, −sin φ], [sin φ, cos φ]]: here φ = −ωᵢ k.
      #expect(abs(-s - Tensor(-angle, scalarType: .double).sin().item) < 1e-15)
    }
    #expect(M.scalars.count { $0 != 0 } == 12)
  }

  @Test("§ 7.3: without a mask blocks see a set; one causal block does, two know order, and so does one with positions")
  func order() {
    let rows = orderSeen(random: RandomSource(seed: 4))
    #expect(rows.allSatisfy { $0.plain < 1e-14 && $0.placed > 1e-3 })
    #expect(rows[0].causal < 1e-14 && rows[1].causal > 1e-3 && rows[2].causal > 1e-3)
  }

  @Test("§ 7.3, Lehaut § 3.4: on a grid, row and column are found again from the code, also if numbers are disturbed")
  func grid() {
    #expect(recoveredPlaces(rows: 8, columns: 8, 64) == 64)
    #expect(recoveredPlaces(rows: 3, columns: 14, 16) == 42)
    let codes = gridPositions(rows: 4, columns: 5, 32, scalarType: .double)
    let noisy = codes + 0.1 * RandomSource(seed: 2).normal([20, 32], scalarType: .double)
    let places = (0..<20).map { gridPlace(of: noisy[$0], rows: 4, columns: 5) }
    #expect(places.map(\.row) == (0..<20).map { $0 / 5 } && places.map(\.column) == (0..<20).map { $0 % 5 })
    #expect(codes[7].sliced(0..<16, axis: 0) == sinusoidalPositions(4, 16, scalarType: .double)[1])
  }

  @Test("§ 7.3: an odd number of dimensions, and a grid that 4 does not divide, are refused")
  func refused() async {
    let odd = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = sinusoidalPositions(4, 7)
    }
    expectMessage(odd, "cannot encode 4 positions in vectors of dimension 7")
    let grid = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = gridPositions(rows: 2, columns: 2, 6)
    }
    expectMessage(grid, "a multiple of 4")
  }
}

@Suite("§ 7.3  Learned and appended positions")
struct LearnedPositionsTests {
  @Test("§ 7.3, Fleuret § 4.10: appended positions before a linear layer are added ones behind it, with split weights")
  func appended() {
    #expect(appendedGap(random: RandomSource(seed: 3)) < 1e-14)
    let layer = Linear(10, 4, hasBias: false, random: RandomSource(seed: 1))
    let (content, positions) = layer.split(
      behind: AppendedPositions(places: 5, numbers: 3, random: RandomSource(seed: 2)))
    #expect(content.weight.shape == [4, 7] && content.bias == nil && positions.table.shape == [5, 4])
  }

  @Test(
    "§ 7.3: learned positions are added from any start, get gradients where they are used, and end with their table")
  func learned() async {
    let positions = LearnedPositions(6, 4, random: RandomSource(seed: 1)).converted(to: .double)
    let x = spread([2, 3, 4])
    #expect(positions(x) == x + positions.table[0..<3] && positions(x, from: 3) == x + positions.table[3..<6])
    let slope = gradient(at: positions) { $0(x, from: 1).sum() }
    #expect(slope.table.sum(axes: [1]).scalars == [0, 8, 8, 8, 0, 0])
    #expect(unlistedParameters(in: positions) == [] && positions.parameterCount == 24)
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LearnedPositions(6, 4, random: RandomSource(seed: 1))(.zeros([1, 3, 4]), from: 4)
    }
    expectMessage(result, "cannot add the positions 4 to 6: the table ends at 5")
  }
}
