import Checking
import Tensors
import Testing
import Transformer

@Suite("§ 7.4.1  The encoder's block")
struct TransformerEncoderBlockTests {
  @Test("a block of Listing 7.8 has 198,272 parameters")
  func parameters() {
    let block = TransformerEncoderBlock(128, heads: 4, hidden: 512, random: RandomSource(seed: 1))
    #expect(block.parameterCount == 198_272)
  }
}
