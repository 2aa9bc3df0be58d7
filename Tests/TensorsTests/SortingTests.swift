import Tensors
import Testing

@Suite("Sorting")
struct SortingTests {
  private let x = Tensor([[2, 5, 2, 7, 5], [0, -1, 9, 9, -1]])

  @Test("the largest are returned with their positions, the first of equals first")
  func largest() {
    let (values, indices) = x.largest(3)
    #expect(values == Tensor([[7, 5, 5], [9, 9, 0]]) && indices == [3, 1, 4, 2, 3, 0])
    #expect(x.largest(0).values.shape == [2, 0] && x.largest(0).indices.isEmpty)
    let columns = Tensor([[1, 4], [3, 2], [3, 0]]).largest(2, axis: 0)
    #expect(columns.values == Tensor([[3, 4], [3, 2]]) && columns.indices == [1, 0, 2, 1])
  }

  @Test("the k largest are the first k in descending order, however many", arguments: [1, 2, 3, 40, 1000])
  func partial(k: Int) {
    let numbers = RandomSource(seed: 5).uniform([3, 1000])
    let rounded = Tensor(numbers.scalars.map { ($0 * 50).rounded() }, shape: [3, 1000])
    for x in [numbers, rounded, -numbers.sorted()] {
      let (values, indices) = x.largest(k)
      #expect(values == x.sorted(isDescending: true).sliced(0..<k, axis: 1))
      let order = x.argsort(isDescending: true)
      let firsts: [Int] = [0, 1000, 2000].flatMap { (start: Int) -> ArraySlice<Int> in order[start..<start + k] }
      #expect(indices == firsts)
    }
  }

  @Test("sorting is stable in both directions, and argsort names the places")
  func order() {
    #expect(x.sorted() == Tensor([[2, 2, 5, 5, 7], [-1, -1, 0, 9, 9]]))
    #expect(x.argsort() == [0, 2, 1, 4, 3, 1, 4, 0, 2, 3])
    #expect(x.argsort(isDescending: true) == [3, 1, 4, 0, 2, 2, 3, 0, 1, 4])
    #expect(x.sorted(axis: 0) == Tensor([[0, -1, 2, 7, -1], [2, 5, 9, 9, 5]]))
    #expect(x.argsort(axis: 0) == [1, 1, 0, 0, 1, 0, 0, 1, 1, 0])
  }

  @Test("NaN counts as larger than all numbers, and infinities are ordered as usual")
  func special() {
    let x = Tensor([1, .nan, -.infinity, .infinity, .nan, -0.0, 0])
    #expect(x.argsort() == [2, 5, 6, 0, 3, 1, 4])
    #expect(x.argsort(isDescending: true) == [1, 4, 3, 0, 5, 6, 2])
    #expect(x.largest(3).indices == [1, 4, 3])
    #expect(x.largest(1).indices == x.argmax(axis: 0))
  }

  @Test("an empty tensor sorts to an empty tensor")
  func empty() {
    #expect(Tensor.zeros([0]).sorted().shape == [0] && Tensor.zeros([3, 0]).argsort().isEmpty)
    #expect(Tensor.zeros([0, 3]).largest(2).values.shape == [0, 2])
    #expect(Tensor.zeros([3, 0]).largest(0).values.shape == [3, 0])
  }

  @Test("derivatives go to the values' original places, for equals to the first")
  func derivative() {
    let g = gradient(at: x) { ($0.largest(3).values * Tensor([1, 10, 100])).sum() }
    #expect(g == Tensor([[0, 10, 0, 1, 100], [100, 0, 1, 10, 0]]))
  }
}
