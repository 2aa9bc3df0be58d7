import Tensors
import Testing

@Suite("Tensors are values")
struct ValuesTests {
  let matrix = Tensor([[1, 2, 3], [4, 5, 6]])

  @Test("a copy does not see later writes, and neither do views")
  func copyOnWrite() {
    var x = matrix
    let (copy, row, transpose) = (x, x[0], x.transposed)
    x[0] = Tensor([7, 8, 9])
    #expect(x == Tensor([[7, 8, 9], [4, 5, 6]]))
    #expect(copy == matrix && row == Tensor([1, 2, 3]) && transpose == matrix.transposed)
  }

  @Test("writing to a view does not change the original")
  func writeToView() {
    var (row, transpose, repeated) = (matrix[1], matrix.transposed, Tensor([1, 2]).broadcast(to: [2, 2]))
    row[0] = Tensor(9)
    transpose[0, 1] = Tensor(9)
    repeated[0, 0] = Tensor(9)
    #expect(row == Tensor([9, 5, 6]))
    #expect(transpose == Tensor([[1, 9], [2, 5], [3, 6]]))
    #expect(repeated == Tensor([[9, 2], [1, 2]]))
    #expect(matrix == Tensor([[1, 2, 3], [4, 5, 6]]))
  }

  @Test("a write copies if the memory is shared, and writes in place if it is not")
  func sharing() {
    var x = Tensor([1, 2, 3])
    let copy = x
    #expect(copy.sharesMemory(with: x))
    x[0] = Tensor(9)
    #expect(!copy.sharesMemory(with: x))
    let part = x[0..<1]
    #expect(part.sharesMemory(with: x))
    x[0] = x[1]
    #expect(!part.sharesMemory(with: x) && part.item == 9 && x.scalars == [2, 2, 3])
  }

