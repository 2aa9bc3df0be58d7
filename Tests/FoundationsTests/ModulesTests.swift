import Foundations
import Tensors
import Testing

@Suite("The modules of chapter 1")
struct ModulesTests {
  private static func random() -> RandomSource { RandomSource(seed: 1) }

  @Test("every module lists all its parameters")
  func unlisted() throws {
    #expect(unlistedParameters(in: Neuron.and).isEmpty)
    #expect(unlistedParameters(in: Linear(2, 3, random: Self.random())).isEmpty)
    #expect(unlistedParameters(in: MLP([2, 3, 1], random: Self.random())).isEmpty)
    #expect(unlistedParameters(in: ShallowNetwork.steps({ $0 }, count: 3)).isEmpty)
    #expect(unlistedParameters(in: KolmogorovArnoldLayer(2, 3, random: Self.random())).isEmpty)
    #expect(unlistedParameters(in: KolmogorovArnoldNetwork([2, 3, 1], random: Self.random())).isEmpty)
    #expect(unlistedParameters(in: MixerTests.network()).isEmpty)
    #expect(unlistedParameters(in: MixerTests.network().layers[0]).isEmpty)
    #expect(unlistedParameters(in: ChannelNorm(3)).isEmpty)
    let φ = Tensor([[0], [1], [2]], scalarType: .double)
    let logistic = try LogisticRegression(fitting: φ, Tensor([0, 1, 0], scalarType: .double))
    #expect(unlistedParameters(in: logistic).isEmpty)
  }

  @Test("converting a model to Double and back changes no weight, and its parameters read back from one vector")
  func conversion() {
    let network = MLP([4, 3, 2], random: Self.random())
    #expect(network.converted(to: .double).converted(to: .float).flattened == network.flattened)
    #expect(network.withParameters(from: network.flattened).parameters == network.parameters)
  }

  @Test("the same seed makes the same network, another seed another one")
  func seeds() {
    let make = { (seed: UInt64) in MLP([4, 3, 2], random: RandomSource(seed: seed)).flattened }
    #expect(make(7) == make(7) && make(7) != make(8))
  }
}
