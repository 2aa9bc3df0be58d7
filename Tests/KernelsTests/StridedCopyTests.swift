import Kernels
import Testing

@Suite("Strided copies")
struct StridedCopyTests {
  static let types = [ScalarType.float, .double]

  /// Layouts that a view may have: contiguous, transposed, permuted, repeated, reversed, sliced, and with short axes.
  static let layouts: [StridedLayout] = [
    StridedLayout(extents: [], strides: []), StridedLayout(extents: [7], strides: [1]),
    StridedLayout(extents: [0, 3], strides: [3, 1]), StridedLayout(extents: [3, 0], strides: [1, 1]),
    StridedLayout(extents: [0, 3], strides: [5, 1]), StridedLayout(extents: [0, 3], strides: [1, 5]),
    StridedLayout(extents: [5, 7], strides: [7, 1]), StridedLayout(extents: [5, 7], strides: [9, 1]),
    StridedLayout(extents: [7, 5], strides: [1, 7]), StridedLayout(extents: [16, 16], strides: [1, 16]),
    StridedLayout(extents: [17, 33], strides: [1, 17]), StridedLayout(extents: [67, 19], strides: [1, 80]),
    StridedLayout(extents: [3, 18, 20], strides: [400, 1, 18]),
    StridedLayout(extents: [6, 5, 4], strides: [1, 6, 30]),
    StridedLayout(extents: [5, 6, 4], strides: [6, 1, 30]), StridedLayout(extents: [4, 1, 6], strides: [6, 99, 1]),
    StridedLayout(extents: [2, 3, 4, 5], strides: [60, 5, 15, 1]), StridedLayout(extents: [4, 6], strides: [0, 1]),
    StridedLayout(extents: [4, 6], strides: [1, 0]), StridedLayout(extents: [3, 4], strides: [0, 0]),
    StridedLayout(extents: [2, 3, 600], strides: [2000, 650, 1]), StridedLayout(extents: [6], strides: [3]),
    StridedLayout(extents: [3, 4], strides: [4, -1]), StridedLayout(extents: [3, 4], strides: [-4, 1]),
  ]

  /// The place of every element, in order.
  private func places(_ layout: StridedLayout) -> [Int] {
    zip(layout.extents, layout.strides).reduce([0]) { places, axis in
      places.flatMap { place in (0..<axis.0).map { place + $0 * axis.1 } }
    }
  }

  @Test("gather reads the places of the layout in order and writes only its output", arguments: layouts, types)
  func gathers(layout: StridedLayout, type: ScalarType) {
    let offset = 20
    let source = (0..<4000).map { Double($0) }
    let y = Buffer(type, count: layout.count + 40, repeating: -1)
    gatherStrided(Region(Buffer(source, type), offset: offset), layout, into: y, at: 3)
    let margin = [Double](repeating: -1, count: 37)
    #expect(y.values == [-1, -1, -1] + places(layout).map { Double($0 + offset) } + margin)
  }

  @Test("scatter writes the places of the layout, or adds to them", arguments: layouts, types)
  func scatters(layout: StridedLayout, type: ScalarType) {
    var numbers = Numbers(seed: 9)
    let x = numbers.array(layout.count + 2, type).map { ($0 * 64).rounded() }
    for adding in [false, true] {
      let y = Buffer(type, count: 4000, repeating: 5)
      scatterStrided(Region(Buffer(x, type), offset: 2), layout, into: y, at: 20, adding: adding)
      var expected = [Double](repeating: 5, count: 4000)
      for (i, place) in places(layout).enumerated() {
        expected[20 + place] = (adding ? expected[20 + place] : 0) + x[i + 2]
      }
      #expect(y.values == expected)
    }
  }

  @Test("scatter with adding is the transpose of gather: ⟨Ax, y⟩ = ⟨x, Aᵀy⟩", arguments: layouts)
  func adjoint(layout: StridedLayout) {
    var numbers = Numbers(seed: 10)
    let (x, y) = (numbers.array(4000), numbers.array(layout.count))
    let gathered = Buffer(.double, count: layout.count)
    gatherStrided(Region(Buffer(x), offset: 20), layout, into: gathered)
    let scattered = Buffer(.double, count: 4000, repeating: 0)
    scatterStrided(Region(Buffer(y)), layout, into: scattered, at: 20, adding: true)
    let (left, right) = (dot(gathered.values, y), dot(x, scattered.values))
    #expect(abs(left - right) <= 1e-12)
  }
}
