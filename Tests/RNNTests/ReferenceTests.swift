import Checking
import RNN
import Tensors
import Testing

@Suite("Chapter 5 against PyTorch")
struct RNNReferenceTests {
  @Test(
    "the cells, layers and networks of § 5.2 to § 5.8 have PyTorch's outputs, final states and gradients",
    arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws { try expectAgreement("rnn", recurrentCases, type) }
}
