import Attention
import Checking
import RNN
import Tensors
import Testing
import Transformer
import VAE

@Suite("§ 9.10 A causal prior over codes")
struct CodePriorTests {
  private let random = RandomSource(seed: 3)
  private func prior(_ K: Int, length: Int) -> GPT {
    GPT(symbols: K + 1, context: length, width: 16, heads: 2, blocks: 1, random: RandomSource(seed: 1))
  }

  /// Lists of a known law: the first code is uniform over 4, each other one is equal to that before it with
  /// probability 0.9, and otherwise the next one.
  private func drawn(_ count: Int, length: Int) -> [[Int]] {
    (0..<count).map { _ in
      (1..<length).reduce(into: [random.integer(below: 4)]) { list, t in
        list.append((list[t - 1] + (random.bernoulli(0.9) ? 0 : 1)) % 4)
      }
    }
  }

  @Test("§ 9.10: if all parameters are 0, the K + 1 symbols are equally likely and a code costs log₂(K + 1) bits")
  func uniform() {
    var model = prior(4, length: 6)
    model = model.mapParameters { 0 * $0 }
    let bits = model.bitsPerCode(drawn(7, length: 6))
    #expect(abs(bits - Tensor(5, scalarType: .double).log().item / ln2) < 1e-5)
  }

  @Test(
    "§ 9.10: a trained prior costs less than log₂ K bits a code, near the entropy of a known law, and draws from it")
  func learns() {
    let length = 8
    var plan = SequencePlan(steps: 150, batch: 32, learningRate: 1e-2, warmup: 10)
    plan.weightDecay = 0
    let model = prior(4, length: length).trained(by: plan, random: RandomSource(seed: 2)) {
      $0.codeCost(drawn(32, length: length))
    }.model
    // H = (2 + 7 h(0.9)) / 8 with h(0.9) = 0.468996 bits.
    let entropy = (2 + 7 * 0.4689956) / 8
    let bits = model.bitsPerCode(drawn(500, length: length))
    #expect(bits < 2 && abs(bits - entropy) < 0.08, "\(bits) against \(entropy)")
    let lists = model.drawnCodes(300, length: length, using: random)
    #expect(lists.allSatisfy { $0.count == length && $0.allSatisfy((0..<4).contains) })
    let stays = lists.reduce(0) { sum, list in sum + zip(list, list.dropFirst()).count { $0 == $1 } }
    #expect(abs(Double(stays) / (300 * 7) - 0.9) < 0.05)
  }

  @Test("§ 9.10: lists drawn at once with a cache, each the likeliest code, are those of one full pass for each code")
  func cache() {
    let model = prior(5, length: 5)
    let greedy = model.drawnCodes(2, length: 5, sampling: .greedy, using: random)
    var list = [5]
    for _ in 0..<5 {
      let logits = Continuation.recomputed(list, by: model)[0..<5]
      list.append(logits.argmax()[0])
    }
    #expect(greedy == [Array(list.dropFirst()), Array(list.dropFirst())])
  }
}
