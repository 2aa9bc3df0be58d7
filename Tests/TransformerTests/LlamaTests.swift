import Attention
import Checking
import Foundations
import Tensors
import Testing
import Transformer
import ch07

@Suite("§ 7.10  The parts of LLaMA")
struct LlamaTests {
  private let random = RandomSource(seed: 3)

  @Test("§ 7.10: RMS normalization gives the root mean square 1, keeps directions, and is (3.22) where the mean is 0")
  func normalization() {
    let norm = RMSNormalization(features: 64, epsilon: 0).converted(to: .double)
    let x = 5 + random.normal([7, 64], scalarType: .double)
    let y = norm(x)
    expectClose(y.squared().mean(axes: [-1]), .ones([7], scalarType: .double), tolerance: 1e-14)
    expectClose(norm(3 * x), y, tolerance: 1e-14)  // only the direction counts
    let rows = compareNorms(random: random)
    #expect(rows[0].gap < 1e-13 && rows[2].gap > 1)
    #expect(rows.allSatisfy { abs($0.rms - 1) < 1e-13 })
  }

  @Test("§ 7.10: q_m · k_n depends on m − n alone, lengths stay, and the turning is that of (7.7)")
  func rotary() {
    let (q, k) = (random.normal([1, 8], scalarType: .double), random.normal([1, 8], scalarType: .double))
    for pairing in RotaryPositions.Pairing.allCases {
      let turn = RotaryPositions(8, pairing: pairing)
      func score(_ m: Int, _ n: Int) -> Double { (turn(q, from: m) * turn(k, from: n)).sum().item }
      for distance in [-3, 0, 5] {
        let scores = [3, 4, 7, 20].map { score($0 + distance, $0) }
        #expect(scores.allSatisfy { abs($0 - scores[0]) < 4e-15 })
      }
      #expect(abs(score(5, 0) - score(0, 5)) > 0.1)  // before and behind differ
      expectClose(turn(q, from: 9).norm(), q.norm(), tolerance: 1e-15)
      #expect(turn(q) == q)  // position 0
    }
    // A pair (cos, sin) moves on as M_k moves (sin, cos).
    let code = sinusoidalPositions(12, 8, scalarType: .double)
    let swapped = Tensor.stacked(
      [code.sliced(1..<8, axis: 1, by: 2), code.sliced(0..<8, axis: 1, by: 2)], axis: -1
    ).reshaped([12, 8])
    let turned = RotaryPositions(8, pairing: .interleaved)(swapped[2].expanded(axis: 0), from: 5)
    expectClose(turned[0], swapped[7], tolerance: 1e-14, scale: 1)
  }

  @Test("§ 7.10: the pairings are not interchangeable, unless the rows of the weights are put in the other order")
  func pairings() {
    let rows = compareRotary(random: random)
    #expect(rows.allSatisfy { $0.otherPairing > 1 && $0.reordered < 1e-13 && $0.shift < 1e-13 && $0.length < 1e-13 })
    var (block, other) = (
      LlamaBlock(24, heads: 3, groups: 3, hidden: 8, pairing: .interleaved, random: RandomSource(seed: 4)),
      LlamaBlock(24, heads: 3, groups: 3, hidden: 8, pairing: .halves, random: RandomSource(seed: 4))
    )
    (block, other) = (block.converted(to: .double), other.converted(to: .double))
    let x = spread([2, 6, 24])
    #expect((block(x) - other(x)).abs().max().item > 1e-3)
    other.attention.query.weight = RotaryPositions.halved(other.attention.query.weight, heads: 3)
    other.attention.key.weight = RotaryPositions.halved(other.attention.key.weight, heads: 3)
    expectClose(block(x), other(x), tolerance: 1e-13, scale: 1)
  }

  @Test("§ 7.10: a part of the numbers can be turned, and positions can begin anywhere")
  func partial() {
    let x = spread([2, 6, 10])
    for pairing in RotaryPositions.Pairing.allCases {
      let turn = RotaryPositions(4, pairing: pairing)
      let y = turn(x, from: 3)
      #expect(y.sliced(4..<10, axis: -1) == x.sliced(4..<10, axis: -1))
      expectClose(y.sliced(2..<6, axis: 1), turn(x.sliced(2..<6, axis: 1), from: 5), tolerance: 1e-15)
      expectGradient(at: x) { (turn($0, from: 3) * spread([2, 6, 10], offset: 5)).sum() }
    }
  }

