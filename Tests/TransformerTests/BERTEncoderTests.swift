import Attention
import Backprop
import Checking
import DataSets
import Files
import Foundations
import Tensors
import Testing
import Training
import Transformer

@Suite("§ 7.6  BERT: the encoder")
struct BERTEncoderTests {
  private let sizes = BERTSizes(symbols: 11, width: 8, heads: 2, blocks: 2, hidden: 24, positions: 6)
  private var encoder: BERTEncoder { BERTEncoder(sizes, hasPooler: true, random: RandomSource(seed: 1)) }

  @Test("§ 7.6: BERT-base has 109,482,240 parameters, BERT-large 335,141,888; the formula is what the type counts")
  func counts() {
    #expect(BERTSizes.base.parameterCount() == 109_482_240)
    #expect(BERTSizes.large.parameterCount() == 335_141_888)
    for (d, h, L, d_ff) in [(8, 2, 2, 24), (12, 3, 1, 48), (4, 1, 3, 5)] {
      let sizes = BERTSizes(symbols: 7, width: d, heads: h, blocks: L, hidden: d_ff, positions: 9, types: 3)
      for hasPooler in [true, false] {
        let encoder = BERTEncoder(sizes, hasPooler: hasPooler, random: RandomSource(seed: 1))
        #expect(encoder.parameterCount == sizes.parameterCount(hasPooler: hasPooler))
        #expect(unlistedParameters(in: encoder) == [])
      }
    }
  }

  @Test("§ 7.6: the state of a place depends on the tokens on both sides of it")
  func bothSides() {
    let states = encoder(Tokens([[1, 2, 3, 4, 5]]))
    for changed in [0, 4] {
      var other = [1, 2, 3, 4, 5]
      other[changed] = 9
      let difference = (encoder(Tokens([other])) - states).abs()[0, 2].max().item
      #expect(difference > 1e-3, "token \(changed)")
    }
  }

  @Test("§ 7.6: a padded sequence has the states that it has alone, whatever the padding is")
  func padding() {
    let together = encoder(Tokens([[1, 2, 3, 4, 5], [6, 7]], padding: 10))
    expectClose(together[1][0..<2], encoder(Tokens([[6, 7]]))[0], tolerance: 1e-5, scale: 1)
    #expect(encoder(Tokens([[1, 2, 3, 4, 5], [6, 7]], padding: 3))[1][0..<2] == together[1][0..<2])
    let alone = encoder.embedded(Tokens([[6, 7]]))
    expectClose(encoder.embedded(Tokens([[1, 2, 3, 4, 5], [6, 7]]))[1], alone[0], tolerance: 1e-5, scale: 1)
    #expect(abs(alone.squared().sum().item - 1) < 1e-6)
  }

  @Test("§ 7.6: types change the states, and a sequence without types has type 0")
  func types() {
    let tokens = Tokens([[1, 2, 3]])
    #expect(encoder(tokens, types: [[0, 0, 0]]) == encoder(tokens))
    #expect(encoder(tokens, types: [[0, 1, 1]]) != encoder(tokens))
  }

  @Test("§ 7.6: all matrices start from N(0, 0.02²), biases from 0, normalizations as the identity")
  func start() {
    let large = BERTEncoder(
      BERTSizes(symbols: 500, width: 64, heads: 4, blocks: 2), random: RandomSource(seed: 1))
    for (name, tensor) in large.namedTensors where tensor.rank > 0 {
      let σ = tensor.squared().mean().squareRoot().item
      if tensor.rank == 2 {
        #expect(abs(σ - 0.02) < 0.004, "\(name)")
      } else {
        #expect(tensor == (name.hasSuffix("scale") ? Tensor.ones(tensor.shape) : Tensor.zeros(tensor.shape)), "\(name)")
      }
    }
  }

  @Test(
    "§ 7.6: after ten steps the encoder and the masked model have PyTorch's losses, parameters and states",
    arguments: [ScalarType.double, .float])
  func trainings(type: ScalarType) throws {
    // The head of the masked model normalizes six numbers that are nearly equal, with ε = 10⁻¹²: in single precision
    // its gradients have four digits left.
    try expectAgreement("transformer_weights", cases, type, onlyInDouble: ["MaskedLanguageModel, Momentum"])
  }

  private var cases: [TrainingCase] {
    let sizes = sizes
    @Sendable func input(_ integers: [[Int]]) -> (Tokens, [[Int]]) {
      (Tokens(Array(integers[1...2])), Array(integers[3...4]))
    }
    return [
      TrainingCase(
        "BERTEncoder, Momentum", { BERTEncoder(sizes, random: $0) }, Momentum(learningRate: 0.005)
      ) { model, _, integers in
        let (tokens, types) = input(integers)
        return real(model(tokens, types: types), tokens)
      },
      TrainingCase(
        "MaskedLanguageModel, Momentum", { MaskedLanguageModel(sizes, random: $0) }, Momentum(learningRate: 0.005)
      ) { model, _, integers in
        let (tokens, types) = input(integers)
        return real(model.logits(model.encoder(tokens, types: types)), tokens)
      },
    ]
  }
}

/// The rows of the places that are no padding. [N×T×K] → [n×K]
func real(_ x: Tensor, _ tokens: Tokens) -> Tensor {
  let isReal = tokens.isReal
  return x.reshaped([isReal.count, x.shape[2]]).gathered(isReal.indices.filter { isReal[$0] })
}
