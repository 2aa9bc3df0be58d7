import Kernels
import Tensors
import Testing
import Training

/// Two layers, wide enough that every kernel has work for several threads.
private struct Network: Module {
  var first, second: Tensor
  static var parameters: [PartialKeyPath<Network>] { [\.first, \.second] }
  func callAsFunction(_ x: Tensor) -> Tensor { matmul(matmul(x, first).tanh(), second) }
}

@Suite("Training: the same seed, the same model")
struct TrainingReproductionTests {
  private func trained(seed: UInt64, threads: Int) -> (parameters: [Double], losses: [Double]) {
    ThreadLimit.$current.withValue(threads) {
      let random = RandomSource(seed: seed)
      let x = random.normal([600, 96])
      let y = x.sum(axes: [1], keepsAxes: true).sin()
      var network = Network(first: 0.1 * random.normal([96, 160]), second: 0.1 * random.normal([160, 1]))
      var optimizer = Adam(learningRate: 0.01)
      let plan = TrainingPlan(epochs: 3, batchSize: 256)
      let history = train(&network, with: &optimizer, examples: 600, plan: plan, random: random) { network, batch in
        (network(x.gathered(batch)) - y.gathered(batch)).squared().mean()
      }
      return (network.flattened.scalars, history.losses)
    }
  }

  @Test("one thread and two make the same model and the same losses, to the last bit")
  func threads() {
    let (one, two) = (trained(seed: 1, threads: 1), trained(seed: 1, threads: 2))
    #expect(one.parameters == two.parameters && one.losses == two.losses)
    #expect(one.losses[2] < one.losses[0], "it learned something")
  }

  @Test("the same seed makes the same model, another seed another")
  func seeds() {
    let (one, again, other) = (trained(seed: 1, threads: 2), trained(seed: 1, threads: 2), trained(seed: 2, threads: 2))
    #expect(one.parameters == again.parameters)
    #expect(one.parameters != other.parameters)
  }
}