  @Test("views copy nothing")
  func views() {
    let tensor = Tensor.zeros([2, 1, 3])
    let views = [
      tensor[1], tensor[0, 0], tensor[0..<1], tensor.sliced(0..<3, axis: 2, by: 2), tensor.flipped(axis: 0),
      tensor.transposed, tensor.transposed[0], tensor.permuted([2, 0, 1]), tensor.moved(axis: 0, to: 2),
      tensor.expanded(axis: 0), tensor.squeezed(axis: 1), tensor.broadcast(to: [4, 2, 5, 3]), tensor.reshaped([6]),
      tensor.flattened(from: 0), tensor.stopGradient, tensor.converted(to: .float), tensor.split([1, 1], axis: 0)[1],
    ]
    for view in views { #expect(view.sharesMemory(with: tensor), "\(view.shape)") }
    #expect(matrix.transposed[0].sharesMemory(with: matrix) && matrix.transposed[0] == Tensor([1, 4]))
  }

  @Test("reshaping copies only elements that are not in order")
  func reshape() {
    #expect(matrix.reshaped([3, 2]) == Tensor([[1, 2], [3, 4], [5, 6]]))
    #expect(matrix.transposed.reshaped([6]) == Tensor([1, 4, 2, 5, 3, 6]))
    #expect(!matrix.transposed.reshaped([6]).sharesMemory(with: matrix))
    #expect(matrix[1].reshaped([3, 1]).sharesMemory(with: matrix))
  }

  @Test("slices, flips and steps combine as they do on arrays")
  func combinedViews() {
    let x = Tensor.range(0..<24).reshaped([4, 6])
    let view = x.sliced(1..<4, axis: 0, by: 2).flipped(axis: 1).sliced(1..<6, axis: 1, by: 3).transposed
    #expect(view == Tensor([[10, 22], [7, 19]]))
    #expect(x.flipped(axis: 0).flipped(axis: 0) == x)
    #expect(x[-1, -1].item == 23 && x[2..<3][0] == x[2])
    #expect(x.moved(axis: 0, to: 1) == x.transposed && x[] == x)
  }

  @Test("elements come back unchanged, in both scalar types")
  func elements() {
    #expect(matrix.scalars == [1, 2, 3, 4, 5, 6] && matrix.transposed.floats == [1, 4, 2, 5, 3, 6])
    #expect(Tensor(0.1).item == Double(Float(0.1)) && Tensor(0.1, scalarType: .double).item == 0.1)
    #expect(Tensor(floats: [0.1, 2]).floats == [0.1, 2])
    #expect(Tensor([0.1], scalarType: .double).converted(to: .float).scalars == [Double(Float(0.1))])
    #expect((matrix.rank, matrix.count, matrix.scalarType) == (2, 6, .float))
  }

  @Test("tensors are equal if shapes and elements are; NaN equals nothing")
  func equality() {
    #expect(matrix != matrix.reshaped([3, 2]) && matrix.transposed.transposed == matrix)
    #expect(Tensor([.nan]) != Tensor([.nan]) && Tensor([-0.0]) == Tensor([0]))
    #expect(Tensor([1, 2]) == Tensor([1, 2], scalarType: .double))
  }

  @Test("identity, one-hot rows, ranges and triangles have the elements that their names say")
  func making() {
    #expect(Tensor.identity(2) == Tensor([[1, 0], [0, 1]]))
    #expect(Tensor.oneHot([2, 0], classes: 3) == Tensor([[0, 0, 1], [1, 0, 0]]))
    #expect(Tensor.range(-1..<2) == Tensor([-1, 0, 1]) && Tensor.ones([2]) == Tensor([1, 1]))
    #expect(Tensor.lowerTriangle(2, 3) == Tensor([[1, 0, 0], [1, 1, 0]]))
    #expect(Tensor.lowerTriangle(2, 3, diagonal: 1) == Tensor([[1, 1, 0], [1, 1, 1]]))
    #expect(Tensor.upperTriangle(2, 3) == Tensor([[1, 1, 1], [0, 1, 1]]))
    #expect(Tensor.upperTriangle(3, 2, diagonal: -1) == Tensor([[1, 1], [1, 1], [0, 1]]))
    #expect(Tensor.lowerTriangle(4, 5) + Tensor.upperTriangle(4, 5, diagonal: 1) == Tensor.ones([4, 5]))
  }

  @Test("evenly spaced numbers begin and end exactly at the given numbers")
  func linear() {
    #expect(Tensor.linear(from: -1, to: 1, count: 5) == Tensor([-1, -0.5, 0, 0.5, 1]))
    for count in 2..<100 {
      let x = Tensor.linear(from: 0, to: 1, count: count, scalarType: .double)
      #expect(x.scalars.first == 0 && x.scalars.last == 1 && x.count == count)
    }
    #expect(Tensor.linear(from: 3, to: 4, count: 1) == Tensor([3]))
  }

  @Test("reductions agree with their definitions, and arg-extremes name the first of equals")
  func reductions() {
    let x = Tensor([[3, 1, 3], [-2, 5, -2]])
    #expect(x.argmax() == [0, 1] && x.argmin(axis: 1) == [1, 0] && x.argmax(axis: 0) == [0, 1, 0])
    #expect(x.max(axes: [0]) == Tensor([3, 5, 3]) && x.min() == Tensor(-2) && x.mean() == Tensor(8.0 / 6))
    #expect(Tensor([1, 2, 3, 4]).variance().item == 1.25)
    #expect(Tensor([1, 3]).variance().item == 1 && Tensor([1, 3]).variance(isUnbiased: true).item == 2)
    #expect(Tensor([3, 4]).norm().item == 5 && x.cumulativeSum(axis: 1) == Tensor([[3, 4, 7], [-2, 3, 1]]))
    #expect(x.cumulativeProduct(axis: 0) == Tensor([[3, 1, 3], [-6, 5, -6]]) && x.product().item == 180)
    #expect(x.sum(axes: [0, 1], keepsAxes: true) == Tensor([[8]]))
  }

  @Test("ln Σ eˣ overflows for no x")
  func logSumExp() {
    #expect(Tensor([1000, 1000], scalarType: .double).logSumExp().item == 1000 + 0.693_147_180_559_945_3)
    #expect(Tensor([-1000, -.infinity]).logSumExp().item == -1000)
    #expect(Tensor([-.infinity, -.infinity]).logSumExp().item == -.infinity)
    #expect(Tensor([.infinity, 0]).logSumExp().item == .infinity)
  }

  @Test("products of vectors, matrices and batches agree with one another")
  func products() {
    let (a, b) = (Tensor([[1, 2], [3, 4]]), Tensor([[5, 6], [7, 8]]))
    #expect(matmul(a, b) == Tensor([[19, 22], [43, 50]]))
    #expect(matmul(a, b[0]) == Tensor([17, 39]) && matmul(b[0], a) == Tensor([23, 34]))
    #expect(matmul(a[0], b[0]) == Tensor(17))
    let batch = Tensor.stacked([a, b, a], axis: 0)
    #expect(matmul(batch, b)[2] == matmul(a, b) && matmul(a, batch)[1] == matmul(a, b))
    #expect(matmul(batch.expanded(axis: 1), batch)[1, 2] == matmul(b, a))
    #expect(matmul(batch.transposed, batch.flipped(axis: 1))[0] == matmul(a.transposed, a.flipped(axis: 0)))
  }
}
