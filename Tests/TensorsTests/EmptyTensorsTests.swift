import Tensors
import Testing

@Suite("Tensors without elements")
struct EmptyTensorsTests {
  let none = Tensor.zeros([0, 3])

  @Test("sums over nothing are 0, products 1, means NaN")
  func reductions() {
    #expect(none.sum().item == 0 && none.product().item == 1 && none.mean().item.isNaN)
    #expect(none.sum(axes: [0]) == Tensor([0, 0, 0]) && none.product(axes: [0]) == Tensor([1, 1, 1]))
    #expect(none.sum(axes: [1]).shape == [0] && none.max(axes: [1]).shape == [0] && none.argmax(axis: 1) == [])
    #expect(none.norm().item == 0 && none.logSumExp(axes: [1]).shape == [0] && none.variance(axes: [1]).shape == [0])
    #expect(none.cumulativeSum(axis: 0) == none && none.cumulativeProduct(axis: 1) == none)
  }

  @Test("a matrix product over an inner length of 0 is a matrix of zeros, in batches too")
  func products() {
    #expect(matmul(Tensor.zeros([2, 0]), none) == Tensor.zeros([2, 3]))
    #expect(matmul(Tensor.zeros([4, 2, 0]), none) == Tensor.zeros([4, 2, 3]))
    #expect(matmul(Tensor.zeros([4, 2, 0]), Tensor.zeros([4, 0, 3])) == Tensor.zeros([4, 2, 3]))
    #expect(matmul(none, Tensor.ones([3, 2])).shape == [0, 2] && matmul(none, Tensor.ones([3])).shape == [0])
    #expect(matmul(Tensor.zeros([0, 2, 3]), Tensor.zeros([0, 3, 4])).shape == [0, 2, 4])
    #expect(matmul(Tensor.zeros([0]), Tensor.zeros([0])).item == 0)
  }

  @Test("elementwise operations and selections give tensors without elements")
  func elementwise() {
    #expect((none + 1) * none.exp() == none && none + Tensor(1) == none && none / Tensor([1, 2, 3]) == none)
    #expect(maximum(none, none) == none && maximum(0, none) == none && select(none, none, none) == none)
    #expect(none.power(2) == none && (none .> 0) == none && none.converted(to: .double) == none)
    #expect(Tensor.ones([1, 3]).broadcast(to: [0, 3]) == none && none.summed(to: [1, 3]) == Tensor.zeros([1, 3]))
  }

  @Test("shaping and indexing keep the other lengths")
  func shaping() {
    #expect(none.transposed.shape == [3, 0] && none.reshaped([5, 0]).shape == [5, 0])
    #expect(none.flattened(from: 0).shape == [0] && none.expanded(axis: 0).squeezed(axis: 0) == none)
    #expect(none.flipped(axis: 0) == none && none.sliced(0..<0, axis: 0) == none && none[0..<0] == none)
    #expect(none.padded(axis: 0, before: 1, after: 1, with: 2) == Tensor(repeating: 2, [2, 3]))
    #expect(Tensor.concatenated([none, Tensor.ones([1, 3]), none], axis: 0) == Tensor.ones([1, 3]))
    #expect(Tensor.stacked([none, none], axis: 0).shape == [2, 0, 3] && none.split([0, 0], axis: 0).count == 2)
    #expect(none.repeated(2, axis: 0) == none && Tensor.ones([2]).repeated(0, axis: 0).shape == [0])
    #expect(none.gathered([]) == none && none.gathered([2], axis: 1).shape == [0, 1])
    #expect(Tensor.ones([2, 3]).gathered([]) == none && none.scatterAdded([], length: 2) == Tensor.zeros([2, 3]))
    #expect(none.picked([]).shape == [0] && Tensor.identity(0).shape == [0, 0])
    #expect(Tensor.oneHot([], classes: 3) == none && Tensor.lowerTriangle(0, 3) == none)
  }

  @Test("derivatives pass through them, as zeros")
  func derivatives() {
    #expect(gradient(at: none) { ($0.exp() * $0).sum() + $0.product() } == none)
    #expect(gradient(at: Tensor.ones([2, 3])) { $0[1..<1].sum() + $0.gathered([]).product() } == Tensor.zeros([2, 3]))
    #expect(gradient(at: Tensor.zeros([2, 0])) { matmul($0, none).sum() }.shape == [2, 0])
    #expect(gradient(at: none) { $0.cumulativeProduct(axis: 0).logSumExp(axes: [1]).sum() } == none)
    #expect(hessian(at: Tensor.zeros([0])) { $0.squared().sum() }.shape == [0, 0])
  }

  @Test("assigning nothing changes nothing")
  func assignment() {
    var x = Tensor([1, 2])
    x[2..<2] = Tensor.zeros([0])
    x[0..<0] = Tensor(5)
    #expect(x == Tensor([1, 2]))
  }
}
