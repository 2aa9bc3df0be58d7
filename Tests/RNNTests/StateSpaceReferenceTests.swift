import Checking
import RNN
import Tensors
import Testing

@Suite("§ 5.10 beside PyTorch")
struct StateSpaceReferenceTests {
  @Test(
    "§ 5.10: state-space layers and those of xLSTM have PyTorch's outputs and gradients",
    arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws { try expectAgreement("rnn_states", stateSpaceCases, type) }
}

private let stateSpaceCases: [PassCase] = [
  .layer { DiagonalStateSpace(channels: 3, states: 2, random: $0) },
  .layer { SelectiveStateSpace(channels: 3, states: 2, random: $0) },
  .layer { StateSpaceBlock<SelectiveStateSpace>(3, states: 2, random: $0) },
  .layer { ScalarLSTM(2, 3, random: $0) },
  .layer("exponential") { ScalarLSTM(2, 3, forget: .exponential, random: $0) },
  .layer { MatrixLSTM(2, 3, random: $0) },
  PassCase("SymbolNetwork") { parameters, sequences in
    var (network, rest) = (symbolNetwork, parameters[...])
    network.forEachParameter { $0 = rest.removeFirst() }
    return network(sequences, last: 2)
  },
]

private var symbolNetwork: SymbolNetwork<SelectiveStateSpace> {
  SymbolNetwork(reading: 4, classes: 2, width: 3, states: 2, random: RandomSource(seed: 1))
}
