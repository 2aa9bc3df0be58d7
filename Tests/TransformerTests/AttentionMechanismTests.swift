import Attention
import BookText
import Checking
import RNN
import Tensors
import Testing
import Transformer
import ch07

@Suite("§ 7.1 and § 7.2  Without recurrence, and the attention mechanism")
struct AttentionMechanismTests {
  @Test("§ 7.1, Remark 7.1: a changed token 0 changes every output of one attention layer; an RNN takes n − 1 steps")
  func firstToken() {
    let n = 32
    let layer = MultiHeadAttention(16, heads: 4, hasBias: true, random: RandomSource(seed: 1)).converted(to: .double)
    let x = spread([1, n, 16])
    var changed = x
    changed[0, 0] = -x[0, 0]
    #expect((layer(changed) - layer(x)).abs().max(axes: [0, 2]).min().item > 1e-5)

    let reach = reachOfFirstToken(length: n, random: RandomSource(seed: 1))
    #expect(reach.attention.allSatisfy { $0 > 1e-4 } && reach.recurrent.allSatisfy { $0 > 0 })
    #expect(reach.steps == n - 1 && SequenceLayer.attention.longestPath(length: n) == 1)
    #expect(reach.recurrent[n - 1] < 1e-6 * reach.recurrent[1])
    // One step of the recurrent layer moves news by one place: the states before it do not know the token.
    let network = VanillaRNN(16, 16, random: RandomSource(seed: 2)).converted(to: .double)
    let next = network(changed[0, 1].reshaped([1, 1, 16]), initial: network(changed.sliced(0..<1, axis: 1)).final)
    expectClose(next.states[0, 0], network(changed).states[0, 1], tolerance: 1e-14, scale: 1)
  }

  @Test("§ 7.2.1, (7.1): weights sum to 1, the order of keys with their values does not matter, and X is n×d_model")
  func definition() {
    let (Q, K, V) = (spread([5, 8]), spread([6, 8], offset: 90), spread([6, 3], offset: 200))
    let (output, A) = attention(Q, K, V)
    let byFormula = matmul((matmul(Q, K.transposed) / 8.0.squareRoot()).softmax(), V)
    expectClose(output, byFormula, tolerance: 1e-14, scale: 1)
    expectClose(A.sum(axes: [1]), .ones([5], scalarType: .double), tolerance: 1e-15)
    let order = [4, 0, 5, 2, 1, 3]
    expectClose(attention(Q, K.gathered(order), V.gathered(order)).output, output, tolerance: 1e-14, scale: 1)
    let W = spread([128, 32])
    #expect(matmul(spread([5, 128]), W).shape == [5, 32])
  }

  @Test("§ 7.2.1: inputs of dimension d_k cannot be multiplied by W^Q with d_model rows, nor Q = X W^Q by (7.3)'s")
  func printedShapes() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = matmul(Tensor.zeros([5, 32]), Tensor.zeros([128, 32]))
    }
    expectMessage(result, "cannot multiply [5×32] by [128×32]")
  }

  @Test(
    "§ 7.2.1: the variance of q·k is d_k if q and k are independent of each other, which is not said; 2 d_k if equal")
  func variance() {
    let random = RandomSource(seed: 1)
    for d in [16, 64, 256] {
      let scaled = dotProducts(of: .normal, depth: d, count: 8_000, from: random).variance().item / Double(d)
      #expect(abs(scaled - 1) < 0.08)
      let same = random.normal([8_000, d], scalarType: .double).squared().sum(axes: [1]).variance().item / Double(d)
      #expect(abs(same - 2) < 0.16)
    }
  }

  @Test("§ 7.2.2, (7.2), (7.3): the sum over heads is the layer, whose heads are slices of one matrix")
  func heads() { #expect(headsGap(random: RandomSource(seed: 1)) < 1e-14) }

  @Test("§ 7.2.2: with biases 66,048 parameters at d = 128, however many heads")
  func parameters() {
    for h in [1, 4, 8] {
      let layer = MultiHeadAttention(128, heads: h, hasBias: true, random: RandomSource(seed: 1))
      #expect(layer.parameterCount == 66_048 && ParameterCount.attention(128) == 66_048)
    }
  }

  @Test("§ 7.2: the chapter declares nothing under a name of chapter 6: its attention is chapter 6's")
  func nothingTwice() {
    let pattern = /^(?:public |package )?(?:struct|enum|func|protocol) (\w+)/.anchorsMatchLineEndings()
    func declared(_ folder: String) -> Set<String> {
      Set(
        Book.swift.filter { $0.path.hasPrefix("Sources/\(folder)/") }
          .flatMap { $0.text.matches(of: pattern).map { String($0.1) } })
    }
    let (sixth, seventh) = (declared("06-Attention"), declared("07-Transformer"))
    #expect(sixth.contains("MultiHeadAttention") && seventh.contains("TransformerEncoderBlock"))
    #expect(sixth.intersection(seventh).isEmpty)
    #expect(seventh.allSatisfy { !$0.hasSuffix("Attention") })
  }
}
