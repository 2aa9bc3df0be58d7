import Checking
import Foundations
import Tensors
import Testing

@Suite("The embedding layer")
struct EmbeddingLayerTests {
  private let layer = Embedding(table: spread([5, 3]))

  @Test("Definition 1.1: an embedding is the linear map on one-hot vectors, forwards and in its gradient")
  func oneHot() {
    let symbols = [4, 0, 4, 2]
    let rows = Tensor.oneHot(symbols, classes: 5, scalarType: .double)
    #expect(layer(symbols) == matmul(rows, layer.table))
    let weights = spread([4, 3], offset: 30)
    let found = gradient(at: layer) { ($0(symbols) * weights).sum() }
    let expected = gradient(at: layer) { (matmul(rows, $0.table) * weights).sum() }
    #expect(found.table == expected.table)
    #expect(found.table[1] == Tensor.zeros([3], scalarType: .double))
  }

  @Test("symbols keep their arrangement, and the vectors start from N(0, 1)")
  func shapes() {
    #expect(layer([0, 1, 2, 3, 4, 0], shape: [2, 3]).shape == [2, 3, 3])
    #expect(layer([1, 2, 3, 4], shape: [2, 2])[1, 0] == layer.table[3])
    let drawn = Embedding(400, 50, random: RandomSource(seed: 1)).table
    #expect(abs(drawn.mean().item) < 0.03 && abs(drawn.variance().item - 1) < 0.03)
  }

  @Test("a table that is not a matrix stops with a message")
  func mistakes() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Embedding(table: Tensor.zeros([3]))
    }
    expectMessage(result, "cannot embed by a table of shape [3]: [V×d] is needed")
  }
}
