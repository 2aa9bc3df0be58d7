import Checking
import Foundations
import Tensors
import Testing
import Transformer
import ch07

@Suite("§ 7.10  Mixture of experts")
struct MixtureOfExpertsTests {
  private let random = RandomSource(seed: 5)
  private let x = spread([5, 6])
  private func mixture(experts: Int = 8, active: Int = 2) -> MixtureOfExperts {
    MixtureOfExperts(6, hidden: 7, experts: experts, active: active, random: random).converted(to: .double)
  }

  @Test(
    "§ 7.10: Mixtral stores 46,702,792,704 parameters, and a token uses 12,879,925,248; a small one counts the same")
  func counts() {
    #expect(LlamaSizes.mixtral.stored == 46_702_792_704)
    #expect(LlamaSizes.mixtral.used == 12_879_925_248)
    let (d, E) = (8, 4)
    let small = LlamaSizes(
      symbols: 5, width: d, heads: 2, groups: 1, hidden: 6, blocks: 3, experts: E, active: 2)
    let plain = Llama(symbols: 5, context: 4, width: d, heads: 2, groups: 1, hidden: 6, blocks: 3, random: random)
    let mixture = MixtureOfExperts(d, hidden: 6, experts: E, random: random)
    let others = plain.parameterCount - 3 * plain.blocks[0].network.parameterCount
    #expect(small.stored == others + 3 * mixture.parameterCount)
    #expect(small.used == others + 3 * mixture.activeParameterCount)
  }

  @Test("§ 7.10: the output is the sum of the two likeliest experts', weighted by the softmax of their scores")
  func definition() {
    let mixture = mixture()
    let (output, routing) = mixture.routed(x)
    for t in 0..<5 {
      let token = x[t].expanded(axis: 0)
      let scores = mixture.router(token)[0].scalars
      let order = scores.indices.sorted { scores[$0] > scores[$1] }
      #expect(routing.chosen[t] == Array(order.prefix(2)))
      let gates = Tensor([scores[order[0]], scores[order[1]]], scalarType: .double).softmax()
      let y = gates[0] * mixture.experts[order[0]](token) + gates[1] * mixture.experts[order[1]](token)
      expectClose(output[t], y[0], tolerance: 1e-14, scale: 1)
    }
    #expect(unlistedParameters(in: mixture) == [])
    expectGradient(at: mixture) { $0(x).squared().sum() }
    expectClose(mixture(x.reshaped([5, 1, 6])).reshaped([5, 6]), output, tolerance: 0)
  }

  @Test("§ 7.10: an expert that no token uses gets the gradient 0 exactly, and one that is used does not")
  func gradients() {
    let mixture = mixture()
    let few = x[0..<2]
    let used = Set(mixture.routing(few).chosen.joined())
    let gradient = gradient(at: mixture) { $0(few).squared().sum() }
    for (number, expert) in gradient.experts.enumerated() {
      let largest = expert.parameters.map { $0.abs().max().item }.max() ?? 0
      #expect((largest == 0) == !used.contains(number))
    }
    #expect(used.count < 8 && used.count >= 2)
  }

  @Test("§ 7.10: with equal experts the mixture is one network, whatever the router says")
  func equal() {
    var mixture = mixture()
    mixture.experts = mixture.experts.map { _ in mixture.experts[0] }
    expectClose(mixture(x), mixture.experts[0](x), tolerance: 1e-14, scale: 1)
    // With one expert too, and with all.
    var all = self.mixture(experts: 3, active: 3)
    all.experts = all.experts.map { _ in all.experts[0] }
    expectClose(all(x), all.experts[0](x), tolerance: 1e-14, scale: 1)
  }

  @Test("§ 7.10: the balance is 1 for a router without preferences, E for one that always takes the same expert")
  func balance() {
    var mixture = mixture(experts: 4, active: 1)
    mixture.router.weight = Tensor.zeros([4, 6], scalarType: .double)
    #expect(abs(mixture.routing(x).balanceLoss.item - 1) < 1e-14)
    let ones = Tensor.ones([5, 6], scalarType: .double)
    mixture.router.weight = Tensor.oneHot([2], classes: 4, scalarType: .double).transposed * (40 * ones[0])
    let routing = mixture.routing(ones)
    #expect(abs(routing.balanceLoss.item - 4) < 1e-12 && routing.shares == [0, 0, 1, 0])
    // A step down the gradient makes the favourite less likely.
    mixture.router.weight = 0.05 * mixture.router.weight
    let before = mixture.routing(ones).probabilities[0, 2].item
    let slope = gradient(at: mixture) { $0.routing(ones).balanceLoss }
    let after = mixture.zipParameters(slope) { $0 - 0.1 * $1 }.routing(ones).probabilities[0, 2].item
    #expect(after < before)
  }

  @Test("§ 7.10: trained without the balancing loss some experts are idle, with it none is")
  func training() {
    func trained(_ weight: Double) -> ExpertRun {
      trainExperts(balance: weight, steps: 150, random: RandomSource(seed: 1))
    }
    let (free, balanced) = (trained(0), trained(0.1))
    #expect(free.shares[7] < 0.01 && free.balanceLoss > 1.5)
    #expect(balanced.shares[7] > 0.03 && balanced.balanceLoss < 1.2)
    #expect(balanced.error < free.error)
  }
}