  @Test("§ 7.10: SwiGLU is (silu(x W) ⊙ x V) W₂ in place of (7.8), with the right gradient, row by row as at once")
  func swiGLU() {
    let network = SwiGLU(4, hidden: 6, random: random).converted(to: .double)
    #expect(unlistedParameters(in: network) == [] && network.parameterCount == 3 * 4 * 6)
    let x = spread([3, 4])
    let z = matmul(x, network.gate.weight.transposed)
    let hidden = z * z.sigmoid() * matmul(x, network.value.weight.transposed)
    expectClose(network(x), matmul(hidden, network.narrowing.weight.transposed), tolerance: 1e-14, scale: 1)
    expectClose(network(x)[1], network(x[1].expanded(axis: 0))[0], tolerance: 1e-15, scale: 1)
    expectGradient(at: network, order: 2) { $0(x).squared().sum() }
    #expect(SwiGLU.hidden(for: 4_096, multipleOf: 256) == 11_008)
    #expect(SwiGLU.hidden(for: 96) * 3 == 2 * 4 * 96)
  }

  @Test("(7.10), (7.15): a later token changes nothing before it, bit for bit, and gradients reach all parts")
  func block() {
    let block = LlamaBlock(8, heads: 4, groups: 2, hidden: 6, random: random)
    #expect(unlistedParameters(in: block) == [])
    let x = random.normal([2, 7, 8])
    var changed = x.moved(axis: 1, to: 0)
    changed[5] = changed[5] + 1
    let y = block(changed.moved(axis: 0, to: 1))
    #expect(y.sliced(0..<5, axis: 1) == block(x).sliced(0..<5, axis: 1))
    #expect((y - block(x)).sliced(5..<7, axis: 1).abs().min().item > 0)
    expectGradient(at: block) { $0(spread([1, 4, 8])).squared().sum() }
    let α = block.weights(x)
    expectClose(α.sum(axes: [-1]), .ones([2, 4, 7]), tolerance: 1e-5)
  }

  @Test("(7.14): symbol by symbol, the cache gives the logits of the whole text, and is h/g times smaller")
  func cache() {
    let model = Llama(symbols: 9, context: 12, width: 16, heads: 4, groups: 2, blocks: 3, random: random)
      .converted(to: .double)
    let text = (0..<12).map { _ in random.integer(below: 9) }
    var cache = model.emptyCache()
    for piece in [0..<1, 1..<5, 5..<6, 6..<12] {
      let kept = model([Array(text[piece])], cache: &cache)[0]
      expectClose(kept, model([Array(text[..<piece.upperBound])])[0, piece.upperBound - 1], tolerance: 1e-13, scale: 1)
    }
    let rows = compareCaches(random: random)
    #expect(rows[0].bytes == 4 * rows[1].bytes && rows.allSatisfy { $0.gap < 1e-4 })
    let continued = model.continuation(of: [1, 2], length: 40, sampling: .greedy, using: random)
    let again = model.continuation(of: [1, 2], length: 40, sampling: .greedy, usesCache: false, using: random)
    #expect(continued == again)  // also past the context
  }

  @Test("§ 7.10: with rotary positions alone a model cannot count: equal symbols have equal logits at every place")
  func counting() {
    let model = Llama(symbols: 5, context: 10, width: 16, heads: 2, groups: 2, blocks: 2, random: random)
    let logits = model([[Int](repeating: 3, count: 10)])[0]
    expectClose(logits, logits[0].expanded(axis: 0).repeated(10, axis: 0), tolerance: 1e-5, scale: 1)
    let gpt = GPT(symbols: 5, context: 10, width: 16, heads: 2, blocks: 2, random: random)
    let learned = gpt([[Int](repeating: 3, count: 10)])[0]
    #expect((learned[9] - learned[0]).abs().max().item > 1e-4)
  }

  @Test("§ 7.10: LLaMA has 6,738,415,616 parameters, Llama 2 of 70B 68,976,648,192; a small model counts the same")
  func sizes() {
    #expect(LlamaSizes.llama7B.stored == 6_738_415_616)
    #expect(LlamaSizes.llama2Of70B.stored == 68_976_648_192)
    let model = Llama(symbols: 11, context: 4, width: 24, heads: 6, groups: 2, hidden: 20, blocks: 3, random: random)
    let sizes = LlamaSizes(symbols: 11, width: 24, heads: 6, groups: 2, hidden: 20, blocks: 3)
    #expect(sizes.stored == model.parameterCount && sizes.used == sizes.stored)
    #expect(sizes.cachedPerToken == model.blocks.map(\.attention.cachedPerToken).reduce(0, +))
    // Only the larger models of Llama 2 share keys and values; the models of 2023 have as many groups as heads.
    #expect(LlamaSizes.llama7B.heads == LlamaSizes.llama7B.groups)
    #expect(LlamaSizes.llama2Of70B.heads == 8 * LlamaSizes.llama2Of70B.groups)
  }
}
