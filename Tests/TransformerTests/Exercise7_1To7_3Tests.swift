import Attention
import Checking
import Tensors
import Testing
import Transformer
import ch07

@Suite("Exercises 7.1 to 7.3")
struct Exercise7_1To7_3Tests {
  @Test("Exercise 7.1: doubling n makes 4 times the products of full attention, and twice those of linear and window")
  func products() {
    let (n, d, r) = (64, 16, 4)
    let rows = countedCosts(lengths: [n, 2 * n], depth: d, radius: r, random: RandomSource(seed: 1))
    func counts(_ kind: AttentionKind) -> [Int] { rows.filter { $0.kind == kind }.map(\.products) }
    #expect(counts(.full) == [2 * n * n * d, 8 * n * n * d])
    #expect(counts(.linear) == [n, 2 * n].map { $0 * (2 * d * d + d) })
    #expect(counts(.window) == [n, 2 * n].map { 2 * d * ScoreCount.window($0, radius: r) })
    let factors = AttentionKind.allCases.map { Double(counts($0)[1]) / Double(counts($0)[0]) }
    #expect(factors[0] == 4 && factors[1] == 2 && abs(factors[2] - 2) < 0.05)
    #expect(rows.allSatisfy { $0.gap < 1e-14 })
  }

  @Test("Exercise 7.1: all kinds are timed at all lengths")
  func times() {
    let rows = timedCosts(lengths: [32, 64], depth: 8, radius: 4, runs: 1, random: RandomSource(seed: 1))
    #expect(rows.count == 6 && rows.allSatisfy { $0.milliseconds > 0 })
  }

  @Test("Exercise 7.2: of five tokens no weight lies above the diagonal, rows sum to 1, and token 0 sees itself alone")
  func mask() {
    let M = causalMask(5)
    for i in 0..<5 { for j in 0..<5 { #expect(M[i, j].item == (j <= i ? 0 : -.infinity)) } }
    let maps = maskedMaps(random: RandomSource(seed: 1))
    let future = Tensor.upperTriangle(5, 5, diagonal: 1, scalarType: .double)
    #expect((maps.after * future).max().item == 0 && (maps.before * future).sum().item > 0.5)
    expectClose(maps.after.sum(axes: [1]), .ones([5], scalarType: .double), tolerance: 1e-15)
    #expect(maps.after[0].scalars == [1, 0, 0, 0, 0])
    expectClose(maps.after, (maps.scores + maps.mask).softmax(), tolerance: 1e-15, scale: 1)
    expectClose(maps.after[4], maps.before[4], tolerance: 1e-15)
  }

  @Test("Exercise 7.2: with −10⁹ for every score a query that sees no key is uniform; added in double, it sees all")
  func hidden() {
    let rows = hiddenRows(random: RandomSource(seed: 1)).map(\.weights)
    #expect(rows[1].allSatisfy { $0.isNaN })
    #expect(rows[2].allSatisfy { $0 == 0.2 } && rows[3].allSatisfy { abs($0 - 0.2) < 1e-7 })
    #expect(zip(rows[4], rows[0]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(rows[5] == [0, 0, 0, 0, 0])
  }

  @Test("Exercise 7.3: L(4d² + 9d + 2 d d_ff + d_ff), counted in eight encoders, for any h; the hint misses 5d + d_ff")
  func parameters() {
    let rows = countedEncoders(encoderSizes)
    #expect(rows.count == 8 && rows.allSatisfy { $0.counted == $0.formula })
    for row in rows { #expect(row.counted - row.hint == row.size.blocks * (5 * row.size.width + row.size.hidden)) }
    #expect(rows[2].counted == rows[3].counted && rows[3].counted == rows[4].counted)
    #expect(198_272 - ParameterCount.hinted(128, hidden: 512) == 1_152)
    #expect(rows[3].counted == 793_088 && rows[7].counted == 18_914_304)
  }
}
