import Checking
import Tensors
import Testing

extension Operation {
  static let embedding = [
    Operation("embedding", [[4, 3]]) { Tensors.embedding($0[0], [2, 0, 2, 3], shape: [2, 2]) }
  ]
}

extension Mistake {
  static let embedding = [
    Mistake("cannot embed 3 indices arranged as [2×2] by [5×2]: a table [V×d] and an index for each element") {
      Tensors.embedding(.zeros([5, 2]), [0, 1, 2], shape: [2, 2])
    },
    Mistake("cannot embed 1 indices arranged as [1] by [5]: a table [V×d]") { Tensors.embedding(.zeros([5]), [0]) },
    Mistake("cannot gather index 5 (entry 1): the axis has length 5") { Tensors.embedding(.zeros([5, 2]), [0, 5]) },
  ]
}

@Suite("Embedding")
struct EmbeddingTests {
  @Test("rows are in the order of their indices, and their cotangents add up")
  func rows() {
    let table = Tensor([[1, 2], [3, 4], [5, 6]])
    let (value, pullback) = valueWithPullback(at: table) { embedding($0, [2, 0, 2, 1], shape: [2, 2]) }
    #expect(value.shape == [2, 2, 2] && value.scalars == [5, 6, 1, 2, 5, 6, 3, 4])
    #expect(pullback(Tensor([1, 2, 3, 4, 5, 6, 7, 8], shape: [2, 2, 2])) == Tensor([[3, 4], [7, 8], [6, 8]]))
    #expect(embedding(table, []).shape == [0, 2])
  }
}
